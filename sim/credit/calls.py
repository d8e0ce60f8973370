"""Loans that are called: what borrowers raise to pay them, and who does not pay in time."""

import numpy as np

from sim.accounts import CENT, HOUSE_ROWS, Standing
from sim.arrays import NONE, Floats, Ints
from sim.carry import sell_wallet
from sim.credit.loans import Credit, Loan
from sim.credit.sheets import collateral_usd
from sim.events import Channel, EventKind
from sim.induced import log_induced
from sim.orders import OrderKind, Orders, Transfers
from sim.trade import trade
from sim.transfers import transfer
from sim.valuation import margin
from sim.world import Venue, World

NOTICEABLE = 1e-3
"""Impact on the outside price below a tenth of a percent explains no call."""
CALLED_FROM = 0.05
"""Share of the cover that must be missing before a lender calls."""


def collect(world: World, credit: Credit) -> dict[int, int]:
    """Call collateral that is missing, take what is paid; return who failed to pay, by call."""
    unpaid: dict[int, int] = {}
    for loan in list(credit.loans):
        if loan.borrower in world.defaulted:
            continue
        if loan.usd <= CENT:
            _release(world, loan)
            continue
        if loan.cover and loan.lender not in world.defaulted:
            _call_collateral(world, credit, loan)
        if loan.called > CENT:
            _pay(world, credit, loan)
        if loan.called > CENT and world.step >= loan.deadline:
            unpaid.setdefault(loan.borrower, loan.cause)
    return unpaid


def call_in(world: World, loan: Loan, usd: float, cause: int, channel: Channel) -> None:
    """Ask for money by a deadline; a call that is open already is extended by nothing."""
    if usd <= CENT:
        return
    event = world.events.add(
        world.step,
        EventKind.LOAN_CALL,
        cause=cause,
        channel=channel if cause != NONE else Channel.EXOGENOUS,
        entity=loan.borrower,
        usd=usd,
    )
    if loan.called <= CENT:
        loan.deadline = world.step + loan.notice_steps
    loan.called += usd
    loan.cause = int(event[0])


def _call_collateral(world: World, credit: Credit, loan: Loan) -> None:
    """Take more collateral of the kind that is pledged; call in money what is missing then.

    A call goes out when a twentieth of the cover is missing, and ends when nothing is, whatever
    it was that it went out for: a borrower who is covered owes nothing by a deadline.
    """
    missing = _uncovered(world, loan)
    if missing <= 0.0:
        loan.called = 0.0
        return
    for asset in np.flatnonzero(loan.units):
        price = float(world.outside.price[asset]) * (1.0 - loan.haircut)
        spare = max(float(free_units(world, credit, loan.borrower)[asset]), 0.0)
        units = min(spare, missing / price)
        world.wallets[asset, loan.borrower] -= units
        world.wallets[asset, loan.lender] += units
        loan.units[asset] += units
        missing -= units * price
    usd = min(missing / loan.cover, loan.usd)
    if loan.called <= CENT:
        if usd > CALLED_FROM * loan.usd:
            call_in(world, loan, usd, *_why(world, loan))
    else:
        loan.called = usd


def _uncovered(world: World, loan: Loan) -> float:
    """Return by how much collateral falls short of what must be covered, USD."""
    return loan.cover * loan.usd - (1.0 - loan.haircut) * collateral_usd(world, loan)


def _why(world: World, loan: Loan) -> tuple[int, Channel]:
    """Return what collateral is missing for: a raised haircut, or forced sales that are felt."""
    if loan.tightened != NONE:
        return loan.tightened, Channel.FUNDING
    for asset in np.flatnonzero(loan.units):
        impact = float(world.outside.impact[asset])
        if impact < -NOTICEABLE:
            draw = world.streams.at(f"call/{loan.lender}/{loan.borrower}", world.step)
            parent = world.pressure[asset].parents(np.array([draw.one()]), falling=True)
            return int(parent[0]), Channel.IMPACT
    return NONE, Channel.EXOGENOUS


def free_units(world: World, credit: Credit, entity: int) -> Floats:
    """Return what an entity may use of its wallet: all but what it holds for borrowers."""
    free = world.wallets[:, entity].copy()
    for loan in credit.loans:
        if loan.lender == entity:
            free -= loan.units
    return free


def _pay(world: World, credit: Credit, loan: Loan) -> None:
    """Pay what is called, as far as money can be raised."""
    called = min(loan.called, loan.usd)
    _raise(world, credit, loan, called)
    usd = min(called, max(float(world.wallets[0, loan.borrower]), 0.0))
    if usd <= 0.0:
        return
    world.wallets[0, loan.borrower] -= usd
    world.wallets[0, loan.lender] += usd
    loan.usd -= usd
    loan.called -= usd
    world.events.add(
        world.step,
        EventKind.REPAYMENT,
        cause=loan.cause,
        channel=Channel.FUNDING,
        entity=loan.borrower,
        usd=usd,
    )
    if loan.usd <= CENT:
        _release(world, loan)


def _release(world: World, loan: Loan) -> None:
    """Give back collateral of a loan that is paid; what is pledged again, once it has come back."""
    back = np.minimum(loan.units, np.maximum(world.wallets[:, loan.lender], 0.0))
    world.wallets[:, loan.lender] -= back
    world.wallets[:, loan.borrower] += back
    loan.units = loan.units - back


def _raise(world: World, credit: Credit, loan: Loan, usd: float) -> None:
    """Raise money in the order of what it costs: free margin, coins, then positions."""
    entity = loan.borrower
    for venue in world.venues:
        rows = _rows(venue, entity)
        if rows.size and world.dials.open[venue.index]:
            _withdraw(world, venue, rows, entity, usd - float(world.wallets[0, entity]))
    free = free_units(world, credit, entity)
    for asset in range(1, free.size):
        missing = usd - float(world.wallets[0, entity])
        units = min(max(float(free[asset]), 0.0), missing / float(world.outside.price[asset]))
        if units > 0.0:
            sell_wallet(world, entity, asset, units, loan.cause, Channel.FUNDING)
    missing = usd - float(world.wallets[0, entity])
    for venue in world.venues:
        rows = _rows(venue, entity)
        if missing > CENT and rows.size and world.dials.open[venue.index]:
            missing -= _cut(world, venue, rows, missing, loan.cause)


def _rows(venue: Venue, entity: int) -> Ints:
    """Return an institution's accounts on a venue that nobody is liquidating."""
    mine = np.flatnonzero(venue.accounts.entity[: venue.institutions] == entity)
    mine = mine[mine >= HOUSE_ROWS]
    return np.asarray(mine[venue.accounts.standing[mine] == Standing.GOOD])


def _withdraw(world: World, venue: Venue, rows: Ints, entity: int, usd: float) -> None:
    """Take free margin and reserves into the wallet."""
    if usd <= 0.0:
        return
    transfer(world, venue, Transfers(venue.index, rows, np.full(rows.size, -usd / rows.size)))
    world.wallets[0, entity] += venue.accounts.reserve[rows].sum()
    venue.accounts.reserve[rows] = 0.0


def _cut(world: World, venue: Venue, rows: Ints, usd: float, cause: int) -> float:
    """Cut positions so that margin worth ``usd`` becomes free; return how much will."""
    equity, _ = margin(venue.accounts, venue.valuation, rows)
    have = float(np.maximum(equity, 0.0).sum())
    if have <= 0.0:
        return 0.0
    share = min(1.0, usd / have)
    held = venue.accounts.positions[:, rows]
    instrument, place = np.nonzero(held)
    contracts = -np.sign(held) * np.ceil(np.abs(held) * share)
    marks = np.array([market.mark for market in venue.markets])[instrument]
    quantity = contracts[instrument, place]
    tradable = np.array([market.mechanism is not None for market in venue.markets])[instrument]
    keep = np.flatnonzero((quantity != 0.0) & tradable)
    if not keep.size:
        return 0.0
    orders = Orders.of(
        venue.index,
        rows[place[keep]],
        instrument[keep],
        quantity[keep],
        kind=OrderKind.IOC,
        price=marks[keep] * (1.0 + np.sign(quantity[keep]) * venue.rules.price_band),
        cause=cause,
    )
    log_induced(world, venue, orders, trade(world, venue, orders), Channel.FUNDING)
    return share * have
