"""How far the loss of one entity reaches through what entities owe each other."""

import numpy as np

from experiments.metrics.metric import Value
from experiments.record import Run
from sim.network.exposures import Exposures
from sim.network.reach import Ranking


def debt_rank_by_entity(run: Run) -> dict[str, Value]:
    """Share of all others' equity that is lost if an entity loses all of its own.

    Linear DebtRank on the exposures before the run (``source`` is owed by ``target``),
    among entities with positive equity and at least one exposure.
    """
    return dict(_reaches(run))


def debt_rank(run: Run) -> float:
    """Share of all others' equity that the most dangerous entity could take with it.

    The largest of ``debt_rank_by_entity``; 0 where no entity is exposed to another.
    """
    return max(_reaches(run).values(), default=0.0)


def _reaches(run: Run) -> dict[str, float]:
    """Return the reach of every entity that is part of the network."""
    found = _linked(run)
    if not found.names:
        return {}
    equity = found.equity()
    others = np.array([np.delete(equity, i).sum() for i in range(len(found))])
    lost = Ranking(found).importance(0, len(found)) * equity.sum()
    reach = np.divide(lost, others, out=np.zeros(len(found)), where=others > 0)
    return dict(zip(found.names, reach.tolist(), strict=True))


def _linked(run: Run) -> Exposures:
    """Return claims as they are, and what else entities need to have the equity that they have."""
    owed = run.exposures.astype({"source": str, "target": str})
    linked = set(owed["source"]) | set(owed["target"])
    before = run.entities.set_index(run.entities["entity"].astype(str))["equity_before_usd"]
    before = before[(before > 0) & before.index.isin(list(linked))]
    place = {name: i for i, name in enumerate(before.index)}
    inside = owed["source"].isin(list(place)) & owed["target"].isin(list(place))
    owed = owed[inside & (owed["source"] != owed["target"]) & (owed["usd_before"] > 0)]
    creditor = owed["source"].map(place).to_numpy(dtype=np.int64)
    debtor = owed["target"].map(place).to_numpy(dtype=np.int64)
    usd = owed["usd_before"].to_numpy(dtype=np.float64)
    besides = before.to_numpy(dtype=np.float64) - np.bincount(creditor, usd, len(place))
    besides += np.bincount(debtor, usd, len(place))
    return Exposures(
        names=tuple(place),
        outside_assets=np.maximum(besides, 0.0),
        outside_liabilities=np.maximum(-besides, 0.0),
        debtor=debtor,
        creditor=creditor,
        amount=usd,
    )
