"""Liquidation on an exchange: failing accounts are closed in the market."""

import numpy as np

from sim.accounts import INSURANCE, Standing
from sim.arrays import NONE, Floats, Ints
from sim.carry import sell_outside
from sim.events import Channel, EventKind
from sim.handover import fade_to, receive
from sim.liquidation.distress import distress
from sim.liquidation.portfolios import reducing
from sim.orders import OrderKind, Orders
from sim.roles import Distress
from sim.rows import among, without
from sim.shapes import worth_at
from sim.trade import Executed, refresh_quote, trade, trade_forced
from sim.valuation import margin, net_equity
from sim.world import Venue, World


def close_failing(world: World, venue: Venue) -> int:
    """Close what is short of margin by the venue's rule; return the rounds it took."""
    withdraw_orders(world, venue, venue.failing)
    for round_ in range(venue.rules.rounds):
        rows = venue.failing
        if not rows.size:
            return round_
        if venue.rules.liquidation.takes_over:
            take_over(world, venue, rows)
            return round_ + 1
        if not _close(world, venue, rows):
            return round_ + 1
        release_sound(venue)
    return venue.rules.rounds


def take_over(world: World, venue: Venue, rows: Ints) -> Ints:
    """Move everything in ``rows`` to the insurance fund, for better or worse.

    What was left of the margin is the fund's; what was owed beyond it is the fund's too. The
    owner loses what was put in and not yet lost; where earlier sales lost more than that, the
    excess is the fund's loss and comes off the owner's. Where no position is left to take, what
    remains is settled.

    Returns
    -------
    The event of each takeover or settlement, (n,).
    """
    accounts = venue.accounts
    equity = net_equity(accounts, venue.valuation, rows)
    notional = (np.abs(accounts.positions[:, rows]) * venue.valuation.notionals[:, None]).sum(0)
    lost = equity - unrealised(venue, rows)
    ids = np.empty(rows.size, dtype=np.int64)
    for kind, mine in (
        (EventKind.TAKEOVER, np.flatnonzero(notional > 0.0)),
        (EventKind.SETTLEMENT, np.flatnonzero(notional == 0.0)),
    ):
        ids[mine] = log_takeover(world, venue, kind, rows[mine], notional[mine], lost[mine])
    short = np.flatnonzero(equity < 0.0)
    world.events.add(
        world.step,
        EventKind.INSURANCE,
        short.size,
        cause=ids[short],
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        account=rows[short],
        usd=-equity[short],
        loss=-equity[short],
    )
    left = receive(world, venue, rows, INSURANCE)
    weight = np.maximum(notional, -equity)
    felt = weight > 0.0
    venue.takeovers.add(ids[felt], weight[felt])
    fade_to(venue, left, INSURANCE)
    discharge(venue, rows, Standing.CLOSED)
    return ids


def log_takeover(
    world: World, venue: Venue, kind: EventKind, rows: Ints, notional: Floats, lost: Floats
) -> Ints:
    """Log what passes from accounts to the fund, and what their owners lost by it."""
    accounts = venue.accounts
    held = accounts.positions[:, rows]
    largest = np.abs(held).argmax(axis=0)
    return world.events.add(
        world.step,
        kind,
        rows.size,
        cause=accounts.trigger[rows],
        channel=accounts.channel[rows],
        venue=venue.index,
        instrument=largest,
        entity=accounts.entity[rows],
        account=rows,
        quantity=-held[largest, np.arange(rows.size)],
        price=np.array([market.mark for market in venue.markets])[largest],
        usd=notional,
        loss=lost,
    )


def unrealised(venue: Venue, rows: Ints) -> Floats:
    """Return the profit on all open positions against their entry prices, (n,) USD."""
    total = np.zeros(rows.size)
    for j, market in enumerate(venue.markets):
        if market.derivative:
            total += unrealised_in(venue, j, rows)
    return total


def unrealised_in(venue: Venue, instrument: int, rows: Ints) -> Floats:
    """Return the profit on open positions in one derivative against entry prices, (n,) USD."""
    accounts, contract = venue.accounts, venue.markets[instrument].instrument
    entry, held = accounts.entry[instrument, rows], accounts.positions[instrument, rows]
    price = float(venue.valuation.prices[contract.settlement])
    open_ = np.flatnonzero(held)
    gained = venue.valuation.values[instrument] - worth_at(contract, entry[open_])
    profit = np.zeros(rows.size)
    profit[open_] = held[open_] * gained * price
    return profit


def distress_of(venue: Venue, rows: Ints) -> Distress:
    """Describe failing accounts to a liquidation rule."""
    bids = np.array([market.bid_depth for market in venue.markets])
    asks = np.array([market.ask_depth for market in venue.markets])
    return distress(venue.accounts, venue.valuation, rows, bids, asks)


def withdraw_orders(world: World, venue: Venue, rows: Ints) -> None:
    """Cancel all resting orders of failing accounts."""
    if not rows.size:
        return
    for j, market in enumerate(venue.markets):
        if market.mechanism is not None:
            trade(
                world,
                venue,
                Orders.of(venue.index, rows, j, np.zeros(rows.size), kind=OrderKind.CANCEL_ALL),
            )


def release_sound(venue: Venue) -> None:
    """Let go of accounts that meet their requirement again or have nothing left to close."""
    rows = venue.failing
    equity, required = margin(venue.accounts, venue.valuation, rows)
    closed = ~venue.accounts.positions[:, rows].any(axis=0)
    sound = (equity >= required) & ((required > 0.0) | (equity > 0.0) | closed)
    sound &= closed | ~among(rows, venue.condemned)
    discharge(venue, rows[sound & closed], Standing.CLOSED)
    discharge(venue, rows[sound & ~closed], Standing.GOOD)


def discharge(venue: Venue, rows: Ints, standing: Standing) -> None:
    """End the liquidation of ``rows``."""
    if not rows.size:
        return
    accounts = venue.accounts
    accounts.standing[rows] = standing
    accounts.trigger[rows] = NONE
    accounts.channel[rows] = 0
    accounts.deadline[rows] = NONE
    gone = np.sort(rows)
    venue.failing = without(venue.failing, gone)
    if venue.condemned.size:
        venue.condemned = without(venue.condemned, gone)
    venue.touch(rows)


def _close(world: World, venue: Venue, rows: Ints) -> bool:
    """Send one round of closing orders, the weakest accounts first; tell if any traded."""
    distress = distress_of(venue, rows)
    quantity = venue.rules.liquidation.close(distress)
    if venue.valuation.schedule.charge is not None:
        quantity = reducing(venue.valuation, distress, quantity)
    condemned = among(rows, venue.condemned)
    quantity[:, condemned] = -distress.positions[:, condemned]
    weakest = np.argsort(distress.equity / np.maximum(distress.required, 1e-9), kind="stable")
    place, instrument = np.nonzero(quantity[:, weakest].T)
    place = weakest[place]
    if not place.size:
        _sell_collateral(world, venue, rows)
        return False
    accounts = rows[place]
    orders = forced_orders(
        venue, accounts, instrument, quantity[instrument, place], venue.accounts.trigger[accounts]
    )
    done = trade_forced(world, venue, orders)
    fees = _charge(venue, orders.account, done)
    log_forced(world, venue, EventKind.LIQUIDATION, orders, done, fees)
    _sell_collateral(world, venue, rows)
    for market in venue.markets:
        refresh_quote(market, venue.rules.depth_band)
    return bool(done.usd.any())


def forced_orders(
    venue: Venue, rows: Ints, instrument: Ints, quantity: Floats, causes: Ints
) -> Orders:
    """Build forced orders that accept prices within the venue's band around the mark."""
    marks = np.array([market.mark for market in venue.markets])[instrument]
    worst = marks * (1.0 + np.sign(quantity) * venue.rules.price_band)
    return Orders.of(
        venue.index, rows, instrument, quantity, kind=OrderKind.IOC, price=worst, cause=causes
    )


def log_forced(
    world: World, venue: Venue, kind: EventKind, orders: Orders, done: Executed, fees: Floats
) -> None:
    """Log forced trades, remember their impact, and note where a book ran out."""
    traded = np.flatnonzero(done.filled)
    rows = orders.account[traded]
    ids = world.events.add(
        world.step,
        kind,
        traded.size,
        cause=orders.cause[traded],
        channel=venue.accounts.channel[rows],
        venue=venue.index,
        instrument=orders.instrument[traded],
        entity=venue.accounts.entity[rows],
        account=rows,
        quantity=done.filled[traded],
        price=done.price[traded],
        usd=done.usd[traded],
        loss=np.maximum(-done.realised[traded], 0.0) + fees[traded],
    )
    signed = np.sign(done.filled[traded]) * done.usd[traded]
    for j, market in enumerate(venue.markets):
        mine = orders.instrument[traded] == j
        if not mine.any():
            continue
        market.forced_usd += float(done.usd[traded][mine].sum())
        if not world.cuts.impact:
            market.ripples.add(ids[mine], signed[mine])
            market.waiting.add(ids[mine], signed[mine] * market.delta)
    _log_exhausted(world, venue, orders, done)


def _log_exhausted(world: World, venue: Venue, orders: Orders, done: Executed) -> None:
    """Log each market that had nothing left within the band for a forced order."""
    missing = np.abs(orders.quantity - done.filled)
    for j in np.unique(orders.instrument[done.exhausted]):
        venue.markets[j].dry = True
        mine = np.flatnonzero(done.exhausted & (orders.instrument == j))
        world.events.add(
            world.step,
            EventKind.BOOK_EXHAUSTED,
            cause=orders.cause[mine[0]],
            venue=venue.index,
            instrument=j,
            quantity=float(missing[mine].sum()),
            price=venue.markets[j].mark,
            usd=float(missing[mine].sum()) * venue.valuation.notionals[j],
        )


def _charge(venue: Venue, rows: Ints, done: Executed) -> Floats:
    """Take the liquidation fee, as far as there is equity, for the insurance fund.

    Returns what of it falls on each trade, (n,) USD.
    """
    unique, place = np.unique(rows, return_inverse=True)
    traded = np.bincount(place, weights=done.usd)
    fee = venue.rules.liquidation_fee * traded
    fee = np.minimum(fee, np.maximum(net_equity(venue.accounts, venue.valuation, unique), 0.0))
    money = int(venue.valuation.settlement[0])
    units = fee / venue.valuation.prices[money]
    venue.accounts.balances[money, unique] -= units
    venue.accounts.balances[money, INSURANCE] += units.sum()
    return np.asarray(done.usd * (fee / np.maximum(traded, 1e-9))[place])


def _sell_collateral(world: World, venue: Venue, rows: Ints) -> None:
    """Sell collateral of accounts that owe money and have no position left to close."""
    accounts, prices = venue.accounts, world.outside.price
    owing = rows[~accounts.positions[:, rows].any(axis=0) & (accounts.balances[0, rows] < 0.0)]
    for asset in range(1, prices.size):
        have = np.maximum(accounts.balances[asset, owing], 0.0)
        units = np.minimum(have, np.maximum(-accounts.balances[0, owing], 0.0) / prices[asset])
        sell = np.flatnonzero(units)
        if sell.size:
            sell_outside(world, venue, owing[sell], asset, units[sell])
