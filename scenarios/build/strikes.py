"""Shocks as events: what began, when, and what descends from it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from oracles import ATTACKS
from scenarios.schema import Scenario
from scenarios.shocks.options import ImpliedVolatility
from scenarios.shocks.roles import Stage
from scenarios.shocks.timeline import ShockTimeline, Struck
from scenarios.shocks.venues import MarginHike
from sim.arrays import NONE
from sim.default import declare
from sim.events import Channel, EventKind
from sim.world import PriceShock, World

CARRIED_OUT = {"manipulation": "attack", "margin_withdrawal": "withdraw"}
"""Kinds of shock that an institution carries out, and the order that it is told the cause with."""
OF_PRICES = ("price_jump", "volatility_regime", "depeg")
"""Kinds of shock that move the undisturbed outside price."""


@dataclass(slots=True)
class ShockRecord:
    """One shock as it happened; ``end_step`` is ``NONE`` while it lasts."""

    event: int
    number: int
    kind: str
    description: str
    target: str
    start_step: int
    end_step: int = NONE


@dataclass(slots=True)
class Strikes:
    """Lets shocks loose in their time and logs each as an event without a cause."""

    world: World
    scenario: Scenario
    stage: Stage
    timeline: ShockTimeline
    failing: list[str]
    entity: Callable[[str], int]
    records: list[ShockRecord] = field(default_factory=list)

    def strike(self, step: int) -> None:
        """Begin and end what is due at ``step``."""
        for struck in self.timeline.strike(step, self.stage):
            if struck.began:
                self._begin(step, struck)
            else:
                self._end(step, struck)

    def _begin(self, step: int, struck: Struck) -> None:
        """Log a shock and tie to it what it acts through."""
        kind = self.scenario.shocks[struck.number].kind
        event = int(self.world.events.add(step, EventKind.SHOCK, channel=Channel.SHOCK)[0])
        shock = struck.shock
        record = ShockRecord(event, struck.number, kind, shock.describe(), shock.target(), step)
        if shock.instant:
            record.end_step = step
        self.records.append(record)
        if kind in OF_PRICES:
            last = step if shock.instant else self.world.clock.steps
            asset = self.stage.assets[record.target]
            self.world.price_shocks[asset] = PriceShock(event, last)
        if isinstance(shock, MarginHike | ImpliedVolatility):
            self._tell_venues(shock, event)
        for feed in self.world.feeds:
            if kind in ATTACKS and feed.name == record.target:
                feed.attack = event
        desk = self.stage.desks.get(record.target)
        if desk is not None and kind in CARRIED_OUT:
            desk.command(CARRIED_OUT[kind], cause=event)
        for name in self.failing:
            declare(self.world, self.entity(name), 0.0, cause=event)
        self.failing.clear()

    def _tell_venues(self, shock: MarginHike | ImpliedVolatility, event: int) -> None:
        """Let venues know which event their requirements or volatilities are owed to."""
        for place in self.stage.venue_rows(shock.venues):
            venue = self.world.venues[place]
            if isinstance(shock, MarginHike):
                venue.margin_shock = event
            else:
                venue.implied_shock = event

    def _end(self, step: int, struck: Struck) -> None:
        """Note that a shock is over; a feed is honest again once no attack is left on it."""
        for record in self.records:
            if record.number == struck.number:
                record.end_step = step
                for shock in self.world.price_shocks.values():
                    if shock.event == record.event:
                        shock.last_step = step
        attacks = [r for r in self.records if r.end_step == NONE and r.kind in ATTACKS]
        lasting = {r.target: r.event for r in attacks}
        for feed in self.world.feeds:
            feed.attack = lasting.get(feed.name, NONE)
