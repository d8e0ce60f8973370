"""The worst of many scenarios for many portfolios."""

from sim.arrays import Floats
from sim.kernels.compiled import kernel

BLOCK = 512
"""Portfolios worked on at a time, so that what is added up stays in the nearest cache."""


@kernel
def worst_of(
    positions: Floats, losses: Floats, minimum: Floats, total: Floats, out: Floats
) -> None:
    """Fill ``out`` with the largest loss of each portfolio, never below its short options' floor.

    Instruments are added up in their order, whatever the processor: a matrix product would not.

    Parameters
    ----------
    positions : (K, n) contracts, signed.
    losses : (S, K) what one contract loses in each scenario, USD.
    minimum : (K,) USD that one contract sold requires at least, >= 0.
    total : (BLOCK,) scratch.
    out : (n,) USD, overwritten.
    """
    n = out.size
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        m = stop - start
        for i in range(m):
            out[start + i] = 0.0
        for j in range(minimum.size):
            if minimum[j] > 0.0:
                for i in range(m):
                    out[start + i] += minimum[j] * max(-positions[j, start + i], 0.0)
        for s in range(losses.shape[0]):
            for i in range(m):
                total[i] = 0.0
            for j in range(losses.shape[1]):
                loss = losses[s, j]
                for i in range(m):
                    total[i] += loss * positions[j, start + i]
            for i in range(m):
                out[start + i] = max(out[start + i], total[i])
