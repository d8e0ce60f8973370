"""How forced sales reach the outside market: sold there at once, or carried by arbitrage."""

import numpy as np

from sim.arrays import Floats, Ints
from sim.causes import Memory
from sim.events import Channel, EventKind
from sim.orders import OutsideTrade
from sim.world import Market, Venue, World


def trade_outside(world: World, entity: int, asset: int, units: float) -> float:
    """Exchange ``units`` (buys positive) with the rest of the world; return USD paid."""
    price = float(world.outside.price[asset])
    world.wallets[asset, entity] += units
    world.wallets[0, entity] -= units * price
    world.wallets[asset, 0] -= units
    world.wallets[0, 0] += units * price
    return units * price


def sell_outside(world: World, venue: Venue, rows: Ints, asset: int, units: Floats) -> None:
    """Sell collateral of accounts on the outside market, by force."""
    accounts, price = venue.accounts, float(world.outside.price[asset])
    accounts.balances[asset, rows] -= units
    accounts.balances[0, rows] += units * price
    world.wallets[asset, 0] += units.sum()
    world.wallets[0, 0] -= units.sum() * price
    venue.touch(rows)
    ids = world.events.add(
        world.step,
        EventKind.COLLATERAL_SALE,
        rows.size,
        cause=accounts.trigger[rows],
        channel=accounts.channel[rows],
        venue=venue.index,
        entity=accounts.entity[rows],
        account=rows,
        quantity=-units,
        price=price,
        usd=units * price,
    )
    _push(world, asset, ids, -units * price)


def sell_wallet(
    world: World, entity: int, asset: int, units: float, cause: int, channel: Channel
) -> None:
    """Sell coins of an entity's wallet on the outside market, by force."""
    usd = -trade_outside(world, entity, asset, -units)
    ids = world.events.add(
        world.step,
        EventKind.COLLATERAL_SALE,
        cause=cause,
        channel=channel,
        entity=entity,
        quantity=-units,
        price=float(world.outside.price[asset]),
        usd=usd,
    )
    _push(world, asset, ids, np.array([-usd]))


def execute_outside(world: World, trades: list[OutsideTrade]) -> None:
    """Carry out what institutions buy and sell outside, and let forced flow move prices."""
    for order in trades:
        if order.quantity == 0.0:
            continue
        if order.forced:
            _sell_seized(world, order)
        else:
            usd = trade_outside(world, order.entity, order.asset, order.quantity)
            _carry(world, order, usd)


def _sell_seized(world: World, order: OutsideTrade) -> None:
    """Sell what a keeper has seized; each sale descends from the liquidation it came from."""
    units = min(-order.quantity, max(float(world.wallets[order.asset, order.entity]), 0.0))
    if units <= 0.0:
        return
    price = float(world.outside.price[order.asset])
    stock = world.seized.setdefault((order.entity, order.asset), Memory())
    events, parts = _first_in_first_out(stock, units)
    trade_outside(world, order.entity, order.asset, -units)
    if not events.size:
        return
    ids = world.events.add(
        world.step,
        EventKind.COLLATERAL_SALE,
        events.size,
        cause=events,
        channel=Channel.IMPACT,
        entity=order.entity,
        quantity=-parts,
        price=price,
        usd=parts * price,
    )
    _push(world, order.asset, ids, -parts * price)


def _first_in_first_out(stock: Memory, units: float) -> tuple[Ints, Floats]:
    """Take ``units`` from the oldest seizures; return whose, and how much of each."""
    left = np.cumsum(stock.weights)
    parts = np.clip(units - (left - stock.weights), 0.0, stock.weights)
    used = parts > 0.0
    events, taken = stock.events[used], parts[used]
    rest = stock.weights - parts
    keep = rest > 0.0
    stock.events, stock.weights = stock.events[keep], rest[keep]
    return events, taken


def _push(world: World, asset: int, ids: Ints, usd: Floats) -> None:
    """Let forced flow move the outside price, unless that channel is cut."""
    if world.cuts.impact:
        return
    world.outside.push(asset, float(usd.sum()))
    world.pressure[asset].add(ids, usd)


def _carry(world: World, order: OutsideTrade, usd: float) -> None:
    """Attribute an arbitrageur's outside trade to forced flow that waits on the venues.

    Of what it sells outside, the part that forced sales on a venue still press is forced
    flow carried over; it moves the outside price. The rest is ordinary business, which the
    outside market absorbs.
    """
    if world.cuts.impact:
        return
    waiting = _waiting(world, order.asset, selling=usd < 0.0)
    total = sum(memory.total for _, _, memory in waiting)
    carried = min(abs(usd), total)
    if carried <= 0.0:
        return
    for venue, market, memory in waiting:
        part = carried * memory.total / total
        draw = world.streams.at(f"carry/{venue.name}/{market.instrument.name}", world.step)
        parent = memory.draw(np.array([draw.one()]))
        memory.consume(part)
        ids = world.events.add(
            world.step,
            EventKind.ARBITRAGE,
            cause=parent,
            channel=Channel.IMPACT,
            venue=venue.index,
            entity=order.entity,
            quantity=order.quantity * part / abs(usd),
            price=float(world.outside.price[order.asset]),
            usd=part,
        )
        _push(world, order.asset, ids, np.array([np.sign(usd) * part]))


def _waiting(world: World, asset: int, *, selling: bool) -> list[tuple[Venue, Market, Memory]]:
    """Return the markets in ``asset`` where forced flow of that side still presses."""
    found = []
    for venue in world.venues:
        for market in venue.markets:
            memory = market.waiting.sells if selling else market.waiting.buys
            if market.instrument.underlying == asset and memory.total > 0.0:
                found.append((venue, market, memory))
    return found


def forget(world: World, seconds: float) -> None:
    """Let a step pass for everything that fades."""
    for ripples in world.pressure:
        ripples.fade(seconds)
    for venue in world.venues:
        for market in venue.markets:
            market.ripples.fade(seconds)
            market.waiting.fade(seconds)
