"""Defaults that travel: who fails with whom, who loses what, and what follows from it."""

import numpy as np

from sim.arrays import NONE, Floats
from sim.blame import heaviest_blow
from sim.credit.calls import call_in, collect
from sim.credit.closeout import close_out, sell_seized
from sim.credit.loans import Credit, Loan
from sim.credit.recourse import left_to_members, without_recourse
from sim.credit.sheets import CENT, collateral_usd, exposures_of, outside_debts
from sim.default import book_shortfall, declare, worths
from sim.events import Channel, EventKind
from sim.network.roles import Contagion, NotConvergedError
from sim.world import World

MOST_HAIRCUT = 0.95
"""No lender lets a loss of its own raise a haircut beyond this: collateral always counts a bit."""


def settle_credit(world: World, credit: Credit) -> None:
    """Collect what is called, pass on what is not paid, and let lenders answer.

    Where the network is cut, claims count in full whatever becomes of the debtor: collateral is
    kept, and what first creditors lose is written down, but nothing is sold or recalled.
    """
    unpaid = collect(world, credit)
    sell_seized(world, credit)
    worth = worths(world) + left_to_members(world, credit)
    failed = {
        entity: unpaid.get(entity, NONE)
        for entity in range(1, worth.size)
        if entity not in world.defaulted
        and (entity in unpaid or (worth[entity] < -CENT and not credit.patient))
    }
    struck = [entity for entity in world.defaulted if entity not in credit.defaults]
    if failed or struck:
        _spread(world, credit, worth, failed, struck)
    if world.step == world.clock.steps - 1:
        _true_up(world, credit)


def _spread(
    world: World, credit: Credit, worth: Floats, failed: dict[int, int], struck: list[int]
) -> None:
    """Clear the network; let everybody fail who cannot pay, wave by wave."""
    first = [*struck, *failed]
    cut = world.cuts.network
    exposures, shock = exposures_of(
        world, credit, worth + without_recourse(world, credit), debtors=first if cut else None
    )
    try:
        result = credit.clearing.clear(exposures, shock).sound()
    except NotConvergedError as error:
        world.halted = f"what entities owe each other could not be settled: {error}"
        return
    hit: dict[int, float] = {}
    blows: dict[int, tuple[float, int]] = {}
    for wave in [first] if cut else _waves(credit, result, first):
        for entity in wave:
            _fail(world, credit, entity, result, blows.get(entity, (0.0, failed.get(entity)))[1])
            for creditor, usd, event in _book(world, credit, entity, result):
                hit[creditor] = hit.get(creditor, 0.0) + usd
                blows[creditor] = max(blows.get(creditor, (0.0, NONE)), (usd, event))
    for lender, lost in hit.items():
        if lender not in credit.defaults and not cut:
            _answer(world, credit, lender, lost / max(float(worth[lender]), CENT), blows[lender][1])


def _fail(world: World, credit: Credit, entity: int, result: Contagion, cause: int | None) -> None:
    """Declare an entity insolvent, where that has not been done, and close it out."""
    if entity not in world.defaulted:
        if cause is None or cause == NONE:
            cause = heaviest_blow(world, entity)
        declare(world, entity, float(result.shortfall[entity - 1]), cause, alone=False)
    credit.defaults[entity] = world.defaulted[entity]
    credit.costs[entity] = float(result.costs[entity - 1])
    if credit.costs[entity] > CENT:
        world.events.add(
            world.step,
            EventKind.FAILURE_COST,
            cause=credit.defaults[entity],
            channel=Channel.COUNTERPARTY,
            entity=entity,
            usd=credit.costs[entity],
            loss=credit.costs[entity],
        )
    close_out(world, credit, entity)


def _waves(credit: Credit, result: Contagion, first: list[int]) -> list[list[int]]:
    """Return who fails in each wave, in order; the first are those who fail by themselves."""
    waves = [first]
    for members in result.waves:
        new = [int(i) + 1 for i in members if int(i) + 1 not in first]
        waves.append([entity for entity in new if entity not in credit.defaults])
    return waves


def _book(
    world: World, credit: Credit, entity: int, result: Contagion
) -> list[tuple[int, float, int]]:
    """Write down what creditors lose on an entity; return creditor, USD and event of each loss."""
    column = result.losses[:, [entity - 1]].toarray()[:, 0]
    booked = []
    for creditor in np.flatnonzero(column > CENT) + 1:
        loans = _claims_on(credit, entity, int(creditor))
        open_ = [max(loan.usd - loan.lost - collateral_usd(world, loan), 0.0) for loan in loans]
        face = sum(open_)
        if face <= 0.0:
            continue
        usd = min(float(column[creditor - 1]), face)
        for loan, part in zip(loans, open_, strict=True):
            loan.lost += usd * part / face
        booked.append((int(creditor), usd, _log_loss(world, credit, int(creditor), usd, entity)))
    _book_outside(world, credit, entity, float(result.outside_losses[entity - 1]))
    return booked


def _book_outside(world: World, credit: Credit, entity: int, usd: float) -> None:
    """Write down what creditors outside the model lose on an entity."""
    if abs(usd) <= CENT:
        return
    credit.outside_lost[entity] = credit.outside_lost.get(entity, 0.0) + usd
    for venue in world.venues:
        if venue.owner == entity and venue.supplied_usd > 0.0:
            book_shortfall(world, venue, usd, credit.defaults[entity])
            return
    _log_loss(world, credit, 0, usd, entity)


def _log_loss(world: World, credit: Credit, creditor: int, usd: float, debtor: int) -> int:
    """Log what a creditor loses, or recovers, on a debtor that has failed."""
    return int(
        world.events.add(
            world.step,
            EventKind.CONTAGION_LOSS,
            cause=credit.defaults[debtor],
            channel=Channel.COUNTERPARTY,
            entity=creditor,
            usd=usd,
            loss=usd,
        )[0]
    )


def _claims_on(credit: Credit, debtor: int, creditor: int) -> list[Loan]:
    """Return what one entity owes another."""
    return [loan for loan in credit.loans if (loan.borrower, loan.lender) == (debtor, creditor)]


def _answer(world: World, credit: Credit, lender: int, share: float, cause: int) -> None:
    """Let a lender that has lost a share of its equity raise haircuts and recall loans."""
    terms = credit.funding
    if share < terms.alarm:
        return
    for loan in credit.loans:
        if loan.lender != lender or loan.borrower in credit.defaults or loan.usd <= CENT:
            continue
        if loan.cover:
            loan.haircut = min(MOST_HAIRCUT, loan.haircut + terms.tighten * share)
            loan.tightened = cause
        elif loan.called <= CENT:
            usd = loan.usd * min(1.0, terms.recall * share)
            call_in(world, loan, usd, cause, Channel.FUNDING)


def _share_out(world: World, credit: Credit, entity: int, missing: float) -> None:
    """Book a loss, or a recovery, of all who have unsecured claims, in equal shares of them."""
    if abs(missing) <= CENT:
        return
    loans = [loan for loan in credit.loans if loan.borrower == entity and loan.usd > CENT]
    open_ = [max(loan.usd - collateral_usd(world, loan), 0.0) for loan in loans]
    outside = float(outside_debts(world, credit)[entity])
    total = sum(open_) + outside
    if total <= CENT:
        return
    for loan, part in zip(loans, open_, strict=True):
        usd = max(missing * part / total, -loan.lost)
        if abs(usd) > CENT:
            loan.lost += usd
            _log_loss(world, credit, loan.lender, usd, entity)
    _book_outside(world, credit, entity, missing * outside / total)


def _true_up(world: World, credit: Credit) -> None:
    """At the end, book what creditors of failed entities have really lost, no more, no less."""
    worth = worths(world) + left_to_members(world, credit)
    missing = -(worth + without_recourse(world, credit))
    for entity in credit.defaults:
        booked = sum(loan.lost for loan in credit.loans if loan.borrower == entity)
        booked += credit.outside_lost.get(entity, 0.0)
        short = max(float(missing[entity]) + credit.costs[entity], 0.0)
        _share_out(world, credit, entity, short - booked)
