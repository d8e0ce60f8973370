"""A limit order book with price-time priority."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf, nan

import numpy as np

from sim.arrays import Codes, Floats, Ints
from sim.errors import ConfigError, check
from sim.kernels.book import (
    Messages,
    Outcome,
    Tick,
    Trades,
    ladder,
    match,
    resting,
    resting_of,
    within,
)
from sim.kernels.book_bitmap import PLACES
from sim.kernels.book_orders import (
    BEST_ASK,
    BEST_BID,
    LAST,
    NEXT_HANDLE,
    RESTING,
    empty_book,
    reserve,
)
from sim.orders import Fills, Orders, Quote

MOST_LEVELS = PLACES - 2
"""Prices that one ladder may have; beyond it the tick is too small to be meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderBook:
    """Orders rest at their price, first come first served; others trade against them.

    A limit order trades what it can and the rest of it stays in the book. Prices between two
    ticks are rounded so that the sender never does worse: bids down, offers up. An account
    never trades with itself: the resting order is cancelled, the arriving one goes on. A
    market order that empties its side leaves the rest ``unfilled`` and is marked
    ``exhausted``. Orders at impossible prices, and parts of a contract, come back ``unfilled``.

    Parameters
    ----------
    price_range : the highest price that an order may have, multiple of the initial price, > 1.

    Raises
    ------
    ConfigError
        If the range is out of range or, on opening, holds no sensible number of ticks.

    Examples
    --------
    >>> book = OrderBook().open(tick=0.5, initial_price=100.0, contract_size=1.0)
    >>> from sim.orders import OrderKind
    >>> limits = Orders.of(0, [4, 5], 0, [-3, -3], kind=OrderKind.LIMIT, price=[101.0, 100.5])
    >>> _ = book.submit(limits)
    >>> fills = book.submit(Orders.of(0, [6], 0, [4]))
    >>> fills.price, fills.maker
    (array([100.5, 101. ]), array([5, 4]))
    """

    price_range: float = 4.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((1 < self.price_range < inf, "order_book: price_range must be > 1 and finite"))

    def open(self, tick: float, initial_price: float, contract_size: float) -> "OrderBookMarket":
        """Return an empty book for prices in USD that are multiples of ``tick``."""
        check(
            (0 < tick < inf, "order_book: tick must be > 0 USD"),
            (0 < initial_price < inf, "order_book: the initial price must be > 0 USD"),
            (0 < contract_size < inf, "order_book: contract_size must be > 0"),
        )
        levels = initial_price * self.price_range / tick
        if not 1 <= levels <= MOST_LEVELS:
            raise ConfigError(
                f"order_book: a tick of {tick:g} USD makes {levels:.3g} prices up to"
                f" {self.price_range:g} times {initial_price:g}; 1 to {MOST_LEVELS} would do"
            )
        return OrderBookMarket(tick, initial_price, floor(levels + 1e-6))


class OrderBookMarket:
    """An order book in use.

    Parameters
    ----------
    tick : smallest price step, USD.
    initial_price : what counts as the last price before the first trade, USD.
    levels : the highest price, in ticks.
    """

    def __init__(self, tick: float, initial_price: float, levels: int) -> None:
        step = Fraction(tick).limit_denominator(10**12)
        self.tick = Tick(float(step.numerator), float(step.denominator))
        self.initial_price = initial_price
        self.levels = levels
        self.handles: Ints = np.empty(0, dtype=np.int64)
        """(n,) handle of each order of the last batch, ``NONE`` where nothing of it rests."""
        self._book = empty_book(levels)
        self._trades = _room(1024)

    @property
    def next_handle(self) -> int:
        """The handle of the next message, should it come to rest: handles count messages."""
        return int(self._book.header[NEXT_HANDLE])

    def anchor(self, price: float, seconds: float) -> None:
        """Ignore the outside: only orders move a book."""

    def submit(self, orders: Orders) -> Fills:
        """Match the orders, from first to last, whatever their ``instrument`` says."""
        n = orders.size
        messages = Messages(
            _own(orders.account), _own(orders.quantity), _own(orders.kind), _own(orders.price)
        )
        self._reserve(n, int(messages.account.max()) + 1 if n else 0)
        outcome = Outcome(np.empty(n), np.empty(n, dtype=np.int8), np.empty(n, dtype=np.int64))
        traded = match(self._book, self.tick, messages, self._trades, outcome)
        self.handles = outcome.handle
        return Fills(
            self._trades.order[:traded].copy(),
            self._trades.maker[:traded].copy(),
            self._trades.quantity[:traded].copy(),
            self._trades.price[:traded].copy(),
            outcome.unfilled,
            outcome.exhausted,
        )

    @property
    def highest(self) -> float:
        """The highest price that an order may have, USD."""
        step, per = self.tick
        return self.levels * step / per

    def quote(self) -> Quote:
        """Return best bid and offer, ``nan`` on an empty side, and the last price, USD."""
        header = self._book.header.tolist()
        bid, ask, last = header[BEST_BID], header[BEST_ASK], header[LAST]
        step, per = self.tick
        return Quote(
            bid * step / per if bid else nan,
            ask * step / per if ask <= self.levels else nan,
            last * step / per if last else self.initial_price,
        )

    def depth(self, width: float) -> tuple[float, float]:
        """Return contracts bid and offered within ``width`` (a fraction) of the mid."""
        book, mid = self._book, self.quote().mid
        per_tick = self.tick.denominator / self.tick.numerator
        lowest = ceil(mid * (1.0 - width) * per_tick - 1e-6)
        highest = floor(mid * (1.0 + width) * per_tick + 1e-6)
        bid, offered = within(book.levels, book.words, book.header, lowest, highest)
        return float(bid), float(offered)

    def ladder(self, levels: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Return bid prices, bid contracts, ask prices, ask contracts, best first."""
        book, sides = self._book, []
        for bids in (True, False):
            out = np.empty((levels, 2), dtype=np.int64)
            found = out[: ladder(book.levels, book.words, book.header, bids, out)]
            sides += [self._prices(found[:, 0]), found[:, 1].astype(np.float64)]
        bid_price, bid_size, ask_price, ask_size = sides
        return bid_price, bid_size, ask_price, ask_size

    def resting(self, account: int) -> tuple[Ints, Floats, Floats]:
        """Return handles, prices (USD) and contracts (- offers) of an account, oldest first."""
        book = self._book
        out = np.empty((int(book.header[RESTING]), 4), dtype=np.int64)
        newest = int(book.accounts[account]) if 0 <= account < book.accounts.size else 0
        rows = out[: resting_of(book.orders, book.header, newest, out)][::-1]
        return rows[:, 0].copy(), self._prices(rows[:, 2]), rows[:, 3].astype(np.float64)

    def state(self) -> tuple[np.ndarray, ...]:
        """Return all that later results depend on.

        One row an order, in priority, of handle, account, level and contracts (- offers), then
        the last level traded and the next handle.
        """
        book = self._book
        out = np.empty((int(book.header[RESTING]), 4), dtype=np.int64)
        resting(book.levels, book.words, book.orders, book.header, out)
        return out, book.header[[LAST, NEXT_HANDLE]]

    def _reserve(self, messages: int, accounts: int) -> None:
        """Make room for all that a batch can leave behind."""
        self._book = reserve(self._book, messages, accounts)
        most = int(self._book.header[RESTING]) + 2 * messages
        if most > self._trades.order.size:
            self._trades = _room(2 * most)

    def _prices(self, levels: Ints) -> Floats:
        """Return the prices of levels, USD."""
        return levels.astype(np.float64) * self.tick.numerator / self.tick.denominator


def _own[A: (Ints, Floats, Codes)](column: A) -> A:
    """Return a column as the kernel was compiled for: contiguous and writable."""
    flags = column.flags
    return column if flags.writeable and flags.c_contiguous else column.copy()


def _room(fills: int) -> Trades:
    """Return columns for so many fills."""
    return Trades(
        np.empty(fills, dtype=np.int64),
        np.empty(fills, dtype=np.int64),
        np.empty(fills),
        np.empty(fills),
    )
