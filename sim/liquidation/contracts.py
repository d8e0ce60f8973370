"""Contracts to trade against a position: how many, and in which direction."""

import numpy as np

from sim.arrays import Floats

ROUNDING = 1e-9
"""Share of a contract that arithmetic may add to a whole number of them."""


def whole_contracts(positions: Floats, share: Floats) -> Floats:
    """Return ``share`` of each position's size, rounded up to whole contracts.

    Parameters
    ----------
    positions : (n_instruments, m) contracts, signed.
    share : (m,) or (n_instruments, m), in [0, 1].

    Examples
    --------
    >>> whole_contracts(np.array([[-10.0, 3.0]]), np.array([0.25, 0.0]))
    array([[3., 0.]])
    """
    size = np.abs(positions)
    return np.minimum(np.maximum(np.ceil(share * size - ROUNDING), 0.0), size)


def against(positions: Floats, size: Floats) -> Floats:
    """Return trades of ``size``, (n_instruments, m) contracts, against each position's sign."""
    return np.where(positions > 0, -size, size)
