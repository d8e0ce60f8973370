"""Closing out who has failed: its collateral is seized, its own loans are netted and called."""

import numpy as np

from sim.accounts import CENT
from sim.carry import execute_outside
from sim.causes import Memory
from sim.credit.calls import call_in
from sim.credit.loans import Credit, Loan
from sim.credit.sheets import collateral_usd
from sim.events import Channel, EventKind
from sim.orders import OutsideTrade
from sim.world import World


def close_out(world: World, credit: Credit, entity: int) -> None:
    """Let lenders seize what an entity has pledged; net and call what is owed to it.

    Positions on venues have been handed to liquidation when the default was declared. Where the
    network is cut, collateral is kept and not sold, and what is owed to the entity stands.
    """
    for loan in list(credit.loans):
        if loan.borrower == entity and loan.units.any():
            _seize(world, credit, loan)
    if world.cuts.network:
        return
    for loan in list(credit.loans):
        if loan.lender == entity and loan.borrower not in credit.defaults:
            _net(world, credit, loan)
            if loan.usd > CENT:
                cause = credit.defaults[entity]
                call_in(world, loan, loan.usd - loan.called, cause, Channel.FUNDING)


def _seize(world: World, credit: Credit, loan: Loan) -> None:
    """Let a lender keep collateral up to its claim, and give back the rest as far as it can."""
    value = collateral_usd(world, loan)
    kept = min(1.0, loan.usd / value) if value > 0.0 else 1.0
    cause = credit.defaults[loan.borrower]
    event = _log(world, loan, kept * value, cause, Channel.COUNTERPARTY)
    taken, surplus = kept * loan.units, (1.0 - kept) * loan.units
    loan.usd -= kept * value
    loan.called = 0.0
    loan.units = np.zeros_like(loan.units)
    return_units(world, credit, loan, surplus)
    if world.cuts.network:
        return
    steps = world.clock.steps_in(3600.0 * credit.funding.sale_hours)
    for asset in np.flatnonzero(taken[1:]) + 1:
        place = (loan.lender, int(asset))
        have = min(float(taken[asset]), max(float(world.wallets[asset, loan.lender]), 0.0))
        if have > 0.0:
            memory = world.seized.setdefault(place, Memory())
            memory.add(np.array([event]), np.array([have]))
            credit.sale_units[place] = credit.sale_units.get(place, 0.0) + have / steps


def return_units(world: World, credit: Credit, loan: Loan, units: np.ndarray) -> None:
    """Give collateral back; what the lender has pledged again it owes in money, at once."""
    present = np.minimum(units, np.maximum(world.wallets[:, loan.lender], 0.0))
    world.wallets[:, loan.lender] -= present
    world.wallets[:, loan.borrower] += present
    owed = float(((units - present) * world.outside.price).sum())
    if owed > CENT:
        debt = Loan(
            lender=loan.borrower, borrower=loan.lender, usd=owed, units=np.zeros_like(units)
        )
        credit.loans.append(debt)
        cause = credit.defaults.get(loan.borrower, loan.cause)
        call_in(world, debt, owed, cause, Channel.REHYPOTHECATION)


def _net(world: World, credit: Credit, loan: Loan) -> None:
    """Set collateral that a failed lender holds against the debt that it secures.

    The collateral is the estate's, or whoever's it has been pledged to again; what it was
    worth beyond the debt is one more claim on the estate.
    """
    value = collateral_usd(world, loan)
    if value <= 0.0:
        return
    offset = min(loan.usd, value)
    _log(world, loan, value, credit.defaults[loan.lender], Channel.REHYPOTHECATION)
    loan.usd -= offset
    loan.called = min(loan.called, loan.usd)
    loan.units = np.zeros_like(loan.units)
    if value - offset > CENT:
        claim = Loan(
            lender=loan.borrower,
            borrower=loan.lender,
            usd=value - offset,
            units=np.zeros_like(loan.units),
        )
        credit.loans.append(claim)


def _log(world: World, loan: Loan, usd: float, cause: int, channel: Channel) -> int:
    """Log that collateral of a borrower is gone."""
    return int(
        world.events.add(
            world.step,
            EventKind.SEIZURE,
            cause=cause,
            channel=channel,
            entity=loan.borrower,
            usd=usd,
        )[0]
    )


def sell_seized(world: World, credit: Credit) -> None:
    """Let lenders sell a step's part of what they have seized; book what the rush costs them."""
    for (entity, asset), units in credit.sale_units.items():
        stock = world.seized[entity, asset]
        left = min(units, stock.total, max(float(world.wallets[asset, entity]), 0.0))
        if left <= 0.0 or entity in credit.defaults:
            continue
        start = world.events.count
        execute_outside(world, [OutsideTrade(entity, asset, -left, forced=True)])
        for sale in range(start, world.events.count):
            _log_impact(world, entity, asset, sale)


def _log_impact(world: World, entity: int, asset: int, sale: int) -> None:
    """Log what forced sales had taken off the price that a lender got for collateral.

    What the market did since the seizure is the lender's own risk, and no loss of the failure's.
    """
    log = world.events
    units, price = -float(log.column("quantity")[sale]), float(log.column("price")[sale])
    usd = units * max(float(world.outside.exogenous[asset]) - price, 0.0)
    if usd > CENT:
        log.add(
            world.step,
            EventKind.CONTAGION_LOSS,
            cause=sale,
            channel=Channel.IMPACT,
            entity=entity,
            usd=usd,
            loss=usd,
        )
