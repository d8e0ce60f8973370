"""What both kinds of DebtRank share: leverage as a sparse matrix, and distress as a result."""

from typing import Protocol

import numpy as np

from sim.arrays import Floats, Ints
from sim.network.clearing.cascade import ROUNDING
from sim.network.clearing.sheet import Sheet, by_row, rows, sheet
from sim.network.exposures import Exposures
from sim.network.roles import Contagion

type Leverage = tuple[Ints, Ints, Floats]
"""Claims by debtor for a kernel: starts, creditors, USD as a share of the creditor's equity."""


class Spread(Protocol):
    """How distress runs through the network from a first level."""

    def __call__(self, leverage: Leverage, level: Floats, wave: Ints) -> tuple[int, float]:
        """Change ``level`` in place, fill ``wave``, and return rounds and the last largest rise."""
        ...


def leverage_of(balance: Sheet, equity: Floats) -> Leverage:
    """Return unsecured claims as shares of the creditors' equity.

    Who has no equity before the shock cannot lose any: its row is left out by a share of 0.
    """
    start, creditors, usd = balance.outgoing()
    base = equity[creditors]
    return start, creditors, np.divide(usd, base, out=np.zeros_like(usd), where=base > 0)


def first_level(exposures: Exposures, shock: Floats) -> Floats:
    """Return the share of its equity that a shock takes from each entity, (N,), in [0, 1].

    Who owes more than it has after the shock is in full distress. Who has no equity, and owes
    no more than it has, has nothing to lose and is in none.
    """
    equity = exposures.equity()
    floor = -ROUNDING * (exposures.owed() + exposures.outside_assets)
    share = np.divide(shock, equity, out=np.zeros_like(shock), where=equity > 0)
    return np.where(equity - shock < floor, 1.0, np.minimum(share, 1.0))


def distressed(exposures: Exposures, shock: Floats, tolerance: float, spread: Spread) -> Contagion:
    """Return what a shock leads to when claims lose the share of equity that debtors lose.

    Nothing is paid and nobody is wound up: ``payments`` is what debts are then worth,
    ``equity`` what is left of it, and a wave is a round in which somebody lost all its equity.
    """
    balance = sheet(exposures, shock)
    equity = exposures.equity()
    level, wave = first_level(exposures, shock), np.empty(len(exposures), dtype=np.int64)
    rounds, residual = spread(leverage_of(balance, equity), level, wave)
    unpaid = balance.debts.copy()
    unpaid.data = balance.debts.data * level[rows(balance.debts)]
    return Contagion(
        payments=exposures.owed() - by_row(unpaid),
        shortfall=by_row(unpaid),
        equity=np.where(equity > 0, equity * (1.0 - level), equity - shock),
        waves=tuple(np.flatnonzero(wave == each) for each in np.unique(wave[wave >= 0])),
        losses=unpaid.T.tocsr(),
        outside_losses=np.zeros(len(exposures)),
        costs=np.zeros(len(exposures)),
        converged=residual <= tolerance,
        residual=residual * float(exposures.owed().max(initial=0.0)),
        rounds=rounds,
    )
