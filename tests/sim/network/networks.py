"""Networks for tests: from matrices as papers write them, and at random."""

import numpy as np

from sim.arrays import Floats
from sim.network.exposures import Exposures
from sim.streams import Streams


def of_matrix(
    owes: object, outside: object, liabilities: object = 0.0, **more: object
) -> Exposures:
    """Return exposures in which entity i owes j ``owes[i][j]``; names are numbers."""
    matrix = np.asarray(owes, dtype=np.float64)
    debtor, creditor = np.nonzero(matrix)
    size = len(matrix)
    return Exposures(
        names=tuple(str(i) for i in range(size)),
        outside_assets=np.broadcast_to(np.asarray(outside, dtype=np.float64), size).copy(),
        outside_liabilities=np.broadcast_to(np.asarray(liabilities, dtype=np.float64), size).copy(),
        debtor=debtor,
        creditor=creditor,
        amount=matrix[debtor, creditor],
        **more,  # type: ignore[arg-type] # the other columns by name
    )


def with_equity(claims: object, equity: object) -> Exposures:
    """Return exposures in which i is owed ``claims[i][j]`` by j and has this equity.

    Outside assets cover the equity, so that a shock may take all of it.
    """
    matrix, wanted = np.asarray(claims, dtype=np.float64), np.asarray(equity, dtype=np.float64)
    rest = wanted - matrix.sum(axis=1) + matrix.sum(axis=0)
    extra = np.maximum(wanted - rest, 0.0)
    return of_matrix(matrix.T, rest + extra, extra)


def at_random(seed: int, size: int | None = None) -> Exposures:
    """Return a small random network in which many shocks lead to defaults."""
    draws = Streams(seed).at("tests/network", 0)
    count = size if size is not None else 2 + int(8 * draws.one(9))
    cells = np.arange(count * count)
    amount = (10.0 * draws.uniform(cells, 0)).reshape(count, count)
    there = (draws.uniform(cells, 1) < 0.5).reshape(count, count)
    np.fill_diagonal(there, val=False)
    each = np.arange(count)
    outside = 0.1 + 12.0 * draws.uniform(each, 2)
    liabilities = 8.0 * draws.uniform(each, 3) * (draws.uniform(each, 4) < 0.6)
    return of_matrix(np.where(there, amount, 0.0), outside, liabilities)


def shock_at_random(exposures: Exposures, seed: int) -> Floats:
    """Return a shock that takes some of what each has."""
    draws = Streams(seed).at("tests/network/shock", 0)
    each = np.arange(len(exposures))
    hit = draws.uniform(each, 0) < 0.6
    return np.where(hit, draws.uniform(each, 1), 0.0) * exposures.outside_assets
