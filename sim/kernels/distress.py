"""Distress that runs from debtors to creditors: DebtRank, the one of 2012 and the linear one.

Leverage is a sparse matrix by debtor: row j lists the creditors of j, and for each what it is
owed by j as a share of its own equity. Only entities whose distress has just risen are visited.
"""

import numpy as np

from sim.arrays import Floats, Ints
from sim.kernels.compiled import kernel


@kernel
def linear_distress(
    start: Ints,
    creditors: Ints,
    leverage: Floats,
    limits: tuple[float, int],
    level: Floats,
    wave: Ints,
) -> tuple[int, float]:
    """Let distress spread until it stops; return the rounds and the last largest rise.

    Parameters
    ----------
    start, creditors, leverage : claims by debtor, (n + 1,), (m,), (m,).
    limits : rise that no longer counts, and the most rounds.
    level : (n,) share of equity lost at first, in [0, 1]; changed in place.
    wave : (n,) overwritten: the round in which all equity was gone, -1 for never.
    """
    n = level.size
    rise, further = level.copy(), np.zeros(n)
    now, then = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    count, most = 0, 0.0
    for i in range(n):
        wave[i] = 0 if level[i] >= 1.0 else -1
        if level[i] > 0.0:
            now[count] = i
            count += 1
            most = max(most, level[i])
    rounds = 0
    while count > 0 and most > limits[0] and rounds < limits[1]:
        rounds += 1
        reached = 0
        for k in range(count):
            j = now[k]
            up = rise[j]
            rise[j] = 0.0
            for e in range(start[j], start[j + 1]):
                i, step = creditors[e], leverage[e] * up
                if level[i] < 1.0 and step > 0.0:
                    if further[i] == 0.0:
                        then[reached] = i
                        reached += 1
                    further[i] += step
        if reached * 8 > n:  # in order, so that rows are read one after the other
            reached = 0
            for i in range(n):
                if further[i] > 0.0:
                    then[reached] = i
                    reached += 1
        count, most = 0, 0.0
        for k in range(reached):
            i = then[k]
            new = min(1.0, level[i] + further[i])
            further[i] = 0.0
            rise[i] = new - level[i]
            level[i] = new
            if new >= 1.0:
                wave[i] = rounds
            if rise[i] > 0.0:
                now[count] = i
                count += 1
                most = max(most, rise[i])
    return rounds, most if count > 0 else 0.0


@kernel
def distress_once(start: Ints, creditors: Ints, leverage: Floats, level: Floats, wave: Ints) -> int:
    """Let distress spread with each entity passing it on once; return the rounds.

    Parameters are those of ``linear_distress``. Each entity passes on, in the round after it
    was first hit, all the distress it then has; what hits it later stays with it.
    """
    n = level.size
    fresh, done = level > 0.0, np.zeros(n, dtype=np.bool_)
    now, then = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    passed = np.empty(n)
    count = 0
    for i in range(n):
        wave[i] = 0 if level[i] >= 1.0 else -1
        if fresh[i]:
            now[count] = i
            count += 1
    rounds = 0
    while count > 0:
        rounds += 1
        reached = 0
        for k in range(count):
            passed[k] = level[now[k]]
            done[now[k]] = True
        for k in range(count):
            for e in range(start[now[k]], start[now[k] + 1]):
                i = creditors[e]
                if level[i] < 1.0:
                    level[i] = min(1.0, level[i] + min(1.0, leverage[e]) * passed[k])
                    if level[i] >= 1.0:
                        wave[i] = rounds
                # Who has no equity is not hurt by now, and may yet be reached by a later round.
                if level[i] > 0.0 and not done[i] and not fresh[i]:
                    fresh[i] = True
                    then[reached] = i
                    reached += 1
        count = reached
        now[:count] = then[:count]
    return rounds


BLOCK = 16
"""Entities whose distress is worked out together, so that the inner loop runs on vectors."""


@kernel
def reach(
    start: Ints,
    debtors: Ints,
    leverage: Floats,
    weights: Floats,
    limits: tuple[float, int],
    first: int,
    out: Floats,
    hurt: Floats,
) -> float:
    """Fill ``out`` with the linear DebtRank of entities from ``first`` on; return the last rise.

    Whatever the order in which it spreads, linear distress ends at the least solution of
    ``h = min(1, first level + leverage x h)``. Here each entity reads what its debtors have
    by now, which takes fewer sweeps than rounds, and many failures share each reading.

    Parameters
    ----------
    start, debtors, leverage : claims by creditor, (n + 1,), (m,), (m,).
    weights : (n,) what each entity counts for; they sum to 1.
    limits : as in ``linear_distress``.
    first : the first entity that fails.
    out : (k,) overwritten: weighted distress of all others if this entity loses all equity.
    hurt : (n,) distress of each entity is added here, once for every other that fails.
    """
    n = weights.size
    level, new = np.empty((n, BLOCK)), np.empty(BLOCK)
    worst = 0.0
    for block in range(0, out.size, BLOCK):
        here = min(BLOCK, out.size - block)
        level[:] = 0.0
        for k in range(here):
            level[first + block + k, k] = 1.0
        sweeps, rise = 0, limits[0] + 1.0
        while rise > limits[0] and sweeps < limits[1]:
            sweeps += 1
            rise = 0.0
            for i in range(n):
                new[:] = 0.0
                for e in range(start[i], start[i + 1]):
                    for k in range(BLOCK):
                        new[k] += leverage[e] * level[debtors[e], k]
                for k in range(BLOCK):
                    up = min(1.0, new[k])
                    if up > level[i, k]:
                        rise = max(rise, up - level[i, k])
                        level[i, k] = up
        worst = max(worst, rise)
        for k in range(here):
            total = 0.0
            for i in range(n):
                if i != first + block + k:
                    total += weights[i] * level[i, k]
                    hurt[i] += level[i, k]
            out[block + k] = total
    return worst


@kernel
def reach_once(
    start: Ints,
    creditors: Ints,
    leverage: Floats,
    weights: Floats,
    first: int,
    out: Floats,
    hurt: Floats,
) -> None:
    """Fill ``out`` with the DebtRank of 2012 of entities from ``first`` on.

    Parameters
    ----------
    start, creditors, leverage : claims by debtor, as in ``distress_once``.
    weights, first, out, hurt : as in ``reach``.
    """
    n = weights.size
    level, wave = np.empty(n), np.empty(n, dtype=np.int64)
    for k in range(out.size):
        level[:] = 0.0
        level[first + k] = 1.0
        distress_once(start, creditors, leverage, level, wave)
        total = 0.0
        for i in range(n):
            if i != first + k:
                total += weights[i] * level[i]
                hurt[i] += level[i]
        out[k] = total
