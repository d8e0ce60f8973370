"""Selling what the insurance fund or a vault has taken over, no faster than the book bears."""

import numpy as np

from sim.accounts import INSURANCE
from sim.arrays import Floats
from sim.closing import distress_of, forced_orders, log_forced
from sim.events import EventKind
from sim.handover import fade_takeovers, held_by, taken_by
from sim.trade import trade_forced
from sim.world import Venue, World


def dispose(world: World, venue: Venue) -> None:
    """Sell a share of the book's depth of what the insurance fund has taken over."""
    fund = np.array([INSURANCE])
    held = venue.accounts.positions[:, INSURANCE]
    if not held.any():
        return
    rule = venue.rules.liquidation
    if rule.takes_over:
        quantity = rule.close(distress_of(venue, fund))[:, 0]
    else:
        quantity = within_book(venue, held, venue.rules.disposal_share)
    sell_off(world, venue, INSURANCE, quantity)


def within_book(venue: Venue, held: Floats, share: float) -> Floats:
    """Return what to trade, (K,), to close ``held`` with a share of the depth on the other side."""
    limit = np.floor(share * _depth_against(venue, held))
    return np.asarray(-np.sign(held) * np.minimum(np.abs(held), limit))


def sell_off(world: World, venue: Venue, holder: int, quantity: Floats) -> None:
    """Trade, (K,), what the fund or the vault took over; each piece descends from a takeover."""
    instrument = np.flatnonzero(quantity)
    if not instrument.size:
        return
    before = held_by(venue, holder)
    rows = np.full(instrument.size, holder)
    draws = world.streams.at(f"dispose/{venue.name}", world.step)
    causes = taken_by(venue, holder).draw(draws.uniform(instrument, lane=int(holder != INSURANCE)))
    orders = forced_orders(venue, rows, instrument, quantity[instrument], causes)
    done = trade_forced(world, venue, orders)
    log_forced(world, venue, EventKind.DISPOSAL, orders, done, np.zeros(done.usd.size))
    fade_takeovers(venue, before, holder)


def _depth_against(venue: Venue, held: Floats) -> Floats:
    """Return the resting contracts that closing ``held`` would meet, (K,)."""
    bids = np.array([market.bid_depth for market in venue.markets])
    asks = np.array([market.ask_depth for market in venue.markets])
    return np.where(held > 0.0, bids, asks)
