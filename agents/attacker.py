"""A manipulator: moves a thin market that an oracle reads, and pays for it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from math import log

import numpy as np

from agents.institution import Institution, expelled, on_account
from agents.seats import SPOT, on_tick, price_of, tick_of, whole
from sim.arrays import NONE
from sim.errors import ConfigError, check
from sim.orders import OrderKind, Orders
from sim.streams import Draws
from sim.view import View

REACHED = 0.05
"""An attacker is there when this share of the move is missing: spread and fee hide the last bit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manipulation:
    """What an attacker wants the price to do, and what it is ready to pay for that.

    Parameters
    ----------
    target_move : relative move that is aimed at, > -1 and not 0; negative sells.
    budget_usd : value of trades in the direction of the move at most, USD, > 0.
    pace_usd : value of one step's trades at most, USD, > 0.
    push_seconds : how long it tries to reach the target, seconds, > 0.
    hold_seconds : how long it defends the price once there, seconds, >= 0.
    unwind_seconds : how long it takes to get rid of what it bought, seconds, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    target_move: float = -0.2
    budget_usd: float = 10_000_000.0
    pace_usd: float = 1_000_000.0
    push_seconds: float = 600.0
    hold_seconds: float = 300.0
    unwind_seconds: float = 600.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.target_move > -1 and self.target_move != 0, "target_move must be > -1 and not 0"),
            (self.budget_usd > 0, "budget_usd must be > 0 USD"),
            (self.pace_usd > 0, "pace_usd must be > 0 USD"),
            (self.push_seconds > 0, "push_seconds must be > 0 seconds"),
            (self.hold_seconds >= 0, "hold_seconds must be >= 0 seconds"),
            (self.unwind_seconds > 0, "unwind_seconds must be > 0 seconds"),
        )


class Stage(Enum):
    """How far an attack has come."""

    IDLE = "idle"
    READY = "ready"
    PUSH = "push"
    HOLD = "hold"
    UNWIND = "unwind"


class Attacker(Institution[Manipulation]):
    """Push the price of the first seat's market, hold it, and get out again.

    What it paid and what came back are read off its account, fees included: money that left
    the account adds to ``spent_usd``, money that came in to ``recovered_usd``. Other seats are
    positions meant to profit from the false price; they are left alone, and their gain is
    told apart from the cost.
    """

    parameters = Manipulation

    def begin(self) -> None:
        """Nothing has been done yet."""
        super().begin()
        self.stage = Stage.IDLE
        self.spent_usd = 0.0
        self.recovered_usd = 0.0
        self._since = 0
        self._cause = NONE
        self._used = 0.0
        self._start_price = self._start_held = self._cash = self._held = 0.0
        self._start_elsewhere = 0.0

    def command(self, order: str, **values: object) -> None:
        """Obey ``attack``: start at the next step, with ``values`` in place of settings.

        The value ``cause`` is the event that stands behind the attack's trades.

        Raises
        ------
        ConfigError
            If the order is another one, or a value is unknown or out of range.
        """
        if order != "attack":
            super().command(order, **values)
            return
        self._cause = int(values.pop("cause", NONE))  # type: ignore[call-overload] # an event
        known = [field.name for field in fields(self.settings)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ConfigError(f"attack has no {', '.join(unknown)}; it has {', '.join(known)}")
        self.settings = replace(self.settings, **values)  # type: ignore[arg-type] # checked above
        self.stage = Stage.READY

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:  # noqa: ARG002
        """Return the one order that the attack sends in this step, if any."""
        seat = self.seats[0]
        if self.stage is Stage.IDLE or not view.venues[seat.venue].open or expelled(view, seat):
            return ()
        if self.stage is Stage.READY:
            self._open(view)
        self._account(view)
        self._advance(view)
        order = self._release(view) if self.stage is Stage.UNWIND else self._push(view)
        return () if order is None else (order,)

    def cost_usd(self, view: View) -> float:
        """Return what the attack has cost: money out less money back less what is left, USD.

        What is left is valued at the true price. Before an attack it is 0.
        """
        if self.stage in (Stage.IDLE, Stage.READY):
            return 0.0
        self._account(view)
        seat = self.seats[0]
        left = on_account(view, seat) - self._start_held
        venue = view.venues[seat.venue]
        true = float(view.outside[seat.underlying])
        worth = left * venue.instruments[seat.instrument].value(true)
        return self.spent_usd - self.recovered_usd - worth * self._money_price(view)

    def profit_usd(self, view: View) -> float:
        """Return the gain of the other seats since the attack began, margin equity in USD."""
        if self.stage in (Stage.IDLE, Stage.READY):
            return 0.0
        return self._elsewhere(view) - self._start_elsewhere

    def _open(self, view: View) -> None:
        """Write down how things stand before the first trade."""
        seat = self.seats[0]
        self._start_price = price_of(view, seat)
        self._start_held = self._held = on_account(view, seat)
        self._cash = self._money(view)
        self._start_elsewhere = self._elsewhere(view)
        self._since = view.step
        self.stage = Stage.PUSH

    def _account(self, view: View) -> None:
        """Book what the trades since the last look have moved."""
        cash, held = self._money(view), on_account(view, self.seats[0])
        moved = (cash - self._cash) * self._money_price(view)
        self.spent_usd += max(-moved, 0.0)
        self.recovered_usd += max(moved, 0.0)
        if (held - self._held) * self.settings.target_move > 0:
            self._used += abs(moved)
        self._cash, self._held = cash, held

    def _advance(self, view: View) -> None:
        """Go on to the next stage when this one is done."""
        settings = self.settings
        if self.stage is Stage.PUSH:
            passed = view.step - self._since >= self.clock.steps_in(settings.push_seconds)
            near = REACHED * abs(log(1.0 + settings.target_move))
            if passed or self._missing(view) <= near or self._used >= settings.budget_usd:
                self.stage, self._since = Stage.HOLD, view.step
        held_for = (view.step - self._since) * view.step_seconds
        if self.stage is Stage.HOLD and held_for >= settings.hold_seconds:
            self.stage, self._since = Stage.UNWIND, view.step

    def _missing(self, view: View) -> float:
        """Return how far the price is from the target, log units, <= 0 once beyond."""
        sign = np.sign(self.settings.target_move)
        target = self._start_price * (1.0 + self.settings.target_move)
        return float(sign) * log(target / price_of(view, self.seats[0]))

    def _push(self, view: View) -> Orders | None:
        """Trade towards the target, never beyond it, while the budget lasts."""
        seat, settings = self.seats[0], self.settings
        usd = min(settings.pace_usd, settings.budget_usd - self._used)
        if self._missing(view) <= 0.0 or usd <= 0.0:
            return None
        venue, buying = view.venues[seat.venue], settings.target_move > 0
        quantity = np.array([usd / seat.usd(price_of(view, seat))])
        if seat.kind == SPOT:
            buy, sell = seat.room(venue, seat.rows, price_of(view, seat), 1.0)
            quantity = np.minimum(quantity, buy if buying else sell)
        quantity = whole(quantity)
        if quantity[0] == 0.0:
            return None
        target = np.array([self._start_price * (1.0 + settings.target_move)])
        return Orders.of(
            seat.venue,
            [seat.row],
            seat.instrument,
            quantity if buying else -quantity,
            kind=OrderKind.IOC,
            price=on_tick(target, tick_of(venue, seat), np.array([buying])),
            cause=self._cause,
        )

    def _release(self, view: View) -> Orders | None:
        """Trade back in equal parts over what is left of the time to unwind."""
        seat = self.seats[0]
        left = on_account(view, seat) - self._start_held
        steps = self.clock.steps_in(self.settings.unwind_seconds) - (view.step - self._since)
        contracts = min(
            float(np.ceil(abs(left) / max(steps, 1) - 1e-9)), float(np.floor(abs(left)))
        )
        if contracts <= 0.0:
            return None
        back = [-np.sign(left) * contracts]
        return Orders.of(seat.venue, [seat.row], seat.instrument, back, cause=self._cause)

    def _money(self, view: View) -> float:
        """Return the balance that trades of the first seat settle in, units."""
        seat = self.seats[0]
        venue = view.venues[seat.venue]
        money = int(venue.valuation.settlement[seat.instrument])
        return float(venue.accounts.balances[money, seat.row])

    def _money_price(self, view: View) -> float:
        """Return the true price of the settlement asset, USD."""
        seat = self.seats[0]
        return float(view.outside[view.venues[seat.venue].valuation.settlement[seat.instrument]])

    def _elsewhere(self, view: View) -> float:
        """Return the margin equity behind the other seats, USD."""
        mine = (self.seats[0].venue, self.seats[0].row)
        other = {(seat.venue, seat.row): seat for seat in self.seats[1:]}
        return sum(self.equity(view, seat) for place, seat in other.items() if place != mine)
