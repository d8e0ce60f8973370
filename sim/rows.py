"""Rows of accounts as sets: rising, each once."""

import numpy as np

from sim.arrays import Bools, Ints
from sim.kernels.sets import difference, members, union


def joined(one: Ints, other: Ints) -> Ints:
    """Return all rows of two sets, rising.

    Examples
    --------
    >>> joined(np.array([2, 5]), np.array([3, 5, 9])).tolist()
    [2, 3, 5, 9]
    """
    out = np.empty(one.size + other.size, dtype=np.int64)
    return out[: union(one, other, out)]


def without(one: Ints, other: Ints) -> Ints:
    """Return the rows of ``one`` that are not in ``other``, rising.

    Examples
    --------
    >>> without(np.array([2, 5, 9]), np.array([5])).tolist()
    [2, 9]
    """
    out = np.empty(one.size, dtype=np.int64)
    return out[: difference(one, other, out)]


def among(rows: Ints, known: Ints) -> Bools:
    """Tell which of ``rows``, in any order, are in the set ``known``.

    Examples
    --------
    >>> among(np.array([9, 4]), np.array([2, 9])).tolist()
    [True, False]
    """
    out = np.empty(rows.size, dtype=np.bool_)
    members(rows, known, out)
    return out
