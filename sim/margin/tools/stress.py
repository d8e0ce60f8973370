"""Let a crisis of the past weigh on the margin of today."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtri

from sim.arrays import Floats
from sim.errors import check
from sim.margin.history import intervals, latest
from sim.roles import MarketState


@dataclass(frozen=True, kw_only=True, slots=True)
class Stress:
    r"""Give stressed observations a quarter of the weight: :math:`M = (1 - w)\,m + w\,s`.

    The stressed margin :math:`s` covers a normal quantile at the volatility of the most
    volatile window in a long lookback, or is a level of its own.

    Parameters
    ----------
    weight : :math:`w`, in (0, 1]; a quarter at least by regulation.
    level : :math:`s`, fraction of notional, in (0, 1]; from the lookback without.
    lookback : returns searched for the worst window, >= window.
    window : returns of a window, >= 2.
    confidence : one-sided, normal, in (0.5, 1).
    horizon_hours : hours needed to close a position, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Commission Delegated Regulation (EU) 153/2013, article 28(1)(b).

    Examples
    --------
    >>> here = MarketState(
    ...     returns=np.zeros((0, 2)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(2),
    ...     open_interest=np.zeros(2),
    ... )
    >>> Stress(level=0.13).adjust(np.array([0.05, 0.12]), here, None)[0].round(6)
    array([0.07  , 0.1225])
    """

    weight: float = 0.25
    level: float | None = None
    lookback: int = 2520
    window: int = 250
    confidence: float = 0.99
    horizon_hours: float = 6.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.weight <= 1, "weight must lie in (0, 1]"),
            (self.level is None or 0 < self.level <= 1, "level must lie in (0, 1]"),
            (self.window >= 2, "window must be >= 2 returns"),
            (self.lookback >= self.window, "lookback must be >= window"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
        )

    @property
    def history(self) -> int:
        """The lookback, nothing where the level is given."""
        return self.lookback if self.level is None else 0

    def adjust(
        self, rates: Floats, market: MarketState, memory: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Return rates with the stressed margin's weight in them, (K,)."""
        stressed = self.level if self.level is not None else self._worst(market)
        return (1.0 - self.weight) * rates + self.weight * stressed, memory

    def _worst(self, market: MarketState) -> Floats:
        """Return the margin at the volatility of the worst window, (K,)."""
        squares = latest(market, self.lookback, "stress") ** 2
        sums = np.concatenate((np.zeros_like(squares[:1]), np.cumsum(squares, axis=0)))
        means = (sums[self.window :] - sums[: -self.window]) / self.window
        spread = np.sqrt(np.maximum(means.max(axis=0), 0.0))
        steps = intervals(market, self.horizon_hours)
        return np.minimum(ndtri(self.confidence) * sqrt(steps) * spread, 1.0)
