"""Sets of rows, kept rising and without doubles: joined, taken apart and searched in one pass."""

from sim.arrays import Bools, Ints
from sim.kernels.compiled import kernel


@kernel
def union(one: Ints, other: Ints, out: Ints) -> int:
    """Fill ``out`` with all rows of two sets, rising; return how many.

    Parameters
    ----------
    one, other : (n,), (m,) rising.
    out : (n + m,) overwritten as far as the result reaches.
    """
    i = j = count = 0
    while i < one.size and j < other.size:
        if one[i] < other[j]:
            out[count] = one[i]
            i += 1
        elif one[i] > other[j]:
            out[count] = other[j]
            j += 1
        else:
            out[count] = one[i]
            i += 1
            j += 1
        count += 1
    while i < one.size:
        out[count] = one[i]
        i += 1
        count += 1
    while j < other.size:
        out[count] = other[j]
        j += 1
        count += 1
    return count


@kernel
def difference(one: Ints, other: Ints, out: Ints) -> int:
    """Fill ``out`` with the rows of ``one`` that are not in ``other``; return how many.

    Parameters
    ----------
    one, other : (n,), (m,) rising.
    out : (n,) overwritten as far as the result reaches.
    """
    j = count = 0
    for i in range(one.size):
        while j < other.size and other[j] < one[i]:
            j += 1
        if j == other.size or other[j] != one[i]:
            out[count] = one[i]
            count += 1
    return count


@kernel
def members(rows: Ints, among: Ints, out: Bools) -> None:
    """Tell of each row whether it is in a set.

    Parameters
    ----------
    rows : (n,) in any order.
    among : (m,) rising.
    out : (n,) overwritten.
    """
    for i in range(rows.size):
        low, high = 0, among.size
        while low < high:
            middle = (low + high) // 2
            if among[middle] < rows[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low < among.size and among[low] == rows[i]
