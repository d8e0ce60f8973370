"""Liquidation at a lender: keepers repay debt and receive collateral with a bonus."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.accounts import HOUSE_ROWS, INSURANCE, POOL, Standing
from sim.arrays import Floats, Ints
from sim.causes import Memory
from sim.closing import discharge, distress_of, release_sound
from sim.events import Channel, EventKind
from sim.instruments import CollateralisedLoan
from sim.network.recall import recall
from sim.orders import Bids
from sim.world import Venue, World

DUST = 1e-6
"""Collateral worth less than this, USD, counts as none."""


@dataclass(frozen=True, slots=True)
class _Loan:
    """The loan instrument of a venue, as the loops below need it."""

    row: int
    contract: CollateralisedLoan
    price: float

    @property
    def per_unit(self) -> float:
        """Units of collateral that one unit of repaid debt buys."""
        return (1.0 + self.contract.bonus) / self.price


def loan_of(venue: Venue) -> _Loan | None:
    """Return the loan instrument of a venue, ``None`` on an exchange."""
    for j, market in enumerate(venue.markets):
        if isinstance(market.instrument, CollateralisedLoan):
            price = float(venue.valuation.prices[market.instrument.underlying])
            return _Loan(j, market.instrument, price)
    return None


def accept_bids(world: World, venue: Venue, bids: Sequence[Bids]) -> None:
    """Let keepers liquidate, first come first served, within the close factor."""
    loan = loan_of(venue)
    if loan is None or not venue.failing.size:
        return
    rows = venue.failing
    limit = np.zeros(venue.accounts.count)
    limit[rows] = venue.rules.liquidation.close(distress_of(venue, rows))[loan.row]
    for bid in bids:
        _accept(world, venue, loan, bid, limit)
    release_sound(venue)


def repay(venue: Venue, rows: Ints) -> None:
    """Let borrowers pay back debt with the money they have at the lender."""
    loan = loan_of(venue)
    if loan is None:
        return
    accounts, money = venue.accounts, loan.contract.settlement
    debt = np.maximum(-accounts.positions[loan.row, rows], 0.0)
    back = np.minimum(debt, np.maximum(accounts.balances[money, rows], 0.0))
    accounts.balances[money, rows] -= back
    accounts.balances[money, POOL] += back.sum()
    accounts.positions[loan.row, rows] += back
    accounts.positions[loan.row, POOL] -= back.sum()


def accrue(venue: Venue, seconds: float) -> None:
    """Add ``seconds`` of interest to every debt; the pool's claim grows by the same."""
    loan = loan_of(venue)
    if loan is None or loan.contract.rate == 0.0:
        return
    positions = venue.accounts.positions[loan.row]
    growth = positions[HOUSE_ROWS:] * (loan.contract.rate * seconds / (365.0 * 86400.0))
    positions[HOUSE_ROWS:] += growth
    positions[POOL] -= growth.sum()
    venue.watch.invalidate()


def write_off(world: World, venue: Venue, *, final: bool) -> None:
    """Book debts without collateral as bad; at the end of a run, all that is uncovered.

    The insurance fund pays the pool as far as it can; the suppliers of the pool bear the
    rest.
    """
    loan = loan_of(venue)
    if loan is None:
        return
    accounts = venue.accounts
    rows = np.arange(HOUSE_ROWS, accounts.count) if final else venue.failing
    debt = -accounts.positions[loan.row, rows]
    cover = np.maximum(accounts.balances[loan.contract.underlying, rows], 0.0)
    cover = cover * world.outside.price[loan.contract.underlying]
    uncovered = (debt > 0.0) & ((debt > cover) if final else (cover < DUST))
    rows, missing = rows[uncovered], (debt - cover if final else debt)[uncovered]
    if not rows.size:
        return
    ids = world.events.add(
        world.step,
        EventKind.BAD_DEBT,
        rows.size,
        cause=accounts.trigger[rows],
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        instrument=loan.row,
        entity=accounts.entity[rows],
        account=rows,
        usd=missing,
        loss=missing,
    )
    accounts.positions[loan.row, rows] += missing
    accounts.positions[loan.row, POOL] -= missing.sum()
    if not final:
        discharge(venue, rows, Standing.CLOSED)
    money = loan.contract.settlement
    paid = min(float(missing.sum()), max(float(accounts.balances[money, INSURANCE]), 0.0))
    accounts.balances[money, INSURANCE] -= paid
    accounts.balances[money, POOL] += paid
    if paid > 0.0:
        world.events.add(
            world.step,
            EventKind.INSURANCE,
            cause=ids[:1],
            channel=Channel.COUNTERPARTY,
            venue=venue.index,
            usd=paid,
            loss=paid,
        )


def _accept(world: World, venue: Venue, loan: _Loan, bid: Bids, limit: Floats) -> None:
    """Carry out one keeper's bid as far as debt, collateral, tokens and capital allow."""
    accounts = venue.accounts
    asset, money = loan.contract.underlying, loan.contract.settlement
    rows = bid.target
    repaid = np.minimum(bid.amount, limit[rows])
    have = np.maximum(accounts.balances[asset, rows], 0.0)
    repaid = np.maximum(np.minimum(repaid, have / loan.per_unit), 0.0)
    purse = max(float(accounts.balances[money, bid.keeper]), 0.0)
    repaid *= min(1.0, purse / repaid.sum()) if repaid.sum() > 0.0 else 0.0
    seized = np.minimum(repaid * loan.per_unit, have)
    delivered = recall(world, venue, asset, float(seized.sum()), _first_cause(venue, rows))
    if delivered < seized.sum():
        share = delivered / float(seized.sum())
        repaid, seized = repaid * share, seized * share
    done = np.flatnonzero(repaid > 0.0)
    if not done.size:
        return
    rows, repaid, seized = rows[done], repaid[done], seized[done]
    limit[rows] -= repaid
    accounts.balances[money, bid.keeper] -= repaid.sum()
    accounts.balances[money, POOL] += repaid.sum()
    accounts.positions[loan.row, rows] += repaid
    accounts.positions[loan.row, POOL] -= repaid.sum()
    accounts.balances[asset, rows] -= seized
    entity = int(accounts.entity[bid.keeper])
    world.wallets[asset, entity] += seized.sum()
    venue.touch(rows)
    ids = _log(world, venue, loan, rows, repaid, seized)
    world.seized.setdefault((entity, asset), Memory()).add(ids, seized)


def _first_cause(venue: Venue, rows: Ints) -> int:
    """Return what put the first of the rows into liquidation."""
    return int(venue.accounts.trigger[rows[0]]) if rows.size else -1


def _log(
    world: World, venue: Venue, loan: _Loan, rows: Ints, repaid: Floats, seized: Floats
) -> Ints:
    """Log liquidations; owners lose the collateral at its true price less the debt repaid."""
    accounts = venue.accounts
    true = float(world.outside.price[loan.contract.underlying])
    return world.events.add(
        world.step,
        EventKind.LIQUIDATION,
        rows.size,
        cause=accounts.trigger[rows],
        channel=accounts.channel[rows],
        venue=venue.index,
        instrument=loan.row,
        entity=accounts.entity[rows],
        account=rows,
        quantity=-seized,
        price=loan.price,
        usd=repaid,
        loss=np.maximum(seized * true - repaid, 0.0),
    )
