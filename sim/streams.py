"""Randomness by address: (seed, purpose, step, entity, lane) names one number for ever.

Two runs that ask for the same address get the same number, whatever else they ask for.
That is what makes paired comparisons paired: adding a trader, a policy or a whole venue
moves nobody else's draws.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import numpy as np
from scipy.special import ndtri

from sim.arrays import Floats, Ints
from sim.kernels.random import chosen, uniforms


@cache
def _key(seed: int, purpose: str) -> tuple[int, int]:
    """Return the two 32-bit key words of a purpose under a seed."""
    digest = blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


@dataclass(frozen=True, slots=True)
class Draws:
    """The numbers of one purpose at one step.

    ``lane`` tells several numbers of one entity apart. ``entities`` are addresses that
    must not depend on who else is there: a trader's number within its population.
    """

    seed: int
    purpose: str
    step: int

    def uniform(self, entities: Ints, lane: int = 0) -> Floats:
        """Return numbers in (0, 1), one an entity, (n,)."""
        out = np.empty(len(entities))
        uniforms(_key(self.seed, self.purpose), self.step, lane, entities, out)
        return out

    def normal(self, entities: Ints, lane: int = 0) -> Floats:
        """Return standard normal numbers, one an entity, (n,), by inversion."""
        return np.asarray(ndtri(self.uniform(entities, lane)), dtype=np.float64)

    def chosen(self, count: int, probability: float) -> Ints:
        """Return who among ``range(count)`` is drawn, each alone with ``probability``."""
        out = np.empty(count, dtype=np.int64)
        found = chosen(_key(self.seed, self.purpose), self.step, count, probability, out)
        return out[:found]

    def one(self, lane: int = 0) -> float:
        """Return the single uniform number of entity 0."""
        return float(self.uniform(np.zeros(1, dtype=np.int64), lane)[0])

    def one_normal(self, lane: int = 0) -> float:
        """Return the single standard normal number of entity 0."""
        return float(ndtri(self.one(lane)))

    def generator(self) -> np.random.Generator:
        """Return an ordinary numpy generator, for prototypes that draw as they please."""
        low, high = _key(self.seed, self.purpose)
        return np.random.Generator(np.random.Philox(key=low | high << 32, counter=self.step << 64))


@dataclass(frozen=True, slots=True)
class Streams:
    """All the randomness of a run.

    Examples
    --------
    >>> few = Streams(seed=7).at("crowd/longs/size", step=3).uniform(np.arange(2))
    >>> many = Streams(seed=7).at("crowd/longs/size", step=3).uniform(np.arange(5))
    >>> bool((few == many[:2]).all())
    True
    """

    seed: int

    def at(self, purpose: str, step: int) -> Draws:
        """Return the draws of a purpose at a step (0 at set-up)."""
        return Draws(self.seed, purpose, step)
