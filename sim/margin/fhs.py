"""Historical simulation with past losses scaled to the volatility of today."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.kernels.volatility import ewma_path
from sim.margin.history import intervals, latest
from sim.margin.schedule import flat
from sim.margin.tail import Convention, Measure, dearer
from sim.roles import MarketState, Schedule

AVERAGED: Literal["averaged_inverted_cdf"] = "averaged_inverted_cdf"
"""The quantile of the bucketed variant: the mean of two order statistics where a step is met."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilteredHistoricalSimulation:
    r"""Cover a quantile of past losses, each scaled by volatility now over volatility then.

    ``hull_white``: :math:`r^*_i = r_i\,\sigma_{T+1}/\sigma_i`, with :math:`\sigma` forecast by
    an exponentially weighted estimate that starts at the root mean square of ``warm_up``
    returns before the window; then as plain historical simulation, times :math:`\sqrt h`.

    ``bucketed``: the window is cut into ``span`` interleaved series of sums over ``span``
    intervals that do not overlap. Each series is centred and scaled by its own estimates
    lagged by one sum, scaled back with the larger of its median volatility and the mean of
    the latest volatilities of all series, and multiplied by ``factor``. The margin is the
    mean over the series of their quantiles, times :math:`\sqrt{h/s}`. The median keeps margin
    up in calm.

    Parameters
    ----------
    variant : ``hull_white`` or ``bucketed``.
    window : returns looked at, >= 2.
    warm_up : returns before the window that the volatility estimate starts from, >= 1.
    decay : of the volatility estimate, in (0, 1).
    confidence : one-sided, in (0.5, 1).
    measure, convention : as for ``HistoricalSimulation``; of ``hull_white``.
    span : intervals of a sum, >= 1; of ``bucketed``, with twenty sums a series at least.
    factor : of ``bucketed``, > 0.
    horizon_hours : :math:`h`, hours needed to close a position, > 0.
    floor, cap : fractions of notional, 0 <= floor <= cap < 1.
    initial_multiple : initial over maintenance, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Hull and White (1998), Incorporating volatility updating into the historical simulation
    method for value at risk, Journal of Risk 1(1). Barone-Adesi, Giannopoulos and Vosper
    (1999), VaR without correlations for portfolios of derivative securities, Journal of
    Futures Markets 19(5). Bucketed: in the manner of Eurex Clearing's Prisma.

    Examples
    --------
    Nearly three times as volatile now as when its losses were made:

    >>> quiet_then_not = np.where(np.arange(900) < 890, 0.01, 0.05) * (-1.0) ** np.arange(900)
    >>> hourly = MarketState(
    ...     returns=quiet_then_not[:, None],
    ...     interval_seconds=3600.0,
    ...     index=np.ones(1),
    ...     open_interest=np.ones(1),
    ... )
    >>> FilteredHistoricalSimulation(horizon_hours=1.0).schedule(hourly).maintenance.round(3)
    array([[0.027]])
    """

    variant: Literal["hull_white", "bucketed"] = "hull_white"
    window: int = 500
    warm_up: int = 150
    decay: float = 0.97
    confidence: float = 0.99
    measure: Measure = "var"
    convention: Convention = "inverted_cdf"
    span: int = 1
    factor: float = 1.0
    horizon_hours: float = 6.0
    floor: float = 0.01
    cap: float = 0.5
    initial_multiple: float = 1.5
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.variant in {"hull_white", "bucketed"}, "variant must be hull_white or bucketed"),
            (self.window >= 2, "window must be >= 2 returns"),
            (self.warm_up >= 1, "warm_up must be >= 1 returns"),
            (0 < self.decay < 1, "decay must lie in (0, 1)"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.measure in {"var", "es"}, "measure must be var or es"),
            (
                self.convention in {"inverted_cdf", "linear", "weibull"},
                "convention must be inverted_cdf, linear or weibull",
            ),
            (self.span >= 1, "span must be >= 1 intervals"),
            (
                self.variant != "bucketed" or self.window >= 20 * self.span,
                "window must be >= 20 times span",
            ),
            (self.variant == "bucketed" or self.span == 1, "span is for the bucketed variant"),
            (self.factor > 0, "factor must be > 0"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (0 <= self.floor <= self.cap < 1, "floor and cap must satisfy 0 <= floor <= cap < 1"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """The window and the returns that the volatility estimate starts from."""
        return self.window + self.warm_up

    def schedule(self, market: MarketState) -> Schedule:
        """Return rates that would have covered past losses at the volatility of today."""
        returns = latest(market, self.history, "fhs")
        if self.variant == "hull_white":
            losses = -rescaled(returns, self.warm_up, self.decay)
            covered = dearer(losses, None, (self.measure, self.confidence, self.convention))
        else:
            covered = self._bucketed(returns)
        covered = covered * sqrt(intervals(market, self.horizon_hours) / self.span)
        maintenance = np.clip(covered, self.floor, self.cap)
        return flat(maintenance, np.minimum(1.0, self.initial_multiple * maintenance))

    def _bucketed(self, returns: Floats) -> Floats:
        """Return the mean over interleaved series of their quantiles, (K,)."""
        span = self.span
        series = [buckets(returns[: len(returns) - offset], span) for offset in range(span)]
        warm = max(1, self.warm_up // span)
        parts = [_standardised(each, warm, self.decay) for each in series]
        recent = np.mean([spread[-1] for _, spread in parts], axis=0)
        sides = np.zeros((2, returns.shape[1]))
        for residuals, spread in parts:
            back = residuals * np.maximum(np.median(spread, axis=0), recent)
            for side, losses in enumerate((-back, back)):
                sides[side] += np.quantile(losses, self.confidence, axis=0, method=AVERAGED)
        return np.asarray(np.maximum(self.factor * sides.max(axis=0) / span, 0.0))


def rescaled(returns: Floats, warm_up: int, decay: float) -> Floats:
    """Return returns after the warm-up, scaled by volatility now over volatility then, (n, K).

    Parameters
    ----------
    returns : (warm_up + n, K) oldest first.
    warm_up : returns that the estimate starts from.
    decay : of the estimate.
    """
    variance = _variances(returns, warm_up, decay)
    then = variance[warm_up:-1]
    known = then > 0.0
    ratio = np.divide(variance[-1], then, out=np.ones_like(then), where=known)
    return np.asarray(returns[warm_up:] * np.sqrt(ratio))


def buckets(returns: Floats, span: int) -> Floats:
    """Return sums over whole runs of ``span`` returns, the last run ending at the last return."""
    count = len(returns) // span
    whole = returns[len(returns) - count * span :].reshape(count, span, returns.shape[1])
    return np.asarray(whole.sum(axis=1))


def _variances(returns: Floats, warm_up: int, decay: float) -> Floats:
    """Return the variance forecast for every return and for the next, (n + 1, K)."""
    out = np.empty((len(returns) + 1, returns.shape[1]))
    start = np.mean(returns[:warm_up] ** 2, axis=0)
    ewma_path(np.ascontiguousarray(returns), decay, start, out)
    return out


def _standardised(sums: Floats, warm_up: int, decay: float) -> tuple[Floats, Floats]:
    """Return residuals of a series by its lagged mean and volatility, and the volatilities."""
    mean = np.mean(sums[:warm_up], axis=0)
    centred = np.empty_like(sums)
    for i, row in enumerate(sums):
        centred[i] = row - mean
        mean = decay * mean + (1.0 - decay) * row
    spread = np.sqrt(_variances(centred, warm_up, decay))
    scale = np.where(spread[:-1] > 0.0, spread[:-1], 1.0)
    return (centred / scale)[warm_up:], spread[warm_up:]
