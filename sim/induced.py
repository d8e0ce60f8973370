"""Trades that nobody forced but something caused: cutting after a call, an attacker's pushes."""

import numpy as np

from sim.arrays import NONE, Floats, Ints
from sim.events import Channel, EventKind
from sim.orders import Orders
from sim.trade import Executed
from sim.world import Venue, World


def log_induced(
    world: World,
    venue: Venue,
    orders: Orders,
    done: Executed,
    channel: Channel = Channel.BEHAVIOUR,
) -> None:
    """Log the trades of a batch that name a cause, and remember their impact.

    A cause that is a shock makes it an attacker's trade, any other a deleveraging. What an
    attacker loses is what it paid beyond the true price, or got short of it.
    """
    induced = np.flatnonzero((orders.cause != NONE) & (done.filled != 0.0))
    if not induced.size:
        return
    by_shock = world.events.column("kind")[orders.cause[induced]] == EventKind.SHOCK
    for kind, mine in (
        (EventKind.ATTACK_TRADE, induced[by_shock]),
        (EventKind.DELEVERAGING, induced[~by_shock]),
    ):
        if not mine.size:
            continue
        rows = orders.account[mine]
        ids = world.events.add(
            world.step,
            kind,
            mine.size,
            cause=orders.cause[mine],
            channel=channel,
            venue=venue.index,
            instrument=orders.instrument[mine],
            entity=venue.accounts.entity[rows],
            account=rows,
            quantity=done.filled[mine],
            price=done.price[mine],
            usd=done.usd[mine],
            loss=_cost(world, venue, orders.instrument[mine], done.filled[mine], done.price[mine])
            if kind == EventKind.ATTACK_TRADE
            else np.maximum(-done.realised[mine], 0.0),
        )
        signed = np.sign(done.filled[mine]) * done.usd[mine]
        for j, market in enumerate(venue.markets):
            here = orders.instrument[mine] == j
            if here.any():
                market.ripples.add(ids[here], signed[here])
                if not world.cuts.impact:
                    market.waiting.add(ids[here], signed[here] * market.delta)


def _cost(world: World, venue: Venue, instrument: Ints, contracts: Floats, price: Floats) -> Floats:
    """Return what trades cost against the outside price, (n,) USD, negative for a gain."""
    cost = np.zeros(instrument.size)
    for j, market in enumerate(venue.markets):
        true = market.fair_at(float(world.outside.price[market.instrument.underlying]))
        money = float(world.outside.price[market.instrument.settlement])
        for i in np.flatnonzero(instrument == j):
            paid = market.instrument.value(float(price[i])) - market.instrument.value(true)
            cost[i] = contracts[i] * paid * money
    return cost
