"""A pool that keeps the product of its two reserves: the simplest automated market maker."""

from dataclasses import dataclass
from math import floor, inf, sqrt
from typing import NamedTuple

import numpy as np

from sim.accounts import POOL
from sim.errors import check
from sim.kernels.constant_product import base_until, swap
from sim.orders import Fills, Orders, Quote


@dataclass(frozen=True, kw_only=True, slots=True)
class ConstantProduct:
    r"""Trade against two reserves whose product :math:`xy` (base, quote) never falls.

    Buying :math:`d` units costs :math:`\frac{y\,d}{x-d}\,/\,(1-f)`; the fee stays in the pool.
    An order trades at one average price against the venue's pool, in whole contracts, up to
    where its marginal price, fee included, reaches the order's limit; what is left does not
    rest. An order for the whole reserve or more is not filled at all, and is marked
    ``exhausted``. Cancels do nothing. For spot instruments.

    Parameters
    ----------
    depth_usd : what lies on each side of the pool when it opens, USD, > 0.
    fee : :math:`f`, share of what is paid in, in [0, 1).

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Adams, Zinsmeister and Robinson (2020), Uniswap v2 core.
    Angeris and Chitra (2020), Improved price oracles: constant function market makers.

    Examples
    --------
    >>> pool = ConstantProduct(depth_usd=1e6, fee=0.0).open(0.01, 100.0, contract_size=1.0)
    >>> pool.submit(Orders.of(0, [4], 0, [2000])).price
    array([125.])
    >>> pool.reserves
    (8000.0, 1250000.0)
    """

    depth_usd: float = 5_000_000.0
    fee: float = 0.003

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.depth_usd < inf, "constant_product: depth_usd must be > 0 USD"),
            (0 <= self.fee < 1, "constant_product: fee must lie in [0, 1)"),
        )

    def open(
        self,
        tick: float,  # noqa: ARG002 - every mechanism is told; a pool knows no ticks
        initial_price: float,
        contract_size: float,
    ) -> "ConstantProductMarket":
        """Return a pool whose marginal price is ``initial_price``, USD a unit."""
        check(
            (0 < initial_price < inf, "constant_product: the initial price must be > 0 USD"),
            (0 < contract_size < inf, "constant_product: contract_size must be > 0 units"),
        )
        base = self.depth_usd / initial_price
        return ConstantProductMarket(base, self.depth_usd, contract_size, self.fee)


class MoveCost(NamedTuple):
    """What pushing the price takes: spending is positive, receiving negative.

    ``loss`` is what unwinding at the price of before, outside the pool, would not bring back.
    """

    quote_spent: float
    base_received: float
    loss: float


class ConstantProductMarket:
    """A pool in use.

    Parameters
    ----------
    base, quote : reserves, units of the asset and USD. The venue's pool account holds these.
    contract_size : units of base a contract.
    fee : share of what is paid in.
    """

    def __init__(self, base: float, quote: float, contract_size: float, fee: float) -> None:
        self.contract_size = contract_size
        self.fee = fee
        self._reserves = np.array([base, quote])
        self._last = quote / base

    @property
    def reserves(self) -> tuple[float, float]:
        """Base and quote in the pool, units and USD."""
        return float(self._reserves[0]), float(self._reserves[1])

    def anchor(self, price: float, seconds: float) -> None:
        """Ignore the outside: arbitrage is what ties a pool to it."""

    def submit(self, orders: Orders) -> Fills:
        """Swap the orders, from first to last, whatever their ``instrument`` says."""
        n = orders.size
        order, traded, paid = np.empty(n, dtype=np.int64), np.empty(n), np.empty(n)
        unfilled, exhausted = np.empty(n), np.empty(n, dtype=np.int8)
        fills = swap(
            self._reserves,
            self.contract_size,
            self.fee,
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
        maker = np.full(fills, POOL, dtype=np.int64)
        return Fills(order[:fills], maker, traded[:fills], paid[:fills], unfilled, exhausted)

    @property
    def highest(self) -> float:
        """No price is too high."""
        return inf

    def quote(self) -> Quote:
        """Return the marginal prices of selling and buying, fee included, and the last, USD."""
        base, quote = self.reserves
        mid = quote / base
        return Quote(mid * (1.0 - self.fee), mid / (1.0 - self.fee), self._last)

    def depth(self, width: float) -> tuple[float, float]:
        """Return contracts that can be sold and bought within ``width`` of the mid."""
        base, quote = self.reserves
        mid = self.quote().mid
        sold = base_until(base, quote, self.fee, mid * (1.0 - width), buys=False)
        bought = base_until(base, quote, self.fee, mid * (1.0 + width), buys=True)
        return _whole(sold / self.contract_size), _whole(bought / self.contract_size)

    def cost_to_move(self, factor: float) -> MoveCost:
        """Return what it takes to multiply the pool's price by ``factor``, > 0, in one swap.

        With ``s`` the factor by which the reserve paid out is divided, the fee staying in the
        pool, ``s (1 - fee) + s (s - 1) = factor (1 - fee)`` for a rise; a fall mirrors it.
        """
        check((0 < factor < inf, "the factor to move a price by must be > 0"))
        base, quote = self.reserves
        kept, rise = 1.0 - self.fee, max(factor, 1.0 / factor)
        stretch = 0.5 * (self.fee + sqrt(self.fee**2 + 4.0 * rise * kept))
        paid_in, paid_out = (stretch - 1.0) / kept, 1.0 - 1.0 / stretch
        if factor >= 1.0:
            spent, received = quote * paid_in, base * paid_out
        else:
            spent, received = -quote * paid_out, -base * paid_in
        return MoveCost(spent, received, spent - received * quote / base)

    def state(self) -> tuple[np.ndarray, ...]:
        """Return all that later results depend on."""
        return (np.append(self._reserves, self._last),)


def _whole(contracts: float) -> float:
    """Return the whole contracts in a number that may be infinite."""
    return float(floor(contracts)) if contracts < inf else inf
