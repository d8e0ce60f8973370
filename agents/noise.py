"""Traders who trade for reasons of their own."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from agents.population import Moment, Population, lognormal
from agents.seats import on_tick, tick_of, whole
from sim import elementary
from sim.arrays import Bools, Floats, Ints
from sim.errors import check
from sim.orders import OrderKind, Orders

SIDE, SIZE, STYLE, OFFSET = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """How often, how much and how patiently noise traders trade.

    Parameters
    ----------
    trades_per_hour : orders of one trader an hour, > 0.
    size_usd : median size of an order, USD, > 0.
    size_sigma : spread of sizes, standard deviation of their logarithm, >= 0.
    limit_share : share of orders that wait in the book, in [0, 1]; the rest take.
    offset_bps : mean distance of waiting orders behind the touch, basis points, >= 0.
    lifetime_seconds : after this long at the latest a waiting order is cancelled, > 0.
    leverage : position at most this many times equity, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    trades_per_hour: float = 0.2
    size_usd: float = 500.0
    size_sigma: float = 1.0
    limit_share: float = 0.5
    offset_bps: float = 3.0
    lifetime_seconds: float = 600.0
    leverage: float = 2.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.trades_per_hour > 0, "trades_per_hour must be > 0 an hour"),
            (self.size_usd > 0, "size_usd must be > 0 USD"),
            (self.size_sigma >= 0, "size_sigma must be >= 0"),
            (0 <= self.limit_share <= 1, "limit_share must lie in [0, 1]"),
            (self.offset_bps >= 0, "offset_bps must be >= 0 basis points"),
            (self.lifetime_seconds > 0, "lifetime_seconds must be > 0 seconds"),
            (self.leverage > 0, "leverage must be > 0"),
        )


class NoiseTraders(Population[Noise]):
    """Buy and sell with equal chances, whatever the price does.

    Some orders take what is there, some wait behind the touch: the flow in which everybody
    else hides. A new order replaces what its trader had in the book.
    """

    parameters = Noise

    def begin(self) -> None:
        """Remember, seat by seat, whose orders wait since when."""
        self._waiting: list[deque[tuple[int, Ints]]] = [deque() for _ in self.seats]

    def decide(self, now: Moment) -> Orders | None:
        """Return cancellations of what is replaced or has waited too long, and new orders."""
        rows = self.active(now, self.settings.trades_per_hour)
        numbers = now.seat.numbers(rows)
        side = np.where(now.draws.uniform(numbers, SIDE) < 0.5, 1.0, -1.0)
        waits = now.draws.uniform(numbers, STYLE) < self.settings.limit_share
        quantity = side * self._sizes(now, rows, side)
        able = (quantity != 0.0) & (waits | _answered(now, side))
        rows, quantity, waits = rows[able], quantity[able], waits[able]
        late = self._late(now)
        self._waiting[now.place].append((now.view.step, rows[waits]))
        arrival = self.arrivals(now, rows)
        kind = np.where(waits, OrderKind.LIMIT, OrderKind.MARKET)
        cancels = np.full(late.size + rows.size, OrderKind.CANCEL_ALL)
        blank = np.zeros(cancels.size)
        return Orders.of(
            now.seat.venue,
            np.concatenate((late, rows, rows)),
            now.seat.instrument,
            np.concatenate((blank, quantity)),
            kind=np.concatenate((cancels, kind)).astype(np.int8),
            price=np.concatenate((blank, self._prices(now, rows, quantity > 0))),
            arrival=np.concatenate((np.zeros(late.size), arrival, arrival)),
        )

    def _sizes(self, now: Moment, rows: Ints, side: Floats) -> Floats:
        """Return contracts of each order, (n,), as many as leverage leaves room for."""
        numbers = now.seat.numbers(rows)
        size = lognormal(now.draws, numbers, self.settings.size_usd, self.settings.size_sigma, SIZE)
        buy, sell = now.seat.room(now.venue, rows, now.exposed, self.settings.leverage)
        wanted = np.maximum(np.round(size / now.usd), 1.0)
        return whole(np.minimum(wanted, np.where(side > 0, buy, sell)))

    def _prices(self, now: Moment, rows: Ints, buying: Bools) -> Floats:
        """Return limits behind the touch, USD, exponentially distributed, (n,)."""
        quote = now.venue.quotes[now.seat.instrument]
        touch = np.where(buying, quote.bid, quote.ask)
        touch = np.where(np.isnan(touch), now.price, touch)
        draw = now.draws.uniform(now.seat.numbers(rows), OFFSET)
        offset = -elementary.log(draw) * self.settings.offset_bps * 1e-4
        price = touch * elementary.exp(np.where(buying, -offset, offset))
        return on_tick(price, tick_of(now.venue, now.seat), buying)

    def _late(self, now: Moment) -> Ints:
        """Return rows whose orders have waited for their lifetime, and forget them."""
        waiting = self._waiting[now.place]
        latest = now.view.step - self.clock.steps_in(self.settings.lifetime_seconds)
        late = [now.seat.rows[:0]]
        while waiting and waiting[0][0] <= latest:
            late.append(waiting.popleft()[1])
        return np.concatenate(late)


def _answered(now: Moment, side: Floats) -> Bools:
    """Tell whose market order finds somebody quoted on the other side, (n,)."""
    quote = now.venue.quotes[now.seat.instrument]
    return np.asarray(np.isfinite(np.where(side > 0, quote.ask, quote.bid)))
