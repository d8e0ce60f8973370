"""The resting orders of a book: where they are kept, and how one is added, found and removed.

One ladder serves both sides, since a level is never bid and offered at once. Level 0 and the
last one are sentinels that stand for an empty side; slot 0 stands for "none", so that fresh
zeros are valid.

The best prices in the header may lag behind: the best bid is never below a bid and always
below every offer, but its level may be empty by now. Whoever needs the true one searches the
bitmap from there, which is what keeps ``remove`` short.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arrays import NONE, Ints
from sim.kernels.book_bitmap import Words, clear_if, empty_bitmap, mark
from sim.kernels.compiled import inlined

type Slots = NDArray[np.int32]

HEAD, TAIL, TOTAL = range(3)
"""Columns of ``Book.levels``: first and last order in the queue, contracts in it."""
QUANTITY, ACCOUNT, LEVEL, HANDLE, BEFORE, AFTER, OLDER, NEWER = range(8)
"""Columns of ``Book.orders``: neighbours in the level's queue, then in the account's list."""
BEST_BID, BEST_ASK, LAST, NEXT_HANDLE, FIRST_YOUNG, RESTING, FREE, FRESH = range(8)
"""Places of ``Book.header``; ``FREE`` heads a list of slots that were used before."""
YOUNG = 2**16
"""Handles that a new book looks up directly."""


class Book(NamedTuple):
    """A limit order book as arrays.

    Parameters
    ----------
    levels : (n_levels + 2, 3) the queue of each price, in ticks.
    words : which levels have orders, as a bitmap.
    orders : (n_slots, 8) one row, that is one cache line, an order; slot 0 absorbs writes to
        the neighbours that an order at the end of a list does not have.
    accounts : (n_accounts,) slot of the newest resting order of each account.
    young : (n,) slot of each handle from ``FIRST_YOUNG`` on, valid while the order rests.
    old : (m, 2) handle and slot of the older orders that rested when this was last written,
        in order of handle.
    header : (8,) single numbers.
    """

    levels: Ints
    words: Words
    orders: Ints
    accounts: Slots
    young: Slots
    old: Ints
    header: Ints


def empty_book(levels: int) -> Book:
    """Return a book of prices 1 to ``levels``, in ticks, without an order."""
    header = np.zeros(8, dtype=np.int64)
    header[BEST_ASK] = levels + 1
    words = empty_bitmap()
    mark(words, 0)
    mark(words, levels + 1)
    orders = np.zeros((1024, 8), dtype=np.int64)
    orders[0, HANDLE] = NONE
    return Book(
        levels=np.zeros((levels + 2, 3), dtype=np.int64),
        words=words,
        orders=orders,
        accounts=np.zeros(1024, dtype=np.int32),
        young=np.zeros(YOUNG, dtype=np.int32),
        old=np.zeros((0, 2), dtype=np.int64),
        header=header,
    )


def _longer[T: np.generic](array: NDArray[T], rows: int) -> NDArray[T]:
    """Return ``array``, or a copy with at least twice its rows where it has less than ``rows``."""
    have = array.shape[0]
    if rows <= have:
        return array
    grown = np.zeros((max(rows, 2 * have), *array.shape[1:]), dtype=array.dtype)
    grown[:have] = array
    return grown


def reserve(book: Book, messages: int, accounts: int) -> Book:
    """Return the book with room for whatever ``messages`` of ``accounts`` rows can leave in it."""
    header = book.header
    if header[NEXT_HANDLE] - header[FIRST_YOUNG] + messages > book.young.size:
        book = _age(book, messages)
    return book._replace(
        orders=_longer(book.orders, int(header[RESTING]) + messages + 1),
        accounts=_longer(book.accounts, accounts),
    )


def _age(book: Book, messages: int) -> Book:
    """Return the book with every resting order among the old, so that memory follows these.

    The young get room for several times what rests, so that sorting costs little a message.
    """
    header = book.header
    slots = 1 + np.flatnonzero(book.orders[1 : header[FRESH] + 1, HANDLE] != NONE)
    handles = book.orders[slots, HANDLE]
    order = np.argsort(handles)
    header[FIRST_YOUNG] = header[NEXT_HANDLE]
    return book._replace(
        young=_longer(book.young, max(messages, 4 * int(header[RESTING]))),
        old=np.ascontiguousarray(np.column_stack((handles[order], slots[order]))),
    )


@inlined
def find_old(old: Ints, handle: int) -> int:
    """Return the slot that ``handle`` had when it was sorted in, 0 where it is not there."""
    low, high = 0, old.shape[0]
    while low < high:
        middle = (low + high) // 2
        if old[middle, 0] < handle:
            low = middle + 1
        else:
            high = middle
    if low < old.shape[0] and old[low, 0] == handle:
        slot: int = old[low, 1]
        return slot
    return 0


# In the next two every array is last used in the last block: there numba finds that counting
# references to it is needless, which elsewhere takes longer than the work itself.


@inlined
def rest(
    levels: Ints,
    words: Words,
    orders: Ints,
    accounts: Slots,
    young: Slots,
    header: Ints,
    account: int,
    level: int,
    quantity: int,
    buys: bool,
) -> None:
    """Add an order to the book, last in the queue of its price."""
    slot = header[FREE]
    if slot == 0:
        header[FRESH] += 1
        slot = header[FRESH]
    else:
        header[FREE] = orders[slot, AFTER]
    side, best = BEST_ASK, min(header[BEST_ASK], level)
    if buys:
        side, best = BEST_BID, max(header[BEST_BID], level)
    tail, head = levels[level, TAIL], levels[level, HEAD]
    levels[level, HEAD] = slot if tail == 0 else head
    levels[level, TAIL] = slot
    levels[level, TOTAL] += quantity
    mark(words, level)
    handle, older = header[NEXT_HANDLE], np.int64(accounts[account])
    accounts[account] = slot
    young[handle - header[FIRST_YOUNG]] = slot
    orders[tail, AFTER] = slot
    orders[older, NEWER] = slot
    orders[slot, QUANTITY] = quantity
    orders[slot, ACCOUNT] = account
    orders[slot, LEVEL] = level
    orders[slot, HANDLE] = handle
    orders[slot, BEFORE] = tail
    orders[slot, AFTER] = 0
    orders[slot, OLDER] = older
    orders[slot, NEWER] = 0
    header[side] = best
    header[RESTING] += 1


@inlined
def remove(
    levels: Ints, words: Words, orders: Ints, accounts: Slots, header: Ints, slot: int | np.int64
) -> None:
    """Take the order in ``slot`` out of the book."""
    level, before, after = orders[slot, LEVEL], orders[slot, BEFORE], orders[slot, AFTER]
    account, older, newer = orders[slot, ACCOUNT], orders[slot, OLDER], orders[slot, NEWER]
    head, tail = levels[level, HEAD], levels[level, TAIL]
    newest = np.int64(accounts[account])
    levels[level, HEAD] = after if before == 0 else head
    levels[level, TAIL] = before if after == 0 else tail
    accounts[account] = older if newer == 0 else newest
    levels[level, TOTAL] -= orders[slot, QUANTITY]
    clear_if(words, level, levels[level, HEAD] == 0)
    orders[before, AFTER] = after
    orders[after, BEFORE] = before
    orders[newer, OLDER] = older
    orders[older, NEWER] = newer
    orders[slot, HANDLE] = NONE
    orders[slot, AFTER] = header[FREE]
    header[FREE] = slot
    header[RESTING] -= 1
