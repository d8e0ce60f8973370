"""Swaps against a constant-product pool: one average price an order."""

from math import inf, sqrt

import numpy as np

from sim.arrays import Codes, Floats, Ints
from sim.kernels.compiled import inlined, kernel

MARKET, CANCEL = 1, 3
"""Codes of ``sim.orders.OrderKind``; cancels and what comes after them trade nothing."""


@inlined
def base_until(base: float, quote: float, fee: float, price: float, buys: bool) -> float:
    """Return units that can be traded until the marginal price, fee included, reaches ``price``.

    Buying ``d`` costs ``base quote / (base - d)**2 / (1 - fee)`` at the margin; selling ``d``
    earns ``base quote (1 - fee) / (base + (1 - fee) d)**2``.
    """
    product = base * quote
    if buys:
        return max(base - sqrt(product / (price * (1.0 - fee))), 0.0)
    if price <= 0.0:
        return inf
    return max(sqrt(product * (1.0 - fee) / price) - base, 0.0) / (1.0 - fee)


@inlined
def swap_price(base: float, quote: float, fee: float, units: float, buys: bool) -> float:
    """Return the average price of a swap of ``units``, fee included, quote a unit of base."""
    if buys:
        return quote / (base - units) / (1.0 - fee)
    return quote * (1.0 - fee) / (base + units * (1.0 - fee))


@kernel
def swap(
    reserves: Floats,
    contract_size: float,
    fee: float,
    quantity: Floats,
    kind: Codes,
    price: Floats,
    order: Ints,
    traded: Floats,
    paid: Floats,
    unfilled: Floats,
    exhausted: Codes,
) -> int:
    """Swap orders from first to last; return how many of them traded.

    An order that asks for no less than the whole reserve trades nothing, as on a chain.

    Parameters
    ----------
    reserves : (2,) base and quote in the pool, changed.
    contract_size : units of base a contract.
    fee : share of what is paid in, kept in the pool.
    quantity, kind, price : (n,) as in ``sim.orders.Orders``.
    order, traded, paid : (n,) room for the fills: position, contracts, price.
    unfilled, exhausted : (n,) overwritten, as in ``sim.orders.Fills``.
    """
    fills = 0
    for i in range(kind.size):
        unfilled[i] = 0.0
        exhausted[i] = 0
        if kind[i] >= CANCEL:
            continue
        base, quote = reserves[0], reserves[1]
        buys, asked = quantity[i] > 0.0, abs(quantity[i])
        limit = price[i]
        if kind[i] == MARKET:
            limit = inf if buys else 0.0
        elif not limit > 0.0:
            unfilled[i] = asked
            continue
        room = np.floor(base_until(base, quote, fee, limit, buys) / contract_size)
        size = min(np.floor(asked), room)
        if buys and size * contract_size >= base:
            exhausted[i] = 1
            size = 0.0
        unfilled[i] = asked - size
        if size < 1.0:
            continue
        average = swap_price(base, quote, fee, size * contract_size, buys)
        signed = size if buys else -size
        reserves[0] -= signed * contract_size
        reserves[1] += signed * contract_size * average
        order[fills] = i
        traded[fills] = signed
        paid[fills] = average
        fills += 1
    return fills
