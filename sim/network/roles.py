"""What a clearing does, and what it finds."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array

from sim.arrays import Bools, Floats, Ints
from sim.errors import UserError
from sim.network.exposures import Exposures


class NotConvergedError(UserError):
    """A fixed point that was not reached; what there is of it is no result."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contagion:
    """Who paid what, who defaulted when, and who lost what to whom.

    Creditors outside the network rank pari passu with those inside: an entity that cannot pay
    in full pays every unsecured claim the same share. Collateral pays its own claim first.
    Equity holders come last. Algorithms that offer another ranking say so.

    Parameters
    ----------
    payments : (N,) USD that each entity pays, inside and outside, collateral included.
    shortfall : (N,) USD owed and not paid.
    equity : (N,) USD left afterwards; negative where the algorithm knows no limited liability.
    waves : who defaulted in each wave, the first wave by the shock alone; increasing indices.
    losses : (N, N) USD, row creditor, column debtor: what i lost on its claims on j.
    outside_losses : (N,) USD that creditors outside the network lost on each entity.
    costs : (N,) USD destroyed at each entity beyond the shock: by default, or by own and
        others' forced sales.
    converged : whether the fixed point was reached.
    residual : largest USD by which one more round would have changed a payment.
    rounds : how many rounds that took.
    """

    payments: Floats
    shortfall: Floats
    equity: Floats
    waves: tuple[Ints, ...]
    losses: csr_array
    outside_losses: Floats
    costs: Floats
    converged: bool
    residual: float
    rounds: int

    def defaulted(self) -> Bools:
        """Tell who defaulted, (N,)."""
        return self.wave_of() >= 0

    def wave_of(self) -> Ints:
        """Return the wave in which each entity defaulted, (N,); -1 where it did not."""
        out = np.full(len(self.payments), -1, dtype=np.int64)
        for wave, members in enumerate(self.waves):
            out[members] = wave
        return out

    def sound(self) -> "Contagion":
        """Return this, if it is a result.

        Raises
        ------
        NotConvergedError
            If the fixed point was not reached, with the residual.
        """
        if not self.converged:
            raise NotConvergedError(
                f"the clearing did not converge: after {self.rounds:,} rounds a payment still "
                f"moves by {self.residual:.3g} USD; allow more rounds, or a larger tolerance"
            )
        return self


class Clearing(Protocol):
    """A way in which a loss travels from balance sheet to balance sheet."""

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return what a shock leads to.

        Parameters
        ----------
        exposures : balance sheets and claims before the shock.
        shock : (N,) USD lost of outside assets, >= 0, no more than there are.

        Raises
        ------
        ConfigError
            If the shock does not fit the balance sheets.

        Notes
        -----
        What did not converge comes back with ``converged`` false: callers take
        ``clear(...).sound()``, which refuses it.
        """
        ...


class Generator(Protocol):
    """A way to draw a network, where the true one is not known."""

    def generate(self, n: int, seed: int) -> Exposures:
        """Return a network of ``n`` entities; the same seed gives the same.

        Raises
        ------
        ConfigError
            If so many entities cannot be linked as asked, or fall into parts.
        """
        ...
