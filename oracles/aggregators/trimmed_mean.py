"""The mean of the reports that are left when the extremes are cut away."""

from dataclasses import dataclass

from oracles.aggregators.mean import mean_of
from oracles.aggregators.middle import ordered_live
from oracles.roles import AggregatorState, Reports
from sim.arrays import Floats
from sim.errors import check

ROUNDING = 1e-9
"""So that a share of 0.29 cuts 29 of a hundred, although 0.29 * 100 is below 29."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrimmedMean:
    r"""Cut :math:`\lfloor s n \rfloor` reports at either end and average the others.

    Parameters
    ----------
    share : :math:`s`, fraction of the live reports cut at each end, in [0, 0.5).

    Raises
    ------
    ConfigError
        If the share would leave nothing, or is negative.

    Examples
    --------
    >>> import numpy as np
    >>> prices, ones = np.array([1.0, 99.0, 101.0, 1e6]), np.ones(4)
    >>> TrimmedMean().combine(Reports(prices, ones, ones, time=0.0), AggregatorState())
    100.0
    """

    share: float = 0.25

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((0 <= self.share < 0.5, "trimmed_mean share must lie in [0, 0.5)"))

    def combine(self, reports: Reports, state: AggregatorState) -> float:  # noqa: ARG002
        """Return the mean of the live reports between the cuts, USD."""
        ordered = ordered_live(reports.prices)
        cut = self._cut(ordered.size)
        return mean_of(ordered[cut : ordered.size - cut])

    def breakdown(self, stakes: Floats) -> int:
        """Return one reporter more than are cut away at an end."""
        return self._cut(stakes.size) + 1

    def _cut(self, n_reporters: int) -> int:
        return int(self.share * n_reporters + ROUNDING)
