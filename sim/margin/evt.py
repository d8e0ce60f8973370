"""A margin rate from the tail beyond a threshold."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from sim import elementary
from sim.arrays import Floats
from sim.errors import check
from sim.margin.fhs import rescaled
from sim.margin.history import intervals, latest
from sim.margin.schedule import flat
from sim.roles import MarketState, Schedule

FEWEST = 10
"""No tail is fitted to fewer exceedances."""
HEAVIEST = 0.49
"""Shapes from probability-weighted moments need a finite variance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtremeValue:
    r"""Cover a far quantile, read off a generalised Pareto tail fitted beyond a threshold.

    The threshold :math:`u` is the ``tail_share`` quantile of the losses; what exceeds it,
    :math:`y = L - u`, is taken to be generalised Pareto with shape :math:`\xi` and scale
    :math:`\beta` by probability-weighted moments,

    .. math:: \xi = 2 - \frac{a_0}{a_0 - 2a_1}, \qquad \beta = \frac{2 a_0 a_1}{a_0 - 2a_1}, \qquad
        q_\alpha = u + \frac{\beta}{\xi}\left[\left(\frac{n}{N_u}(1-\alpha)\right)^{-\xi} - 1\right]

    so that quantiles beyond the window's worst loss can be asked for. With ``decay`` the
    losses are first scaled to the volatility of today, as by ``fhs``.

    Parameters
    ----------
    window : :math:`n`, losses looked at; ``tail_share`` must leave ten of them at least.
    tail_share : share of losses beyond the threshold, in (0, 0.5).
    confidence : :math:`\alpha`, one-sided, in (1 - tail_share, 1).
    decay : of the volatility that losses are scaled by, in (0, 1); 0 leaves them as they are.
    warm_up : returns before the window that the volatility estimate starts from, >= 1.
    horizon_hours : hours needed to close a position, > 0.
    floor, cap : fractions of notional, 0 <= floor <= cap < 1.
    initial_multiple : initial over maintenance, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    McNeil and Frey (2000), Estimation of tail-related risk measures for heteroscedastic
    financial time series, Journal of Empirical Finance 7. Hosking and Wallis (1987), Parameter
    and quantile estimation for the generalized Pareto distribution, Technometrics 29(3).

    Examples
    --------
    >>> ExtremeValue(window=1000, tail_share=0.1, confidence=0.999).history
    1000
    """

    window: int = 1000
    tail_share: float = 0.1
    confidence: float = 0.99
    decay: float = 0.0
    warm_up: int = 150
    horizon_hours: float = 6.0
    floor: float = 0.01
    cap: float = 0.5
    initial_multiple: float = 1.5
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.tail_share < 0.5, "tail_share must lie in (0, 0.5)"),
            (
                self.window * self.tail_share >= FEWEST,
                f"window times tail_share must be >= {FEWEST} losses",
            ),
            (
                1 - self.tail_share < self.confidence < 1,
                "confidence must lie in (1 - tail_share, 1)",
            ),
            (0 <= self.decay < 1, "decay must lie in [0, 1)"),
            (self.warm_up >= 1, "warm_up must be >= 1 returns"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (0 <= self.floor <= self.cap < 1, "floor and cap must satisfy 0 <= floor <= cap < 1"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """The window, and where losses are scaled the returns that the scaling starts from."""
        return self.window + (self.warm_up if self.decay else 0)

    def schedule(self, market: MarketState) -> Schedule:
        """Return rates from the fitted tails of both sides."""
        returns = latest(market, self.history, "evt")
        if self.decay:
            returns = rescaled(returns, self.warm_up, self.decay)
        covered = np.maximum(self._quantile(-returns), self._quantile(returns))
        covered = covered * sqrt(intervals(market, self.horizon_hours))
        maintenance = np.clip(covered, self.floor, self.cap)
        return flat(maintenance, np.minimum(1.0, self.initial_multiple * maintenance))

    def _quantile(self, losses: Floats) -> Floats:
        """Return the quantile of the fitted tail of each column, (K,), >= 0."""
        count = int(self.window * self.tail_share)
        ordered = np.sort(losses, axis=0)
        threshold = ordered[-count - 1]
        shape, scale = pareto_of(ordered[-count:] - threshold)
        rarer = count / (self.window * (1.0 - self.confidence))
        heavy = np.abs(shape) > 1e-9
        safe = np.where(heavy, shape, 1.0)
        growth = np.where(
            heavy, (elementary.power(rarer, safe) - 1.0) / safe, elementary.log(rarer)
        )
        return np.asarray(np.maximum(threshold + scale * growth, 0.0))


def pareto_of(exceedances: Floats) -> tuple[Floats, Floats]:
    """Return shape and scale of generalised Pareto tails by probability-weighted moments, (K,).

    Parameters
    ----------
    exceedances : (n, K) over the threshold, rising along each column, >= 0.

    Examples
    --------
    >>> p = (np.arange(1, 2001) - 0.35) / 2000
    >>> shape, scale = pareto_of((0.5 * ((1 - p) ** -0.2 - 1) / 0.2)[:, None])
    >>> shape.round(2), scale.round(2)
    (array([0.2]), array([0.5]))
    """
    count = len(exceedances)
    exceeded = 1.0 - (np.arange(1, count + 1) - 0.35) / count
    first = exceedances.mean(axis=0)
    second = (exceedances * exceeded[:, None]).mean(axis=0)
    apart = first - 2.0 * second
    known = apart > 0.0
    safe = np.where(known, apart, 1.0)
    shape = np.where(known, np.minimum(2.0 - first / safe, HEAVIEST), 0.0)
    # A shape cut off keeps the mean: the mean of a generalised Pareto is scale / (1 - shape).
    return shape, np.asarray(first * (1.0 - shape))


def hill(sample: Floats, count: int) -> float:
    r"""Return Hill's tail index :math:`\hat\alpha` from the largest observations.

    .. math:: \hat\alpha^{-1} = \frac1k \sum_{i=1}^{k} \ln\frac{x_{(i)}}{x_{(k+1)}}

    Parameters
    ----------
    sample : (n,) > 0.
    count : :math:`k`, how many of the largest, in [1, n).

    References
    ----------
    Hill (1975), A simple general approach to inference about the tail of a distribution,
    Annals of Statistics 3(5).
    """
    ordered = np.sort(sample)[::-1]
    check((0 < count < ordered.size, f"count must lie in [1, {ordered.size})"))
    return float(1.0 / np.mean(elementary.log(ordered[:count] / ordered[count])))
