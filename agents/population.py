"""Many traders of one kind as one mesa agent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

import numpy as np

from agents.base import Desk
from agents.seats import Seat, exposed_at, price_of
from agents.trader import TraderView, look
from sim import elementary
from sim.accounts import Standing
from sim.arrays import Floats, Ints
from sim.orders import Orders, Transfers
from sim.streams import Draws
from sim.view import VenueView, View

ARRIVAL = 0
"""Lane of the moment in the step at which an order arrives; each kind numbers its own from 1."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One seat of a population at one step.

    Parameters
    ----------
    place : which of the population's seats it is.
    seat, venue, view : the accounts, where they are, and everything in sight.
    draws : numbers of this step, addressed by the trader's number in the seat.
    traits : numbers that stay with a trader for the whole run, addressed alike.
    """

    place: int
    seat: Seat
    venue: VenueView
    view: View
    draws: Draws
    traits: Draws

    @property
    def price(self) -> float:
        """What the instrument trades at, USD."""
        return price_of(self.view, self.seat)

    @property
    def usd(self) -> float:
        """The exposure of one contract, USD."""
        return self.seat.usd(self.exposed)

    @property
    def exposed(self) -> float:
        """The price that exposure is counted at, USD."""
        return exposed_at(self.view, self.seat)


class Population[S](Desk[S]):
    """Traders that decide alike, each on its own account, with its own draws.

    Array code decides for all of them at once, and only for those whom the step's draw
    picks: a step costs what its active traders cost, not what the crowd would. What tells
    traders apart (a threshold, a rule) is not stored but drawn anew at the trader's own
    address whenever it is needed.
    """

    def trader(self, number: int, view: View, place: int = 0) -> TraderView:
        """Return how trader ``number`` stands at the population's seat ``place``."""
        return look(view, self.seats[place], number)

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:
        """Ask every seat on an open venue for its orders."""
        return [
            batch
            for now in self._moments(view, draws)
            if (batch := self.decide(now)) is not None and batch.size
        ]

    def cure(self, view: View, draws: Draws) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Ask for an answer to open margin calls; where behaviour is cut there is none."""
        transfers: list[Transfers] = []
        orders: list[Orders] = []
        if not view.behaviour or type(self).answer is Population.answer:
            return transfers, orders
        for now in self._moments(view, draws):
            paid, traded = self.answer(now, now.seat.mine(now.venue.open_calls))
            if paid is not None and paid.account.size:
                transfers.append(paid)
            if traded is not None and traded.size:
                orders.append(traded)
        return transfers, orders

    def decide(self, now: Moment) -> Orders | None:  # noqa: ARG002
        """Return the orders of one seat, ``None`` for none."""
        return None

    def answer(
        self,
        now: Moment,  # noqa: ARG002
        called: Ints,  # noqa: ARG002
    ) -> tuple[Transfers | None, Orders | None]:
        """Return deposits and trades of the rows ``called``; nobody reacts by default."""
        return None, None

    def active(self, now: Moment, per_hour: float) -> Ints:
        """Return rows of those in good standing who act in this step.

        Each acts at random times, ``per_hour`` of them an hour on average.
        """
        chance = 1.0 - exp(-per_hour * now.view.step_seconds / 3600.0)
        rows = now.seat.rows[now.draws.chosen(now.seat.rows.size, chance)]
        good = now.venue.accounts.standing[rows] == Standing.GOOD
        return np.asarray(rows[good])

    def arrivals(self, now: Moment, rows: Ints) -> Floats:
        """Return when in the step the orders of ``rows`` arrive, in [0, 1)."""
        return now.draws.uniform(now.seat.numbers(rows), ARRIVAL)

    def _moments(self, view: View, draws: Draws) -> list[Moment]:
        """Return the seats whose venue is open, each with draws of its own."""
        traits = Draws(draws.seed, f"traits/{self.name}", 0)
        return [
            Moment(place, seat, venue, view, _part(draws, place), _part(traits, place))
            for place, seat in enumerate(self.seats)
            if (venue := view.venues[seat.venue]).trades(seat.instrument)
        ]


def _part(draws: Draws, place: int) -> Draws:
    """Return draws of their own for every seat after the first."""
    return draws if place == 0 else replace(draws, purpose=f"{draws.purpose}/{place}")


def lognormal(draws: Draws, numbers: Ints, median: float, sigma: float, lane: int) -> Floats:
    """Return lognormal numbers, one a trader, (n,)."""
    return np.asarray(median * elementary.exp(sigma * draws.normal(numbers, lane)))
