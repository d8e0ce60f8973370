"""What accounts are worth and what they need, a block of rows at a time.

Every loop below runs along one column and has no branch in it, so that the compiler turns
it into vector instructions; a block is short enough for its scratch space to stay in the
nearest cache. Every kernel does the same operations on an account in the same order, so
that all of them find the same bits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.kernels.compiled import kernel

BLOCK = 1024
"""Accounts worked on at a time."""


class Terms(NamedTuple):
    """How a unit of everything counts.

    A long and a short may be given different values, and a holding and a debt different
    prices: that is how the worst case over a range of prices is put.

    Parameters
    ----------
    settlement : (K,) index of the asset in which each instrument settles.
    long_value, short_value : (K,) worth of a contract where the position is long, where it is
        short, units of the settlement asset.
    notional : (K,) exposure of a contract, USD.
    held, owed : (A,) USD a unit of a positive, of a negative net holding.
    edges, rates, amounts : (B, K) brackets of the requirement: a notional ``N`` with
        ``edges[b] < N <= edges[b + 1]`` needs ``N * rates[b] - amounts[b]``.
    """

    settlement: Ints
    long_value: Floats
    short_value: Floats
    notional: Floats
    held: Floats
    owed: Floats
    edges: Floats
    rates: Floats
    amounts: Floats


@kernel
def add_requirement(
    position: Floats, terms: Terms, j: int, size: Floats, need: Floats, required: Floats
) -> None:
    """Add to ``required`` what the positions in instrument ``j`` need.

    Parameters
    ----------
    position : (n,) contracts, signed.
    terms : how they count.
    j : the instrument.
    size, need : (n,) scratch.
    required : (n,) USD, added to.
    """
    n = position.size
    notional, rate, amount = terms.notional[j], terms.rates[0, j], terms.amounts[0, j]
    for i in range(n):
        size[i] = abs(position[i]) * notional
        need[i] = size[i] * rate - amount
    for b in range(1, terms.edges.shape[0]):
        edge, rate, amount = terms.edges[b, j], terms.rates[b, j], terms.amounts[b, j]
        for i in range(n):
            need[i] = size[i] * rate - amount if size[i] > edge else need[i]
    for i in range(n):
        required[i] += need[i]


@kernel
def fill_single(
    balance: Floats, position: Floats, terms: Terms, equity: Floats, required: Floats
) -> None:
    """Fill ``equity`` and ``required`` where there is one asset, one instrument, one rate."""
    up, down, notional = terms.long_value[0], terms.short_value[0], terms.notional[0]
    held, owed, rate, amount = terms.held[0], terms.owed[0], terms.rates[0, 0], terms.amounts[0, 0]
    for i in range(equity.size):
        q = position[i]
        net = balance[i] + q * (up if q > 0.0 else down)
        equity[i] = net * (held if net > 0.0 else owed)
        required[i] = abs(q) * notional * rate - amount


@kernel
def fill_block(
    balances: Floats,
    positions: Floats,
    terms: Terms,
    start: int,
    scratch: Floats,
    equity: Floats,
    required: Floats,
) -> None:
    """Fill ``equity`` and ``required`` of the accounts from ``start`` on.

    Parameters
    ----------
    balances : (A, n_accounts) units.
    positions : (K, n_accounts) contracts, signed.
    terms : how they count.
    start : first account.
    scratch : (2, n) overwritten.
    equity, required : (n,) USD, overwritten.
    """
    n = equity.size
    stop = start + n
    single = balances.shape[0] == 1 and positions.shape[0] == 1 and terms.edges.shape[0] == 1
    if single and terms.settlement[0] == 0:
        fill_single(balances[0, start:stop], positions[0, start:stop], terms, equity, required)
        return
    net, need = scratch[0, :n], scratch[1, :n]
    equity[:] = 0.0
    required[:] = 0.0
    for a in range(balances.shape[0]):
        net[:] = balances[a, start:stop]
        for j in range(positions.shape[0]):
            if terms.settlement[j] == a:
                position, up, down = (
                    positions[j, start:stop],
                    terms.long_value[j],
                    terms.short_value[j],
                )
                for i in range(n):
                    net[i] += position[i] * (up if position[i] > 0.0 else down)
        held, owed = terms.held[a], terms.owed[a]
        for i in range(n):
            equity[i] += net[i] * (held if net[i] > 0.0 else owed)
    for j in range(positions.shape[0]):
        add_requirement(positions[j, start:stop], terms, j, net, need, required)


@kernel
def fill_all(
    balances: Floats, positions: Floats, terms: Terms, equity: Floats, required: Floats
) -> None:
    """Fill ``equity`` and ``required``, (n_accounts,) USD, of every account."""
    scratch = np.empty((2, BLOCK))
    for start in range(0, equity.size, BLOCK):
        stop = min(start + BLOCK, equity.size)
        fill_block(
            balances, positions, terms, start, scratch, equity[start:stop], required[start:stop]
        )


@kernel
def gather(columns: Floats, rows: Ints, out: Floats) -> None:
    """Copy ``columns[:, rows]`` to the front of ``out``."""
    for c in range(columns.shape[0]):
        for i in range(rows.size):
            out[c, i] = columns[c, rows[i]]


@kernel
def fill_rows(
    balances: Floats,
    positions: Floats,
    terms: Terms,
    rows: Ints,
    equity: Floats,
    required: Floats,
) -> None:
    """Fill ``equity`` and ``required``, (n,) USD, of the accounts ``rows``, (n,)."""
    block = min(BLOCK, rows.size)
    scratch = np.empty((2, block))
    some_balances = np.empty((balances.shape[0], block))
    some_positions = np.empty((positions.shape[0], block))
    for start in range(0, rows.size, BLOCK):
        stop = min(start + BLOCK, rows.size)
        front = start % BLOCK  # 0; written as a literal, numba would compile the block once more
        gather(balances, rows[start:stop], some_balances)
        gather(positions, rows[start:stop], some_positions)
        fill_block(
            some_balances,
            some_positions,
            terms,
            front,
            scratch,
            equity[start:stop],
            required[start:stop],
        )


@kernel
def all_below(
    balances: Floats,
    positions: Floats,
    terms: Terms,
    level: float,
    first: int,
    stop: int,
    found: Ints,
) -> int:
    """Write the accounts whose equity is below ``level`` times their requirement; return how many.

    Parameters
    ----------
    balances, positions, terms : as in ``fill_block``.
    level : multiple of the requirement.
    first, stop : the accounts looked at, ``stop`` not included.
    found : (stop - first,) or longer, accounts, rising, overwritten from the front.
    """
    count = 0
    scratch, equity, required = np.empty((2, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
    for start in range(first, stop, BLOCK):
        m = min(BLOCK, stop - start)
        fill_block(balances, positions, terms, start, scratch, equity[:m], required[:m])
        hits = 0
        for i in range(m):
            hits += equity[i] < level * required[i]
        if hits > 0:
            for i in range(m):
                if equity[i] < level * required[i]:
                    found[count] = start + i
                    count += 1
    return count


@kernel
def rows_below(
    balances: Floats, positions: Floats, terms: Terms, level: float, rows: Ints, found: Ints
) -> int:
    """Write those of ``rows`` whose equity is below ``level`` times their requirement.

    Like ``all_below``, for the accounts ``rows``, (n,), in their order; ``found`` is (n,).
    """
    equity, required = np.empty(rows.size), np.empty(rows.size)
    fill_rows(balances, positions, terms, rows, equity, required)
    count = 0
    for i in range(rows.size):
        if equity[i] < level * required[i]:
            found[count] = rows[i]
            count += 1
    return count


@kernel
def enrol(
    balances: Floats,
    positions: Floats,
    terms: Terms,
    level: float,
    rows: Ints,
    slots: NDArray[np.int32],
    members: Ints,
    count: int,
) -> int:
    """Take those of ``rows`` that are below a level into a list; return its new length.

    Parameters
    ----------
    balances, positions, terms, level : as in ``all_below``.
    rows : (n,) accounts, repeats allowed.
    slots : (n_accounts,) place of each account in the list, negative outside; kept up to date.
    members : (room,) the list, with room for all of ``rows``; written behind its end.
    count : length of the list.
    """
    strange, found = np.empty(rows.size, dtype=np.int64), np.empty(rows.size, dtype=np.int64)
    outside = 0
    for row in rows:
        if slots[row] < 0:
            strange[outside] = row
            outside += 1
    joining = rows_below(balances, positions, terms, level, strange[:outside], found)
    for row in found[:joining]:
        if slots[row] < 0:
            slots[row] = count
            members[count] = row
            count += 1
    return count


@kernel
def refresh(
    columns: Floats, rows: Ints, slots: NDArray[np.int32], copies: Floats, inside: Ints
) -> int:
    """Copy what listed accounts hold to their places; return how many of ``rows`` are listed.

    Parameters
    ----------
    columns : (A, n_accounts) what accounts hold.
    rows : (n,) accounts.
    slots : (n_accounts,) place of each account in the list, negative outside.
    copies : (A, room) what the listed ones hold, by place; overwritten where touched.
    inside : (n,) those of ``rows`` that are listed, overwritten from the front.
    """
    listed = 0
    for row in rows:
        if slots[row] >= 0:
            inside[listed] = row
            listed += 1
            for c in range(columns.shape[0]):
                copies[c, slots[row]] = columns[c, row]
    return listed
