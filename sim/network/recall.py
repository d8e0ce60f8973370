"""Calling pledged collateral back when depositors' tokens must be delivered."""

import numpy as np

from sim.accounts import POOL
from sim.events import Channel, EventKind
from sim.world import Venue, World


def recall(world: World, venue: Venue, asset: int, units: float, cause: int) -> float:
    """Make sure that ``units`` can leave the lender; return how many can.

    What a lender has pledged elsewhere it does not have. When tokens must be delivered
    beyond what lies in the pool, it calls them back from the exchange, which takes margin
    away from its own account there.
    """
    present = float(venue.accounts.balances[asset].sum())
    if units <= present:
        return units
    for pledge in world.pledges:
        if pledge.lender != venue.index or pledge.asset != asset:
            continue
        exchange = world.venues[pledge.exchange]
        there = max(float(exchange.accounts.balances[asset, pledge.account]), 0.0)
        back = min(units - present, there, pledge.units)
        if back <= 0.0:
            continue
        exchange.accounts.balances[asset, pledge.account] -= back
        venue.accounts.balances[asset, POOL] += back
        pledge.units -= back
        present += back
        _log(world, exchange, pledge.account, asset, back, cause)
    return min(units, present)


def _log(world: World, exchange: Venue, row: int, asset: int, units: float, cause: int) -> None:
    """Log the recall; what it does to the account over there descends from it."""
    accounts = exchange.accounts
    ids = world.events.add(
        world.step,
        EventKind.RECALL,
        cause=cause,
        channel=Channel.REHYPOTHECATION,
        venue=exchange.index,
        entity=accounts.entity[row],
        account=row,
        quantity=-units,
        price=float(world.outside.price[asset]),
        usd=units * float(world.outside.price[asset]),
    )
    accounts.trigger[row] = ids[0]
    accounts.channel[row] = int(Channel.REHYPOTHECATION)
    exchange.touch(np.array([row]))
