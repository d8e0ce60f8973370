"""Defaults that travel: who fails with whom, who loses what, and what follows from it."""

import numpy as np

from sim.accounts import CENT
from sim.arrays import NONE, Floats
from sim.blame import heaviest_blow
from sim.credit.booking import book_outside, fail, log_loss
from sim.credit.calls import call_in, collect
from sim.credit.closeout import sell_seized
from sim.credit.estates import wind_up
from sim.credit.loans import Credit, Loan
from sim.credit.recourse import left_to_members, without_recourse
from sim.credit.sheets import collateral_usd, exposures_of
from sim.default import worths
from sim.events import Channel
from sim.network.roles import Contagion, NotConvergedError
from sim.world import World

MOST_HAIRCUT = 0.95
"""No lender lets a loss of its own raise a haircut beyond this: collateral always counts a bit."""
type Blows = dict[int, tuple[float, int]]
"""By creditor the heaviest loss that failures have brought it so far, USD, and its event."""


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
    if not world.halted and world.step == world.clock.steps - 1:
        wind_up(world, credit)


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
    blows: Blows = {}
    for number, wave in enumerate([first] if cut else _waves(credit, result, first)):
        # A wave fails by what earlier ones did: what its own members cost each other comes after.
        causes = [_cause(world, entity, failed, blows) for entity in wave]
        for entity, cause in zip(wave, causes, strict=True):
            fail(
                world,
                credit,
                entity,
                missing=float(result.shortfall[entity - 1]),
                cause=cause,
                wave=number,
                costs=float(result.costs[entity - 1]),
            )
            for creditor, usd, event in _book(world, credit, entity, result):
                hit[creditor] = hit.get(creditor, 0.0) + usd
                blows[creditor] = max(blows.get(creditor, (0.0, NONE)), (usd, event))
    for lender, lost in hit.items():
        if lender not in credit.defaults and not cut:
            _answer(world, credit, lender, lost / max(float(worth[lender]), CENT), blows[lender][1])
    credit.reference = worths(world) + left_to_members(world, credit)
    credit.reference += without_recourse(world, credit)


def _cause(world: World, entity: int, failed: dict[int, int], blows: Blows) -> int:
    """Return what an entity fails by: a call, its heaviest loss on the failed, or what else."""
    cause = failed.get(entity, blows.get(entity, (0.0, NONE))[1])
    return heaviest_blow(world, entity) if cause == NONE else cause


def _waves(credit: Credit, result: Contagion, first: list[int]) -> list[list[int]]:
    """Return who fails in each wave, in order; the first are those who fail by themselves."""
    waves = [[*first]]
    for number, members in enumerate(result.waves):
        new = [int(i) + 1 for i in members if int(i) + 1 not in first]
        new = [entity for entity in new if entity not in credit.defaults]
        if number == 0:
            waves[0].extend(new)
        else:
            waves.append(new)
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
        booked.append((int(creditor), usd, log_loss(world, credit, int(creditor), usd, entity)))
    book_outside(world, credit, entity, float(result.outside_losses[entity - 1]))
    return booked


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
