"""How far the loss of one entity reaches through what entities owe each other."""

import numpy as np

from experiments.metrics.metric import Value
from experiments.record import Run
from sim.arrays import Floats
from sim.network.reach import distress


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
    owed = run.exposures.astype({"source": str, "target": str})
    linked = set(owed["source"]) | set(owed["target"])
    before = run.entities.set_index(run.entities["entity"].astype(str))["equity_before_usd"]
    names = [str(name) for name, usd in before.items() if usd > 0 and name in linked]
    place = {name: i for i, name in enumerate(names)}
    claims = np.zeros((len(names), len(names)))
    for source, target, usd in zip(owed["source"], owed["target"], owed["usd_before"], strict=True):
        if source in place and target in place and source != target:
            claims[place[source], place[target]] += max(float(usd), 0.0)
    equity = before.loc[names].to_numpy(dtype=np.float64)
    return {name: _reach(claims, equity, i) for i, name in enumerate(names)}


def _reach(claims: Floats, equity: Floats, start: int) -> float:
    """Return the share of the others' equity lost if ``start`` loses all."""
    others = np.arange(equity.size) != start
    lost = distress(claims, equity, (~others).astype(np.float64))
    return float((lost * equity)[others].sum() / equity[others].sum()) if others.any() else 0.0
