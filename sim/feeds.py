"""What feeds read and publish, and which trade or attack is behind each answer."""

import numpy as np

from sim.arrays import NONE, Floats
from sim.events import Channel, EventKind
from sim.roles import PriceFeed
from sim.world import FeedState, World

NOTICEABLE = 1e-3
"""Impact on the outside price below a tenth of a percent explains no answer of a feed."""


def publish_feed(world: World, state: FeedState, feed: PriceFeed) -> None:
    """Let a feed read its sources; where it answers, log that with what caused it."""
    prices, volumes = _sources(world, state)
    answer = feed.publish(world.step, prices, volumes)
    if answer is None:
        return
    cause, channel = state.attack, Channel.ORACLE_ERROR
    if cause == NONE:
        cause = _pushed_by(world, state, answer)
    if cause == NONE:
        cause, channel = _moved_by(world, state), Channel.IMPACT
    state.price = answer
    ids = world.events.add(
        world.step,
        EventKind.ORACLE_UPDATE,
        cause=cause,
        channel=channel if cause != NONE else Channel.EXOGENOUS,
        quantity=state.asset,
        price=answer,
    )
    state.event = int(ids[0])


def _sources(world: World, state: FeedState) -> tuple[Floats, Floats]:
    """Return the true prices of a feed's sources and what they traded, USD."""
    n = len(state.sources)
    prices, volumes = np.empty(n), np.empty(n)
    outside = world.outside
    for i, (venue, instrument) in enumerate(state.sources):
        if venue == NONE:
            prices[i] = outside.price[state.asset]
            daily = outside.assets[state.asset].depth.daily_volume_usd
            volumes[i] = daily * world.clock.step_seconds / 86400.0
        else:
            market = world.venues[venue].markets[instrument]
            mid = market.quote.mid
            prices[i] = mid if mid > 0.0 else np.nan
            volumes[i] = market.volume_usd
    return prices, volumes


def _pushed_by(world: World, state: FeedState, answer: float) -> int:
    """Return a trade that pushed the market behind a false answer, ``NONE`` for a true one."""
    error = answer / float(world.outside.price[state.asset]) - 1.0
    if abs(error) < NOTICEABLE:
        return NONE
    draw = world.streams.at(f"answer/{state.name}", world.step)
    for venue, instrument in state.sources:
        if venue != NONE:
            ripples = world.venues[venue].markets[instrument].ripples
            parent = int(ripples.parents(np.array([draw.one(1)]), falling=error < 0.0)[0])
            if parent != NONE:
                return parent
    return NONE


def _moved_by(world: World, state: FeedState) -> int:
    """Return a forced trade that an honest answer owes its level to, ``NONE`` if it owes none."""
    impact = float(world.outside.impact[state.asset])
    if abs(impact) < NOTICEABLE:
        return NONE
    draw = world.streams.at(f"answer/{state.name}", world.step)
    ripples = world.pressure[state.asset]
    return int(ripples.parents(np.array([draw.one()]), falling=impact < 0.0)[0])
