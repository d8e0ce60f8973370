"""Paddrik–Rajan–Young: margin payments that fall short by a multiple of each one's stress."""

from dataclasses import dataclass
from math import inf

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.kernels.clearing import fixed_point
from sim.network.clearing.eisenberg_noe import left_to_move
from sim.network.clearing.sheet import sheet
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddrikRajanYoung:
    r"""Find payments :math:`p_i = (\bar p_i - \tau s_i)^+` under variation-margin stress.

    Stress :math:`s_i = (\bar p_i - \sum_k p_{ki} - b_i)^+` is what an entity must pay beyond
    what it receives and its liquid buffer :math:`b_i`, its outside assets. With
    :math:`\tau = 1` this is Eisenberg–Noe; below, it finds part of the money elsewhere and
    its equity in the result goes negative by that; above, it holds back more than it lacks.
    Creditors outside the network rank pari passu with those inside. An entity that pays less
    than all defaults.

    Parameters
    ----------
    tau : :math:`\tau`, how much of its stress an entity hands on, in [0, 1.5].
    tolerance, rounds : as in ``EisenbergNoe``.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Paddrik, Rajan and Young (2020), "Contagion in derivatives markets", Management Science
    66(8).

    Examples
    --------
    >>> from sim.network.exposures import Exposures
    >>> pair = Exposures(
    ...     names=("a", "b"),
    ...     outside_assets=np.array([4.0, 3.0]),
    ...     outside_liabilities=np.zeros(2),
    ...     debtor=np.array([0]),
    ...     creditor=np.array([1]),
    ...     amount=np.array([10.0]),
    ... )
    >>> PaddrikRajanYoung(tau=0.5).clear(pair, np.zeros(2)).payments
    array([7., 0.])
    """

    tau: float = 1.0
    tolerance: float = 1e-13
    rounds: int = 20_000

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 <= self.tau <= 1.5, "tau must lie in [0, 1.5]"),
            (0 < self.tolerance < inf, "tolerance must be finite and > 0"),
            (self.rounds > 0, "rounds must be > 0"),
        )

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return who pays what after a shock."""
        balance = sheet(exposures, shock)
        payments, wave = np.empty(len(exposures)), np.empty(len(exposures), dtype=np.int64)
        # Who is short by s pays what it owes less tau s: so much, and tau of what it receives.
        given = (1.0 - self.tau) * balance.owed + self.tau * balance.assets
        claims, limits = balance.incoming(), (self.tolerance, self.rounds)
        rounds, moved = fixed_point(
            *claims, balance.assets, balance.owed, given, self.tau, limits, payments, wave
        )
        residual = left_to_move(balance, claims, given, self.tau, payments)
        reached = (moved <= self.tolerance, residual, rounds)
        return balance.cleared(payments, wave, costs=np.zeros(len(exposures)), reached=reached)

    def stress(self, exposures: Exposures, shock: Floats) -> Floats:
        """Return what each entity lacks once everybody has paid what it pays, (N,) USD.

        Raises
        ------
        NotConvergedError
            If the payments were not found.
        """
        found = self.clear(exposures, shock).sound()
        return np.maximum(found.shortfall - found.equity, 0.0)
