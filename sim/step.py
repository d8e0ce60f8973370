"""One step of the world, phase by phase, from top to bottom.

strike, drift, publish, mark, call, cure, liquidate, respond, absorb, clear, record.
Views go up to agents and orders come down; nothing but a phase changes the ``World``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from sim.backstop import back_up, work_off
from sim.calls import Engine, call_margin
from sim.carry import execute_outside, forget
from sim.closing import close_failing
from sim.credit.contagion import settle_credit
from sim.credit.waterfall import absorb_by_house
from sim.default import settle_defaults, settle_shortfalls
from sim.disposal import dispose
from sim.expiry import settle_expired
from sim.feeds import publish_feed
from sim.induced import log_induced
from sim.lending import accept_bids, accrue, write_off
from sim.losses import absorb_losses
from sim.marking import Requirements, mark_venue, note_bids, pay_funding, require
from sim.orders import Bids, Orders, OutsideTrade, Transfers
from sim.record import Recorder
from sim.roles import PriceFeed
from sim.sight import Sight
from sim.streams import Draws
from sim.trade import admit, refresh_quote, trade
from sim.transfers import transfer
from sim.view import View
from sim.world import Venue, World

ACCRUAL_SECONDS = 3600.0
"""Interest on loans is added once an hour."""


class Actor(Protocol):
    """What the phases ask of an agent."""

    name: str
    entity: int
    priority: ClassVar[int]

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:
        """Return what it wants to trade."""
        ...

    def cure(self, view: View, draws: Draws) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Return how it answers margin calls."""
        ...

    def bids(self, view: View) -> Sequence[Bids]:
        """Return the debt it offers to repay for others."""
        ...

    def outside(self, view: View, draws: Draws) -> Sequence[OutsideTrade]:
        """Return what it trades on the outside market."""
        ...


class Strikes(Protocol):
    """What lets shocks loose: turns the dials and logs what began."""

    def strike(self, step: int) -> None:
        """Begin and end what is due at ``step``."""
        ...


@dataclass(slots=True)
class Cast:
    """Everybody who acts on a world, and the rules that are more than data.

    Parameters
    ----------
    actors : in the order in which they are asked; makers come first by ``priority``.
    engines, requirements : one a venue, in their order.
    feeds : one a feed state, in their order.
    """

    actors: tuple[Actor, ...]
    engines: tuple[Engine, ...]
    requirements: tuple[Requirements, ...]
    feeds: tuple[PriceFeed, ...]
    shocks: Strikes
    sight: Sight
    recorder: Recorder


def advance(world: World, cast: Cast) -> None:
    """Let one step pass."""
    cast.shocks.strike(world.step)
    drift(world)
    publish(world, cast)
    mark(world, cast)
    if world.halted:
        record(world, cast)
        return
    call(world, cast)
    cure(world, cast)
    liquidate(world, cast)
    respond(world, cast)
    absorb(world)
    clear(world)
    record(world, cast)
    world.step += 1


def drift(world: World) -> None:
    """Move outside prices on; let what is felt of earlier trades fade."""
    seconds, dials = world.clock.step_seconds, world.dials
    world.outside.drift(world.step, seconds, dials.jump, dials.volatility, dials.peg)
    dials.jump[:] = 0.0
    world.history.exogenous[world.step] = world.outside.exogenous
    forget(world, seconds)
    for venue in world.venues:
        if world.clock.due(world.step, ACCRUAL_SECONDS):
            accrue(venue, min(world.step, world.clock.steps_in(ACCRUAL_SECONDS)) * seconds)
        venue.cured_usd = 0.0
        for market in venue.markets:
            if market.mechanism is not None:
                if market.theory is not None:
                    market.theory.pass_to(world.step * seconds)
                price = float(world.outside.price[market.instrument.underlying])
                market.mechanism.anchor(market.fair_at(price), seconds)


def publish(world: World, cast: Cast) -> None:
    """Let feeds read their sources and publish; log each answer with what caused it."""
    for state, feed in zip(world.feeds, cast.feeds, strict=True):
        publish_feed(world, state, feed)
    seconds = world.clock.step_seconds
    for venue in world.venues:
        for market in venue.markets:
            market.volume_usd = market.forced_usd = 0.0
            market.dry_seconds = market.dry_seconds + seconds if market.dry else 0.0
            market.dry = False


def mark(world: World, cast: Cast) -> None:
    """Value positions and collateral at published prices; pay funding; set requirements."""
    for venue in world.venues:
        for market in venue.markets:
            refresh_quote(market, venue.rules.depth_band)
            open_ = bool(world.dials.open[venue.index])
            note_bids(venue, market, world.clock.step_seconds, open_=open_)
        mark_venue(world, venue)
        if world.halted:
            return
        settle_expired(world, venue)
        pay_funding(world, venue)
        require(world, venue, cast.engines[venue.index], cast.requirements[venue.index])
    cast.sight.refresh(world)


def call(world: World, cast: Cast) -> None:
    """Issue margin calls; hand over to liquidation what is beyond calling."""
    for venue in world.venues:
        call_margin(world, venue, cast.engines[venue.index])
    cast.sight.standing(world)


def cure(world: World, cast: Cast) -> None:
    """Let owners answer calls: pay in, or cut positions in the market."""
    for actor in cast.actors:
        draws = world.streams.at(f"cure/{actor.name}", world.step)
        transfers, orders = actor.cure(cast.sight.view, draws)
        for order in transfers:
            if world.dials.open[order.venue]:
                transfer(world, world.venues[order.venue], order)
        for batch in orders:
            if batch.size and world.dials.open[batch.venue]:
                venue = world.venues[batch.venue]
                log_induced(world, venue, batch, trade(world, venue, batch))


def liquidate(world: World, cast: Cast) -> None:
    """Close failing accounts: by the venue's orders, or by keepers who bid for them."""
    bids = [bid for actor in cast.actors for bid in actor.bids(cast.sight.view)]
    for venue in world.venues:
        if not world.dials.open[venue.index]:
            continue
        if venue.rules.liquidation.by_keepers:
            accept_bids(world, venue, [bid for bid in bids if bid.venue == venue.index])
        else:
            close_failing(world, venue)
            back_up(world, venue)
            dispose(world, venue)
            work_off(world, venue)


def respond(world: World, cast: Cast) -> None:
    """Let makers quote and traders trade; let arbitrage carry the difference outside."""
    cast.sight.refresh_quotes(world)
    view = cast.sight.view
    for priority in sorted({actor.priority for actor in cast.actors}):
        waiting: dict[int, list[Orders]] = {}
        for actor in cast.actors:
            if actor.priority == priority:
                draws = world.streams.at(f"desk/{actor.name}", world.step)
                for batch in actor.orders(view, draws):
                    if batch.size and world.dials.open[batch.venue]:
                        waiting.setdefault(batch.venue, []).append(batch)
        for index in sorted(waiting):
            _submit(world, world.venues[index], waiting[index], checked=priority > 0)
        cast.sight.refresh_quotes(world)
    trades: list[OutsideTrade] = []
    for actor in cast.actors:
        draws = world.streams.at(f"outside/{actor.name}", world.step)
        trades.extend(actor.outside(view, draws))
    execute_outside(world, trades)


def absorb(world: World) -> None:
    """Pass losses beyond margin down the waterfall."""
    for venue in world.venues:
        if venue.rules.liquidation.by_keepers:
            write_off(world, venue, final=world.step == world.clock.steps - 1)
        elif world.credit is not None and venue.index in world.credit.houses:
            absorb_by_house(world, venue, world.credit.houses[venue.index])
        else:
            absorb_losses(world, venue)


def clear(world: World) -> None:
    """Find institutions that cannot pay, and hand what they hold to liquidation.

    Where entities owe each other, what is not paid is passed on.
    """
    if world.credit is not None:
        settle_credit(world, world.credit)
        return
    settle_defaults(world)
    if world.step == world.clock.steps - 1:
        settle_shortfalls(world)


def record(world: World, cast: Cast) -> None:
    """Write the step down."""
    cast.recorder.record(world)


def _submit(world: World, venue: Venue, batches: list[Orders], *, checked: bool) -> None:
    """Put batches of one venue in their order of arrival, check margin, and match them."""
    orders = batches[0] if len(batches) == 1 else Orders.joined(batches)
    if checked:
        orders = admit(venue, orders.take(np.argsort(orders.arrival, kind="stable")))
    if orders.size:
        log_induced(world, venue, orders, trade(world, venue, orders))
