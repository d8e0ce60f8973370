"""What every clearing starts from: free assets, unsecured debts, and claims as sparse matrices."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from sim.arrays import Floats, Ints
from sim.errors import ConfigError
from sim.network.checks import SLACK, listed
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """Balance sheets after a shock, with what collateral pays already settled.

    Parameters
    ----------
    exposures : what they were made of.
    shock : (N,) USD lost of outside assets.
    assets : (N,) USD that are there for unsecured creditors, claims left out.
    debts : (N, N) unsecured claims, row debtor, column creditor, USD.
    owed : (N,) unsecured debts, inside and outside, USD.
    secured : (N,) debts that collateral pays, USD.
    """

    exposures: Exposures
    shock: Floats
    assets: Floats
    debts: csr_array
    owed: Floats
    secured: Floats

    def incoming(self) -> tuple[Ints, Ints, Floats]:
        """Return claims by creditor for a kernel: starts, debtors, shares of what they owe."""
        claims = self.debts.T.tocsr()
        claims.sort_indices()
        debtors = claims.indices.astype(np.int64)
        return claims.indptr.astype(np.int64), debtors, claims.data / self.owed[debtors]

    def outgoing(self) -> tuple[Ints, Ints, Floats]:
        """Return claims by debtor for a kernel: starts, creditors, USD."""
        start, creditors = self.debts.indptr, self.debts.indices
        return start.astype(np.int64), creditors.astype(np.int64), self.debts.data

    def cleared(
        self,
        payments: Floats,
        wave: Ints,
        *,
        costs: Floats,
        reached: tuple[bool, float, int],
    ) -> Contagion:
        """Return the result that payments of unsecured debts amount to.

        Parameters
        ----------
        payments : (N,) USD of unsecured debts paid.
        wave : (N,) in which wave each entity defaulted, -1 for never.
        costs : (N,) USD destroyed at each entity.
        reached : whether it converged, the residual, the rounds.
        """
        unpaid = np.maximum(self.owed - payments, 0.0)
        share = np.divide(unpaid, self.owed, out=np.zeros_like(unpaid), where=self.owed > 0)
        losses = self.debts.copy()
        losses.data = self.debts.data * share[rows(self.debts)]
        losses.eliminate_zeros()
        received = by_column(self.debts) - by_column(losses)
        converged, residual, rounds = reached
        return Contagion(
            payments=payments + self.secured,
            shortfall=unpaid,
            equity=self.assets + received - payments - costs,
            waves=by_wave(wave),
            losses=losses.T.tocsr(),
            outside_losses=self.exposures.outside_liabilities * share,
            costs=costs,
            converged=converged,
            residual=residual,
            rounds=rounds,
        )


def rows(matrix: csr_array) -> Ints:
    """Return the row of every entry of a sparse matrix."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def by_column(matrix: csr_array) -> Floats:
    """Add up a sparse matrix by column, in order, (N,)."""
    return np.bincount(matrix.indices, matrix.data, minlength=matrix.shape[1])


def by_row(matrix: csr_array) -> Floats:
    """Add up a sparse matrix by row, in order, (N,)."""
    return np.bincount(rows(matrix), matrix.data, minlength=matrix.shape[0])


def by_wave(wave: Ints) -> tuple[Ints, ...]:
    """Return who defaulted in each wave, waves without anybody left out."""
    return tuple(np.flatnonzero(wave == each) for each in np.unique(wave[wave >= 0]))


def sheet(exposures: Exposures, shock: Floats) -> Sheet:
    """Return the balance sheets after a shock.

    Raises
    ------
    ConfigError
        If the shock has the wrong length, or takes what is not there, naming from whom.
    """
    _check(exposures, shock)
    size = len(exposures)
    secured = exposures.secured()
    paid = np.bincount(exposures.debtor, secured, minlength=size)
    received = np.bincount(exposures.creditor, secured, minlength=size)
    free = exposures.outside_assets - shock + (exposures.posted() - paid) + received
    debts = exposures.matrix(exposures.amount - secured)
    debts.eliminate_zeros()
    inside = by_row(debts)
    return Sheet(
        exposures=exposures,
        shock=shock,
        assets=np.maximum(free, 0.0),
        debts=debts,
        owed=inside + exposures.outside_liabilities,
        secured=paid,
    )


def _check(exposures: Exposures, shock: Floats) -> None:
    """Refuse a shock that does not fit."""
    if shock.shape != (len(exposures),):
        raise ConfigError(f"the shock has shape {shock.shape}; it needs {len(exposures)} numbers")
    names, there = exposures.names, exposures.outside_assets
    problems = [
        *listed(
            ~(np.isfinite(shock) & (shock >= 0)),
            lambda i: f"{names[i]}: a shock of {shock[i]:g} USD; it must be >= 0",
        ),
        *listed(
            shock > there * (1.0 + SLACK),
            lambda i: (
                f"{names[i]}: a shock of {shock[i]:g} USD is more than its outside assets of "
                f"{there[i]:g}"
            ),
        ),
    ]
    if problems:
        raise ConfigError(*problems)
