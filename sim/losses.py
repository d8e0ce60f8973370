"""The waterfall: who bears a loss beyond the margin of the account that made it.

Insurance fund, then auto-deleveraging of the accounts that the venue's policy chooses, then a
loss shared by all who are in profit, and by all who have anything left.
"""

from math import ceil

import numpy as np

from sim.accounts import CENT, HOUSE_ROWS, INSURANCE
from sim.arrays import Floats, Ints
from sim.closing import take_over, unrealised, unrealised_in
from sim.deleveraging.fairness import measure
from sim.events import Channel, EventKind
from sim.gains import forget_closed, give_up, open_gains
from sim.handover import book_close_out, fade_takeovers, held_by
from sim.network.clearing_house import shared
from sim.orders import Fills
from sim.roles import Candidates
from sim.shapes import price_at, worth_at
from sim.theory import inverse
from sim.trade import settle_fills
from sim.valuation import margin, net_equity
from sim.world import Market, Venue, World

FUND = np.array([INSURANCE])
ADL_BAND = 0.2
"""Auto-deleveraging closes no position further than this from the mark, fraction."""
ROUNDING = 1e-9
"""So small a part of a contract is rounding."""


def absorb_losses(world: World, venue: Venue) -> None:
    """Move lost accounts into the fund and, where it cannot bear them, down the waterfall.

    An account is lost when it owes more than it has and there is no selling it off: nothing
    is left in it to sell, or its market has been dry for too long. Less than a cent is rounding
    and no deficit.
    """
    forget_closed(venue)
    lost = lost_accounts(venue)
    if lost.size:
        take_over(world, venue, lost)
    deficit = _deficit(venue)
    if deficit <= CENT:
        return
    for j, market in enumerate(venue.markets):
        held = venue.accounts.positions[j, INSURANCE] != 0.0
        if deficit > CENT and market.derivative and held:
            deleverage(world, venue, j, deficit)
            deficit = _deficit(venue)
    if deficit > CENT:
        socialise(world, venue, deficit)


def deleverage(world: World, venue: Venue, instrument: int, deficit: float) -> float:
    """Close the fund's position against those whom the venue's policy chooses.

    The price is the one at which the fund comes out even, its bankruptcy price, as far as
    ``ADL_BAND`` and what each of them has allow; the difference to the mark is what the
    deleveraged give up.

    Returns
    -------
    What they gave up, USD.
    """
    accounts, market = venue.accounts, venue.markets[instrument]
    held, before = accounts.positions[instrument, INSURANCE], held_by(venue, INSURANCE)
    others, candidates = _candidates(venue, instrument, held)
    most = _most_given(venue, market, held)
    needed = deficit / most
    # Whole contracts, and none for what is rounding.
    contracts = abs(held) if venue.rules.adl_whole else min(abs(held), ceil(needed - ROUNDING))
    places, closed = venue.rules.deleveraging.choose(candidates, contracts)
    if not places.size:
        return 0.0
    rows, quantity = others[places], -np.sign(held) * closed
    price = _fund_price(venue, market, np.sign(held) * contracts, deficit)
    prices = _prices(venue, market, rows, quantity, price)
    causes = venue.takeovers.draw(
        world.streams.at(f"adl/{venue.name}", world.step).uniform(accounts.address[rows])
    )
    n = rows.size
    book_close_out(world, venue, INSURANCE, instrument, float(closed.sum()))
    fills = Fills(np.arange(n), rows, quantity, prices, np.zeros(n), np.zeros(n, dtype=np.int8))
    settle_fills(venue, instrument, np.full(n, INSURANCE), fills, free=True)
    usd = np.abs(quantity) * market.exposure(prices)
    worth = worth_at(market.instrument, prices) - market.instrument.value(market.mark)
    given = quantity * worth * world.outside.price[market.instrument.settlement]
    fade_takeovers(venue, before)
    event = world.events.add(
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
    paid = np.maximum(-given, 0.0)
    total = float(paid.sum())
    venue.rounds.append(
        measure(
            candidates,
            places,
            closed,
            step=world.step,
            instrument=instrument,
            deficit_usd=deficit,
            needed_usd=needed * float(venue.valuation.notionals[instrument]),
            given_usd=total,
        )
    )
    recover(world, venue, event[-1:], np.array([total]))
    return total


def socialise(world: World, venue: Venue, deficit: float) -> None:
    """Share what is left among accounts: out of open profits first, in proportion to them.

    What all profits together fall short of it comes out of the equity that is left, in proportion
    to that. Profit that has been given up once is not asked for again.
    """
    accounts = venue.accounts
    rows = np.arange(HOUSE_ROWS, accounts.count)
    profits = open_gains(venue, rows)
    won, left = shared(profits, deficit)
    equity = np.maximum(net_equity(accounts, venue.valuation, rows), 0.0)
    owned, _ = shared(equity - won, left)
    give_up(venue, rows, won)
    paid = won + owned
    total = float(paid.sum())
    if total <= 0.0:
        return
    money = int(venue.valuation.settlement[0])
    units = paid / venue.valuation.prices[money]
    accounts.balances[money, rows] -= units
    accounts.balances[money, INSURANCE] += units.sum()
    venue.watch.invalidate()
    parent = venue.takeovers.draw(np.array([world.streams.at("socialise", world.step).one()]))
    event = world.events.add(
        world.step,
        EventKind.SOCIALISED_LOSS,
        cause=parent,
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        quantity=float((paid > 0.0).sum()),
        usd=total,
        loss=total,
    )
    recover(world, venue, event, paid.sum(keepdims=True))


def recover(world: World, venue: Venue, payments: Ints, usd: Floats) -> None:
    """Log what others paid into the fund: so much less of what it bore is its own loss.

    Parameters
    ----------
    payments : (n,) events by which they paid.
    usd : (n,) how much, >= 0.
    """
    paid = np.flatnonzero(usd > 0.0)
    world.events.add(
        world.step,
        EventKind.INSURANCE,
        paid.size,
        cause=payments[paid],
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        usd=-usd[paid],
        loss=-usd[paid],
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


def _most_given(venue: Venue, market: Market, held: float) -> float:
    """Return the most that closing one contract of the fund's gives it over the mark, USD.

    At the edge of the band, above the mark for what is sold and below it for what is bought
    back: of a contract paid in coins the two are not the same.
    """
    contract = market.instrument
    edge = (1.0 + ADL_BAND * float(np.sign(held))) * market.mark
    worth = abs(contract.value(edge) - contract.value(market.mark))
    return worth * float(venue.valuation.prices[contract.settlement])


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
        gain=np.sign(positions[rows]) * _risen(market, accounts.entry[instrument, rows]),
        profit=unrealised(venue, rows),
        market_profit=unrealised_in(venue, instrument, rows),
        notional=size * venue.valuation.notionals[instrument],
        equity=np.maximum(net_equity(accounts, venue.valuation, rows), 1e-9),
        required=required,
    )


def _risen(market: Market, entry: Floats) -> Floats:
    """Return what a long has gained since ``entry`` over what it was worth then, (n,) fractions.

    In the asset in which it is paid, as venues count it: a contract of so many USD paid in coins
    gains ``1 - entry / mark``.
    """
    if inverse(market.instrument):
        return 1.0 - entry / market.mark
    return market.mark / entry - 1.0
