"""The mean of the reports, weighted by what was traded where each was read."""

import math
from dataclasses import dataclass

import numpy as np

from oracles.aggregators.middle import majority, middle
from oracles.roles import AggregatorState, Reports
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeWeighted:
    """Weight each report with its market's volume, if wanted without the outlier.

    With a finite ``maximum_deviation``, a single report further than that from the median
    has no weight, and where more than one is, the answer is the median. Reports without any
    volume between them count equally.

    Parameters
    ----------
    maximum_deviation : fraction of the median, > 0; ``inf`` lets every report count.

    Raises
    ------
    ConfigError
        If the deviation is not positive.

    References
    ----------
    Binance, FAQ 360033525071, price index: 5 % from the median.

    Examples
    --------
    >>> import numpy as np
    >>> prices, volumes = np.array([100.0, 101.0, 130.0]), np.array([1.0, 3.0, 4.0])
    >>> reports = Reports(prices, volumes, np.ones(3), time=0.0)
    >>> VolumeWeighted().combine(reports, AggregatorState())
    115.375
    >>> VolumeWeighted(maximum_deviation=0.05).combine(reports, AggregatorState())
    100.75
    """

    maximum_deviation: float = math.inf

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.maximum_deviation > 0, "volume_weighted maximum_deviation must be > 0"))

    def combine(self, reports: Reports, state: AggregatorState) -> float:  # noqa: ARG002
        """Return the weighted mean of the live reports, USD."""
        counted = ~np.isnan(reports.prices)
        if self.maximum_deviation < math.inf:
            centre = middle(reports.prices)
            far = np.abs(reports.prices - centre) > self.maximum_deviation * centre
            strangers = int(np.count_nonzero(far))
            if strangers > 1:
                return centre
            counted &= ~far
        return _weighted_mean(reports.prices[counted], reports.volumes[counted])

    def breakdown(self, stakes: Floats) -> int:
        """Return 1, or the number that makes a majority where outliers are left out."""
        return 1 if self.maximum_deviation == math.inf else majority(stakes.size)


def _weighted_mean(prices: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    if not total > 0:
        weights, total = np.ones(prices.size), float(prices.size)
    mean = float((prices * weights).sum()) / total
    return min(max(mean, float(prices.min())), float(prices.max()))
