"""The middle report."""

from dataclasses import dataclass

from oracles.aggregators.middle import majority, middle
from oracles.roles import AggregatorState, Reports
from sim.arrays import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Median:
    """Answer with the middle report; the mean of the two middle ones where n is even.

    Fewer than half of the reporters cannot move it beyond what the others say.

    Examples
    --------
    >>> import numpy as np
    >>> prices, ones = np.array([99.0, 100.0, 100_000.0]), np.ones(3)
    >>> Median().combine(Reports(prices, ones, ones, time=0.0), AggregatorState())
    100.0
    """

    def combine(self, reports: Reports, state: AggregatorState) -> float:  # noqa: ARG002
        """Return the median of the live reports, USD."""
        return middle(reports.prices)

    def breakdown(self, stakes: Floats) -> int:
        """Return the number of reporters that makes a majority."""
        return majority(stakes.size)
