"""The market behind the reduced-form mechanisms: an outside price, pushed by the net flow."""

from math import floor, inf

import numpy as np

from sim.accounts import OUTSIDE
from sim.errors import check
from sim.kernels.impact_curve import CEILING, flow_at, multiple_at, push
from sim.orders import Fills, Orders, Quote


class ImpactMarket:
    """A price that follows the outside, displaced by what was traded here and fades.

    Orders trade against the venue's off-book dealer at the mean of the prices that they pass
    on their way, plus half the spread. Limits stop where the marginal price reaches them, in
    whole contracts, and do not rest; cancels do nothing. The mid stays between one tick and
    ``CEILING`` times the outside price: market orders end there, ``exhausted``.

    Parameters
    ----------
    shape : code of the curve in ``sim.kernels.impact_curve``.
    scale : its steepness: 1/sqrt(USD) or 1/USD.
    half_spread : fraction of the mid.
    half_life_seconds : time in which the displacing flow halves.
    tick : the lowest mid, USD.
    price : the outside price, USD.
    contract_size : units of the underlying a contract.
    """

    def __init__(
        self,
        *,
        shape: int,
        scale: float,
        half_spread: float,
        half_life_seconds: float,
        tick: float,
        price: float,
        contract_size: float,
    ) -> None:
        check(
            (0 < tick < inf, "impact: tick must be > 0 USD"),
            (0 < price < inf, "impact: the initial price must be > 0 USD"),
            (0 < contract_size < inf, "impact: contract_size must be > 0 units"),
        )
        self.contract_size = contract_size
        self.half_life_seconds = half_life_seconds
        self._curve = (shape, scale, half_spread)
        self._tick = tick
        self._anchor = price
        self._flow = np.zeros(1)
        self._last = price

    @property
    def flow_usd(self) -> float:
        """Net purchases that still displace the price, USD at the outside price of their time."""
        return float(self._flow[0])

    def anchor(self, price: float, seconds: float) -> None:
        """Take over the outside price, and let earlier flow fade for ``seconds``."""
        self._anchor = price
        self._flow[0] *= 0.5 ** (seconds / self.half_life_seconds)

    def submit(self, orders: Orders) -> Fills:
        """Trade the orders, from first to last, whatever their ``instrument`` says."""
        n = orders.size
        order, traded, paid = np.empty(n, dtype=np.int64), np.empty(n), np.empty(n)
        unfilled, exhausted = np.abs(orders.quantity), np.ones(n, dtype=np.int8)
        fills = 0
        if self._anchor > 0:
            fills = push(
                self._curve,
                (self._anchor, self._anchor * self.contract_size, self._tick / self._anchor),
                self._flow,
                np.array(orders.quantity),
                np.array(orders.kind),
                np.array(orders.price),
                order,
                traded,
                paid,
                unfilled,
                exhausted,
            )
        if fills:
            self._last = float(paid[fills - 1])
        maker = np.full(fills, OUTSIDE, dtype=np.int64)
        return Fills(order[:fills], maker, traded[:fills], paid[:fills], unfilled, exhausted)

    @property
    def highest(self) -> float:
        """No price is too high."""
        return inf

    def quote(self) -> Quote:
        """Return the marginal prices of selling and buying, and the last, USD."""
        shape, scale, half_spread = self._curve
        mid = self._anchor * multiple_at(shape, scale, self.flow_usd)
        return Quote(mid * (1.0 - half_spread), mid * (1.0 + half_spread), self._last)

    def depth(self, width: float) -> tuple[float, float]:
        """Return contracts that can be sold and bought within ``width`` of the mid."""
        if not self._anchor > 0:
            return 0.0, 0.0
        shape, scale, half_spread = self._curve
        flow, usd = self.flow_usd, self._anchor * self.contract_size
        mid, lowest = multiple_at(shape, scale, flow), self._tick / self._anchor
        down = max(mid * (1.0 - width) / (1.0 - half_spread), lowest)
        up = min(mid * (1.0 + width) / (1.0 + half_spread), CEILING)
        sold = floor(max(flow - flow_at(shape, scale, down), 0.0) / usd)
        bought = floor(max(flow_at(shape, scale, up) - flow, 0.0) / usd)
        return float(sold), float(bought)

    def state(self) -> tuple[np.ndarray, ...]:
        """Return all that later results depend on."""
        return (np.array([self.flow_usd, self._anchor, self._last]),)
