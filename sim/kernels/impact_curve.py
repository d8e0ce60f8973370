"""Prices that depend on the net flow so far: square-root and linear impact, integrated exactly."""

from math import copysign, exp, inf, log, sqrt

import numpy as np

from sim.arrays import Codes, Floats, Ints
from sim.kernels.compiled import inlined, kernel

MARKET, CANCEL = 1, 3
"""Codes of ``sim.orders.OrderKind``; cancels and what comes after them trade nothing."""
SQUARE_ROOT, LINEAR = 0, 1
"""Shapes of the curve."""
CEILING = 1_000.0
"""Multiple of the anchor beyond which nobody sells."""
SMALL = 0.05
"""Exponent below which the integral is summed as a series: its closed form would cancel."""


@inlined
def multiple_at(shape: int, scale: float, flow: float) -> float:
    """Return the marginal price, as a multiple of the anchor, after a net ``flow``."""
    if shape == SQUARE_ROOT:
        return exp(copysign(scale * sqrt(abs(flow)), flow))
    return 1.0 + scale * flow


@inlined
def flow_at(shape: int, scale: float, multiple: float) -> float:
    """Return the net flow at which the marginal price is ``multiple``, > 0, times the anchor."""
    if shape == SQUARE_ROOT:
        root = log(multiple) / scale
        return copysign(root * root, root)
    return (multiple - 1.0) / scale


@inlined
def area(shape: int, scale: float, flow: float) -> float:
    """Return the integral of ``multiple_at`` from 0 to ``flow``."""
    if shape == LINEAR:
        return flow + 0.5 * scale * flow * flow
    size = abs(flow)
    z = copysign(scale * sqrt(size), flow)
    if abs(z) < SMALL:
        # 2 ((z - 1) exp(z) + 1) / z**2, term by term.
        mean, term = 1.0, 1.0
        for n in range(1, 8):
            term *= z / n
            mean += 2.0 * term / (n + 2)
    else:
        mean = 2.0 * ((z - 1.0) * exp(z) + 1.0) / (z * z)
    return copysign(size * mean, flow)


@inlined
def mean_multiple(shape: int, scale: float, start: float, stop: float) -> float:
    """Return the average price, as a multiple of the anchor, of moving the flow that far."""
    one, other = multiple_at(shape, scale, start), multiple_at(shape, scale, stop)
    mean = (area(shape, scale, stop) - area(shape, scale, start)) / (stop - start)
    # A tiny step of a huge flow rounds: never let that leave the path.
    return min(max(mean, min(one, other)), max(one, other))


@kernel
def push(
    curve: tuple[int, float, float],
    terms: tuple[float, float, float],
    flow: Floats,
    quantity: Floats,
    kind: Codes,
    price: Floats,
    order: Ints,
    traded: Floats,
    paid: Floats,
    unfilled: Floats,
    exhausted: Codes,
) -> int:
    """Trade orders along the curve, from first to last; return how many of them traded.

    Parameters
    ----------
    curve : shape, scale, half spread as a fraction.
    terms : anchor price, USD; worth of a contract there, USD; multiple of it where bids end.
    flow : (1,) net flow, USD, changed.
    quantity, kind, price : (n,) as in ``sim.orders.Orders``.
    order, traded, paid : (n,) room for the fills: position, contracts, price.
    unfilled, exhausted : (n,) overwritten, as in ``sim.orders.Fills``.
    """
    shape, scale, half_spread = curve
    anchor, usd, lowest = terms
    fills = 0
    for i in range(kind.size):
        unfilled[i] = 0.0
        exhausted[i] = 0
        if kind[i] >= CANCEL:
            continue
        sign, asked = np.sign(quantity[i]), abs(quantity[i])
        spread, end = 1.0 + sign * half_spread, CEILING if sign > 0.0 else lowest
        limit = price[i] / (anchor * spread)
        if kind[i] == MARKET:
            limit = inf if sign > 0.0 else 0.0
        elif not price[i] > 0.0:
            unfilled[i] = asked
            continue
        bound = min(limit, end) if sign > 0.0 else max(limit, end)
        room = sign * (flow_at(shape, scale, bound) - flow[0]) / usd
        size = max(min(np.floor(asked), np.floor(room)), 0.0)
        unfilled[i] = asked - size
        if size < np.floor(asked) and bound == end:
            exhausted[i] = 1
        if size < 1.0:
            continue
        after = flow[0] + sign * size * usd
        order[fills] = i
        traded[fills] = sign * size
        paid[fills] = anchor * spread * mean_multiple(shape, scale, flow[0], after)
        flow[0] = after
        fills += 1
    return fills
