"""Institutions that cannot pay: found, recorded, handed to liquidation everywhere."""

from dataclasses import replace

import numpy as np

from sim.accounts import CENT, HOUSE_ROWS, Standing
from sim.arrays import NONE, Floats, Ints
from sim.blame import heaviest_blow
from sim.credit.sheets import beyond_venues
from sim.events import Channel, EventKind
from sim.kernels.settle import sum_by
from sim.lending import loan_of
from sim.valuation import Valuation, net_equity
from sim.world import Venue, World


def worths(world: World) -> Floats:
    """Return what each institution owns less what it owes, (n_entities,) USD.

    Everything counts at outside prices: nobody becomes insolvent by a false price alone, but
    by what is done on the strength of it.
    """
    # Added up in order: a matrix product rounds differently on different processors.
    total = (world.outside.price[:, None] * world.wallets).sum(axis=0)
    for venue in world.venues:
        rows = np.arange(venue.institutions)
        held = net_equity(venue.accounts, at_outside(world, venue), rows)
        held += venue.accounts.reserve[rows]
        sum_by(venue.accounts.entity[rows].astype(np.int64), held, total)
        if venue.owner != NONE:
            total[venue.owner] -= venue.supplied_usd
    if world.credit is not None:
        total += beyond_venues(world, world.credit)
    return total


def at_outside(world: World, venue: Venue) -> Valuation:
    """Return how a venue's accounts would be valued at outside prices."""
    prices = world.outside.price
    values = [
        each.instrument.value(each.fair_at(float(prices[each.instrument.underlying])))
        for each in venue.markets
    ]
    return replace(venue.valuation, prices=prices, values=np.array(values))


def settle_defaults(world: World) -> None:
    """Declare institutions insolvent that are, once each."""
    missing = -worths(world)
    for entity in np.flatnonzero(missing > CENT):
        if entity > 0 and entity not in world.defaulted:
            cause = heaviest_blow(world, int(entity))
            declare(world, int(entity), float(missing[entity]), cause)


def settle_shortfalls(world: World) -> None:
    """At the end, book what suppliers of failed lenders have really lost, no more, no less."""
    missing = -worths(world)
    for venue in world.venues:
        if venue.owner in world.shortfall:
            last = max(float(missing[venue.owner]), 0.0) - world.shortfall[venue.owner]
            if abs(last) > CENT:
                book_shortfall(world, venue, last, world.defaulted[venue.owner])


def declare(
    world: World, entity: int, missing: float, cause: int, *, wave: int = 0, alone: bool = True
) -> None:
    """Record a default and hand everything the entity holds to liquidation.

    The event's quantity is the ``wave`` of the clearing that found it, 0 for who fails by itself.
    Where it is not ``alone``, somebody else writes down what each of its creditors loses.
    """
    event = int(
        world.events.add(
            world.step,
            EventKind.DEFAULT,
            cause=cause,
            channel=Channel.COUNTERPARTY,
            entity=entity,
            quantity=float(wave),
            usd=missing,
            loss=missing,
        )[0]
    )
    world.defaulted[entity] = event
    for venue in world.venues:
        rows = np.flatnonzero(venue.accounts.entity[: venue.institutions] == entity)
        _hand_over(venue, rows[rows >= HOUSE_ROWS], event)
        if alone and venue.owner == entity and loan_of(venue) is not None:
            book_shortfall(world, venue, missing, event)


def book_shortfall(world: World, venue: Venue, usd: float, cause: int) -> None:
    """Book a loss, or a recovery, of those who lent to a failed lender's pool."""
    world.shortfall[venue.owner] = world.shortfall.get(venue.owner, 0.0) + usd
    world.events.add(
        world.step,
        EventKind.SOCIALISED_LOSS,
        cause=cause,
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        entity=venue.owner,
        usd=usd,
        loss=usd,
    )


def _hand_over(venue: Venue, rows: Ints, event: int) -> None:
    """Put accounts into liquidation because their owner has failed."""
    accounts = venue.accounts
    rows = rows[accounts.positions[:, rows].any(axis=0)]
    accounts.standing[rows] = Standing.LIQUIDATING
    accounts.deadline[rows] = NONE
    accounts.trigger[rows] = event
    accounts.channel[rows] = int(Channel.COUNTERPARTY)
    venue.failing = np.union1d(venue.failing, rows)
    venue.condemned = np.union1d(venue.condemned, rows)
    venue.open_calls = np.setdiff1d(venue.open_calls, rows)
