"""Payments that clear a network of claims: what each pays when others may not pay in full.

Claims are a sparse matrix by creditor: row i lists who owes i, and which ``share`` of all that
the debtor owes goes to i. Sums run in the order of the row, so that bits never differ.
"""

import numpy as np

from sim.arrays import Floats, Ints
from sim.kernels.compiled import inlined, kernel

ROUNDING = 1e-13
"""Share of its debts by which an entity may fall short without being said to default."""
OVERSHOOT = 1e-9
"""Share by which elimination may miss payments from above: its rounding, not the crawl's."""
PATIENCE, MOST = 64, 1000
"""Sweeps before the first leap, the next after twice as many, and so on; most members of one."""


@inlined
def _inflow(i: int, start: Ints, debtors: Ints, share: Floats, payments: Floats) -> float:
    """Return what entity i receives from its debtors."""
    total = 0.0
    for k in range(start[i], start[i + 1]):
        total += share[k] * payments[debtors[k]]
    return total


@inlined
def _short(assets: float, inflow: float, owed: float) -> bool:
    """Tell whether an entity has less than it owes."""
    return assets + inflow < owed * (1.0 - ROUNDING)


@inlined
def _fall(before: float, paid: float, owed: float) -> float:
    """Return by which share of itself a payment falls.

    Not by which share of all debts: a dollar that no longer counts for one entity may be all
    that another is owed.
    """
    return (before - paid) / max(before, ROUNDING * owed)


@kernel
def leap(
    start: Ints,
    debtors: Ints,
    share: Floats,
    given: Floats,
    part: float,
    members: Ints,
    payments: Floats,
) -> bool:
    """Solve what members pay each other at once, and take it if it is between 0 and now.

    Sweeps crawl where members owe nearly all they have to each other; elimination does not.
    The equations are those of an M-matrix, which needs no pivots.

    Parameters
    ----------
    start, debtors, share : claims by creditor, as in ``fictitious_default``.
    given : (n,) USD that each member pays besides ``part`` of what it receives.
    part : share of what is received that is paid on.
    members : (k,) whose payments are solved; the others' stay as they are.
    payments : (n,) USD, changed in place for members if the solution is taken.
    """
    k = members.size
    place = np.full(payments.size, -1, dtype=np.int64)
    for r in range(k):
        place[members[r]] = r
    rows = np.zeros((k, k + 1))
    for r in range(k):
        i = members[r]
        rows[r, r] = 1.0
        rows[r, k] = given[i]
        for e in range(start[i], start[i + 1]):
            j = debtors[e]
            if place[j] >= 0:
                rows[r, place[j]] -= part * share[e]
            else:
                rows[r, k] += part * share[e] * payments[j]
    for r in range(k):
        if rows[r, r] < ROUNDING:
            return False
        for below in range(r + 1, k):
            times = rows[below, r] / rows[r, r]
            if times != 0.0:
                for c in range(r, k + 1):
                    rows[below, c] -= times * rows[r, c]
    for r in range(k - 1, -1, -1):
        for c in range(r + 1, k):
            rows[r, k] -= rows[r, c] * rows[c, k]
        rows[r, k] /= rows[r, r]
        if rows[r, k] < 0.0 or rows[r, k] > payments[members[r]] * (1.0 + OVERSHOOT):
            return False
    for r in range(k):
        payments[members[r]] = min(payments[members[r]], rows[r, k])
    return True


@kernel
def fictitious_default(
    start: Ints,
    debtors: Ints,
    share: Floats,
    assets: Floats,
    owed: Floats,
    given: Floats,
    part: float,
    limits: tuple[float, int],
    payments: Floats,
    wave: Ints,
) -> tuple[int, float]:
    """Find the greatest clearing payments, default by default; return sweeps and last movement.

    All pay in full; whoever then cannot defaults; what defaulters pay each other is solved
    with that set held fixed; and again, until nobody new defaults. Movement is infinite
    where sweeps ran out before a new defaulter's payment was looked at.

    Parameters
    ----------
    start, debtors, share : claims by creditor, (n + 1,), (m,), (m,).
    assets : (n,) USD besides claims, >= 0.
    owed : (n,) USD.
    given : (n,) USD that each pays by default, >= 0, besides
    part : the share of what it receives.
    limits : share of itself by which a payment may still move, and the most sweeps.
    payments : (n,) USD, overwritten.
    wave : (n,) overwritten: in which wave each defaulted, -1 for never.
    """
    n = owed.size
    payments[:] = owed
    wave[:] = -1
    sweeps, waves, moved = 0, 0, 0.0
    while True:
        fresh = 0
        for i in range(n):
            if wave[i] < 0:
                inflow = _inflow(i, start, debtors, share, payments)
                if _short(assets[i], inflow, owed[i]):
                    wave[i] = waves
                    fresh += 1
        if fresh == 0:
            break
        waves += 1
        moved, here, due = np.inf, 0, PATIENCE
        while moved > limits[0] and sweeps < limits[1]:
            moved = 0.0
            sweeps += 1
            here += 1
            if here == due:
                due *= 2
                members = np.flatnonzero(wave >= 0)
                if members.size <= MOST:
                    leap(start, debtors, share, given, part, members, payments)
            for i in range(n):
                if wave[i] >= 0:
                    inflow = _inflow(i, start, debtors, share, payments)
                    paid = min(payments[i], given[i] + part * inflow)
                    moved = max(moved, _fall(payments[i], paid, owed[i]))
                    payments[i] = paid
    return sweeps, moved


@kernel
def fixed_point(
    start: Ints,
    debtors: Ints,
    share: Floats,
    assets: Floats,
    owed: Floats,
    given: Floats,
    part: float,
    limits: tuple[float, int],
    payments: Floats,
    wave: Ints,
) -> tuple[int, float]:
    """Find the same payments by letting all answer at once, from payment in full downwards.

    Parameters and results are those of ``fictitious_default``, but that ``given`` may be
    negative where ``part`` is more than one: nobody pays less than nothing. A wave is a round in
    which somebody first fell short.
    """
    n = owed.size
    payments[:] = owed
    wave[:] = -1
    before = owed.copy()
    sweeps, waves, moved, quiet, due = 0, 0, np.inf, 0, PATIENCE
    while moved > limits[0] and sweeps < limits[1]:
        moved, fresh = 0.0, 0
        sweeps += 1
        before[:] = payments
        for i in range(n):
            inflow, paid = _inflow(i, start, debtors, share, before), before[i]
            if _short(assets[i], inflow, owed[i]):
                paid = min(paid, max(0.0, given[i] + part * inflow))
                moved = max(moved, _fall(before[i], paid, owed[i]))
            payments[i] = paid
            if paid < owed[i] and wave[i] < 0:
                wave[i] = waves
                fresh += 1
        waves += 1 if fresh > 0 else 0
        quiet = 0 if fresh > 0 else quiet + 1
        if quiet >= due:
            due *= 2
            members = np.flatnonzero((wave >= 0) & (payments > 0.0))
            if members.size <= MOST:
                leap(start, debtors, share, given, part, members, payments)
    return sweeps, moved
