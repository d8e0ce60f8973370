"""The waterfall: who bears a loss beyond the margin of the account that made it.

Insurance fund, then auto-deleveraging of the accounts that the venue's policy chooses, then a
loss shared by all who are in profit.
"""

from math import ceil

import numpy as np

from sim.accounts import HOUSE_ROWS, INSURANCE
from sim.arrays import Floats, Ints
from sim.closing import take_over, unrealised, unrealised_in
from sim.deleveraging.fairness import measure
from sim.events import Channel, EventKind
from sim.handover import close_out, fade_takeovers, held_by
from sim.orders import Fills
from sim.roles import Candidates
from sim.shapes import price_at, worth_at
from sim.trade import settle_fills
from sim.valuation import margin, net_equity
from sim.world import Market, Venue, World

FUND = np.array([INSURANCE])
ADL_BAND = 0.2
"""Auto-deleveraging closes no position further than this from the mark, fraction."""


def absorb_losses(world: World, venue: Venue) -> None:
    """Move lost accounts into the fund and, where it cannot bear them, down the waterfall.

    An account is lost when it owes more than it has and there is no selling it off: nothing
    is left in it to sell, or its market has been dry for too long.
    """
    lost = lost_accounts(venue)
    if lost.size:
        take_over(world, venue, lost)
    deficit = _deficit(venue)
    if deficit <= 0.0:
        return
    for j, market in enumerate(venue.markets):
        if market.derivative and venue.accounts.positions[j, INSURANCE] != 0.0:
            deleverage(world, venue, j, deficit)
            deficit = _deficit(venue)
    if deficit > 0.0:
        socialise(world, venue, deficit)


def deleverage(world: World, venue: Venue, instrument: int, deficit: float) -> None:
    """Close the fund's position against those whom the venue's policy chooses.

    The price is the one at which the fund comes out even, its bankruptcy price, as far as
    ``ADL_BAND`` and what each of them has allow; the difference to the mark is what the
    deleveraged give up.
    """
    accounts, market = venue.accounts, venue.markets[instrument]
    held, before = accounts.positions[instrument, INSURANCE], held_by(venue, INSURANCE)
    others, candidates = _candidates(venue, instrument, held)
    contracts = _extent(venue, instrument, abs(held), deficit)
    places, closed = venue.rules.deleveraging.choose(candidates, contracts)
    if not places.size:
        return
    rows, quantity = others[places], -np.sign(held) * closed
    price = _fund_price(venue, market, np.sign(held) * contracts, deficit)
    prices = _prices(venue, market, rows, quantity, price)
    causes = venue.takeovers.draw(
        world.streams.at(f"adl/{venue.name}", world.step).uniform(accounts.address[rows])
    )
    n = rows.size
    close_out(world, venue, INSURANCE, instrument, float(closed.sum()))
    fills = Fills(np.arange(n), rows, quantity, prices, np.zeros(n), np.zeros(n, dtype=np.int8))
    settle_fills(venue, instrument, np.full(n, INSURANCE), fills, free=True)
    usd = np.abs(quantity) * market.exposure(prices)
    worth = worth_at(market.instrument, prices) - market.instrument.value(market.mark)
    given = quantity * worth * world.outside.price[market.instrument.settlement]
    fade_takeovers(venue, before)
    world.events.add(
        world.step,
        EventKind.ADL,
        n,
        cause=causes,
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        instrument=instrument,
        entity=accounts.entity[rows],
        account=rows,
        quantity=-quantity,
        price=prices,
        usd=usd,
        loss=np.maximum(-given, 0.0),
    )
    paid = float(np.maximum(-given, 0.0).sum())
    venue.rounds.append(
        measure(
            candidates,
            places,
            closed,
            step=world.step,
            instrument=instrument,
            deficit_usd=deficit,
            given_usd=paid,
            band=ADL_BAND,
        )
    )
    recover(world, venue, paid)


def socialise(world: World, venue: Venue, deficit: float) -> None:
    """Share what is left among accounts, in proportion to their unrealised profit.

    Where all profits together fall short of it, in proportion to equity; never more than an
    account has.
    """
    accounts = venue.accounts
    rows = np.arange(HOUSE_ROWS, accounts.count)
    equity = np.maximum(net_equity(accounts, venue.valuation, rows), 0.0)
    share = np.minimum(np.maximum(unrealised(venue, rows), 0.0), equity)
    if share.sum() < deficit:
        share = equity
    total = float(share.sum())
    if total <= 0.0:
        return
    paid = share * min(1.0, deficit / total)
    money = int(venue.valuation.settlement[0])
    units = paid / venue.valuation.prices[money]
    accounts.balances[money, rows] -= units
    accounts.balances[money, INSURANCE] += units.sum()
    venue.watch.invalidate()
    parent = venue.takeovers.draw(np.array([world.streams.at("socialise", world.step).one()]))
    world.events.add(
        world.step,
        EventKind.SOCIALISED_LOSS,
        cause=parent,
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        quantity=float((paid > 0.0).sum()),
        usd=float(paid.sum()),
        loss=float(paid.sum()),
    )
    recover(world, venue, float(paid.sum()))


def recover(world: World, venue: Venue, usd: float) -> None:
    """Log what others paid into the fund: so much less of what it bore is its own loss."""
    if usd > 0.0:
        world.events.add(
            world.step,
            EventKind.INSURANCE,
            cause=world.events.count - 1,
            channel=Channel.COUNTERPARTY,
            venue=venue.index,
            usd=-usd,
            loss=-usd,
        )


def lost_accounts(venue: Venue) -> Ints:
    """Return failing accounts that are bankrupt and cannot be closed in the market."""
    rows = venue.failing
    if not rows.size:
        return rows
    held = venue.accounts.positions[:, rows] != 0.0
    patience = venue.rules.takeover_after_seconds
    liquid = np.array([market.dry_seconds < patience for market in venue.markets])
    sellable = (held & liquid[:, None]).any(axis=0)
    bankrupt = net_equity(venue.accounts, venue.valuation, rows) < 0.0
    return np.asarray(rows[bankrupt & ~sellable])


def _deficit(venue: Venue) -> float:
    """Return by how much the fund is under water, USD, 0 where it is not."""
    worth = float(net_equity(venue.accounts, venue.valuation, FUND)[0])
    return max(-worth, 0.0)


def _extent(venue: Venue, instrument: int, held: float, deficit: float) -> float:
    """Return how many of the contracts that the fund holds are closed."""
    if venue.rules.adl_whole:
        return held
    most = ADL_BAND * float(venue.valuation.notionals[instrument])
    return min(held, ceil(deficit / most))


def _fund_price(venue: Venue, market: Market, held: float, deficit: float) -> float:
    """Return the price at which closing ``held`` brings the fund out even, within the band."""
    units = deficit / float(venue.valuation.prices[market.instrument.settlement])
    value = np.array([market.instrument.value(market.mark) + units / held])
    low, high = (1.0 - ADL_BAND) * market.mark, (1.0 + ADL_BAND) * market.mark
    return float(price_at(market.instrument, value).clip(low, high)[0])


def _prices(venue: Venue, market: Market, rows: Ints, quantity: Floats, price: float) -> Floats:
    """Return the price that each of ``rows`` is closed at: none gives up more than it has."""
    equity = np.maximum(net_equity(venue.accounts, venue.valuation, rows), 0.0)
    units = equity / venue.valuation.prices[market.instrument.settlement]
    at_mark = market.instrument.value(market.mark)
    worth = market.instrument.value(price) - at_mark
    worths = np.sign(worth) * np.minimum(abs(worth), units / np.abs(quantity))
    return np.where(abs(worths) < abs(worth), price_at(market.instrument, at_mark + worths), price)


def _candidates(venue: Venue, instrument: int, held: float) -> tuple[Ints, Candidates]:
    """Return the accounts that hold the other side of the fund's position, and how they stand."""
    accounts, market = venue.accounts, venue.markets[instrument]
    positions = accounts.positions[instrument]
    rows = np.flatnonzero(positions * held < 0.0)
    rows = rows[rows >= HOUSE_ROWS]
    size = np.abs(positions[rows])
    _, required = margin(accounts, venue.valuation, rows)
    return rows, Candidates(
        size=size,
        gain=np.sign(positions[rows]) * (market.mark / accounts.entry[instrument, rows] - 1.0),
        profit=unrealised(venue, rows),
        market_profit=unrealised_in(venue, instrument, rows),
        notional=size * venue.valuation.notionals[instrument],
        equity=np.maximum(net_equity(accounts, venue.valuation, rows), 1e-9),
        required=required,
    )
