"""Exposures from a matrix, dense or sparse."""

import numpy as np
from scipy.sparse import coo_array, csr_array

from sim.arrays import Floats
from sim.errors import ConfigError
from sim.network.exposures import Exposures


def from_matrix(
    names: tuple[str, ...],
    owes: Floats | csr_array,
    outside_assets: Floats,
    outside_liabilities: Floats,
) -> Exposures:
    """Return exposures in which entity i owes j ``owes[i, j]``, unsecured; zeros are no claims.

    Parameters
    ----------
    names : N entities.
    owes : (N, N) USD, dense or sparse.
    outside_assets, outside_liabilities : (N,) USD.

    Raises
    ------
    ConfigError
        If the matrix is not (N, N), or anything in it is impossible.

    Examples
    --------
    >>> none = np.zeros(2)
    >>> dense = np.array([[0.0, 3.0], [0.0, 0.0]])
    >>> sparse = from_matrix(("a", "b"), csr_array(dense), none, none)
    >>> sparse.amount == from_matrix(("a", "b"), dense, none, none).amount
    array([ True])
    """
    if owes.shape != (len(names), len(names)):
        raise ConfigError(f"the matrix is {owes.shape}; {len(names)} entities need a square one")
    entries = coo_array(owes)
    entries.eliminate_zeros()
    debtor, creditor = entries.coords
    return Exposures(
        names=names,
        outside_assets=outside_assets,
        outside_liabilities=outside_liabilities,
        debtor=debtor.astype(np.int64),
        creditor=creditor.astype(np.int64),
        amount=np.asarray(entries.data, dtype=np.float64),
    )
