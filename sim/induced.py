"""Trades that nobody forced but something caused: cutting after a call, an attacker's pushes."""

import numpy as np

from sim.arrays import NONE
from sim.events import Channel, EventKind
from sim.orders import Orders
from sim.trade import Executed
from sim.world import Venue, World


def log_induced(world: World, venue: Venue, orders: Orders, done: Executed) -> None:
    """Log the trades of a batch that name a cause, and remember their impact.

    A cause that is a shock makes it an attacker's trade, any other a deleveraging.
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
            channel=Channel.BEHAVIOUR,
            venue=venue.index,
            instrument=orders.instrument[mine],
            entity=venue.accounts.entity[rows],
            account=rows,
            quantity=done.filled[mine],
            price=done.price[mine],
            usd=done.usd[mine],
            loss=np.maximum(-done.realised[mine], 0.0),
        )
        signed = np.sign(done.filled[mine]) * done.usd[mine]
        for j, market in enumerate(venue.markets):
            here = orders.instrument[mine] == j
            if here.any():
                market.ripples.add(ids[here], signed[here])
                if not world.cuts.impact:
                    market.waiting.add(ids[here], signed[here])
