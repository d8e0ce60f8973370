"""A clearing house's waterfall at work: who pays when a member's margin is spent."""

import numpy as np

from sim.accounts import CENT, HOUSE_ROWS, INSURANCE
from sim.arrays import NONE, Floats, Ints
from sim.closing import take_over
from sim.credit.house import House
from sim.events import Channel, EventKind
from sim.gains import forget_closed, give_up, open_gains
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
    forget_closed(venue)
    lost = lost_accounts(venue)
    if lost.size:
        owed = np.maximum(-net_equity(venue.accounts, venue.valuation, lost), 0.0)
        taken = take_over(world, venue, lost)
        _defaulters_pay(world, venue, house, lost, owed, taken)
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
    _from_fund(world, venue, house, fund.survivor_df / price)
    if fund.unallocated > CENT:
        _recovery(world, venue, house, fund.unallocated)


def _defaulters_pay(
    world: World, venue: Venue, house: House, lost: Ints, owed: Floats, taken: Ints
) -> None:
    """Let the fund shares of who has failed pay what they owe, as far as they reach."""
    price = float(venue.valuation.prices[house.asset])
    place = {int(row): i for i, row in enumerate(house.rows)}
    units, causes = np.zeros(house.rows.size), np.full(house.rows.size, NONE, dtype=np.int64)
    for row, usd, event in zip(lost, owed, taken, strict=True):
        i = place.get(int(row))
        if i is not None:
            units[i], causes[i] = min(float(house.paid[i]), float(usd) / price), event
    units[units * price <= CENT] = 0.0
    payers = np.flatnonzero(units)
    _draw_on(world, venue, house, units)
    _log(
        world,
        venue,
        EventKind.DEFAULT_FUND,
        units[payers] * price,
        cause=causes[payers],
        entity=house.entity[payers],
        account=house.rows[payers],
        quantity=1.0,
    )


def _from_fund(world: World, venue: Venue, house: House, units: Floats) -> None:
    """Let the survivors' shares of the fund pay."""
    usd = float(units.sum() * venue.valuation.prices[house.asset])
    if usd > CENT:
        _draw_on(world, venue, house, units)
        _log_layer(world, venue, EventKind.DEFAULT_FUND, usd, int((units > 0.0).sum()))


def _draw_on(world: World, venue: Venue, house: House, units: Floats) -> None:
    """Move members' shares from the fund to who has taken over the loss."""
    # A share that was turned into dollars and back may have come out a last digit larger.
    units = np.minimum(units, house.paid)
    house.paid -= units
    world.wallets[house.asset, house.owner] -= units.sum()
    venue.accounts.balances[house.asset, INSURANCE] += units.sum()


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
        cut, loss = shared(open_gains(venue, rows), loss)
        give_up(venue, rows, cut)
        _take(world, venue, house, rows, cut, EventKind.GAINS_HAIRCUT)
    if loss > CENT and house.rules.tear_up:
        _tear_up(world, venue)


def _tear_up(world: World, venue: Venue) -> None:
    """Close what the fund has taken over against the winners, and log what they gave up by it."""
    cause = _cause(world, venue, EventKind.TEAR_UP)
    paid = 0.0
    for j, market in enumerate(venue.markets):
        if market.derivative and venue.accounts.positions[j, INSURANCE] != 0.0:
            short = -float(net_equity(venue.accounts, venue.valuation, FUND)[0])
            if short > CENT:
                paid += deleverage(world, venue, j, short)
    if paid > CENT:
        world.events.add(
            world.step,
            EventKind.TEAR_UP,
            cause=cause,
            channel=Channel.COUNTERPARTY,
            venue=venue.index,
            usd=paid,
        )


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
    _log_layer(world, venue, kind, total, int((usd > 0.0).sum()))


def _log_layer(world: World, venue: Venue, kind: EventKind, usd: float, payers: int) -> None:
    """Log what a layer of many payers pays together."""
    _log(world, venue, kind, np.array([usd]), cause=_cause(world, venue, kind), quantity=payers)


def _log(
    world: World, venue: Venue, kind: EventKind, usd: Floats, *, cause: Ints, **columns: object
) -> None:
    """Log payments into what has the loss, (n,) USD, and by how much they relieve it."""
    payments = world.events.add(
        world.step,
        kind,
        usd.size,
        cause=cause,
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        usd=usd,
        loss=usd,
        **columns,
    )
    recover(world, venue, payments, usd)


def _cause(world: World, venue: Venue, kind: EventKind) -> Ints:
    """Return the takeover that a layer pays for, drawn from those whose loss there still is."""
    draw = world.streams.at(f"house/{venue.name}", world.step).one(int(kind))
    return venue.takeovers.draw(np.array([draw]))
