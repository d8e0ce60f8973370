"""A margin rate that follows a fitted GARCH variance, aggregated over the time to close out."""

from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite, sqrt

import numpy as np
from scipy.special import ndtri

from sim.arrays import Floats
from sim.errors import ConfigError, check
from sim.kernels.volatility import garch_last
from sim.margin.history import intervals, latest
from sim.margin.schedule import flat
from sim.roles import MarketState, Schedule

KEPT_FITS = 4096
"""Fits remembered by the bytes of what they were fitted to."""
DIGITS = 4
"""Decimals of a fit that are kept: what optimisers on two machines disagree on lies beyond."""
MOST_PERSISTENT = 0.9995
STARTS = (None, (0.05, 0.05, 0.9), (0.02, 0.1, 0.85), (0.1, 0.2, 0.7))
"""Where a fit begins, variance 1: as the library pleases; if that fails, from the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Garch:
    r"""Cover a normal quantile of the move until close-out, its variance by GARCH(1,1).

    .. math:: v_{t+1} = \omega + \alpha r_t^2 + \beta v_t, \qquad
        V_h = h u + (v_{t+1} - u)\frac{1 - \phi^h}{1 - \phi}, \qquad
        m = \min(C, \max(f, z\sqrt{V_h}))

    with :math:`\phi = \alpha + \beta` and :math:`\omega = u(1 - \phi)`. Variance reverts on
    the way to close-out, where :math:`\sqrt h` would ask for too much after a shock and
    for too little in calm. Alpha and beta are fitted by maximum likelihood to ``window``
    returns, anew every ``refit_every`` returns, or given; the unconditional variance :math:`u`
    is the mean square of the window (variance targeting), which stays sound where a fit is
    nearly integrated. Of a search that does not converge the best point counts, and
    persistence is cut at 0.9995.

    Parameters
    ----------
    window : returns of a fit, >= 100.
    refit_every : returns between two fits, >= 1.
    alpha, beta : >= 0, their sum below 1; fitted where they are not given.
    confidence : one-sided, normal, in (0.5, 1).
    horizon_hours : :math:`h`, hours needed to close a position, > 0.
    floor, cap : :math:`f`, :math:`C`, fractions of notional, 0 <= floor <= cap < 1.
    initial_multiple : initial over maintenance, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range; if returns cannot be fitted, saying which.

    References
    ----------
    Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity, Journal of
    Econometrics 31. Francq, Horvath and Zakoian (2011), Merits and drawbacks of variance targeting
    in GARCH models, Journal of Financial Econometrics 9(4). Fitted with the ``arch`` library,
    normal innovations, zero mean.

    Examples
    --------
    >>> Garch(alpha=0.1, beta=0.88).history
    600
    """

    window: int = 500
    refit_every: int = 100
    alpha: float | None = None
    beta: float | None = None
    confidence: float = 0.99
    horizon_hours: float = 6.0
    floor: float = 0.01
    cap: float = 0.5
    initial_multiple: float = 1.5
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        given = self.alpha is not None and self.beta is not None
        alpha, beta = self.alpha or 0.0, self.beta or 0.0
        check(
            (self.window >= 100, "window must be >= 100 returns"),
            (self.refit_every >= 1, "refit_every must be >= 1 returns"),
            ((self.alpha is None) == (self.beta is None), "alpha and beta are given both or not"),
            (not given or (alpha >= 0 and beta >= 0), "alpha and beta must be >= 0"),
            (not given or alpha + beta < 1, "alpha and beta must sum to less than 1"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (0 <= self.floor <= self.cap < 1, "floor and cap must satisfy 0 <= floor <= cap < 1"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """The window of a fit, and as many returns as may pass until the next."""
        return self.window + self.refit_every

    def schedule(self, market: MarketState) -> Schedule:
        """Return rates from the variance summed until close-out."""
        returns = latest(market, self.history, "garch")
        since = market.seen % self.refit_every
        fitted = returns[len(returns) - since - self.window : len(returns) - since]
        recent = returns[len(returns) - since - self.window :]
        steps = intervals(market, self.horizon_hours)
        variances = [
            self._variance(
                np.ascontiguousarray(fitted[:, k]), np.ascontiguousarray(recent[:, k]), steps
            )
            for k in range(returns.shape[1])
        ]
        covered = ndtri(self.confidence) * np.sqrt(variances)
        maintenance = np.clip(covered, self.floor, self.cap)
        return flat(maintenance, np.minimum(1.0, self.initial_multiple * maintenance))

    def _variance(self, fitted: Floats, recent: Floats, steps: float) -> float:
        """Return the variance of the move over so many intervals."""
        level = float(np.mean(fitted**2))
        if level == 0.0:
            return 0.0
        if self.alpha is not None and self.beta is not None:
            alpha, beta = self.alpha, self.beta
        else:
            alpha, beta = fit(fitted.tobytes())
        omega = level * (1.0 - alpha - beta)
        following = garch_last(recent, omega, alpha, beta, level)
        return aggregated(following, level, alpha + beta, steps)


def aggregated(following: float, usual: float, persistence: float, steps: float) -> float:
    r"""Return the variance of a sum of returns: :math:`hu + (v - u)(1 - \phi^h)/(1 - \phi)`.

    Parameters
    ----------
    following : :math:`v`, variance of the first of them.
    usual : :math:`u`, the unconditional variance.
    persistence : :math:`\phi`, in [0, 1).
    steps : :math:`h`, how many, > 0; need not be whole.

    Examples
    --------
    >>> round(aggregated(0.0004, 0.0001, 0.98, 10), 10)
    0.0037439079
    """
    fading: float = (1.0 - persistence**steps) / (1.0 - persistence)
    return steps * usual + (following - usual) * fading


@lru_cache(maxsize=KEPT_FITS)
def fit(returns: bytes) -> tuple[float, float]:
    """Return alpha and beta of the likeliest GARCH(1,1) found for returns.

    Parameters
    ----------
    returns : the bytes of (n,) returns, not all zero.

    Raises
    ------
    ConfigError
        If no search ends in numbers.
    """
    from arch import arch_model  # noqa: PLC0415 - takes a second, and few runs need it

    values = np.frombuffer(returns)
    scale = sqrt(float(np.mean(values**2)))
    model = arch_model(values / scale, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    best, found = -inf, (0.0, 0.0)
    for start in STARTS:
        begin = None if start is None else np.array(start)
        tried = model.fit(disp="off", show_warning=False, starting_values=begin)
        _, alpha, beta = (float(each) for each in tried.params)
        if isfinite(tried.loglikelihood) and tried.loglikelihood > best:
            best, found = float(tried.loglikelihood), (alpha, beta)
        if tried.convergence_flag == 0:
            break
    if not isfinite(best):
        raise ConfigError(
            f"garch could not be fitted to {values.size} returns of root mean square "
            f"{scale:.4g}: give alpha and beta, or a longer window"
        )
    cut = min(1.0, MOST_PERSISTENT / max(sum(found), MOST_PERSISTENT))
    return round(cut * found[0], DIGITS), round(cut * found[1], DIGITS)
