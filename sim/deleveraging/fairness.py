"""What one round of auto-deleveraging did to those who could have been closed."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.roles import Candidates

LARGEST = 10
"""Largest members of a distribution whose share of the whole is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round on one market: what was needed, what was closed, and how it was spread.

    A haircut is the share of a position that was closed; only accounts in profit count for
    ``gini`` and ``dispersion``, those that were spared with a haircut of nought.

    Parameters
    ----------
    step, instrument : when and where.
    deficit_usd : what the fund lacked before.
    needed_usd : least notional that covers the deficit at the furthest price allowed.
    closed_usd : notional closed, at the mark.
    given_usd : what those who were closed gave up against the mark.
    winners : accounts in profit on the other side.
    winners_hit : those of them that were closed, in part or whole.
    top_ten_share : part of the notional closed that the ten hit hardest held.
    gini : Gini coefficient of the haircuts of winners, 0 for all the same, < 1.
    dispersion : standard deviation of the haircuts of winners, 0 to 0.5.
    """

    step: int
    instrument: int
    deficit_usd: float
    needed_usd: float
    closed_usd: float
    given_usd: float
    winners: int
    winners_hit: int
    top_ten_share: float
    gini: float
    dispersion: float


def measure(
    candidates: Candidates,
    places: Ints,
    closed: Floats,
    *,
    step: int,
    instrument: int,
    deficit_usd: float,
    needed_usd: float,
    given_usd: float,
) -> Round:
    """Return what a round did.

    Parameters
    ----------
    candidates : who could have been closed.
    places, closed : who was, and by how many contracts, (m,).
    step, instrument : when and where.
    deficit_usd : what the fund lacked.
    needed_usd : least notional that covers it at the furthest price allowed.
    given_usd : what was given up against the mark.
    """
    lost = np.zeros(candidates.size.size)
    lost[places] = closed
    won = candidates.gain > 0.0
    haircuts = (lost / candidates.size)[won]
    usd = candidates.notional * lost / candidates.size
    total = float(usd.sum())
    largest = float(np.sort(usd)[-LARGEST:].sum())
    return Round(
        step=step,
        instrument=instrument,
        deficit_usd=deficit_usd,
        needed_usd=needed_usd,
        closed_usd=total,
        given_usd=given_usd,
        winners=int(won.sum()),
        winners_hit=int((lost[won] > 0.0).sum()),
        top_ten_share=largest / total if total > 0.0 else np.nan,
        gini=gini(haircuts),
        dispersion=float(haircuts.std()) if won.any() else np.nan,
    )


def gini(values: Floats) -> float:
    r"""Return the Gini coefficient of values >= 0, ``nan`` where all are 0 or there are none.

    .. math:: \frac{\sum_i (2 i - n - 1) x_{(i)}}{n \sum_i x_i}

    Examples
    --------
    >>> gini(np.array([1.0, 1.0, 1.0]))
    0.0
    >>> gini(np.array([0.0, 0.0, 0.0, 8.0]))
    0.75
    """
    total = float(values.sum())
    if total <= 0.0:
        return np.nan
    n = values.size
    weights = 2.0 * np.arange(1, n + 1) - n - 1.0
    return float((weights * np.sort(values)).sum() / (n * total))
