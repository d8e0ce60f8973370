"""Loans that are out when a run begins, and the clearing houses of its exchanges."""

import numpy as np

from scenarios.build.people import Setting
from scenarios.network import FIRM
from sim.arrays import Floats
from sim.credit.house import open_house
from sim.credit.loans import Credit, Loan
from sim.default import worths
from sim.errors import ConfigError
from sim.world import World


def make_credit(here: Setting, world: World) -> None:
    """Let entities owe each other what the scenario says, and clearing houses collect.

    Raises
    ------
    ConfigError
        Naming everybody who would owe more than it has before anything has happened.
    """
    network = here.plan.scenario.network
    if network.kind == "none":
        return
    other, owed = _sheets(here)
    credit = Credit(
        clearing=network.algorithm.build(),
        funding=network.funding,
        loans=_loans(here, world),
        other_assets=other,
        owed_outside=owed,
        patient=network.trigger == "unpaid",
    )
    world.credit = credit
    if network.kind == "clearing_house":
        for venue in world.venues:
            if venue.kind == "exchange":
                credit.houses[venue.index] = open_house(world, venue, network.house)
    worth = worths(world)
    broke = [
        f"network: {name} would owe {-worth[entity]:,.0f} USD more than it has before anything "
        "happens; give it more assets, or smaller loans and debts"
        for entity, name in enumerate(world.entities)
        if entity and worth[entity] < 0.0
    ]
    if broke:
        raise ConfigError(*broke)


def _sheets(here: Setting) -> tuple[Floats, Floats]:
    """Return what entities have and owe besides wallets, accounts and loans, USD."""
    n = len(here.plan.entities)
    other, owed = np.zeros(n), np.zeros(n)
    for name, section in here.plan.scenario.institutions.items():
        if section.kind == FIRM:
            sheet = section.build()
            other[here.plan.entity(name)] += sheet.other_assets_usd
            owed[here.plan.entity(name)] += sheet.owed_outside_usd
    return other, owed


def _loans(here: Setting, world: World) -> list[Loan]:
    """Return the loans, after their collateral has gone from wallet to wallet."""
    made = []
    for section in here.plan.scenario.network.loans:
        lender, borrower = here.plan.entity(section.lender), here.plan.entity(section.borrower)
        units = np.zeros(len(here.plan.assets))
        for asset, count in section.collateral.items():
            units[here.plan.assets[asset]] += count
        here.wallets[:, borrower] -= units
        here.wallets[:, lender] += units
        made.append(
            Loan(
                lender=lender,
                borrower=borrower,
                usd=section.usd,
                units=units,
                haircut=section.haircut,
                cover=section.covered,
                notice_steps=world.clock.steps_in(3600.0 * section.notice_hours),
            )
        )
    return made
