"""A clearing house's waterfall at work: who pays when a member's margin is spent."""

import numpy as np

from sim.accounts import HOUSE_ROWS, INSURANCE
from sim.arrays import Floats, Ints
from sim.closing import take_over, unrealised
from sim.credit.house import House
from sim.credit.sheets import CENT
from sim.events import Channel, EventKind
from sim.losses import deleverage, lost_accounts, recover
from sim.network.clearing_house import Waterfall, shared
from sim.valuation import net_equity
from sim.world import Venue, World

FUND = np.array([INSURANCE])


def absorb_by_house(world: World, venue: Venue, house: House) -> None:
    """Let losses beyond margin fall on the layers of a clearing house, first to last.

    The defaulter's share of the fund, own capital up to its skin in the game, the survivors'
    shares, the rest of own capital, assessments, gains, and at last tear-up. Own capital is
    the venue's insurance fund, which takes over what is lost.
    """
    lost = lost_accounts(venue)
    if lost.size:
        owed = np.maximum(-net_equity(venue.accounts, venue.valuation, lost), 0.0)
        take_over(world, venue, lost)
        _defaulters_pay(world, venue, house, lost, owed)
    price = float(venue.valuation.prices[house.asset])
    capital = float(net_equity(venue.accounts, venue.valuation, FUND)[0])
    behind = (1.0 - house.rules.skin) * house.capital * price
    loss = behind - capital
    if loss <= CENT:
        return
    fund = Waterfall(
        defaulter_im=0.0,
        defaulter_df=0.0,
        sitg=0.0,
        survivor_df=house.paid * price,
        vm_gains=np.zeros(house.rows.size),
        assessment_cap=0.0,
        second_sitg=behind,
    ).allocate(loss)
    _from_fund(world, venue, house, fund.survivor_df / price, EventKind.DEFAULT_FUND)
    if fund.unallocated > CENT:
        _recovery(world, venue, house, fund.unallocated)


def _defaulters_pay(world: World, venue: Venue, house: House, lost: Ints, owed: Floats) -> None:
    """Let the fund shares of who has failed pay what they owe, as far as they reach."""
    price = float(venue.valuation.prices[house.asset])
    place = {int(row): i for i, row in enumerate(house.rows)}
    units = np.zeros(house.rows.size)
    for row, usd in zip(lost, owed, strict=True):
        i = place.get(int(row))
        if i is not None:
            units[i] = min(float(house.paid[i]), float(usd) / price)
    _from_fund(world, venue, house, units, EventKind.DEFAULT_FUND)


def _from_fund(world: World, venue: Venue, house: House, units: Floats, kind: EventKind) -> None:
    """Move members' shares from the fund to who has taken over the loss."""
    total = float(units.sum())
    price = float(venue.valuation.prices[house.asset])
    if total * price <= CENT:
        return
    house.paid -= units
    world.wallets[house.asset, house.owner] -= total
    venue.accounts.balances[house.asset, INSURANCE] += total
    _log(world, venue, kind, total * price, int((units > 0.0).sum()))


def _recovery(world: World, venue: Venue, house: House, loss: float) -> None:
    """Assess members, cut gains, and tear up what is left."""
    accounts, price = venue.accounts, float(venue.valuation.prices[house.asset])
    have = np.maximum(net_equity(accounts, venue.valuation, house.rows), 0.0)
    room = house.rules.assessment_cap * house.share - house.assessed
    # The cap counts from what was paid in at first: the room that is left is one more layer.
    asked, loss = shared(np.minimum(np.maximum(room * price, 0.0), have), loss)
    _take(world, venue, house, house.rows, asked, EventKind.ASSESSMENT)
    house.assessed += asked / price
    if loss > CENT and house.rules.haircut_gains:
        rows = np.arange(HOUSE_ROWS, accounts.count)
        equity = np.maximum(net_equity(accounts, venue.valuation, rows), 0.0)
        gains = np.minimum(np.maximum(unrealised(venue, rows), 0.0), equity)
        cut, loss = shared(gains, loss)
        _take(world, venue, house, rows, cut, EventKind.GAINS_HAIRCUT)
    if loss > CENT and house.rules.tear_up:
        _tear_up(world, venue, loss)


def _tear_up(world: World, venue: Venue, loss: float) -> None:
    """Close what the fund has taken over against the winners; without contracts nothing is torn."""
    held = venue.accounts.positions[:, INSURANCE]
    torn = [j for j, market in enumerate(venue.markets) if market.derivative and held[j] != 0.0]
    if torn:
        _log(world, venue, EventKind.TEAR_UP, loss, 0)
    for j in torn:
        short = float(net_equity(venue.accounts, venue.valuation, FUND)[0])
        deleverage(world, venue, j, max(-short, 0.0))


def _take(
    world: World, venue: Venue, house: House, rows: Ints, usd: Floats, kind: EventKind
) -> None:
    """Take money out of accounts."""
    total = float(usd.sum())
    if total <= CENT:
        return
    units = usd / float(venue.valuation.prices[house.asset])
    venue.accounts.balances[house.asset, rows] -= units
    venue.accounts.balances[house.asset, INSURANCE] += units.sum()
    venue.watch.invalidate()
    _log(world, venue, kind, total, int((usd > 0.0).sum()))


def _log(world: World, venue: Venue, kind: EventKind, usd: float, payers: int) -> None:
    """Log what a layer pays, and by how much that relieves who had the loss before."""
    draw = world.streams.at(f"house/{venue.name}", world.step).one(int(kind))
    torn = kind == EventKind.TEAR_UP
    world.events.add(
        world.step,
        kind,
        cause=venue.takeovers.draw(np.array([draw])),
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        quantity=float(payers),
        usd=usd,
        loss=0.0 if torn else usd,
    )
    if not torn:
        recover(world, venue, usd)
