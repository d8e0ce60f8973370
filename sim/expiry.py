"""The end of contracts that have one: settled in cash, and closed for good."""

import numpy as np

from sim.events import Channel, EventKind
from sim.theory import Theory
from sim.world import NO_QUOTE, Venue, World


def settle_expired(world: World, venue: Venue) -> None:
    """Pay what contracts end at, take their positions off the books, and close their markets.

    Both sides get what they are worth at the settlement price, so that what longs receive is
    what shorts pay. Who cannot pay is left with a debt and no position, and is dealt with
    like any other account that owes more than it has.
    """
    seconds = world.step * world.clock.step_seconds
    for j, market in enumerate(venue.markets):
        theory = market.theory
        if theory is None or market.expired:
            continue
        left = theory.expiry_seconds - seconds
        if left <= theory.instrument.term.settlement_seconds:
            market.averaged += market.index
            market.averaged_count += 1
        if left <= 0.0:
            _settle(world, venue, j, theory)


def _settle(world: World, venue: Venue, j: int, theory: Theory) -> None:
    """Settle one market at its end."""
    market, accounts, instrument = venue.markets[j], venue.accounts, theory.instrument
    price = instrument.settled_at(market.averaged / market.averaged_count)
    worth = instrument.value(price)
    held = accounts.positions[j]
    contracts = 0.5 * float(np.abs(held).sum())
    money = float(venue.valuation.prices[instrument.settlement])
    accounts.balances[instrument.settlement] += held * worth
    accounts.positions[j] = 0.0
    accounts.entry[j] = 0.0
    market.mechanism, market.quote, market.expired = None, NO_QUOTE, True
    market.bid_depth = market.ask_depth = market.barren_seconds = 0.0
    venue.watch.invalidate()
    world.events.add(
        world.step,
        EventKind.EXPIRY,
        channel=Channel.EXOGENOUS,
        venue=venue.index,
        instrument=j,
        quantity=contracts,
        price=price,
        usd=contracts * abs(worth) * money,
    )
