"""Marginquake: stress in crypto-derivatives markets, traced link by link.

>>> import marginquake as mq
>>> "oracle_compromise" in mq.scenarios()
True
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.compare.compare import compare
    from experiments.comparison import Comparison
    from experiments.margin_path import margin_path
    from experiments.record import Run, load
    from experiments.run import model_of, run
    from scenarios.load import load as scenario
    from scenarios.load import names as scenarios
    from scenarios.schema import Scenario

__all__ = [
    "Comparison",
    "Run",
    "Scenario",
    "compare",
    "load",
    "margin_path",
    "model_of",
    "run",
    "scenario",
    "scenarios",
]

_HOMES = {
    "Comparison": ("experiments.comparison", "Comparison"),
    "compare": ("experiments.compare.compare", "compare"),
    "Run": ("experiments.record", "Run"),
    "load": ("experiments.record", "load"),
    "margin_path": ("experiments.margin_path", "margin_path"),
    "model_of": ("experiments.run", "model_of"),
    "run": ("experiments.run", "run"),
    "Scenario": ("scenarios.schema", "Scenario"),
    "scenario": ("scenarios.load", "load"),
    "scenarios": ("scenarios.load", "names"),
}
"""Where each public name lives; it is imported when first asked for, so that starting is quick."""


def __getattr__(name: str) -> object:
    """Import a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'marginquake' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
