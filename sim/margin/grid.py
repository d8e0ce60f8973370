"""Portfolio margin by a grid of price and volatility moves, as crypto exchanges ask it."""

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Floats
from sim.contracts import Contracts
from sim.elementary import power as power_of
from sim.errors import check
from sim.margin.charges import notional_of
from sim.margin.scan import Scan
from sim.margin.schedule import flat
from sim.repricing import reprice
from sim.roles import MarketState, Schedule

MONTH_DAYS = 30.0
YEAR_DAYS = 365.0
NEAR_POWER, FAR_POWER = 0.3, 0.13
"""How volatility moves shrink with the time to expiry, within a month and beyond."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    r"""Charge the worst of price moves times volatility moves, and a little for each future.

    Prices move to evenly spaced points within :math:`\pm` ``price_range``; at each, implied
    volatilities go up, stay and go down:

    .. math::
        \sigma^+ = \max\left(\sigma (1 + u\,(30/d)^p),\; \underline\sigma\right), \qquad
        \sigma^- = \sigma (1 - \min(v\,(30/d)^p, 0.9))

    with :math:`d` days to expiry, at least one, :math:`p = 0.3` within a month and 0.13
    beyond. What hedges is set off in full but for ``contingency``.

    Parameters
    ----------
    price_range : largest price move, in (0, 1).
    price_steps : points on each side of no move, >= 1.
    volatility_up, volatility_down : :math:`u`, :math:`v`, relative, >= 0; down < 1.
    volatility_floor : :math:`\underline\sigma`, what volatilities rise to at least, a year, >= 0.
    contingency : of the notional of each future and perpetual, whatever it hedges, in [0, 1).
    short_minimum : of the notional of each option sold, at least, in [0, 1).
    initial_multiple : initial over maintenance requirement, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Deribit documentation, Portfolio margin: nine price buckets over 16 % and three volatilities.
    """

    price_range: float = 0.16
    price_steps: int = 4
    volatility_up: float = 0.5
    volatility_down: float = 0.25
    volatility_floor: float = 0.5
    contingency: float = 0.006
    short_minimum: float = 0.01
    initial_multiple: float = 1.25
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.price_range < 1, "price_range must lie in (0, 1)"),
            (self.price_steps >= 1, "price_steps must be >= 1"),
            (self.volatility_up >= 0, "volatility_up must be >= 0"),
            (0 <= self.volatility_down < 1, "volatility_down must lie in [0, 1)"),
            (self.volatility_floor >= 0, "volatility_floor must be >= 0 a year"),
            (0 <= self.contingency < 1, "contingency must lie in [0, 1)"),
            (0 <= self.short_minimum < 1, "short_minimum must lie in [0, 1)"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """No past is needed."""
        return 0

    def schedule(self, market: MarketState) -> Schedule:
        """Return a flat contingency and the charge on portfolios."""
        contracts = market.contracts or Contracts.linear(market.index)
        moves = np.linspace(-self.price_range, self.price_range, 2 * self.price_steps + 1)
        volatilities = np.stack(self._volatilities(contracts))
        losses = -reprice(contracts, np.repeat(moves, 3), np.tile(volatilities, (moves.size, 1)))
        rate = np.where(contracts.optional, 0.0, self.contingency)
        schedule = flat(rate, np.minimum(self.initial_multiple * rate, 1.0))
        minimum = np.where(contracts.optional, self.short_minimum * notional_of(contracts), 0.0)
        charge = Scan(losses, minimum, self.initial_multiple, _labels(moves))
        return replace(schedule, charge=charge)

    def _volatilities(self, contracts: Contracts) -> list[Floats]:
        """Return implied volatilities up, as they are, and down, (K,) each."""
        days = np.maximum(contracts.years * YEAR_DAYS, 1.0)
        power = np.where(days < MONTH_DAYS, NEAR_POWER, FAR_POWER)
        scale = power_of(MONTH_DAYS / days, power)
        now = contracts.volatility
        up = np.maximum(now * (1.0 + self.volatility_up * scale), self.volatility_floor)
        down = now * (1.0 - np.minimum(self.volatility_down * scale, 0.9))
        return [up, now, down]


def _labels(moves: Floats) -> tuple[str, ...]:
    """Return what the scenarios are called, in their order."""
    return tuple(
        f"price {move:+.1%}, volatility {way}"
        for move in moves.tolist()
        for way in ("up", "as it is", "down")
    )
