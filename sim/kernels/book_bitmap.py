"""Which places of a long row are taken: three layers of 64-bit words, a search in a few steps.

A bit of the finest layer says that a place is taken, a bit of the next that a word of the
layer below is not empty, and so on. Both ends of the row must be marked before anything is
searched for, so that every search ends.
"""

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiled import inlined

PLACES = 2**24
"""Places of every row; memory that no mark touches is never asked of the machine."""
COARSE = PLACES >> 6
"""Where the second layer begins."""
TOP = COARSE + (PLACES >> 12)
"""Where the third layer begins."""
ZERO, ONE = np.uint64(0), np.uint64(1)

type Words = NDArray[np.uint64]


def empty_bitmap() -> Words:
    """Return the layers one after the other, nothing marked."""
    return np.zeros(TOP + (PLACES >> 18), dtype=np.uint64)


@inlined
def lowest(word: np.uint64) -> int:
    """Return the position of the lowest bit of ``word``, which is not 0."""
    position = 0
    for step in (32, 16, 8, 4, 2, 1):
        width = np.uint64(step)
        if word & ((ONE << width) - ONE) == ZERO:
            word >>= width
            position += step
    return position


@inlined
def highest(word: np.uint64) -> int:
    """Return the position of the highest bit of ``word``, which is not 0."""
    position = 0
    for step in (32, 16, 8, 4, 2, 1):
        width = np.uint64(step)
        if word >> width != ZERO:
            word >>= width
            position += step
    return position


@inlined
def _bit(place: int) -> np.uint64:
    """Return the word in which the bit of ``place`` alone is set."""
    return ONE << np.uint64(place & 63)


@inlined
def mark(words: Words, place: int) -> None:
    """Mark ``place`` as taken."""
    words[place >> 6] |= _bit(place)
    words[COARSE + (place >> 12)] |= _bit(place >> 6)
    words[TOP + (place >> 18)] |= _bit(place >> 12)


@inlined
def clear_if(words: Words, place: int, empty: bool) -> None:
    """Mark ``place`` as empty where it is so; do nothing otherwise."""
    words[place >> 6] &= ~(np.uint64(empty) << np.uint64(place & 63))
    if words[place >> 6] == ZERO:
        words[COARSE + (place >> 12)] &= ~_bit(place >> 6)
        if words[COARSE + (place >> 12)] == ZERO:
            words[TOP + (place >> 18)] &= ~_bit(place >> 12)


@inlined
def at_or_above(words: Words, place: int) -> int:
    """Return the first marked place from ``place`` upwards."""
    word = words[place >> 6] >> np.uint64(place & 63)
    if word != ZERO:
        return place + lowest(word)
    place = (place >> 6) + 1
    word = words[COARSE + (place >> 6)] >> np.uint64(place & 63)
    if word == ZERO:
        place = (place >> 6) + 1
        word = words[TOP + (place >> 6)] >> np.uint64(place & 63)
        while word == ZERO:
            place = ((place >> 6) + 1) << 6
            word = words[TOP + (place >> 6)]
        place += lowest(word)
        word = words[COARSE + place]
        place <<= 6
    place += lowest(word)
    return (place << 6) + lowest(words[place])


@inlined
def at_or_below(words: Words, place: int) -> int:
    """Return the first marked place from ``place`` downwards."""
    word = words[place >> 6] << np.uint64(63 - (place & 63))
    if word != ZERO:
        return place - 63 + highest(word)
    place = (place >> 6) - 1
    word = words[COARSE + (place >> 6)] << np.uint64(63 - (place & 63))
    if word == ZERO:
        place = (place >> 6) - 1
        word = words[TOP + (place >> 6)] << np.uint64(63 - (place & 63))
        while word == ZERO:
            place = ((place >> 6) << 6) - 1
            word = words[TOP + (place >> 6)]
        place += highest(word) - 63
        word = words[COARSE + place]
        place = (place << 6) + 63
    place += highest(word) - 63
    return (place << 6) + highest(words[place])
