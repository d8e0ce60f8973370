"""The median in which a reporter counts as much as it has at stake."""

from dataclasses import dataclass

import numpy as np

from oracles.aggregators.middle import weighted_middle
from oracles.roles import AggregatorState, Reports
from sim.arrays import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class StakeWeightedMedian:
    """Answer with the report that splits the live stake in two halves.

    Reporters with less than half of the stake between them cannot move it beyond what the
    others say, however many they are; exactly half is enough.

    References
    ----------
    Hyperliquid documentation, Oracle: spot prices of eight exchanges weighted 3, 2, 2, 1, 1,
    1, 1, 1, then the same over validators by stake.

    Examples
    --------
    >>> prices, stakes = np.array([100.0, 101.0, 500.0]), np.array([1.0, 1.0, 3.0])
    >>> reports = Reports(prices, np.ones(3), stakes, time=0.0)
    >>> StakeWeightedMedian().combine(reports, AggregatorState())
    500.0
    """

    def combine(self, reports: Reports, state: AggregatorState) -> float:  # noqa: ARG002
        """Return the weighted median of the live reports, USD."""
        return weighted_middle(reports.prices, reports.stakes)

    def breakdown(self, stakes: Floats) -> int:
        """Return how many of the largest stakes make half of the whole."""
        largest = np.cumsum(np.sort(stakes)[::-1])
        return int(np.searchsorted(largest, 0.5 * largest[-1])) + 1
