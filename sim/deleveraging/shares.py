"""Dividing contracts among accounts: those in profit first, and whole contracts only."""

from collections.abc import Callable

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.roles import Candidates

type Divide = Callable[[Ints, float], Floats]
"""From the places of some candidates, and contracts to close, to the contracts of each."""


def winners_first(candidates: Candidates, contracts: float, divide: Divide) -> tuple[Ints, Floats]:
    """Return who is closed and by how much, in the order of the candidates.

    Those in profit are asked first. Only what they do not hold is divided among the rest.
    """
    closed = np.zeros(candidates.size.size)
    won = candidates.gain > 0.0
    for group in (won, ~won):
        left = contracts - float(closed.sum())
        if left > 0.0:
            closed[group] = _of_group(candidates, group, left, divide)
    places = np.flatnonzero(closed > 0.0)
    return places, closed[places]


def _of_group(candidates: Candidates, group: Bools, contracts: float, divide: Divide) -> Floats:
    """Return the contracts of each of a group, which holds all of them or gives all it has."""
    sizes = candidates.size[group]
    if float(sizes.sum()) <= contracts:
        return sizes
    return rounded(divide(np.flatnonzero(group), contracts), sizes, contracts)


def rounded(parts: Floats, sizes: Floats, contracts: float) -> Floats:
    """Return whole contracts that add up to ``contracts``, the largest remainders rounded up.

    Nobody is closed by more than ``sizes``; where two remainders are the same, who stands first
    comes first.

    Examples
    --------
    >>> rounded(np.array([1.2, 2.7, 0.1]), np.array([9.0, 9.0, 9.0]), 4.0)
    array([1., 3., 0.])
    """
    floor = np.minimum(np.floor(parts), sizes)
    order = np.argsort(floor - parts, kind="stable")
    room = np.minimum(sizes - floor, 1.0)[order]
    left = contracts - float(floor.sum())
    floor[order] += np.clip(left - (np.cumsum(room) - room), 0.0, room)
    return floor
