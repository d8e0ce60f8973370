"""Payments that clear a network of claims: what each pays when others may not pay in full.

Claims are a sparse matrix by creditor: row i lists who owes i, and which ``share`` of all that
the debtor owes goes to i. Sums run in the order of the row, so that bits never differ.
"""

from sim.arrays import Floats, Ints
from sim.kernels.compiled import inlined, kernel

ROUNDING = 1e-13
"""Share of its debts by which an entity may fall short without being said to default."""


@inlined
def _inflow(i: int, start: Ints, debtors: Ints, share: Floats, payments: Floats) -> float:
    """Return what entity i receives from its debtors."""
    total = 0.0
    for k in range(start[i], start[i + 1]):
        total += share[k] * payments[debtors[k]]
    return total


@inlined
def _paid(assets: float, inflow: float, owed: float, recovery: tuple[float, float]) -> float:
    """Return what an entity pays: all it owes, or what its default leaves of its assets."""
    if assets + inflow >= owed * (1.0 - ROUNDING):
        return owed
    return min(owed, recovery[0] * assets + recovery[1] * inflow)


@kernel
def fictitious_default(
    start: Ints,
    debtors: Ints,
    share: Floats,
    assets: Floats,
    owed: Floats,
    recovery: tuple[float, float],
    limits: tuple[float, int],
    payments: Floats,
    wave: Ints,
) -> tuple[int, float]:
    """Find the greatest clearing payments, default by default; return sweeps and residual.

    All pay in full; whoever then cannot defaults; what defaulters pay each other is solved
    with that set held fixed; and again, until nobody new defaults.

    Parameters
    ----------
    start, debtors, share : claims by creditor, (n + 1,), (m,), (m,).
    assets : (n,) USD besides claims, >= 0.
    owed : (n,) USD.
    recovery : shares of assets and of claims that default leaves.
    limits : USD by which a payment may still move, and the most sweeps.
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
                if _paid(assets[i], inflow, owed[i], (1.0, 1.0)) < owed[i]:
                    wave[i] = waves
                    fresh += 1
        if fresh == 0:
            break
        waves += 1
        moved = limits[0] + 1.0
        while moved > limits[0] and sweeps < limits[1]:
            moved = 0.0
            sweeps += 1
            for i in range(n):
                if wave[i] >= 0:
                    inflow = _inflow(i, start, debtors, share, payments)
                    paid = min(payments[i], recovery[0] * assets[i] + recovery[1] * inflow)
                    moved = max(moved, payments[i] - paid)
                    payments[i] = paid
    return sweeps, moved


@kernel
def fixed_point(
    start: Ints,
    debtors: Ints,
    share: Floats,
    assets: Floats,
    owed: Floats,
    recovery: tuple[float, float],
    limits: tuple[float, int],
    payments: Floats,
    wave: Ints,
) -> tuple[int, float]:
    """Find the same payments by letting all answer at once, from payment in full downwards.

    Parameters and results are those of ``fictitious_default``; a wave is a round in which
    somebody defaulted.
    """
    n = owed.size
    payments[:] = owed
    wave[:] = -1
    before = owed.copy()
    sweeps, waves, moved = 0, 0, limits[0] + 1.0
    while moved > limits[0] and sweeps < limits[1]:
        moved, fresh = 0.0, 0
        sweeps += 1
        before[:] = payments
        for i in range(n):
            inflow = _inflow(i, start, debtors, share, before)
            paid = min(before[i], _paid(assets[i], inflow, owed[i], recovery))
            moved = max(moved, before[i] - paid)
            payments[i] = paid
            if paid < owed[i] and wave[i] < 0:
                wave[i] = waves
                fresh += 1
        waves += 1 if fresh > 0 else 0
    return sweeps, moved


@kernel
def transmit(
    start: Ints,
    debtors: Ints,
    share: Floats,
    assets: Floats,
    owed: Floats,
    tau: float,
    limits: tuple[float, int],
    payments: Floats,
    wave: Ints,
) -> tuple[int, float]:
    """Find payments that fall short by ``tau`` times each entity's stress.

    Parameters and results are those of ``fixed_point``; stress is what an entity owes beyond
    its assets and what it receives.
    """
    n = owed.size
    payments[:] = owed
    wave[:] = -1
    before = owed.copy()
    sweeps, waves, moved = 0, 0, limits[0] + 1.0
    while moved > limits[0] and sweeps < limits[1]:
        moved, fresh = 0.0, 0
        sweeps += 1
        before[:] = payments
        for i in range(n):
            have = assets[i] + _inflow(i, start, debtors, share, before)
            stress = owed[i] - have if have < owed[i] * (1.0 - ROUNDING) else 0.0
            paid = min(before[i], max(0.0, owed[i] - tau * stress))
            moved = max(moved, before[i] - paid)
            payments[i] = paid
            if paid < owed[i] and wave[i] < 0:
                wave[i] = waves
                fresh += 1
        waves += 1 if fresh > 0 else 0
    return sweeps, moved
