"""Recursions of variances along a path of returns."""

from sim.arrays import Floats
from sim.kernels.compiled import kernel


@kernel
def ewma_path(returns: Floats, decay: float, start: Floats, out: Floats) -> None:
    """Fill ``out`` with the variance forecast for each return, and for the next one.

    Parameters
    ----------
    returns : (n, K) oldest first.
    decay : weight of the variance before, in (0, 1).
    start : (K,) variance forecast for the first return.
    out : (n + 1, K) overwritten.
    """
    n, width = returns.shape
    for k in range(width):
        out[0, k] = start[k]
        for i in range(n):
            out[i + 1, k] = decay * out[i, k] + (1.0 - decay) * returns[i, k] * returns[i, k]


@kernel
def garch_last(returns: Floats, omega: float, alpha: float, beta: float, start: float) -> float:
    """Return the GARCH(1,1) variance forecast for the return after the last.

    Parameters
    ----------
    returns : (n,) oldest first.
    omega, alpha, beta : of the recursion.
    start : variance forecast for the first return.
    """
    variance = start
    for i in range(returns.size):
        variance = omega + alpha * returns[i] * returns[i] + beta * variance
    return variance
