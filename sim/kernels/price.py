"""Loops of the outside price that depend on their own last value."""

from math import exp, log, sqrt

import numpy as np

from sim.arrays import Floats
from sim.kernels.compiled import kernel

PARKINSON = 4.0 * log(2.0)
"""Mean squared range of a Brownian path in units of its variance (Parkinson, 1980)."""


@kernel
def mean_reverting(start: float, decay: float, shocks: Floats, out: Floats) -> None:
    """Fill ``out`` with ``x[i + 1] = decay * x[i] + shocks[i]``, ``x[0] = start``.

    Parameters
    ----------
    start : value before the first shock.
    decay : share of a deviation that is left one step later, in [0, 1].
    shocks : (n,).
    out : (n + 1,) overwritten.
    """
    value = start
    out[0] = value
    for i in range(shocks.size):
        value = decay * value + shocks[i]
        out[i + 1] = value


@kernel
def passage(walk: Floats, level: float, first: int, last: int) -> int:
    """Return the first index in ``[first, last]`` at which ``walk >= level``, else ``last``."""
    for i in range(first, last):
        if walk[i] >= level:
            return i
    return last


@kernel
def fold(distance: float, height: float) -> float:
    """Return ``distance`` reflected into [0, height] at both ends, as often as it takes."""
    rest = distance % (2.0 * height)
    return min(rest, 2.0 * height - rest)


@kernel
def high_comes_first(opened: float, high: float, low: float, close: float) -> float:
    r"""Return the probability that a Brownian bar touches its high before its low.

    A path that touches one extreme, then the other, then the close has, unfolded at the
    extremes, length :math:`L` and density proportional to :math:`e^{-L^2/2\sigma^2}`
    (reflection principle); :math:`\sigma^2` is Parkinson's estimate from the range.
    """
    height = log(high / low)
    high_first = log(high / opened) + height + log(close / low)
    low_first = log(opened / low) + height + log(high / close)
    variance = height * height / PARKINSON
    return 1.0 / (1.0 + exp((high_first**2 - low_first**2) / (2.0 * variance)))


@kernel
def fill_bar(
    opened: float, high: float, low: float, close: float, order: float, normals: Floats, out: Floats
) -> None:
    """Fill ``out`` with prices that open, peak, trough and close exactly as the bar did.

    A Brownian bridge is run along the unfolded way open, first extreme, second extreme,
    close, and folded back between low and high. The points at which it first passes the
    two extremes are set to them.

    Parameters
    ----------
    opened, high, low, close : the bar, USD, ``0 < low <= opened, close <= high``.
    order : uniform number that decides which extreme comes first.
    normals : (n,) standard normal numbers, the first one unused.
    out : (n,) prices, USD, n >= 4, overwritten.
    """
    last = out.size - 1
    if high == low:
        out[:] = low
        return
    up = order < high_comes_first(opened, high, low, close)
    first, second = (high, low) if up else (low, high)
    height = log(high / low)
    to_first = abs(log(first / opened))
    way = to_first + height + abs(log(close / second))
    scale = height / sqrt(PARKINSON * last)
    walk = np.zeros(out.size)
    for i in range(1, last + 1):
        walk[i] = walk[i - 1] + scale * normals[i]
    pull = (way - walk[last]) / last
    for i in range(1, last + 1):
        walk[i] += i * pull
        left = fold(height - to_first + walk[i], height)
        price = low * exp(left) if up else high * exp(-left)
        out[i] = min(max(price, low), high)
    # Where the open or close is itself the extreme, no other point need touch it.
    at_close = close == second
    turn = 0 if opened == first else passage(walk, to_first, 1, last - 1 if at_close else last - 2)
    end = last if at_close else passage(walk, to_first + height, turn + 1, last - 1)
    out[turn], out[end] = first, second
    out[0], out[last] = opened, close


@kernel
def fill_bars(
    opens: Floats,
    highs: Floats,
    lows: Floats,
    closes: Floats,
    order: Floats,
    normals: Floats,
    out: Floats,
) -> None:
    """Fill ``out`` with the prices inside every bar, see ``fill_bar``.

    Parameters
    ----------
    opens, highs, lows, closes, order : (n_bars,).
    normals, out : (n_bars, n) with n >= 4, ``out`` overwritten.
    """
    for i in range(opens.size):
        fill_bar(opens[i], highs[i], lows[i], closes[i], order[i], normals[i], out[i])
