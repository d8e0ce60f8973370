"""Matching in price-time priority: a batch of messages in one call."""

from math import ceil, floor
from typing import NamedTuple

import numpy as np

from sim.arrays import NONE, Codes, Floats, Ints
from sim.kernels.book_bitmap import Words, at_or_above, at_or_below
from sim.kernels.book_orders import (
    ACCOUNT,
    AFTER,
    BEST_ASK,
    BEST_BID,
    FIRST_YOUNG,
    HANDLE,
    HEAD,
    LAST,
    LEVEL,
    NEXT_HANDLE,
    OLDER,
    QUANTITY,
    TOTAL,
    Book,
    find_old,
    remove,
    rest,
)
from sim.kernels.compiled import inlined, kernel

LIMIT, MARKET, IOC, CANCEL, CANCEL_ALL = range(5)
"""Codes of ``sim.orders.OrderKind``; a test keeps the two equal."""
SAME = 1e-6
"""Share of a tick within which a price counts as on it: 0.3 / 0.1 is not 3 in binary."""
LARGEST = 2.0**53
"""Contracts from which on a number can no longer be counted in whole ones."""


class Messages(NamedTuple):
    """The columns of ``sim.orders.Orders`` that matching reads, (n,) each."""

    account: Ints
    quantity: Floats
    kind: Codes
    price: Floats


class Trades(NamedTuple):
    """Room for the fills, (m,) each, as in ``sim.orders.Fills``.

    A fill either uses up an order that rests or ends the order that takes, so ``m`` need not
    exceed what rests before the batch plus twice the messages in it.
    """

    order: Ints
    maker: Ints
    quantity: Floats
    price: Floats


class Outcome(NamedTuple):
    """What became of each message, (n,) each; ``handle`` is ``NONE`` where nothing rests."""

    unfilled: Floats
    exhausted: Codes
    handle: Ints


class Tick(NamedTuple):
    """The tick as a fraction, so that level 3 of a tick of 1/10 costs 0.3 and nothing else."""

    numerator: float
    denominator: float


@inlined
def limit_level(top: int, tick: Tick, price: float, buys: bool) -> int:
    """Return the last level an order accepts, rounded in its favour; 0 for an impossible price."""
    exact = price * tick.denominator / tick.numerator
    if not 0.0 < exact <= top + SAME:
        return 0
    nearest = floor(exact + 0.5)
    if abs(exact - nearest) > SAME:
        nearest = floor(exact) if buys else ceil(exact)
    return int(min(nearest, top))


@kernel
def match(book: Book, tick: Tick, messages: Messages, trades: Trades, outcome: Outcome) -> int:
    """Match messages from first to last; return how many fills were written to ``trades``.

    The handle of an order is the number of messages that the book received before it. An
    account never trades with itself: its resting order is cancelled and the taker goes on.

    Parameters
    ----------
    book : changed in place; ``reserve`` made room for these messages.
    tick : the price step.
    messages : (n,) columns.
    trades : room for the fills.
    outcome : (n,) columns, overwritten.
    """
    # Bare arrays from here on: numba counts references each time a tuple is opened.
    levels, words, orders, accounts, young, old, header = book
    unfilled, exhausted, handles = outcome
    top, traded = levels.shape[0] - 2, 0
    for i in range(messages.kind.size):
        account, quantity, kind = messages.account[i], messages.quantity[i], messages.kind[i]
        unfilled[i] = 0.0
        exhausted[i] = 0
        handles[i] = NONE
        if kind == CANCEL:
            if 0.0 <= quantity < header[NEXT_HANDLE]:
                handle = int(quantity)
                if handle >= header[FIRST_YOUNG]:
                    slot = np.int64(young[handle - header[FIRST_YOUNG]])
                else:
                    slot = np.int64(find_old(old, handle))
                # The slot may have been used again: the order itself tells.
                if orders[slot, HANDLE] == handle and orders[slot, ACCOUNT] == account:
                    remove(levels, words, orders, accounts, header, slot)
        elif kind == CANCEL_ALL:
            while account >= 0 and accounts[account] != 0:
                slot = np.int64(accounts[account])
                remove(levels, words, orders, accounts, header, slot)
        else:
            buys, asked = quantity > 0.0, abs(quantity)
            worst = top if buys else 1
            limit = worst if kind == MARKET else limit_level(top, tick, messages.price[i], buys)
            whole = int(asked) if asked < LARGEST else 0
            if account < 0 or limit == 0:
                whole = 0
            left = whole
            while left > 0:
                if buys:
                    level = at_or_above(words, header[BEST_ASK])
                    header[BEST_ASK] = level
                else:
                    level = at_or_below(words, header[BEST_BID])
                    header[BEST_BID] = level
                if (level > limit) if buys else (level < limit):
                    break
                slot = levels[level, HEAD]
                maker = orders[slot, ACCOUNT]
                if maker == account:
                    remove(levels, words, orders, accounts, header, slot)
                    continue
                size = min(left, orders[slot, QUANTITY])
                trades.order[traded] = i
                trades.maker[traded] = maker
                trades.quantity[traded] = size if buys else -size
                trades.price[traded] = level * tick.numerator / tick.denominator
                traded += 1
                left -= size
                header[LAST] = level
                if size == orders[slot, QUANTITY]:
                    remove(levels, words, orders, accounts, header, slot)
                else:
                    orders[slot, QUANTITY] -= size
                    levels[level, TOTAL] -= size
            if left > 0 and kind == LIMIT:
                handles[i] = header[NEXT_HANDLE]
                rest(
                    levels,
                    words,
                    orders,
                    accounts,
                    young,
                    header,
                    account,
                    limit,
                    left,
                    buys,
                )
                left = 0
            elif left > 0 and (header[BEST_ASK] > top if buys else header[BEST_BID] < 1):
                exhausted[i] = 1
            unfilled[i] = asked - whole + left
        header[NEXT_HANDLE] += 1
    header[BEST_BID] = at_or_below(words, header[BEST_BID])
    header[BEST_ASK] = at_or_above(words, header[BEST_ASK])
    return traded


@kernel
def within(levels: Ints, words: Words, header: Ints, lowest: int, highest: int) -> tuple[int, int]:
    """Return contracts bid at levels from ``lowest`` and offered at levels up to ``highest``."""
    bid = offered = 0
    level = header[BEST_BID]
    while level > 0 and level >= lowest:
        bid += levels[level, TOTAL]
        level = at_or_below(words, level - 1)
    level, end = header[BEST_ASK], levels.shape[0] - 1
    while level < end and level <= highest:
        offered += levels[level, TOTAL]
        level = at_or_above(words, level + 1)
    return bid, offered


@kernel
def ladder(levels: Ints, words: Words, header: Ints, bids: bool, out: Ints) -> int:
    """Fill ``out``, (n, 2), with level and contracts of a side, best first; return how many."""
    count, end = 0, levels.shape[0] - 1
    level = header[BEST_BID] if bids else header[BEST_ASK]
    while 0 < level < end and count < out.shape[0]:
        out[count, 0] = level
        out[count, 1] = levels[level, TOTAL]
        count += 1
        level = at_or_below(words, level - 1) if bids else at_or_above(words, level + 1)
    return count


@inlined
def _write(orders: Ints, best_bid: int, slot: int, out: Ints, row: int) -> None:
    """Fill a row with handle, account, level and contracts (- offers) of an order."""
    level, quantity = orders[slot, LEVEL], orders[slot, QUANTITY]
    out[row, 0] = orders[slot, HANDLE]
    out[row, 1] = orders[slot, ACCOUNT]
    out[row, 2] = level
    out[row, 3] = quantity if level <= best_bid else -quantity


@kernel
def resting_of(orders: Ints, header: Ints, newest: int, out: Ints) -> int:
    """Fill ``out``, (n, 4), with an account's orders from its newest on; return how many."""
    count, slot = 0, newest
    while slot != 0:
        _write(orders, header[BEST_BID], slot, out, count)
        count += 1
        slot = orders[slot, OLDER]
    return count


@kernel
def resting(levels: Ints, words: Words, orders: Ints, header: Ints, out: Ints) -> int:
    """Fill ``out``, (n, 4), with all orders, by level, then by priority; return how many."""
    count, end = 0, levels.shape[0] - 1
    level = at_or_above(words, 1)
    while level < end:
        slot = levels[level, HEAD]
        while slot != 0:
            _write(orders, header[BEST_BID], slot, out, count)
            count += 1
            slot = orders[slot, AFTER]
        level = at_or_above(words, level + 1)
    return count
