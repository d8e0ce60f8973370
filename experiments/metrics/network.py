"""How far the loss of one entity reaches through what entities owe each other."""

from experiments.metrics.metric import Value
from experiments.record import Run
from sim.network.reach import Ranking


def debt_rank_by_entity(run: Run) -> dict[str, Value]:
    """Share of all equity that others lose if an entity fails.

    Linear DebtRank on the claims before the run, less the collateral that secures them: what
    ``marginquake network`` ranks a finished run by with ``--rank linear_debtrank``. Entities
    with a claim or a debt are told.
    """
    return dict(_reaches(run))


def debt_rank(run: Run) -> float:
    """Share of all equity that the most dangerous entity could take from others.

    The largest of ``debt_rank_by_entity``; 0 where no entity is exposed to another.
    """
    return max(_reaches(run).values(), default=0.0)


def _reaches(run: Run) -> dict[str, float]:
    """Return the reach of every entity that is part of the network."""
    # Here, because that module reads the metrics' names of claims.
    from experiments.network_grown import exposures_of_run

    grown = exposures_of_run(run)
    if not grown.amount.size or not (grown.equity() > 0).any():
        return {}
    reach = Ranking(grown).importance(0, len(grown))
    linked = (grown.claims() > 0) | (grown.debts() > 0)
    return {name: float(reach[i]) for i, name in enumerate(grown.names) if linked[i]}
