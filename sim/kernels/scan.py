"""The worst of many scenarios for many portfolios."""

from sim.arrays import Floats
from sim.kernels.compiled import inlined, kernel

BLOCK = 256
"""Portfolios worked on at a time, so that their positions stay in the nearest caches."""
SCRATCH = (2, BLOCK)
"""Shape of what is added up at a time: two scenarios of a block."""


@kernel
def worst_of(
    positions: Floats, losses: Floats, minimum: Floats, total: Floats, out: Floats
) -> None:
    """Fill ``out`` with the largest loss of each portfolio, never below its short options' floor.

    Instruments are added up in their order, whatever the processor: a matrix product would not.
    Scenarios are worked on in pairs, so that each position that is loaded is used twice; the
    last of an odd number is its own partner.

    Parameters
    ----------
    positions : (K, n) contracts, signed, C-contiguous.
    losses : (S, K) what one contract loses in each scenario, USD.
    minimum : (K,) USD that one contract sold requires at least, >= 0.
    total : ``SCRATCH`` scratch.
    out : (n,) USD, overwritten.
    """
    last = losses.shape[0] - 1
    for start in range(0, out.size, BLOCK):
        stop = min(start + BLOCK, out.size)
        worst = out[start:stop]
        worst[:] = 0.0
        one, other = total[0, : worst.size], total[1, : worst.size]
        for j in range(minimum.size):
            least = minimum[j]
            if least > 0.0:
                held = positions[j, start:stop]
                for i in range(worst.size):
                    worst[i] += least * max(-held[i], 0.0)
        for s in range(0, last + 1, 2):
            _add_up(positions, start, losses[s], losses[min(s + 1, last)], one, other)
            for i in range(worst.size):
                worst[i] = max(worst[i], one[i], other[i])


@inlined
def _add_up(
    positions: Floats, start: int, loss: Floats, loss_too: Floats, one: Floats, other: Floats
) -> None:
    """Fill two rows with what portfolios lose in two scenarios, four instruments a pass.

    Parameters
    ----------
    positions : (K, n) contracts.
    start : the first of the m portfolios.
    loss, loss_too : (K,) what one contract loses in each of the two scenarios, USD.
    one, other : (m,) USD, overwritten.
    """
    count, stop = loss.size, start + one.size
    one[:] = 0.0
    other[:] = 0.0
    whole = count - count % 4
    for j in range(0, whole, 4):
        p, q = positions[j, start:stop], positions[j + 1, start:stop]
        r, t = positions[j + 2, start:stop], positions[j + 3, start:stop]
        a, b, c, d = loss[j], loss[j + 1], loss[j + 2], loss[j + 3]
        e, f, g, h = loss_too[j], loss_too[j + 1], loss_too[j + 2], loss_too[j + 3]
        for i in range(one.size):
            one[i] = (((one[i] + a * p[i]) + b * q[i]) + c * r[i]) + d * t[i]
            other[i] = (((other[i] + e * p[i]) + f * q[i]) + g * r[i]) + h * t[i]
    for j in range(whole, count):
        row = positions[j, start:stop]
        for i in range(one.size):
            one[i] += loss[j] * row[i]
            other[i] += loss_too[j] * row[i]
