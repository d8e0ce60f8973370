"""A limit order book as one would first write it: what the fast one must equal, and be beaten by.

Dicts and one sorted list a side, a loop over messages, nothing clever.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

LIMIT, MARKET, IOC, CANCEL, CANCEL_ALL = range(5)

type Fill = tuple[int, int, int, int]
"""Message, account that provided, contracts signed as the taker's, price in ticks."""


@dataclass(slots=True)
class Resting:
    """An order in the book: ``sign`` is 1 for a bid and -1 for an offer."""

    account: int
    sign: int
    level: int
    size: int


@dataclass(slots=True)
class PlainBook:
    """Price-time priority; ``tick`` in USD, prices up to ``levels`` ticks."""

    tick: Fraction
    levels: int
    received: int = 0
    orders: dict[int, Resting] = field(default_factory=dict)
    queues: dict[int, dict[int, Resting]] = field(default_factory=dict)
    sides: dict[int, list[int]] = field(default_factory=lambda: {1: [], -1: []})
    owned: dict[int, dict[int, None]] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    unfilled: list[int] = field(default_factory=list)

    def message(self, account: int, quantity: float, kind: int, price: float) -> None:
        """Handle one message; its handle is the number of messages before it."""
        handle = self.received
        self.received += 1
        left = 0
        if kind == CANCEL:
            order = self.orders.get(int(quantity))
            if order is not None and order.account == account:
                self._remove(int(quantity))
        elif kind == CANCEL_ALL:
            for owned in list(self.owned.get(account, ())):
                self._remove(owned)
        elif quantity:
            left = self._enter(handle, account, int(quantity), kind, price)
        self.unfilled.append(left)

    def _enter(self, handle: int, account: int, quantity: int, kind: int, price: float) -> int:
        """Trade, then rest if the order may; return what does neither."""
        sign, left = (1, quantity) if quantity > 0 else (-1, -quantity)
        limit = (self.levels if sign > 0 else 1) if kind == MARKET else self._level(price, sign)
        if limit is None:
            return left
        left = self._take(handle, account, sign, left, limit)
        if kind == LIMIT and left:
            order = Resting(account, sign, limit, left)
            if limit not in self.queues:
                self.queues[limit] = {}
                insort(self.sides[sign], limit)
            self.queues[limit][handle] = self.orders[handle] = order
            self.owned.setdefault(account, {})[handle] = None
            return 0
        return left

    def _level(self, price: float, sign: int) -> int | None:
        """Return the price in ticks, rounded so that the sender does no worse."""
        exact = price / float(self.tick)
        if not 0 < exact <= self.levels:
            return None
        near = round(exact)
        level = near if abs(exact - near) < 1e-6 else floor(exact) if sign > 0 else ceil(exact)
        return level or None

    def _take(self, handle: int, account: int, sign: int, left: int, limit: int) -> int:
        """Trade against the best of the other side; return what is left."""
        others = self.sides[-sign]
        while left and others:
            level = others[0] if sign > 0 else others[-1]
            if (level - limit) * sign > 0:
                break
            first, order = next(iter(self.queues[level].items()))
            if order.account == account:
                self._remove(first)
                continue
            size = min(left, order.size)
            self.fills.append((handle, order.account, sign * size, level))
            left -= size
            order.size -= size
            if not order.size:
                self._remove(first)
        return left

    def _remove(self, handle: int) -> None:
        """Take an order out of the book."""
        order = self.orders.pop(handle)
        del self.owned[order.account][handle]
        queue = self.queues[order.level]
        del queue[handle]
        if not queue:
            del self.queues[order.level]
            side = self.sides[order.sign]
            del side[bisect_left(side, order.level)]

    def resting(self) -> list[tuple[int, int, int, int]]:
        """Return handle, account, level and signed contracts of every order, in priority."""
        return [
            (handle, order.account, level, order.sign * order.size)
            for level in sorted(self.queues)
            for handle, order in self.queues[level].items()
        ]
