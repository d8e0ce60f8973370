"""What a metric is: a number read off a finished run, its unit and what it means."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc

from experiments.record import Run

type Value = float | int | str | bool | dict[str, Value] | None
"""What a metric returns; ``nan`` where the run cannot tell."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A function of a finished run, with the unit of what it returns.

    Parameters
    ----------
    compute : the function; the first paragraph of its docstring is shown to readers.
    unit : "USD", "fraction", "ratio", "count", "seconds" or "" for mixed contents.
    """

    compute: Callable[[Run], Value]
    unit: str

    def __call__(self, run: Run) -> Value:
        """Return the metric of a run."""
        return self.compute(run)

    @property
    def meaning(self) -> str:
        """What it is, in plain words."""
        return " ".join((getdoc(self.compute) or "").split("\n\n")[0].split())
