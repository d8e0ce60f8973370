"""One trader as one ordinary object, for trying out a strategy in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.base import Desk
from agents.trader import TraderView, look
from sim.accounts import Standing
from sim.orders import Orders
from sim.streams import Draws
from sim.view import View

ARRIVAL = 1000
"""Lane of the moment of arrival, out of the way of what a strategy draws."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoSettings:
    """A trader that has nothing to set."""


class Prototype[S](Desk[S]):
    """A single trader whose strategy is one method that returns a number of contracts.

    It is slow, a Python call a trader and step, and first-class: a model takes it like any
    other desk. What needs more than market orders overrides ``orders`` instead. The
    strategy that proves itself moves into a ``Population``, as array code.

    Examples
    --------
    >>> class DipBuyer(Prototype[NoSettings]):
    ...     "Buy one contract whenever the venue is 1 % below the outside price."
    ...
    ...     parameters = NoSettings
    ...
    ...     def decide(self, me, view, draws):
    ...         mid = view.venues[self.seats[0].venue].quotes[self.seats[0].instrument].mid
    ...         return 1 if mid < 0.99 * view.outside[self.seats[0].underlying] else 0
    """

    def decide(self, me: TraderView, view: View, draws: Draws) -> float:  # noqa: ARG002
        """Return contracts to buy (+) or sell (-) at the market, 0 for none."""
        return 0.0

    def trader(self, number: int, view: View) -> TraderView:
        """Return how the trader stands; its number is 0."""
        return look(view, self.seats[0], number)

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:
        """Turn the decision into a market order that arrives at a random moment."""
        seat = self.seats[0]
        if not view.venues[seat.venue].open:
            return ()
        me = look(view, seat, 0)
        if me.standing in (Standing.LIQUIDATING, Standing.CLOSED):
            return ()
        contracts = round(self.decide(me, view, draws))
        if contracts == 0:
            return ()
        arrival = draws.one(ARRIVAL)
        return (Orders.of(seat.venue, [me.row], seat.instrument, [contracts], arrival=arrival),)
