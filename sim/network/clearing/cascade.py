"""Defaults that follow each other in rounds, each with a loss known as soon as it happens."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from sim.arrays import Bools, Floats
from sim.network.clearing.sheet import Sheet, by_column, by_row, rows
from sim.network.roles import Contagion

ROUNDING = 1e-12
"""Share by which a sum may miss a limit without having crossed it."""

type Failing = Callable[[Floats, Bools], Bools]
"""Tells who fails, given each equity and who has failed before."""


def cascade(
    balance: Sheet, losses: csr_array, outside: Floats, failing: Failing, first: Bools
) -> Contagion:
    """Let entities default round by round until nobody new does.

    Parameters
    ----------
    balance : balance sheets after the shock.
    losses : (N, N) USD that each creditor (column) loses when each debtor (row) defaults.
    outside : (N,) USD that creditors outside the network lose when each entity defaults.
    failing : who fails.
    first : (N,) who fails in the first round whatever its equity.
    """
    exposures, at = balance.exposures, rows(losses)
    equity = exposures.equity() - balance.shock
    wave = np.full(len(exposures), -1, dtype=np.int64)
    rounds, fresh = 0, first | failing(equity, wave >= 0)
    while fresh.any():
        wave[fresh] = rounds
        rounds += 1
        hit = np.where(fresh[at], losses.data, 0.0)
        equity = equity - np.bincount(losses.indices, hit, minlength=len(exposures))
        fresh = failing(equity, wave >= 0) & (wave < 0)
    lost = losses.copy()
    lost.data = np.where(wave[at] >= 0, losses.data, 0.0)
    lost.eliminate_zeros()
    unpaid_outside = np.where(wave >= 0, outside, 0.0)
    shortfall = by_row(lost) + unpaid_outside
    return Contagion(
        payments=exposures.owed() - shortfall,
        shortfall=shortfall,
        equity=exposures.equity() - balance.shock - by_column(lost),
        waves=tuple(np.flatnonzero(wave == each) for each in range(rounds)),
        losses=lost.T.tocsr(),
        outside_losses=unpaid_outside,
        costs=np.zeros(len(exposures)),
        converged=True,
        residual=0.0,
        rounds=rounds,
    )


def insolvent(balance: Sheet) -> Failing:
    """Return the rule that who has negative equity fails, rounding aside."""
    floor = -ROUNDING * (balance.exposures.owed() + balance.exposures.outside_assets)

    def failing(equity: Floats, failed: Bools) -> Bools:
        return (equity < floor) & ~failed

    return failing


def named(balance: Sheet, names: tuple[str, ...]) -> Bools:
    """Return a mask of the entities of these names.

    Raises
    ------
    ConfigError
        If there is no such entity.
    """
    mask = np.zeros(len(balance.exposures), dtype=np.bool_)
    mask[[balance.exposures.index(name) for name in names]] = True
    return mask
