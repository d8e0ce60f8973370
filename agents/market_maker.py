"""A market maker: depth that is there in calm and leaves in a storm."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log

import numpy as np

from agents.institution import Institution, expelled, on_account
from agents.seats import SPOT, Seat, fair_of, on_tick, price_of, tick_of, whole
from sim import elementary
from sim.arrays import Floats
from sim.errors import check
from sim.orders import OrderKind, Orders
from sim.streams import Draws
from sim.view import VenueView, View


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketMaking:
    """The ladder of a market maker in calm, and how it changes under stress.

    Stress is the venue's fast volatility over its slow one, where that exceeds 1.

    Parameters
    ----------
    levels : prices quoted on each side, >= 1.
    half_spread_bps : distance of the best quotes from the reference, basis points, > 0.
    spacing_bps : distance between levels, basis points, > 0.
    size_usd : size of the best level, USD, > 0.
    growth : size of each level over the one before, > 0.
    own_weight : weight of the venue's own mid in the reference, in [0, 1]; the rest is outside.
    skew_bps : shift of the reference against a full inventory, basis points, >= 0.
    inventory_limit_usd : inventory at which one side is no longer quoted, USD, > 0.
    spread_power : spreads widen with this power of stress, >= 0.
    withdrawal_power : sizes shrink with this power of stress, >= 0.
    max_widening : spreads never widen more than this many times, >= 1.
    equity_floor : share of starting equity at which quoting ends, in [0, 1); sizes fall
        linearly from the start down to it.
    refresh_bps : move of the reference after which the ladder is renewed, basis points, >= 0.
    refresh_seconds : the ladder is renewed at least this often, seconds, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    levels: int = 10
    half_spread_bps: float = 1.5
    spacing_bps: float = 3.0
    size_usd: float = 20_000.0
    growth: float = 1.2
    own_weight: float = 0.3
    skew_bps: float = 10.0
    inventory_limit_usd: float = 2_000_000.0
    spread_power: float = 1.0
    withdrawal_power: float = 1.0
    max_widening: float = 20.0
    equity_floor: float = 0.3
    refresh_bps: float = 1.0
    refresh_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.levels >= 1, "levels must be >= 1"),
            (self.half_spread_bps > 0, "half_spread_bps must be > 0 basis points"),
            (self.spacing_bps > 0, "spacing_bps must be > 0 basis points"),
            (self.size_usd > 0, "size_usd must be > 0 USD"),
            (self.growth > 0, "growth must be > 0"),
            (0 <= self.own_weight <= 1, "own_weight must lie in [0, 1]"),
            (self.skew_bps >= 0, "skew_bps must be >= 0 basis points"),
            (self.inventory_limit_usd > 0, "inventory_limit_usd must be > 0 USD"),
            (self.spread_power >= 0, "spread_power must be >= 0"),
            (self.withdrawal_power >= 0, "withdrawal_power must be >= 0"),
            (self.max_widening >= 1, "max_widening must be >= 1"),
            (0 <= self.equity_floor < 1, "equity_floor must lie in [0, 1)"),
            (self.refresh_bps >= 0, "refresh_bps must be >= 0 basis points"),
            (self.refresh_seconds > 0, "refresh_seconds must be > 0 seconds"),
        )


@dataclass(frozen=True, slots=True)
class _Ladder:
    """What a ladder is built from, and when.

    ``reference`` in USD, ``contract`` USD a contract, ``widening`` a multiple of calm spreads,
    ``scale`` a multiple of calm sizes, ``buy`` and ``sell`` the most that each side may trade,
    USD.
    """

    step: int
    reference: float
    contract: float
    widening: float
    scale: float
    buy: float
    sell: float


class MarketMaker(Institution[MarketMaking]):
    """Quote a ladder on both sides; shift, widen and thin it as danger grows.

    A ladder is renewed as a whole (cancel all, quote anew), and only when the reference or
    the sizes have moved enough, half a level has been traded or time is up: a quiet step
    costs no message at all. Where behaviour is cut, neither volatility nor losses change the
    ladder; inventory limits and a shock's withdrawal of liquidity still do.

    References
    ----------
    Avellaneda and Stoikov (2008), High-frequency trading in a limit order book, Quantitative
    Finance 8(3): reference price shifted against inventory.
    """

    parameters = MarketMaking
    priority = 0

    def begin(self) -> None:
        """No ladder has been sent, and no inventory is known."""
        super().begin()
        self._last: dict[int, _Ladder] = {}
        self._base: dict[int, float] = {}

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:  # noqa: ARG002
        """Return the ladders that are due for renewal, one a seat."""
        batches = []
        for place, seat in enumerate(self.seats):
            if not view.venues[seat.venue].trades(seat.instrument):
                continue
            ladder = self._plan(view, place, seat)
            if self._stale(place, ladder):
                self._last[place] = ladder
                batches.append(self._quote(view.venues[seat.venue], seat, ladder))
        return batches

    def _plan(self, view: View, place: int, seat: Seat) -> _Ladder:
        """Return what the ladder should be now."""
        settings, venue = self.settings, view.venues[seat.venue]
        outside = float(view.outside[seat.underlying])
        held = on_account(view, seat)
        base = self._base.setdefault(place, held if seat.kind == SPOT else 0.0)
        inventory = (held - base) * seat.usd(outside)
        use = min(max(inventory / settings.inventory_limit_usd, -1.0), 1.0)
        fair = fair_of(view, seat)
        own = settings.own_weight * log(price_of(view, seat) / fair)
        stress = _stress(venue, seat) if view.behaviour else 1.0
        solvency = self._solvency(view, seat) if view.behaviour else 1.0
        limit = settings.inventory_limit_usd
        buy, sell = limit - inventory, limit + inventory
        if seat.kind == SPOT:
            money, goods = seat.room(venue, seat.rows, outside, 1.0)
            buy = min(buy, float(money[0]) * seat.usd(outside))
            sell = min(sell, float(goods[0]) * seat.usd(outside))
        return _Ladder(
            step=view.step,
            reference=fair * exp(own - settings.skew_bps * 1e-4 * use),
            contract=seat.usd(outside),
            widening=min(stress**settings.spread_power, settings.max_widening),
            scale=0.0
            if expelled(view, seat)
            else venue.liquidity * solvency * stress**-settings.withdrawal_power,
            buy=max(buy, 0.0),
            sell=max(sell, 0.0),
        )

    def _solvency(self, view: View, seat: Seat) -> float:
        """Return the share of calm sizes that the equity left still carries."""
        floor = self.settings.equity_floor
        return min(max((self.equity_share(view, seat) - floor) / (1.0 - floor), 0.0), 1.0)

    def _stale(self, place: int, ladder: _Ladder) -> bool:
        """Tell whether the ladder in the book is too far from what it should be."""
        last = self._last.get(place)
        if last is None:
            return True
        moved = abs(log(ladder.reference / last.reference)) > self.settings.refresh_bps * 1e-4
        resized = abs(ladder.scale - last.scale) > 0.1 * last.scale
        widened = abs(ladder.widening - last.widening) > 0.1 * last.widening
        traded = abs(ladder.buy - last.buy) > 0.5 * self.settings.size_usd
        every = self.clock.steps_in(self.settings.refresh_seconds)
        return moved or resized or widened or traded or ladder.step - last.step >= every

    def _quote(self, venue: VenueView, seat: Seat, ladder: _Ladder) -> Orders:
        """Return the cancellation of the old ladder and the limits of the new one."""
        settings, tick = self.settings, tick_of(venue, seat)
        level = np.arange(settings.levels, dtype=np.float64)
        away = settings.half_spread_bps + settings.spacing_bps * level
        away = away * 1e-4 * ladder.widening
        usd = settings.size_usd * ladder.scale * elementary.power(settings.growth, level)
        buying = np.repeat([True, False], settings.levels)
        exact = ladder.reference * elementary.exp(np.concatenate((-away, away)))
        price = on_tick(exact, tick, buying)
        quantity = whole(
            np.concatenate((_within(usd, ladder.buy), -_within(usd, ladder.sell))) / ladder.contract
        )
        quantity[buying & (exact < tick)] = 0.0
        quoted = quantity != 0.0
        kinds = np.full(1 + int(quoted.sum()), OrderKind.LIMIT, dtype=np.int8)
        kinds[0] = OrderKind.CANCEL_ALL
        return Orders.of(
            seat.venue,
            np.full(kinds.size, seat.row),
            seat.instrument,
            np.concatenate(([0.0], quantity[quoted])),
            kind=kinds,
            price=np.concatenate(([0.0], price[quoted])),
        )


def _within(usd: Floats, room: float) -> Floats:
    """Cut the far end of a side off so that it adds up to no more than ``room``, USD."""
    before = np.concatenate(([0.0], np.cumsum(usd)[:-1]))
    return np.minimum(usd, np.maximum(room - before, 0.0))


def _stress(venue: VenueView, seat: Seat) -> float:
    """Return fast over slow volatility, at least 1."""
    fast = float(venue.volatility[seat.instrument])
    slow = float(venue.calm_volatility[seat.instrument])
    return max(fast / slow, 1.0) if isfinite(fast) and slow > 0 else 1.0
