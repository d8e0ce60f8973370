"""Quantiles and means of the tail of losses, by conventions that are said."""

from typing import Literal

import numpy as np

from sim.arrays import Floats

type Convention = Literal["inverted_cdf", "linear", "weibull"]
"""Which order statistic a quantile is: the n times alpha-th smallest, rounded up; between two by
(n - 1) alpha; between two by (n + 1) alpha. Numpy's names."""
type Measure = Literal["var", "es"]

ROUNDING = 1e-9
"""What is nearer to the next whole number than this is that number."""


def value_at_risk(losses: Floats, confidence: float, convention: Convention) -> Floats:
    """Return the quantile of equally likely losses, (K,).

    Parameters
    ----------
    losses : (n, K).
    confidence : in (0, 1).
    convention : see ``Convention``.

    Examples
    --------
    >>> value_at_risk(np.array([[1.0], [2.0], [3.0], [4.0]]), 0.75, "inverted_cdf")
    array([3.])
    """
    if convention == "inverted_cdf":
        place = int(np.ceil(len(losses) * confidence - ROUNDING)) - 1
        return np.asarray(np.sort(losses, axis=0)[max(place, 0)])
    return np.asarray(np.quantile(losses, confidence, axis=0, method=convention))


def weighted_value_at_risk(losses: Floats, weights: Floats, confidence: float) -> Floats:
    """Return the smallest loss that losses do not exceed with the confidence, (K,).

    Parameters
    ----------
    losses : (n, K).
    weights : (n,) chances, summing to 1.
    confidence : in (0, 1).
    """
    order = np.argsort(losses, axis=0, kind="stable")
    below = np.cumsum(weights[order], axis=0)
    place = (below < confidence - ROUNDING).sum(axis=0).clip(max=len(losses) - 1)
    column = np.arange(losses.shape[1])
    return np.asarray(losses[order[place, column], column])


def expected_shortfall(losses: Floats, weights: Floats, confidence: float) -> Floats:
    r"""Return the mean of the worst :math:`1 - \alpha` of the losses, (K,).

    The loss at which that share is reached counts with what is left of it.

    Parameters
    ----------
    losses : (n, K).
    weights : (n,) chances, summing to 1.
    confidence : :math:`\alpha`, in (0, 1).

    References
    ----------
    Acerbi and Tasche (2002), On the coherence of expected shortfall, Journal of Banking and
    Finance 26.

    Examples
    --------
    >>> expected_shortfall(np.array([[1.0], [2.0], [3.0], [4.0]]), np.full(4, 0.25), 0.5)
    array([3.5])
    """
    order = np.argsort(-losses, axis=0, kind="stable")
    chance = weights[order]
    before = np.cumsum(chance, axis=0) - chance
    counted = np.clip(1.0 - confidence - before, 0.0, chance)
    worst = np.take_along_axis(losses, order, axis=0)
    return np.asarray((worst * counted).sum(axis=0) / counted.sum(axis=0))


def dearer(
    losses: Floats, weights: Floats | None, choice: tuple[Measure, float, Convention]
) -> Floats:
    """Return what covers the worse of a long and a short position, (K,), >= 0.

    Parameters
    ----------
    losses : (n, K) losses of a long position; a short one loses what it gains.
    weights : (n,) chances, ``None`` for equal ones.
    choice : measure, confidence and convention; weighted quantiles are inverted distributions.
    """
    measure, confidence, convention = choice
    equal = np.full(len(losses), 1.0 / len(losses)) if weights is None else weights
    sides = []
    for side in (losses, -losses):
        if measure == "es":
            sides.append(expected_shortfall(side, equal, confidence))
        elif weights is None:
            sides.append(value_at_risk(side, confidence, convention))
        else:
            sides.append(weighted_value_at_risk(side, weights, confidence))
    return np.maximum(np.maximum(sides[0], sides[1]), 0.0)
