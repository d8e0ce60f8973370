"""Counter-based random numbers: the value at an address, with no state in between."""

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.kernels.compiled import kernel

type Words = NDArray[np.uint64]

ROUNDS = 10
MASK = np.uint64(0xFFFFFFFF)
MULTIPLY_0 = np.uint64(0xD2511F53)
MULTIPLY_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
HALF = np.uint64(32)
DOUBLE = 1.0 / 9007199254740992.0  # 2**-53


@kernel
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four 32-bit words of Philox4x32-10 at counter ``c`` under key ``k``.

    References
    ----------
    Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
    """
    for _ in range(ROUNDS):
        p0 = MULTIPLY_0 * c0
        p1 = MULTIPLY_1 * c2
        c0 = (p1 >> HALF) ^ c1 ^ k0
        c1 = p1 & MASK
        c2 = (p0 >> HALF) ^ c3 ^ k1
        c3 = p0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@kernel
def _double(high: np.uint64, low: np.uint64) -> float:
    """Return 52 of the 64 bits as a number strictly inside (0, 1)."""
    word = (high << np.uint64(20)) ^ (low >> np.uint64(12))
    return float(np.int64(word)) * (2.0 * DOUBLE) + DOUBLE


@kernel
def uniforms(key: tuple[int, int], step: int, lane: int, entities: Ints, out: Floats) -> None:
    """Fill ``out`` with the uniform number in (0, 1) of every entity.

    Parameters
    ----------
    key : two 32-bit words made of seed and purpose.
    step, lane : the rest of the address, each below 2**32.
    entities : (n,) addresses below 2**32.
    out : (n,) overwritten.
    """
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for i in range(entities.size):
        w = philox(np.uint64(entities[i]), np.uint64(lane), np.uint64(step), np.uint64(0), k0, k1)
        out[i] = _double(w[0], w[1])


CHUNK = 256
"""Blocks of the generator that are worked out together, so that the loop runs on vectors."""


@kernel
def _blocks(key: tuple[int, int], step: int, start: int, count: int, words: Words) -> None:
    """Fill ``words``, (4, CHUNK), with the words of ``count`` blocks from ``start`` on.

    The rounds stand here once more, without a call or a tuple in the loop, because only so
    does the compiler turn them into vector instructions.
    """
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for b in range(count):
        c0, c1, c2, c3 = np.uint64(start + b), np.uint64(0), np.uint64(step), np.uint64(1)
        a0, a1 = k0, k1
        for _ in range(ROUNDS):
            p0, p1 = MULTIPLY_0 * c0, MULTIPLY_1 * c2
            c0 = (p1 >> HALF) ^ c1 ^ a0
            c1 = p1 & MASK
            c2 = (p0 >> HALF) ^ c3 ^ a1
            c3 = p0 & MASK
            a0 = (a0 + WEYL_0) & MASK
            a1 = (a1 + WEYL_1) & MASK
        words[0, b], words[1, b], words[2, b], words[3, b] = c0, c1, c2, c3


@kernel
def chosen(key: tuple[int, int], step: int, count: int, probability: float, out: Ints) -> int:
    """Write the entities among ``range(count)`` that are drawn; return how many.

    Each is drawn on its own with ``probability`` (resolved to 2**-32). Four neighbours
    share one block of the generator, a word each, so that a larger ``count`` leaves the
    fate of those already there unchanged, and a larger probability only adds to them.
    """
    threshold = np.uint64(min(max(probability, 0.0), 1.0) * 4294967296.0)
    words = np.empty((4, CHUNK), dtype=np.uint64)
    blocks = (count + 3) // 4
    found = 0
    for start in range(0, blocks, CHUNK):
        here = min(CHUNK, blocks - start)
        _blocks(key, step, start, here, words)
        for b in range(here):
            least = min(words[0, b], words[1, b], words[2, b], words[3, b])
            if least >= threshold:
                continue
            for j in range(4):
                i = 4 * (start + b) + j
                if i < count and words[j, b] < threshold:
                    out[found] = i
                    found += 1
    return found
