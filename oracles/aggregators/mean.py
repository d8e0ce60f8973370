"""The plain mean of the reports."""

from dataclasses import dataclass

from oracles.aggregators.middle import ordered_live
from oracles.roles import AggregatorState, Reports
from sim.arrays import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Mean:
    """Answer with the mean of the reports: one bad report is enough to move it anywhere.

    Examples
    --------
    >>> import numpy as np
    >>> prices, ones = np.array([100.0, 100_000.0]), np.ones(2)
    >>> Mean().combine(Reports(prices, ones, ones, time=0.0), AggregatorState())
    50050.0
    """

    def combine(self, reports: Reports, state: AggregatorState) -> float:  # noqa: ARG002
        """Return the mean of the live reports, USD."""
        ordered = ordered_live(reports.prices)
        return mean_of(ordered)

    def breakdown(self, stakes: Floats) -> int:  # noqa: ARG002
        """Return 1: whatever the number of reporters."""
        return 1


def mean_of(ordered: Floats) -> float:
    """Return the mean of ascending prices, kept by rounding between first and last."""
    mean = float(ordered.sum()) / ordered.size
    return min(max(mean, float(ordered[0])), float(ordered[-1]))
