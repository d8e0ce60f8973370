"""What estates are worth at the end of a run: claims on the failed, brought to what they get."""

from dataclasses import dataclass

import numpy as np

from sim.accounts import CENT
from sim.arrays import Floats
from sim.blame import heaviest_blow
from sim.credit.booking import book_outside, fail, log_loss
from sim.credit.loans import Credit, Loan
from sim.credit.recourse import left_to_members, without_recourse
from sim.credit.sheets import collateral_usd, outside_debts
from sim.default import worths
from sim.events import EventKind
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.exposures import Exposures
from sim.network.roles import NotConvergedError
from sim.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A loan to somebody who has failed, and what of it no collateral covers, USD."""

    loan: Loan
    usd: float


def wind_up(world: World, credit: Credit) -> None:
    r"""At the end, book what creditors of failed entities have really lost, no more, no less.

    What an estate pays depends on what those pay whom it has lent to, and so on: all estates are
    valued at once, by the greatest payments with :math:`p = \min(D, (a - c)^+ + \Pi^\top p)`,
    where :math:`D` is all that it owes, :math:`a` what it has besides claims on the failed, at
    final prices, and :math:`c` what its failure has destroyed. Whoever cannot bear what it then
    loses fails too, and all is valued again; by that no more is destroyed. Where entities fail
    only by what they do not pay, or with others, those fail that have lost by it.
    """
    while credit.defaults:
        try:
            hurt = _revalue(world, credit)
        except NotConvergedError as error:
            reason = "losses are not final, for what the failed are worth could not be settled"
            world.halted = f"{reason}: {error}"
            return
        if world.cuts.network or not _fail_with_them(world, credit, hurt):
            return


def _fail_with_them(world: World, credit: Credit, hurt: set[int]) -> bool:
    """Let those fail who cannot bear their losses; tell whether there are any."""
    worth = worths(world) + left_to_members(world, credit)
    missing = np.maximum(-(worth + without_recourse(world, credit)), 0.0)
    new = [
        entity
        for entity in np.flatnonzero(worth < -CENT).tolist()
        if entity > 0 and entity not in world.defaulted and (entity in hurt or not credit.patient)
    ]
    causes = [heaviest_blow(world, entity) for entity in new]
    for entity, cause in zip(new, causes, strict=True):
        fail(
            world,
            credit,
            entity,
            missing=float(missing[entity]),
            cause=cause,
            wave=_wave_after(world, cause),
        )
    return bool(new)


def _wave_after(world: World, cause: int) -> int:
    """Return the wave of a failure in this step: one more than of the failure it descends from."""
    log = world.events
    kind, above, step = (log.column(name) for name in ("kind", "cause", "step"))
    while cause >= 0 and kind[cause] != EventKind.DEFAULT:
        cause = int(above[cause])
    here = cause >= 0 and step[cause] == world.step
    return int(log.column("quantity")[cause]) + 1 if here else 0


def _revalue(world: World, credit: Credit) -> set[int]:
    """Bring every claim on the failed to what its estate pays; return who has lost by that."""
    claims = _claims_on_failed(world, credit)
    outside, share = _unpaid(world, credit, claims)
    hurt = set()
    for claim in claims:
        loan = claim.loan
        change = share[loan.borrower] * claim.usd - loan.lost
        if abs(change) > CENT:
            loan.lost += change
            log_loss(world, credit, loan.lender, change, loan.borrower)
            if change > 0.0:
                hurt.add(loan.lender)
    for entity in credit.defaults:
        lost = float(share[entity] * outside[entity])
        book_outside(world, credit, entity, lost - credit.outside_lost.get(entity, 0.0))
    return hurt


def _claims_on_failed(world: World, credit: Credit) -> list[Claim]:
    """Return what lenders are owed by those who have failed."""
    return [
        Claim(loan=loan, usd=max(loan.usd - collateral_usd(world, loan), 0.0))
        for loan in credit.loans
        if loan.borrower in credit.defaults and loan.usd > CENT
    ]


def _unpaid(world: World, credit: Credit, claims: list[Claim]) -> tuple[Floats, Floats]:
    """Return what each of the failed owes outside, USD, and the share of its debts not paid.

    Both are (n_entities,), 0 for the others. Where the network is cut, claims on the failed are
    as good as money.
    """
    cut, failed = world.cuts.network, list(credit.defaults)
    place = {entity: i for i, entity in enumerate(failed)}
    inside = [claim for claim in claims if not cut and claim.loan.lender in place]
    worth = worths(world) + left_to_members(world, credit) + without_recourse(world, credit)
    outside, owed = outside_debts(world, credit), np.zeros(worth.size)
    for claim in claims:
        owed[claim.loan.borrower] += claim.usd
    besides = worth + owed + outside
    for claim in inside:
        besides[claim.loan.lender] += claim.loan.lost - claim.usd
    # A venue that holds less than it owes its customers has them as creditors too.
    outside += np.maximum(-besides, 0.0)
    costs = np.array([credit.costs[entity] for entity in failed])
    debtor, creditor = (
        np.array([place[getattr(claim.loan, who)] for claim in inside], dtype=np.int64)
        for who in ("borrower", "lender")
    )
    amount = np.array([claim.usd for claim in inside], dtype=np.float64)
    total = (owed + outside)[failed]
    network = Exposures(
        names=tuple(world.entities[entity] for entity in failed),
        outside_assets=np.maximum(np.maximum(besides[failed], 0.0) - costs, 0.0),
        outside_liabilities=np.maximum(total - np.bincount(debtor, amount, len(failed)), 0.0),
        debtor=debtor,
        creditor=creditor,
        amount=amount,
    )
    short = EisenbergNoe().clear(network, np.zeros(len(failed))).sound().shortfall
    share = np.zeros(worth.size)
    share[failed] = np.divide(short, total, out=np.zeros_like(short), where=total > 0.0)
    outside[[entity for entity in range(worth.size) if entity not in place]] = 0.0
    return outside, share
