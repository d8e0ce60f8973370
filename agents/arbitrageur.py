"""An arbitrageur: what ties venues to each other and to the outside market."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.institution import Institution, expelled, on_account
from agents.seats import OPTION, SPOT, Seat, fair_of, on_tick, tick_of, whole
from sim.arrays import Floats
from sim.errors import check
from sim.orders import OrderKind, Orders, OutsideTrade
from sim.streams import Draws
from sim.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Arbitrage:
    """When arbitrage pays, and how much of it can be carried.

    Parameters
    ----------
    cost_bps : costs of a round trip, basis points, > 0: no trade below.
    usd_per_bp : size for each basis point that a price is beyond the costs, USD, > 0.
    inventory_limit_usd : position on one venue at most, USD, > 0.
    leverage : position on one venue at most, times the equity there, > 0.
    quote_usd : size that it also leaves in the book on each side, USD, >= 0; what is taken
        of it is hedged outside. 0 for an arbitrageur who only takes.
    quote_bps : distance of those quotes from the outside price, basis points, > 0.
    min_hedge_usd : exposure below which no hedge is traded, USD, >= 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    cost_bps: float = 8.0
    usd_per_bp: float = 25_000.0
    inventory_limit_usd: float = 5_000_000.0
    leverage: float = 5.0
    quote_usd: float = 0.0
    quote_bps: float = 50.0
    min_hedge_usd: float = 100.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.cost_bps > 0, "cost_bps must be > 0 basis points"),
            (self.usd_per_bp > 0, "usd_per_bp must be > 0 USD"),
            (self.inventory_limit_usd > 0, "inventory_limit_usd must be > 0 USD"),
            (self.leverage > 0, "leverage must be > 0"),
            (self.quote_usd >= 0, "quote_usd must be >= 0 USD"),
            (self.quote_bps > 0, "quote_bps must be > 0 basis points"),
            (self.min_hedge_usd >= 0, "min_hedge_usd must be >= 0 USD"),
        )


class Arbitrageur(Institution[Arbitrage]):
    r"""Buy where a venue is cheap, sell where it is dear, and hedge the sum outside.

    With inventory use :math:`u \in [-1, 1]` and costs :math:`c`, it buys at asks below
    :math:`p (1 - c u)(1 - c)` and sells at bids above :math:`p (1 - c u)(1 + c)`, where
    :math:`p` is what the contract should cost by the outside price: the fuller it is, the more a
    dislocation must offer, and the sooner it closes. Losses on a venue take away what it can
    carry there, which is when a dislocation stays.

    The hedge is the exposure beyond what the desk started with, turned around: what leveraged
    traders are forced to sell on a venue reaches the outside market through it.

    References
    ----------
    Shleifer and Vishny (1997), The limits of arbitrage, Journal of Finance 52(1).
    """

    parameters = Arbitrage

    def begin(self) -> None:
        """No inventory is known yet."""
        super().begin()
        self._base: dict[int, float] = {}

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:  # noqa: ARG002
        """Return immediate-or-cancel orders where a price is beyond costs, one a seat."""
        self.remember(view)
        here = [
            (place, seat)
            for place, seat in enumerate(self.seats)
            if view.venues[seat.venue].trades(seat.instrument) and not expelled(view, seat)
        ]
        batches = [self._strike(view, place, seat) for place, seat in here]
        if self.settings.quote_usd > 0.0:
            batches += [self._quote(view, place, seat) for place, seat in here]
        return [batch for batch in batches if batch is not None]

    def outside(self, view: View, draws: Draws) -> Sequence[OutsideTrade]:  # noqa: ARG002
        """Return the trades that take exposure back to where it started."""
        excess = self.excess(view)
        hedged = sorted({seat.underlying for seat in self.seats})
        return [
            OutsideTrade(self.entity, asset, -float(excess[asset]))
            for asset in hedged
            if abs(excess[asset]) * view.outside[asset] > self.settings.min_hedge_usd
        ]

    def _stock(self, view: View, place: int, seat: Seat) -> tuple[float, float, float]:
        """Return inventory and its limit, USD, and the price at which the desk is indifferent."""
        cost = self.settings.cost_bps * 1e-4
        outside = float(view.outside[seat.underlying])
        held = on_account(view, seat)
        base = self._base.setdefault(place, held if seat.kind == SPOT else 0.0)
        inventory = (held - base) * seat.usd(outside)
        limit = self._limit(view, seat)
        use = min(max(inventory / limit, -1.0), 1.0) if limit > 0 else float(np.sign(inventory))
        return inventory, limit, fair_of(view, seat) * (1.0 - cost * use)

    def _quote(self, view: View, place: int, seat: Seat) -> Orders:
        """Return quotes away from the outside price: what catches a market that runs dry."""
        inventory, limit, fair = self._stock(view, place, seat)
        away = self.settings.quote_bps * 1e-4
        size = self.settings.quote_usd
        room = np.array([max(limit - inventory, 0.0), max(limit + inventory, 0.0)])
        sides = np.array([1.0, -1.0])
        buying = np.array([True, False])
        exposed = float(view.outside[seat.underlying]) if seat.kind == OPTION else fair
        quantity = whole(np.minimum(size, room) / seat.usd(exposed))
        quantity = np.concatenate(
            [
                _held_to(seat, view, quantity[side : side + 1], buying=bool(buying[side]))
                for side in (0, 1)
            ]
        )
        tick, exact = tick_of(view.venues[seat.venue], seat), fair * (1.0 - sides * away)
        price = on_tick(exact, tick, buying)
        quoted = (quantity > 0.0) & (~buying | (exact >= tick))
        kinds = np.full(1 + int(quoted.sum()), OrderKind.LIMIT, dtype=np.int8)
        kinds[0] = OrderKind.CANCEL_ALL
        return Orders.of(
            seat.venue,
            np.full(kinds.size, seat.row),
            seat.instrument,
            np.concatenate(([0.0], (sides * quantity)[quoted])),
            kind=kinds,
            price=np.concatenate(([0.0], price[quoted])),
        )

    def _strike(self, view: View, place: int, seat: Seat) -> Orders | None:
        """Return the order that a seat's best prices call for."""
        venue, cost = view.venues[seat.venue], self.settings.cost_bps * 1e-4
        outside = float(view.outside[seat.underlying])
        inventory, limit, fair = self._stock(view, place, seat)
        quote = venue.quotes[seat.instrument]
        buying = quote.ask < fair * (1.0 - cost)
        if not buying and not quote.bid > fair * (1.0 + cost):
            return None
        worst = fair * (1.0 - cost) if buying else fair * (1.0 + cost)
        beyond = 1e4 * abs((quote.ask if buying else quote.bid) / worst - 1.0)
        room = max(limit - inventory if buying else limit + inventory, 0.0)
        quantity = whole(
            np.array([min(beyond * self.settings.usd_per_bp, room)]) / seat.usd(outside)
        )
        quantity = _held_to(seat, view, quantity, buying=buying)
        if quantity[0] == 0.0:
            return None
        return Orders.of(
            seat.venue,
            [seat.row],
            seat.instrument,
            quantity if buying else -quantity,
            kind=OrderKind.IOC,
            price=on_tick(np.array([worst]), tick_of(venue, seat), np.array([buying])),
        )

    def _limit(self, view: View, seat: Seat) -> float:
        """Return the largest position that the venue's equity carries, USD."""
        if seat.kind == SPOT:
            return self.settings.inventory_limit_usd
        carried = self.settings.leverage * max(self.equity(view, seat), 0.0)
        return min(self.settings.inventory_limit_usd, carried)


def _held_to(seat: Seat, view: View, quantity: Floats, *, buying: bool) -> Floats:
    """Cut a spot trade down to the money or the goods that are in the account."""
    if seat.kind != SPOT:
        return quantity
    buy, sell = seat.room(
        view.venues[seat.venue], seat.rows, float(view.outside[seat.underlying]), 1.0
    )
    return whole(np.minimum(quantity, buy if buying else sell))
