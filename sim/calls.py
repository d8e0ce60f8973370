"""The margin engine at work: requirements, margin calls, hand-over to liquidation."""

from typing import Protocol

import numpy as np

from sim.accounts import Standing
from sim.arrays import NONE, Floats, Ints
from sim.attribution import attribute
from sim.events import Channel, EventKind
from sim.roles import Breach, MarketState, Schedule
from sim.rows import joined, without
from sim.valuation import margin
from sim.world import Venue, World


class Judgement(Protocol):
    """Rows that the margin engine calls, hands to liquidation or lets go."""

    calls: Ints
    liquidate: Ints
    released: Ints


class Engine(Protocol):
    """What the phases ask of the margin engine of a venue."""

    call_ratio: float
    grace_seconds: float
    release_ratio: float

    def revise(self, step: int, market: MarketState) -> Schedule | None:
        """Return new requirements, or ``None`` where nothing changes at ``step``."""
        ...

    def judge(self, breach: Breach, open_rows: Ints, deadline: Ints, step: int) -> Judgement:
        """Return what is to be done about accounts below their level."""
        ...


def call_margin(world: World, venue: Venue, engine: Engine) -> None:
    """Look for accounts below their levels; call them, hand them over, or let them go."""
    accounts = venue.accounts
    touched = venue.take_touched()
    level = engine.call_ratio * engine.release_ratio
    breach = venue.watch.below(accounts, venue.valuation, level, touched)
    watched = np.concatenate((venue.open_calls, venue.failing))
    if not breach.account.size and not watched.size:
        venue.called_usd = 0.0
        return
    verdict = engine.judge(breach, watched, accounts.deadline[watched].astype(np.int64), world.step)
    released = verdict.released
    if venue.condemned.size:
        released = without(np.sort(released), venue.condemned)
    _release(venue, released)
    new = np.concatenate((verdict.calls, verdict.liquidate))
    new = new[accounts.standing[new] == Standing.GOOD]
    if new.size:
        causes, channels = attribute(world, venue, new)
        recalled = accounts.channel[new] == Channel.REHYPOTHECATION
        causes = np.where(recalled, accounts.trigger[new], causes)
        channels = np.where(recalled, accounts.channel[new], channels).astype(np.int8)
        accounts.trigger[new], accounts.channel[new] = causes, channels
        _issue(world, venue, engine, verdict.calls, breach)
    _hand_over(venue, verdict.liquidate)
    fresh = verdict.calls[accounts.standing[verdict.calls] == Standing.CALLED]
    if fresh.size:
        venue.open_calls = joined(venue.open_calls, fresh)
    venue.called_usd = _outstanding(venue, engine)


def _hand_over(venue: Venue, rows: Ints) -> None:
    """Put accounts into liquidation."""
    if not rows.size:
        return
    venue.accounts.standing[rows] = Standing.LIQUIDATING
    venue.accounts.deadline[rows] = NONE
    venue.failing = joined(venue.failing, rows)
    if venue.open_calls.size:
        venue.open_calls = without(venue.open_calls, rows)


def _issue(world: World, venue: Venue, engine: Engine, rows: Ints, breach: Breach) -> None:
    """Open margin calls and log them."""
    accounts = venue.accounts
    rows = rows[accounts.standing[rows] == Standing.GOOD]
    if not rows.size:
        return
    place = np.searchsorted(breach.account, rows)
    missing = engine.call_ratio * breach.required[place] - breach.equity[place]
    accounts.trigger[rows] = world.events.add(
        world.step,
        EventKind.MARGIN_CALL,
        rows.size,
        cause=accounts.trigger[rows],
        channel=accounts.channel[rows],
        venue=venue.index,
        entity=accounts.entity[rows],
        account=rows,
        usd=missing,
    )
    accounts.standing[rows] = Standing.CALLED
    accounts.deadline[rows] = world.step + world.clock.steps_in(engine.grace_seconds)


def _release(venue: Venue, rows: Ints) -> None:
    """Let go of accounts that are sound again."""
    if not rows.size:
        return
    accounts = venue.accounts
    accounts.standing[rows] = Standing.GOOD
    accounts.deadline[rows] = NONE
    accounts.trigger[rows] = NONE
    accounts.channel[rows] = int(Channel.EXOGENOUS)
    rows = np.sort(rows)
    venue.failing = without(venue.failing, rows)
    venue.open_calls = without(venue.open_calls, rows)


def _outstanding(venue: Venue, engine: Engine) -> float:
    """Return what open margin calls still ask for, USD."""
    rows = venue.open_calls
    if not rows.size:
        return 0.0
    equity, required = margin(venue.accounts, venue.valuation, rows)
    return float(np.maximum(engine.call_ratio * required - equity, 0.0).sum())


def log_change(world: World, venue: Venue, old: Floats, new: Floats, cause: int) -> None:
    """Log a change of requirements, one event an instrument whose rate changed."""
    for j in np.flatnonzero(~np.isclose(old, new, rtol=1e-9, atol=0.0)):
        ids = world.events.add(
            world.step,
            EventKind.MARGIN_UPDATE,
            cause=cause,
            channel=Channel.MARGIN_UPDATE,
            venue=venue.index,
            instrument=j,
            quantity=new[j] - old[j],
            price=new[j],
        )
        venue.margin_event = int(ids[0])
