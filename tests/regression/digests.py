"""Print the state that small runs end in: what other processes and interpreters are asked for."""

import sys

from scenarios.build import build
from scenarios.load import load
from scenarios.schema import Scenario

RUNS = ("oracle_compromise", "october_2025", "volatility_spike")


def small(name: str) -> Scenario:
    """Return a scenario of the library with a thirtieth of its traders and longer steps."""
    whole = load(name)
    fewer = [
        f"crowd.{crowd}.accounts={max(3, c.accounts // 30)}" for crowd, c in whole.crowd.items()
    ]
    seconds = whole.steps * whole.step_seconds / 70
    return load(name, [*fewer, "steps=70", f"step_seconds={seconds}"])


def digests() -> list[str]:
    """Return the hash of the state at the end of each run."""
    found = []
    for name in RUNS:
        built = build(small(name), seed=7)
        built.model.run()
        found.append(f"{name} {built.model.world.events.count} {built.model.world.digest()}")
    return found


if __name__ == "__main__":
    sys.stdout.write("\n".join(digests()) + "\n")
