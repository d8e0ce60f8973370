"""A margin rate that follows exponentially weighted volatility."""

from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np
from scipy.special import ndtri

from sim import elementary
from sim.arrays import Floats
from sim.errors import check
from sim.margin.schedule import flat
from sim.roles import MarketState, Schedule

FORGOTTEN = 0.01
"""Weight that returns older than the history would have had."""


def ewma_variance(returns: Floats, decay: float, start: Floats | float) -> Floats:
    r"""Return the variance after the last return, (K,), by the RiskMetrics recursion.

    .. math:: v_{t+1} = \lambda v_t + (1 - \lambda) r_t^2

    Parameters
    ----------
    returns : (n, K) log returns :math:`r`, oldest first.
    decay : :math:`\lambda`, in (0, 1).
    start : :math:`v_0`, (K,) or one for all.

    Examples
    --------
    >>> ewma_variance(np.array([[0.01], [-0.02]]), 0.94, 0.0001).round(8)
    array([0.000118])
    """
    n = len(returns)
    weights = (1.0 - decay) * elementary.power(decay, np.arange(n - 1, -1, -1))
    # Added up in order: a matrix product rounds differently on different processors.
    return np.asarray(decay**n * start + (weights[:, None] * returns**2).sum(axis=0))


def ewma_history(decay: float) -> int:
    """Return how many returns carry all but a hundredth of the weight."""
    return ceil(log(FORGOTTEN) / log(decay))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ewma:
    r"""Cover a quantile of the move until close-out, with volatility estimated by EWMA.

    .. math:: m = \min(C, \max(f, z_\alpha \sqrt{v\,h})), \qquad m_{\text{initial}} = \min(1, k\,m)

    with :math:`v` from ``ewma_variance``, started at the mean square of the history given.
    After a step of volatility by a factor :math:`s`, the uncapped margin rises as
    :math:`\sqrt{\lambda^n + (1 - \lambda^n) s^2}`.

    Parameters
    ----------
    decay : :math:`\lambda`, weight of yesterday's variance, a return interval, in (0, 1).
    confidence : :math:`\alpha`, one-sided, normal, in (0.5, 1).
    horizon_hours : :math:`h`, hours needed to close a position, > 0.
    floor, cap : :math:`f`, :math:`C`, fractions of notional, 0 <= floor <= cap < 1.
    initial_multiple : :math:`k`, initial over maintenance, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    J.P. Morgan/Reuters (1996), RiskMetrics technical document. Murphy, Vasios and Vause (2014),
    Bank of England Financial Stability Paper 29.

    Examples
    --------
    >>> hourly = MarketState(
    ...     returns=np.full((99, 1), 0.01),
    ...     interval_seconds=3600.0,
    ...     index=np.ones(1),
    ...     open_interest=np.zeros(1),
    ... )
    >>> Ewma(horizon_hours=4.0).schedule(hourly).maintenance.round(4)
    array([[0.0465]])
    """

    decay: float = 0.97
    confidence: float = 0.99
    horizon_hours: float = 6.0
    floor: float = 0.01
    cap: float = 0.5
    initial_multiple: float = 1.5
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.decay < 1, "decay must lie in (0, 1)"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (0 <= self.floor <= self.cap < 1, "floor and cap must satisfy 0 <= floor <= cap < 1"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """As many returns as carry all but a hundredth of the weight."""
        return ewma_history(self.decay)

    def schedule(self, market: MarketState) -> Schedule:
        """Return rates that follow the volatility of each instrument's index."""
        seen = market.returns
        start = np.mean(seen**2, axis=0) if len(seen) else np.zeros(market.index.size)
        variance = ewma_variance(seen, self.decay, start)
        intervals = self.horizon_hours * 3600.0 / market.interval_seconds
        covered = ndtri(self.confidence) * sqrt(intervals) * np.sqrt(variance)
        maintenance = np.clip(covered, self.floor, self.cap)
        return flat(maintenance, np.minimum(1.0, self.initial_multiple * maintenance))
