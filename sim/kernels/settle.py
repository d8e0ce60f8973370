"""Moving money and contracts between the two sides of every fill."""

import numpy as np

from sim.arrays import Floats, Ints
from sim.kernels.compiled import kernel

LINEAR, INVERSE, SPOT = 0, 1, 2
"""How a contract is worth what it is worth: ``size * p``, ``-size / p``, or the asset itself."""


@kernel
def turned(position: float, entry: float, quantity: float, price: float, inverse: bool) -> float:
    """Return the mean entry price after ``quantity`` more contracts at ``price``."""
    after = position + quantity
    if after == 0.0:
        return 0.0
    if position * after <= 0.0:
        return price
    if abs(after) < abs(position):
        return entry
    if inverse:
        return after / (position / entry + quantity / price)
    return (position * entry + quantity * price) / after


@kernel
def settle(
    shape: tuple[int, int, int],
    size: float,
    fees: tuple[float, float],
    taker: Ints,
    maker: Ints,
    quantity: Floats,
    price: Floats,
    balances: Floats,
    positions: Floats,
    entry: Floats,
    realised: Floats,
) -> None:
    """Settle fills in order and fill ``realised`` with what each taker gained.

    Parameters
    ----------
    shape : kind (``LINEAR``, ``INVERSE``, ``SPOT``), settlement asset, underlying asset.
    size : contract size.
    fees : taker and maker fee, fractions of value; paid to account 0 of the venue.
    taker, maker : (m,) rows.
    quantity : (m,) contracts, signed as the taker's.
    price : (m,) USD.
    balances : (n_assets, n) changed in place.
    positions, entry : (n,) columns of this instrument, changed in place.
    realised : (m,) units of the settlement asset, overwritten: profit of what the fill
        closed for the taker, less its fee.
    """
    kind, money, asset = shape
    inverse = kind == INVERSE
    for m in range(taker.size):
        a, b, q, p = taker[m], maker[m], quantity[m], price[m]
        worth = q * (-size / p if inverse else size * p)
        fee_a, fee_b = abs(worth) * fees[0], abs(worth) * fees[1]
        balances[money, a] -= worth + fee_a
        balances[money, b] += worth - fee_b
        balances[money, 0] += fee_a + fee_b
        realised[m] = -fee_a
        if kind == SPOT:
            balances[asset, a] += q * size
            balances[asset, b] -= q * size
            continue
        closed = min(abs(q), abs(positions[a])) if positions[a] * q < 0.0 else 0.0
        if closed > 0.0:
            sign = 1.0 if positions[a] > 0.0 else -1.0
            if inverse:
                realised[m] += sign * closed * size * (1.0 / entry[a] - 1.0 / p)
            else:
                realised[m] += sign * closed * size * (p - entry[a])
        entry[a] = turned(positions[a], entry[a], q, p, inverse)
        positions[a] += q
        entry[b] = turned(positions[b], entry[b], -q, p, inverse)
        positions[b] -= q


@kernel
def sum_by(index: Ints, values: Floats, out: Floats) -> None:
    """Add ``values`` into ``out`` at ``index``, in order."""
    for i in range(index.size):
        out[index[i]] += values[i]


@kernel
def affordable(
    account: Ints, quantity: Floats, position: Floats, need: Floats, free: Floats, out: Floats
) -> None:
    """Fill ``out`` with how many contracts of each order an account may still open.

    Closing is always allowed; opening uses up ``free`` margin, order by order.

    Parameters
    ----------
    account : (n,) index into ``free``.
    quantity : (n,) contracts wanted, signed.
    position : (n,) position before the batch.
    need : (n,) initial margin one contract needs, USD.
    free : (k,) margin equity above the initial requirement, USD; used up in place.
    out : (n,) contracts allowed, signed, whole.
    """
    for i in range(account.size):
        q, held = quantity[i], position[i]
        closing = min(abs(q), abs(held)) if held * q < 0.0 else 0.0
        opening = abs(q) - closing
        if opening > 0.0 and need[i] > 0.0:
            opening = min(opening, np.floor(max(free[account[i]], 0.0) / need[i]))
            free[account[i]] -= opening * need[i]
        out[i] = np.sign(q) * (closing + opening)
