"""What a network of exposures tells: how much it adds to a loss, who matters, who is hurt."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.deleveraging.fairness import LARGEST, gini
from sim.network.exposures import Exposures
from sim.network.reach import Ranking
from sim.network.roles import Clearing, Contagion

type Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much."""

PIECE = 64
"""Entities that are ranked between two signs of progress."""
TAIL = 0.95
"""Quantile beyond which the tail loss is averaged."""


def ranking(exposures: Exposures, *, once: bool, progress: Progress) -> pd.DataFrame:
    """Return every entity with its systemic importance and its vulnerability, worst first.

    Parameters
    ----------
    exposures : the network.
    once : DebtRank of 2012; else the linear one.
    progress : is told how many entities are done.

    Returns
    -------
    frame : ``entity``, ``debt_rank`` (share of all equity that others lose if it loses its own),
        ``vulnerability`` (mean share of its equity that it loses if another fails), ``equity_usd``,
        ``claims_usd``, ``debts_usd``.
    """
    found, size = Ranking(exposures, once=once), len(exposures)
    pieces = []
    for first in range(0, size, PIECE):
        pieces.append(found.importance(first, PIECE))
        progress("ranking", min(first + PIECE, size), size)
    frame = pd.DataFrame(
        {
            "entity": exposures.names,
            "debt_rank": np.concatenate(pieces),
            "vulnerability": found.vulnerability(),
            "equity_usd": exposures.equity(),
            "claims_usd": exposures.claims(),
            "debts_usd": exposures.debts(),
        }
    )
    return frame.sort_values("debt_rank", ascending=False, kind="stable", ignore_index=True)


def concentration(weights: Floats) -> dict[str, float]:
    """Return how few entities make up the sum of some weights >= 0.

    Returns
    -------
    measures : ``herfindahl`` (sum of squared shares), ``gini``, ``top_ten_share``.

    Examples
    --------
    >>> concentration(np.array([1.0, 1.0, 1.0, 1.0]))["gini"]
    0.0
    >>> concentration(np.array([0.0, 0.0, 0.0, 1.0]))["herfindahl"]
    1.0
    """
    total = float(weights.sum())
    if total <= 0:
        return dict.fromkeys(("herfindahl", "gini", "top_ten_share"), 0.0)
    share = np.sort(weights)[::-1] / total
    return {
        "herfindahl": float((share**2).sum()),
        "gini": gini(weights),
        "top_ten_share": float(share[:LARGEST].sum()),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplification:
    r"""How much the network adds to a direct loss, and how much it can add at most.

    The loss counts as Glasserman and Young count it: the shock, and every dollar that an
    entity then falls short of what it owes, at each link of a chain anew.

    Parameters
    ----------
    direct_usd : the shock, :math:`\sum_i x_i`.
    shortfall_usd : all that is owed and not paid.
    ratio : shock and shortfall over the shock; nan without a shock.
    within : shock and what claims within the network lost over the shock; what goes unpaid to
        creditors outside is left out.
    bound : what the ratio cannot exceed while default itself destroys nothing,
        :math:`1 + \sum_i (x_i - w_i)^+ / ((1 - \beta^+) \sum_i x_i)`, with :math:`w_i` the
        equity and :math:`\beta^+` the largest share of its debts that an entity owes within
        the network; infinite where one owes to the network alone.

    References
    ----------
    Glasserman and Young (2015), "How likely is contagion in financial networks?", Journal of
    Banking & Finance 50. Theirs is an expectation over shocks, see ``expected_bound``; for one
    shock it follows by adding up the shortfalls of all who default.
    """

    direct_usd: float
    shortfall_usd: float
    ratio: float
    within: float
    bound: float


def amplification(exposures: Exposures, shock: Floats, contagion: Contagion) -> Amplification:
    """Return how much the network adds to the direct loss of one shock."""
    direct, short = float(shock.sum()), float(contagion.shortfall.sum())
    excess = float(np.maximum(shock - exposures.equity(), 0.0).sum())
    room = 1.0 - float(connectivity(exposures).max(initial=0.0))
    bound = np.inf if room <= 0 < excess else 1.0 + excess / max(room * direct, 1e-300)
    return Amplification(
        direct_usd=direct,
        shortfall_usd=short,
        ratio=(direct + short) / direct if direct > 0 else float("nan"),
        within=1.0 + float(contagion.losses.sum()) / direct if direct > 0 else float("nan"),
        bound=bound if direct > 0 else float("nan"),
    )


def connectivity(exposures: Exposures) -> Floats:
    """Return the share of each entity's unsecured debts that it owes within the network, (N,)."""
    secured = np.bincount(exposures.debtor, exposures.secured(), minlength=len(exposures))
    inside, owed = exposures.debts() - secured, exposures.owed() - secured
    return np.divide(inside, owed, out=np.zeros(len(exposures)), where=owed > 0)


def expected_bound(exposures: Exposures, direct_default: Floats) -> float:
    r"""Return the Glasserman–Young bound on the expected loss over that without a network.

    :math:`1 + \sum_i \delta_i c_i / ((1 - \beta^+) \sum_i c_i)`, for shocks that are the same
    in distribution as a share of outside assets, with increasing failure rate.

    Parameters
    ----------
    exposures : the network; :math:`c_i` are its outside assets.
    direct_default : :math:`\delta_i`, (N,) probability that a shock alone eats the equity.
    """
    outside, room = exposures.outside_assets, 1.0 - float(connectivity(exposures).max())
    worst = float((direct_default * outside).sum())
    if room <= 0:
        return np.inf if worst > 0 else 1.0
    return 1.0 + worst / (room * float(outside.sum()))


def hurt_by(exposures: Exposures, clearing: Clearing, progress: Progress) -> Floats:
    """Return what each loses if each other loses all its outside assets, (N, N).

    Row: who is hurt; column: who fails. Shares of equity before, capped at 1; who had no
    equity has nothing to lose.
    """
    size, before = len(exposures), exposures.equity()
    base, out = np.maximum(before, 0.0), np.zeros((len(exposures), len(exposures)))
    for i in range(size):
        shock = np.where(np.arange(size) == i, exposures.outside_assets, 0.0)
        lost = before - clearing.clear(exposures, shock).sound().equity
        out[:, i] = np.divide(lost, base, out=np.zeros(size), where=base > 0)
        progress("who is hurt", i + 1, size)
    return np.clip(out, 0.0, 1.0)


def tail(losses: Floats) -> dict[str, float]:
    """Return mean, 95 % quantile and mean beyond it of losses over seeds, USD.

    Examples
    --------
    >>> tail(np.arange(1.0, 101.0))
    {'mean': 50.5, 'quantile_95': 95.0, 'tail_mean_95': 98.0}
    """
    ordered = np.sort(losses)
    at = max(1, int(np.ceil(TAIL * ordered.size - 1e-9)))
    beyond = ordered[at:] if at < ordered.size else ordered[-1:]
    return {
        "mean": float(ordered.mean()),
        "quantile_95": float(ordered[at - 1]),
        "tail_mean_95": float(beyond.mean()),
    }


def mean_amplification(draws: pd.DataFrame) -> float:
    """Return the mean over seeds of each one's amplification; nan where nobody lost directly."""
    return float(draws["amplification"].mean())


def amplification_of_mean(draws: pd.DataFrame) -> float:
    """Return the mean loss over the mean direct loss, which the expected bound limits.

    Seeds count by what was lost in them; nan where nobody lost directly.
    """
    direct = float(draws["direct_usd"].sum())
    return (direct + float(draws["shortfall_usd"].sum())) / direct if direct else float("nan")
