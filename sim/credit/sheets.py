"""Balance sheets in a run: what entities have and owe, at outside prices."""

from collections.abc import Container

import numpy as np

from sim.accounts import CENT
from sim.arrays import Floats
from sim.credit.loans import Credit, Loan
from sim.network.exposures import ExposureKind, Exposures
from sim.world import World


def collateral_usd(world: World, loan: Loan) -> float:
    """Return what the collateral of a loan is worth at outside prices, USD."""
    return float((loan.units * world.outside.price).sum())


def worth_of(world: World, loan: Loan) -> float:
    """Return at what a lender carries a loan; at its face where the network is cut, USD."""
    return loan.usd if world.cuts.network else loan.usd - loan.lost


def beyond_venues(world: World, credit: Credit) -> Floats:
    """Return what each entity has less what it owes beyond wallets and venues, (n,) USD."""
    total = credit.other_assets - credit.owed_outside
    for loan in credit.loans:
        value = collateral_usd(world, loan)
        total[loan.lender] += worth_of(world, loan) - value
        total[loan.borrower] += value - loan.usd
    for house in credit.houses.values():
        price = float(world.outside.price[house.asset])
        total[house.owner] -= house.total * price
        total += house.paid_by(total.size) * price
    return total


def outside_debts(world: World, credit: Credit) -> Floats:
    """Return what each entity owes to nobody in the model, (n_entities,) USD."""
    owed = credit.owed_outside.copy()
    for venue in world.venues:
        if venue.owner >= 0:
            owed[venue.owner] += venue.supplied_usd
    return owed


def exposures_of(
    world: World, credit: Credit, worth: Floats, *, debtors: Container[int] | None = None
) -> tuple[Exposures, Floats]:
    """Return the network before what has befallen it since it was last cleared, and the shock.

    Entity 0, the rest of the world, stands outside. Whoever has failed owes nothing any more:
    claims on it count as what lenders still hope for. Collateral secures a debt as far as the
    lender still has it; where it has pledged it again, the debt and what it owes back are set
    against each other. Collateral beyond a debt is a claim of the borrower's.

    Parameters
    ----------
    world, credit : as they stand.
    worth : (n_entities,) assets less debts of each, what venues have no recourse for left out,
        USD.
    debtors : whose debts count as such, all where left out; what others owe is as good as money.
    """
    there = _still_there(world, credit)
    claims = [entry for loan in credit.loans for entry in _claims(world, credit, loan, there)]
    claims = [claim for claim in claims if debtors is None or claim[0] in debtors]
    debtor, creditor, amount, kind, collateral = (
        np.array([claim[k] for claim in claims]) for k in range(5)
    )
    debtor, creditor = debtor.astype(np.int64), creditor.astype(np.int64)
    net = np.bincount(creditor, amount, worth.size)
    net -= np.bincount(debtor, amount - collateral, worth.size)
    assets, owed = _outside(world, credit, worth - net)
    shock = _shock(credit, worth)
    exposures = Exposures(
        names=world.entities[1:],
        outside_assets=(assets + shock)[1:],
        outside_liabilities=owed[1:],
        debtor=debtor - 1,
        creditor=creditor - 1,
        amount=amount.astype(np.float64),
        kind=kind.astype(np.int8),
        collateral=collateral.astype(np.float64),
    )
    return exposures, shock[1:]


def _shock(credit: Credit, worth: Floats) -> Floats:
    """Return what each has lost since the last clearing, (n,) USD; the failed nothing.

    A loss is what an entity is worth less, not what it has less: who repays a debt loses nothing.
    """
    before = worth if credit.reference is None else credit.reference
    lost = np.maximum(before - worth, 0.0)
    lost[list(credit.defaults)] = 0.0
    return lost


def _outside(world: World, credit: Credit, net: Floats) -> tuple[Floats, Floats]:
    """Return what entities have and owe outside the network, (n,) each, USD; the failed nothing.

    What is there cannot be less than nothing, but for a venue that owes its customers more than
    it holds: they are creditors of its owner's, and stand outside.
    """
    owed, failed = outside_debts(world, credit), list(credit.defaults)
    assets = net + owed
    owed += np.maximum(-assets, 0.0)
    assets = np.maximum(assets, 0.0)
    assets[failed] = owed[failed] = 0.0
    return assets, owed


def _still_there(world: World, credit: Credit) -> Floats:
    """Return which share of what it owes back each lender still has, (n_assets, n_entities)."""
    owed = np.zeros_like(world.wallets)
    for loan in credit.loans:
        owed[:, loan.lender] += loan.units
    held = np.clip(world.wallets, 0.0, owed)
    return np.divide(held, owed, out=np.ones_like(owed), where=owed > 0.0)


def _claims(
    world: World, credit: Credit, loan: Loan, there: Floats
) -> list[tuple[int, int, float, ExposureKind, float]]:
    """Return debtor, creditor, USD, kind and collateral of the claims that a loan makes."""
    if loan.borrower in credit.defaults:
        return []
    value = collateral_usd(world, loan)
    covered = min(value, loan.usd)
    held = float((loan.units * there[:, loan.lender] * world.outside.price).sum())
    secured = min(covered, held)
    usd = loan.usd - (covered - secured)
    found = []
    if usd > CENT:
        kind = ExposureKind.SECURED_LOAN if loan.cover else ExposureKind.UNSECURED_LOAN
        found.append((loan.borrower, loan.lender, usd, kind, secured))
    if value - covered > CENT:
        found.append((loan.lender, loan.borrower, value - covered, ExposureKind.PLEDGE, 0.0))
    return found
