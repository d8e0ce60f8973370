"""From a scenario and a seed to a model that can run."""

from scenarios.build.model import Built, build

__all__ = ["Built", "build"]
