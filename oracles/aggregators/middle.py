"""The middle of a few prices, in which silent reporters have no part."""

import numpy as np

from sim.arrays import Floats


def ordered_live(prices: Floats) -> Floats:
    """Return the prices that are not ``nan``, ascending.

    Sorting first makes sums independent of the order in which reporters stand.
    """
    ordered = np.sort(prices)  # nan goes to the end
    return ordered[: ordered.size - np.count_nonzero(np.isnan(ordered))]


def middle(prices: Floats) -> float:
    """Return the median of the prices that are not ``nan``; of two middle ones, their mean.

    Parameters
    ----------
    prices : (n,) USD, at least one of them a number.

    Examples
    --------
    >>> middle(np.array([3.0, np.nan, 1.0, 1000.0]))
    3.0
    """
    ordered = ordered_live(prices)
    n = ordered.size
    low, high = ordered[(n - 1) // 2], ordered[n // 2]
    return float(low if low == high else 0.5 * (low + high))


def weighted_middle(prices: Floats, weights: Floats) -> float:
    """Return the lowest price that half of the weight does not exceed.

    Where exactly half of the weight lies at or below a price, the answer is the mean of it
    and the next one, so that equal weights give the median.

    Parameters
    ----------
    prices : (n,) USD, ``nan`` where there is none, at least one of them a number.
    weights : (n,) > 0.

    Examples
    --------
    >>> weighted_middle(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 3.0]))
    9.0
    """
    order = prices.argsort(kind="stable")  # nan goes to the end
    ordered = prices[order]
    n = ordered.size - int(np.count_nonzero(np.isnan(ordered)))
    below = weights[order[:n]].cumsum()
    half = 0.5 * below[-1]
    at = int(below.searchsorted(half))
    if below[at] == half and at + 1 < n:
        return float(0.5 * (ordered[at] + ordered[at + 1]))
    return float(ordered[at])


def majority(n_reporters: int) -> int:
    """Return how many of ``n_reporters`` equals can move their median at will."""
    return (n_reporters - 1) // 2 + 1
