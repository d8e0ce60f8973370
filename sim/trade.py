"""Orders into markets, fills into accounts."""

from dataclasses import dataclass

import numpy as np

from sim.accounts import HOUSE_ROWS, OUTSIDE
from sim.arrays import Bools, Floats, Ints
from sim.kernels.settle import affordable, settle, sum_by
from sim.orders import Fills, OrderKind, Orders
from sim.portfolios import allowed_by_portfolio
from sim.shapes import shape_of
from sim.valuation import initial_requirement, margin
from sim.world import Market, Venue, World


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of each order of a batch.

    Parameters
    ----------
    filled : (n,) contracts, signed.
    usd : (n,) value traded, >= 0.
    price : (n,) mean price, USD, ``nan`` where nothing traded.
    realised : (n,) USD that the sender gained by what was closed, fees taken off.
    exhausted : (n,) whether the market ran out of counterparties.
    """

    filled: Floats
    usd: Floats
    price: Floats
    realised: Floats
    exhausted: Bools


def trade(world: World, venue: Venue, orders: Orders) -> Executed:
    """Match a batch of orders on one venue and settle what traded."""
    n = orders.size
    filled, usd, worth, realised = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    exhausted = np.zeros(n, dtype=np.bool_)
    for j, market in enumerate(venue.markets):
        mine = np.flatnonzero(orders.instrument == j)
        if not mine.size:
            continue
        if market.mechanism is None:
            continue
        batch = orders if mine.size == n else orders.take(mine)
        fills = market.mechanism.submit(batch)
        exhausted[mine] = fills.exhausted != 0
        if not fills.order.size:
            continue
        gain = settle_fills(venue, j, batch.account[fills.order], fills)
        index = mine[fills.order]
        sum_by(index, fills.quantity, filled)
        sum_by(index, np.abs(fills.quantity) * fills.price, worth)
        sum_by(index, gain * world.outside.price[market.instrument.settlement], realised)
        value = np.abs(fills.quantity) * market.exposure(fills.price)
        sum_by(index, value, usd)
        market.volume_usd += float(value.sum())
    with np.errstate(invalid="ignore"):
        price = worth / np.abs(filled)
    return Executed(filled, usd, price, realised, exhausted)


def settle_fills(
    venue: Venue, instrument: int, taker: Ints, fills: Fills, *, free: bool = False
) -> Floats:
    """Move money and contracts; return what takers gained, units of the settlement asset.

    ``free`` trades pay no fees. Nor does the house where it makes the market: what a pool or
    an off-book dealer earns is in its price.
    """
    market = venue.markets[instrument]
    accounts = venue.accounts
    realised = np.empty(taker.size)
    house = fills.maker.size > 0 and fills.maker[0] < HOUSE_ROWS
    maker_fee = 0.0 if house else venue.rules.maker_fee
    settle(
        shape_of(market.instrument),
        market.instrument.contract_size,
        (0.0, 0.0) if free else (venue.rules.taker_fee, maker_fee),
        taker,
        fills.maker,
        fills.quantity,
        fills.price,
        accounts.balances,
        accounts.positions[instrument],
        accounts.entry[instrument],
        realised,
    )
    venue.touch(taker)
    venue.touch(fills.maker)
    return realised


def trade_forced(world: World, venue: Venue, orders: Orders) -> Executed:
    """Execute forced orders: in the market, or off the book where impact is cut."""
    if not world.cuts.impact:
        return trade(world, venue, orders)
    n = orders.size
    usd, price, realised = np.zeros(n), np.full(n, np.nan), np.zeros(n)
    for j, market in enumerate(venue.markets):
        mine = np.flatnonzero(orders.instrument == j)
        if not mine.size:
            continue
        mid = market.quote.mid
        paid = np.full(mine.size, mid if mid > 0.0 else market.mark)
        maker = np.full(mine.size, OUTSIDE, dtype=np.int64)
        nothing = np.zeros(mine.size)
        fills = Fills(mine, maker, orders.quantity[mine], paid, nothing, nothing.astype(np.int8))
        gain = settle_fills(venue, j, orders.account[mine], fills)
        usd[mine] = np.abs(orders.quantity[mine]) * market.exposure(paid)
        price[mine] = paid
        realised[mine] = gain * world.outside.price[market.instrument.settlement]
    return Executed(orders.quantity.copy(), usd, price, realised, np.zeros(n, dtype=np.bool_))


def admit(venue: Venue, orders: Orders) -> Orders:
    """Cut voluntary orders down to what the venue and the sender's initial margin allow."""
    asks = np.asarray(orders.kind) <= OrderKind.IOC
    if not asks.any():
        return orders
    senders, place = np.unique(orders.account[asks], return_inverse=True)
    equity, _ = margin(venue.accounts, venue.valuation, senders)
    equity[senders < HOUSE_ROWS] = np.inf
    instrument = orders.instrument[asks]
    held = venue.accounts.positions[instrument, orders.account[asks]]
    wanted = _within_limit(venue, instrument, held, orders.quantity[asks])
    if venue.valuation.schedule.charge is not None:
        owned = venue.accounts.positions[:, senders]
        allowed = allowed_by_portfolio(venue.valuation, owned, place, instrument, wanted, equity)
    else:
        free = equity - initial_requirement(venue.accounts, venue.valuation, senders)
        need = _initial_margin(venue, instrument, np.abs(held + wanted))
        allowed = np.empty(place.size)
        affordable(place, wanted, held, need, free, allowed)
    quantity = orders.quantity.copy()
    quantity[asks] = allowed
    keep = np.flatnonzero(~asks | (quantity != 0.0))
    admitted = Orders(
        orders.venue,
        orders.account,
        orders.instrument,
        quantity,
        orders.kind,
        orders.price,
        orders.cause,
        orders.arrival,
    )
    return admitted if keep.size == orders.size else admitted.take(keep)


def _within_limit(venue: Venue, instrument: Ints, held: Floats, quantity: Floats) -> Floats:
    """Cut orders that would take a position beyond the venue's limit, (n,) contracts."""
    if venue.rules.max_position_usd == np.inf:
        return quantity
    side = np.sign(quantity)
    most = np.floor(venue.rules.max_position_usd / venue.valuation.notionals[instrument])
    return side * np.minimum(np.abs(quantity), np.maximum(most - side * held, 0.0))


def _initial_margin(venue: Venue, instrument: Ints, contracts: Floats) -> Floats:
    """Return what one more contract needs at that size of position, USD, (n,)."""
    schedule, notionals = venue.valuation.schedule, venue.valuation.notionals
    size = contracts * notionals[instrument]
    bracket = (schedule.edges[:, instrument] <= size).sum(axis=0) - 1
    return np.asarray(schedule.initial[bracket, instrument] * notionals[instrument])


def refresh_quote(market: Market, band: float) -> None:
    """Refresh the quote and the depth of a market."""
    if market.mechanism is None:
        return
    market.quote = market.mechanism.quote()
    market.bidding = market.bidding or market.quote.bid > 0.0
    market.bid_depth, market.ask_depth = market.mechanism.depth(band)
