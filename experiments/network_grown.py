"""The network that grew in a run: from who holds what where, and who lends to whom."""

from collections.abc import Mapping

import numpy as np

from experiments.record import Run
from sim.network.exposures import ExposureKind, Exposures

KINDS: Mapping[str, ExposureKind] = {
    "deposit": ExposureKind.DEPOSIT,
    "loan": ExposureKind.SECURED_LOAN,
    "margin_claim": ExposureKind.MARGIN_CLAIM,
    "credit": ExposureKind.UNSECURED_LOAN,
    "pledge": ExposureKind.PLEDGE,
}
"""What a run calls a claim, and what it is in a network."""


def exposures_of_run(run: Run, *, after: bool = False) -> Exposures:
    """Return balance sheets and claims of a run's entities, as they stood before or after it.

    What an entity has besides its claims is what its equity leaves: equity plus its debts in the
    network less its claims, outside assets where that is positive and outside debts where it
    is negative. Populations, whose equity a run does not tell, have their claims and no more.

    Parameters
    ----------
    run : finished.
    after : whether to take what was left at the end.
    """
    moment = "after" if after else "before"
    rows = run.exposures[run.exposures[f"usd_{moment}"] > 0.0]
    rows = rows[rows["source"].astype(str) != rows["target"].astype(str)]
    creditors, debtors = rows["source"].astype(str), rows["target"].astype(str)
    names = list(dict.fromkeys([*run.entities["entity"].astype(str), *creditors, *debtors]))
    place = {name: i for i, name in enumerate(names)}
    creditor = np.array([place[name] for name in creditors], dtype=np.int64)
    debtor = np.array([place[name] for name in debtors], dtype=np.int64)
    usd = rows[f"usd_{moment}"].to_numpy(dtype=np.float64)
    claims = np.bincount(creditor, usd, minlength=len(names))
    debts = np.bincount(debtor, usd, minlength=len(names))
    equity = np.maximum(claims - debts, 0.0)
    told = run.entities.set_index(run.entities["entity"].astype(str))[f"equity_{moment}_usd"]
    for name, own in told.items():
        equity[place[str(name)]] = float(own)
    besides = equity + debts - claims
    return Exposures(
        names=tuple(names),
        outside_assets=np.maximum(besides, 0.0),
        outside_liabilities=np.maximum(-besides, 0.0),
        debtor=debtor,
        creditor=creditor,
        amount=usd,
        kind=np.array([int(KINDS[str(kind)]) for kind in rows["kind"]], dtype=np.int8),
    )
