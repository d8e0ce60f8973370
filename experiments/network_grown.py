"""The network that grew in a run: from who holds what where, and who lends to whom."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from experiments.metrics.contagion import LOAN, OUTSIDE_DEBT
from experiments.record import Run
from sim.network.exposures import ExposureKind, Exposures

PLEDGE = "pledge"
KINDS: Mapping[str, ExposureKind] = {
    "deposit": ExposureKind.DEPOSIT,
    "loan": ExposureKind.SECURED_LOAN,
    "margin_claim": ExposureKind.MARGIN_CLAIM,
    LOAN: ExposureKind.UNSECURED_LOAN,
    PLEDGE: ExposureKind.PLEDGE,
}
"""What a run calls a claim, and what it is in a network, unless collateral secures it."""


class Claim(NamedTuple):
    """What one entity is owed by another, and the collateral that it holds for it, USD."""

    creditor: str
    debtor: str
    kind: ExposureKind
    usd: float
    collateral: float


def exposures_of_run(run: Run, *, after: bool = False) -> Exposures:
    """Return balance sheets and claims of a run's entities, as they stood before or after it.

    What an entity has besides its claims is what its equity leaves: equity plus all that it owes,
    less its claims and the collateral that it has posted; outside assets where that is
    positive, and more debts outside where it is negative. Collateral of loans between entities
    secures them, all loans of a pair alike; only what it is worth beyond them is owed back.

    Parameters
    ----------
    run : finished.
    after : whether to take what was left at the end.
    """
    moment = "after" if after else "before"
    owed = _owed(run, f"usd_{moment}")
    claims = [claim for row in owed if (claim := _claim(owed, row)) is not None]
    names = tuple(run.entities["entity"].astype(str))
    place = {name: i for i, name in enumerate(names)}
    creditor = np.array([place[claim.creditor] for claim in claims], dtype=np.int64)
    debtor = np.array([place[claim.debtor] for claim in claims], dtype=np.int64)
    usd, collateral = (
        np.array([getattr(claim, name) for claim in claims], dtype=np.float64)
        for name in ("usd", "collateral")
    )
    outside = np.zeros(len(names))
    for (_, name, kind), lent in owed.items():
        outside[place[name]] += lent if kind == OUTSIDE_DEBT else 0.0
    net = np.bincount(creditor, usd, minlength=len(names))
    net -= np.bincount(debtor, usd - collateral, minlength=len(names))
    besides = run.entities[f"equity_{moment}_usd"].to_numpy(dtype=np.float64) - net + outside
    return Exposures(
        names=names,
        outside_assets=np.maximum(besides, 0.0),
        outside_liabilities=outside + np.maximum(-besides, 0.0),
        debtor=debtor,
        creditor=creditor,
        amount=usd,
        kind=np.array([int(claim.kind) for claim in claims], dtype=np.int8),
        collateral=collateral,
    )


def _owed(run: Run, column: str) -> dict[tuple[str, str, str], float]:
    """Return what there is of (source, target, kind), USD; nobody owes himself."""
    rows = run.exposures[run.exposures[column] > 0.0]
    keys = zip(*(rows[name].astype(str) for name in ("source", "target", "kind")), strict=True)
    owed = zip(keys, rows[column].astype(float), strict=True)
    return {key: usd for key, usd in owed if key[0] != key[1]}


def _claim(owed: Mapping[tuple[str, str, str], float], row: tuple[str, str, str]) -> Claim | None:
    """Return a row as a claim; none where it is owed outside, or is collateral of a loan."""
    source, target, kind = row
    if kind == OUTSIDE_DEBT:
        return None
    usd, opposite = owed[row], PLEDGE if kind == LOAN else LOAN if kind == PLEDGE else ""
    covered = min(usd, owed.get((target, source, opposite), 0.0))
    if kind == PLEDGE:
        left = usd - covered
        return Claim(source, target, KINDS[kind], left, 0.0) if left > 0.0 else None
    secured = ExposureKind.SECURED_LOAN if covered else KINDS[kind]
    return Claim(source, target, secured, usd, covered)
