"""Elementary functions of arrays that give the same bits on every processor.

Numpy's own use wider instructions where a processor has them, and those round
otherwise in the last place; a run's state would then hang on the machine. Here every number goes
through the C library, as Python's ``math`` does. Additions, products and roots round alike
everywhere and need no care.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Floats
from sim.kernels.elementary import fill_exp, fill_expm1, fill_log, fill_power


def exp(x: ArrayLike) -> Floats:
    """Return exponentials, the shape of ``x``.

    Examples
    --------
    >>> exp([[0.0, 1.0]])
    array([[1.        , 2.71828183]])
    """
    return _each(fill_exp, x)


def expm1(x: ArrayLike) -> Floats:
    """Return exponentials less one, the shape of ``x``."""
    return _each(fill_expm1, x)


def log(x: ArrayLike) -> Floats:
    """Return natural logarithms of numbers > 0, the shape of ``x``."""
    return _each(fill_log, x)


def power(x: ArrayLike, y: ArrayLike) -> Floats:
    """Return ``x`` to the power of ``y``, stretched over each other.

    Examples
    --------
    >>> power(0.5, [0, 1, 2])
    array([1.  , 0.5 , 0.25])
    """
    base, exponent = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    out = np.empty(base.shape)
    fill_power(base.flatten(), exponent.flatten(), out.reshape(-1))
    return out


def _each(fill: Callable[[Floats, Floats], None], x: ArrayLike) -> Floats:
    """Return a function of every element."""
    given = np.ascontiguousarray(x, dtype=np.float64).reshape(np.shape(x))
    out = np.empty(given.shape)
    fill(given.reshape(-1), out.reshape(-1))
    return out
