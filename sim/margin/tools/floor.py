"""Never ask for less than long-run volatility would."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtri

from sim.arrays import Floats
from sim.errors import check
from sim.margin.history import intervals, latest
from sim.roles import MarketState


@dataclass(frozen=True, kw_only=True, slots=True)
class Floor:
    r"""Ask for at least what the volatility of a long lookback would: :math:`M = \max(m, f)`.

    .. math:: f = z_\alpha\, \sigma_n \sqrt{h}

    with :math:`\sigma_n` the root mean square of the last :math:`n` returns. A floor makes
    margin dearer in calm, and its rise in a storm smaller. With a ``level`` that level is the
    floor and no past is needed.

    Parameters
    ----------
    lookback : :math:`n`, returns, > 0.
    confidence : :math:`\alpha`, one-sided, normal, in (0.5, 1).
    horizon_hours : :math:`h`, hours needed to close a position, > 0.
    level : :math:`f` itself instead, fraction of notional, in [0, 1].

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Commission Delegated Regulation (EU) 153/2013, article 28(1)(c): margin no lower than with
    volatility over a ten-year lookback.

    Examples
    --------
    >>> hourly = MarketState(
    ...     returns=np.full((2520, 1), 0.01),
    ...     interval_seconds=3600.0,
    ...     index=np.ones(1),
    ...     open_interest=np.ones(1),
    ... )
    >>> Floor(horizon_hours=1.0).adjust(np.array([0.01]), hourly, None)[0].round(4)
    array([0.0233])
    """

    lookback: int = 2520
    confidence: float = 0.99
    horizon_hours: float = 6.0
    level: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.lookback > 0, "lookback must be > 0 returns"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (self.level is None or 0 <= self.level <= 1, "level must lie in [0, 1]"),
        )

    @property
    def history(self) -> int:
        """The lookback, nothing where the level is given."""
        return self.lookback if self.level is None else 0

    def adjust(
        self, rates: Floats, market: MarketState, memory: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Return rates lifted to the floor, (K,)."""
        if self.level is not None:
            return np.maximum(rates, self.level), memory
        spread = np.sqrt(np.mean(latest(market, self.lookback, "floor") ** 2, axis=0))
        lowest = ndtri(self.confidence) * sqrt(intervals(market, self.horizon_hours)) * spread
        return np.maximum(rates, np.minimum(lowest, 1.0)), memory
