"""A margin rate read off the losses of the recent past."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from sim import elementary
from sim.arrays import Floats
from sim.errors import check
from sim.margin.history import intervals, latest
from sim.margin.schedule import flat
from sim.margin.tail import Convention, Measure, dearer
from sim.roles import MarketState, Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoricalSimulation:
    r"""Cover a quantile, or the mean beyond it, of the losses in a window of the past.

    .. math:: m = \min\left(C, \max\left(f, \rho(L_1, \dots, L_n)\sqrt{h/s}\right)\right)

    with :math:`L_i` minus the log return over :math:`s` intervals (overlapping where
    :math:`s > 1`), :math:`\rho` value at risk or expected shortfall, and the dearer of long
    and short. With ``age_decay`` :math:`\lambda < 1` the :math:`i`-th youngest loss weighs
    :math:`\lambda^{i-1}(1-\lambda)/(1-\lambda^n)`. A storm is forgotten all at once, when it
    leaves the window.

    Parameters
    ----------
    window : :math:`n`, losses looked at, >= 2.
    confidence : :math:`\alpha`, one-sided, in (0.5, 1).
    measure : ``var`` or ``es``.
    convention : of the quantile of equally weighted losses; see ``sim.margin.tail``.
    age_decay : :math:`\lambda`, in (0, 1]; 1 weighs all alike.
    span : :math:`s`, intervals that a loss is measured over, >= 1.
    horizon_hours : :math:`h`, hours needed to close a position, > 0.
    floor, cap : :math:`f`, :math:`C`, fractions of notional, 0 <= floor <= cap < 1.
    initial_multiple : initial over maintenance, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Boudoukh, Richardson and Whitelaw (1998), The best of both worlds, Risk 11(5): age weights.
    Murphy, Vasios and Vause (2014), Bank of England Financial Stability Paper 29.

    Examples
    --------
    >>> hourly = MarketState(
    ...     returns=np.arange(-10, 10)[:, None] / 1000,
    ...     interval_seconds=3600.0,
    ...     index=np.ones(1),
    ...     open_interest=np.ones(1),
    ... )
    >>> hs = HistoricalSimulation(window=20, confidence=0.95, horizon_hours=1.0, floor=0.0)
    >>> hs.schedule(hourly).maintenance
    array([[0.009]])
    """

    window: int = 500
    confidence: float = 0.99
    measure: Measure = "var"
    convention: Convention = "inverted_cdf"
    age_decay: float = 1.0
    span: int = 1
    horizon_hours: float = 6.0
    floor: float = 0.01
    cap: float = 0.5
    initial_multiple: float = 1.5
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.window >= 2, "window must be >= 2 losses"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.measure in {"var", "es"}, "measure must be var or es"),
            (
                self.convention in {"inverted_cdf", "linear", "weibull"},
                "convention must be inverted_cdf, linear or weibull",
            ),
            (0 < self.age_decay <= 1, "age_decay must lie in (0, 1]"),
            (self.span >= 1, "span must be >= 1 intervals"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (0 <= self.floor <= self.cap < 1, "floor and cap must satisfy 0 <= floor <= cap < 1"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """The window, and what its oldest loss is measured over."""
        return self.window + self.span - 1

    def schedule(self, market: MarketState) -> Schedule:
        """Return rates that would have covered the losses of the window."""
        losses = -summed(latest(market, self.history, "hs"), self.span)
        weights = None if self.age_decay == 1.0 else age_weights(self.window, self.age_decay)
        covered = dearer(losses, weights, (self.measure, self.confidence, self.convention))
        covered = covered * sqrt(intervals(market, self.horizon_hours) / self.span)
        maintenance = np.clip(covered, self.floor, self.cap)
        return flat(maintenance, np.minimum(1.0, self.initial_multiple * maintenance))


def summed(returns: Floats, span: int) -> Floats:
    """Return the sums of every ``span`` returns in a row, overlapping, (n - span + 1, K)."""
    total = returns[: len(returns) - span + 1].copy()
    for later in range(1, span):
        total += returns[later : len(returns) - span + 1 + later]
    return total


def age_weights(count: int, decay: float) -> Floats:
    r"""Return the weights of losses by age, oldest first, (count,), summing to 1.

    The :math:`i`-th youngest weighs :math:`\lambda^{i-1}(1-\lambda)/(1-\lambda^n)`.

    Examples
    --------
    >>> age_weights(2, 0.5).round(4)
    array([0.3333, 0.6667])
    """
    weights = elementary.power(decay, np.arange(count - 1, -1, -1))
    return np.asarray(weights * ((1.0 - decay) / (1.0 - decay**count)))
