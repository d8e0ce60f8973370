"""How much dearer a margin that never moves is than one that follows volatility."""

from math import log

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtr, ndtr, ndtri

from sim.arrays import Floats
from sim.errors import check

CELLS = 2000
"""Cells of the grid of variances, equal in the logarithm."""
LARGEST = 1e4
"""The upper end of the grid, in unconditional variances."""
NODES = 200


def tail_index(alpha: float, beta: float) -> float:
    r"""Return the tail index of returns under GARCH(1,1) with normal innovations.

    The :math:`\kappa > 0` that solves :math:`E[(\alpha Z^2 + \beta)^{\kappa/2}] = 1`.

    Parameters
    ----------
    alpha, beta : weights of the last squared return and the last variance, ``alpha > 0``,
        ``beta >= 0``, their sum below 1.

    Raises
    ------
    ConfigError
        If variance is not stationary, or does not answer to returns.

    References
    ----------
    Mikosch and Starica (2000), Annals of Statistics 28(5), 1427-1451; Glasserman and Wu
    (2018), Persistence and procyclicality in margin requirements, Management Science 64(12).

    Examples
    --------
    >>> round(tail_index(0.0992, 0.8880), 2)
    4.51
    """
    _check(alpha, beta)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    # The integrand is even, and beyond 14 standard deviations there is nothing left of it.
    z = 7.0 * (nodes + 1.0)
    density = 2.0 * 7.0 * weights * np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    growth = np.log(alpha * z**2 + beta)

    def excess(kappa: float) -> float:
        return float((density * np.exp(0.5 * kappa * growth)).sum()) - 1.0

    upper = 2.0
    while excess(upper) <= 0.0:
        upper *= 2.0
    return float(brentq(excess, min(2.0, upper / 2.0), upper, xtol=1e-12))


def stable_ratio(alpha: float, beta: float, confidence: float = 0.99) -> float:
    r"""Return the stable margin over the mean of the procyclical one.

    .. math:: \frac{q_a(r)}{E[q_a(r_t \mid \sigma_t)]}

    The stable margin is the unconditional quantile :math:`q_a` of returns, the procyclical
    one the quantile given today's volatility: what a policy that never moves must charge above
    the average of one that does, for the same coverage. Of GARCH(1,1) with normal innovations;
    the distribution of the variance is that of a Markov chain on a fine grid.

    Parameters
    ----------
    alpha, beta : as for ``tail_index``.
    confidence : :math:`a`, in (0.5, 1).

    References
    ----------
    Glasserman and Wu (2018), Management Science 64(12).
    """
    _check(alpha, beta)
    check((0.5 < confidence < 1, "confidence must lie in (0.5, 1)"))
    variance, probability = stationary_variance(alpha, beta)
    spread = np.sqrt(variance)
    mean = float((probability * spread).sum())

    def excess(quantile: float) -> float:
        return float((probability * ndtr(-quantile / spread)).sum()) - (1.0 - confidence)

    stable = float(brentq(excess, 0.0, 50.0, xtol=1e-12))
    return stable / (float(ndtri(confidence)) * mean)


def stationary_variance(alpha: float, beta: float, cells: int = CELLS) -> tuple[Floats, Floats]:
    """Return variances of GARCH(1,1), in units of their mean, and how probable each is.

    Parameters
    ----------
    alpha, beta : as for ``tail_index``.
    cells : of the grid.
    """
    omega = 1.0 - alpha - beta
    lowest = omega / (1.0 - beta)
    edges = np.exp(np.linspace(log(lowest), log(LARGEST), cells + 1))
    middle = np.sqrt(edges[1:] * edges[:-1])
    reach = ((edges[None, :] - omega) / middle[:, None] - beta) / alpha
    below = chdtr(1.0, np.maximum(reach, 0.0))
    below[:, 0], below[:, -1] = 0.0, 1.0
    system = np.diff(below, axis=1).T - np.eye(cells)
    system[-1] = 1.0
    right = np.zeros(cells)
    right[-1] = 1.0
    probability = np.linalg.solve(system, right)
    return middle, probability


def _check(alpha: float, beta: float) -> None:
    """Refuse a variance that is not stationary."""
    check(
        (alpha > 0, "alpha must be > 0"),
        (beta >= 0, "beta must be >= 0"),
        (alpha + beta < 1, "alpha + beta must be < 1"),
    )
