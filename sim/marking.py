"""Prices at which venues value things, requirements that follow, and funding between holders."""

from collections import deque
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from sim import elementary
from sim.arrays import NONE, Floats
from sim.calls import Engine, log_change
from sim.contracts import Contracts
from sim.events import Channel, EventKind
from sim.instruments import CollateralisedLoan, InversePerpetual, LinearPerpetual
from sim.margin.schedule import scaled
from sim.roles import MarketState, Schedule
from sim.theory import contracts_of
from sim.world import Market, Venue, World

BARREN_SECONDS = 3600.0
"""A market in which nobody has bid for this long has come to its end."""
BARREN_STEPS = 10
"""And for so many steps: makers answer once a step, however long it is."""


@dataclass(slots=True)
class Requirements:
    """What a venue's margin policy has seen, and what it last asked for.

    Parameters
    ----------
    interval_seconds : time between two returns that the policy looks at.
    returns : past log returns of the indices, oldest first, each (K,).
    index : (K,) indices at the last of them, USD.
    seen : how many returns the run itself has added.
    schedule, factor : before any shock scales it; by what a shock last did.
    """

    interval_seconds: float
    returns: deque[Floats]
    index: Floats
    seen: int = 0
    schedule: Schedule | None = None
    factor: float = 1.0
    frozen: bool = field(default=False)


def mark_venue(world: World, venue: Venue) -> None:
    """Take over published prices and set marks, values and notionals."""
    valuation = venue.valuation
    for asset, feed in enumerate(venue.feeds):
        if feed != NONE:
            valuation.prices[asset] = world.feeds[feed].price
    for smile in venue.smiles:
        seconds, dial = world.clock.step_seconds, float(world.dials.implied[venue.index])
        smile.learn(float(valuation.prices[smile.asset]), seconds, dial)
    for j, market in enumerate(venue.markets):
        if market.expired:
            market.index = float(valuation.prices[market.instrument.underlying])
            continue
        _mark(world, venue, market)
        instrument = market.instrument
        world.halted = _end_of(world, venue, market)
        if world.halted:
            return
        valuation.values[j] = instrument.value(market.mark)
        valuation.notionals[j] = market.exposure(market.mark)


def _end_of(world: World, venue: Venue, market: Market) -> str:
    """Return why a market has come to its end, empty while it lives."""
    instrument = market.instrument
    outside = float(world.outside.price[instrument.underlying])
    price = market.fair_at(outside)
    if not (isfinite(price) and isfinite(market.mark) and market.mark > 0.0):
        return f"{venue.name}: {instrument.name} has no positive price"
    if not isinstance(instrument, CollateralisedLoan) and outside < instrument.tick:
        return (
            f"{venue.name}: what {instrument.name} is about has fallen to {outside:.3g} USD, "
            f"below the smallest price of {instrument.tick:g} USD that it can trade at"
        )
    if market.mechanism is not None and price > market.mechanism.highest:
        what = instrument.name if market.theory else f"what {instrument.name} is about"
        return (
            f"{venue.name}: {what} has risen to {price:.6g} USD, above "
            f"the highest price of {market.mechanism.highest:.6g} USD that its book can hold; "
            "set mechanism.price_range higher"
        )
    patience = max(BARREN_SECONDS, BARREN_STEPS * world.clock.step_seconds)
    if market.barren_seconds > patience:
        return f"{venue.name}: {instrument.name} has had no bids for {patience / 60:.0f} minutes"
    return ""


def note_bids(venue: Venue, market: Market, seconds: float, *, open_: bool) -> None:
    """Count for how long an open market has had nobody to sell to.

    Bids that are taken within the step in which they are made were there: a market whose buyers
    are worn out in every step has not come to its end.
    """
    if market.mechanism is None or not open_:
        return
    # Nobody need bid for an option that is worth next to nothing.
    wanted = not market.optional and bool(venue.accounts.positions.any())
    barren = wanted and not market.bidding
    market.bidding = False
    market.barren_seconds = market.barren_seconds + seconds if barren else 0.0


def _mark(world: World, venue: Venue, market: Market) -> None:
    """Set the index and the mark of one market."""
    market.index = float(venue.valuation.prices[market.instrument.underlying])
    if market.marking is None:
        market.mark = market.index
        return
    basis = 0.0
    if isinstance(market.instrument, LinearPerpetual | InversePerpetual):
        hours = market.instrument.funding.interval_hours
        steps = world.clock.steps_in(hours * 3600.0)
        basis = market.funding_rate * (1.0 - (world.step % steps) / steps)
    fair = market.fair
    market.mark = market.marking.mark(fair, market.quote, basis, world.clock.step_seconds)
    if market.theory is not None:
        market.delta = market.theory.delta(market.index)
        return
    market.premium += market.mark / market.index - 1.0
    market.premium_count += 1


def require(world: World, venue: Venue, engine: Engine, past: Requirements) -> None:
    """Let the margin policy look at the market on its clock and set requirements."""
    index = np.array([market.index for market in venue.markets])
    if world.step and world.clock.due(world.step, past.interval_seconds):
        past.returns.append(elementary.log(index / past.index))
        past.index = index
        past.seen += 1
    due = past.schedule is None or (
        not past.frozen and world.clock.due(world.step, past.interval_seconds)
    )
    if due:
        state = MarketState(
            returns=np.array(past.returns).reshape(-1, index.size),
            interval_seconds=past.interval_seconds,
            index=index,
            open_interest=open_interest(venue),
            seen=past.seen,
            contracts=_contracts(venue, index),
        )
        past.schedule = engine.revise(world.step, state) or past.schedule
    if past.schedule is None:
        return
    factor = float(world.dials.margin[venue.index])
    new = past.schedule if factor == 1.0 else scaled(past.schedule, factor)
    old, before = venue.valuation.schedule, venue.asked[0]
    if new is not old and not _same(new, old):
        venue.valuation.schedule = new
        venue.watch.invalidate()
        if world.step:
            turned = factor != past.factor
            cause = venue.margin_shock if turned else _price_event(world, venue)
            log_change(world, venue, before, venue.asked[0], cause)
    past.factor = factor
    world.history.rates[venue.index][world.step] = venue.asked[0]


def _contracts(venue: Venue, index: Floats) -> Contracts:
    """Return what the venue's instruments are now, for policies that reprice them."""
    markets = venue.markets
    return contracts_of(
        [market.instrument for market in markets], [market.theory for market in markets], index
    )


def _same(a: Schedule, b: Schedule) -> bool:
    """Tell whether two schedules ask for the same."""
    return (
        a.edges.shape == b.edges.shape
        and bool((a.edges == b.edges).all())
        and bool((a.maintenance == b.maintenance).all())
        and bool((a.initial == b.initial).all())
        and a.charge is b.charge
    )


def _price_event(world: World, venue: Venue) -> int:
    """Return the last update of the feed behind the venue's first instrument."""
    feed = int(venue.feeds[venue.markets[0].instrument.underlying])
    return NONE if feed == NONE else world.feeds[feed].event


def open_interest(venue: Venue) -> Floats:
    """Return half of the absolute positions of each instrument, (K,) USD."""
    return 0.5 * np.abs(venue.accounts.positions).sum(axis=1) * venue.valuation.notionals


def pay_funding(world: World, venue: Venue) -> None:
    """At the end of each interval, let longs pay shorts, or the other way round."""
    for j, market in enumerate(venue.markets):
        instrument = market.instrument
        if not isinstance(instrument, LinearPerpetual | InversePerpetual):
            continue
        due = world.clock.due(world.step, instrument.funding.interval_hours * 3600.0)
        if not due or world.step == 0 or not market.premium_count:
            continue
        market.funding_rate = instrument.funding.rate(market.premium / market.premium_count)
        market.premium, market.premium_count = 0.0, 0
        worth = abs(venue.valuation.values[j]) * market.funding_rate
        positions = venue.accounts.positions[j]
        venue.accounts.balances[instrument.settlement] -= positions * worth
        venue.watch.invalidate()
        paid = 0.5 * float(np.abs(positions).sum()) * venue.valuation.notionals[j]
        world.events.add(
            world.step,
            EventKind.FUNDING,
            channel=Channel.EXOGENOUS,
            venue=venue.index,
            instrument=j,
            quantity=market.funding_rate,
            price=market.mark,
            usd=paid * abs(market.funding_rate),
        )
