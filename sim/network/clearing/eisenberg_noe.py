"""Eisenberg–Noe: who cannot pay in full pays all it has, every creditor the same share."""

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import check
from sim.kernels.clearing import ROUNDING, fictitious_default, fixed_point
from sim.network.clearing.sheet import Sheet, sheet
from sim.network.exposures import Exposures
from sim.network.roles import Contagion

type Method = Literal["fictitious_default", "fixed_point"]
"""Two ways to the same greatest payments: solved default by default, or iterated."""

type Claims = tuple[Ints, Ints, Floats]
"""Claims by creditor: starts, debtors, shares of what the debtors owe."""

METHODS = {"fictitious_default": fictitious_default, "fixed_point": fixed_point}


@dataclass(frozen=True, slots=True, kw_only=True)
class EisenbergNoe:
    r"""Find the greatest payments :math:`p = \min(\bar p, e + \Pi^\top p)`.

    :math:`\bar p` is all that is owed, :math:`e` what there is besides claims, and
    :math:`\Pi_{ij}` the share of i's debts that is owed to j. Creditors outside the network
    rank pari passu with those inside: they are one more creditor who owes nothing.

    Parameters
    ----------
    method : how it is found; both give the same payments.
    tolerance : movement of a payment that no longer counts, share of the payment, > 0.
    rounds : most sweeps through the network, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Eisenberg and Noe (2001), "Systemic risk in financial systems", Management Science 47(2).

    Examples
    --------
    >>> from sim.network.exposures import Exposures
    >>> chain = Exposures(
    ...     names=("a", "b", "c"),
    ...     outside_assets=np.array([4.0, 3.0, 0.0]),
    ...     outside_liabilities=np.zeros(3),
    ...     debtor=np.array([0, 1]),
    ...     creditor=np.array([1, 2]),
    ...     amount=np.array([10.0, 10.0]),
    ... )
    >>> EisenbergNoe().clear(chain, np.zeros(3)).payments
    array([4., 7., 0.])
    """

    method: Method = "fictitious_default"
    tolerance: float = 1e-13
    rounds: int = 20_000

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.method in METHODS, f"method {self.method!r}; there are {', '.join(METHODS)}"),
            (0 < self.tolerance < inf, "tolerance must be finite and > 0"),
            (self.rounds > 0, "rounds must be > 0"),
        )

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return who pays what after a shock."""
        return greatest(
            sheet(exposures, shock), self.method, (1.0, 1.0), (self.tolerance, self.rounds)
        )


def greatest(
    balance: Sheet, method: str, recovery: tuple[float, float], limits: tuple[float, int]
) -> Contagion:
    """Return the greatest clearing of a sheet.

    Parameters
    ----------
    balance : assets and debts after the shock.
    method : a key of ``METHODS``.
    recovery : shares of a defaulter's assets and of its claims that default leaves.
    limits : tolerance as a share of each payment, and the most sweeps.
    """
    size = len(balance.owed)
    payments, wave = np.empty(size), np.empty(size, dtype=np.int64)
    claims, given = balance.incoming(), recovery[0] * balance.assets
    rounds, moved = METHODS[method](
        *claims, balance.assets, balance.owed, given, recovery[1], limits, payments, wave
    )
    inside = received(claims, payments)
    lost = (1.0 - recovery[0]) * balance.assets + (1.0 - recovery[1]) * inside
    costs = np.where(wave >= 0, lost, 0.0)
    residual = left_to_move(balance, claims, given, recovery[1], payments)
    return balance.cleared(
        payments, wave, costs=costs, reached=(moved <= limits[0], residual, rounds)
    )


def left_to_move(
    balance: Sheet, claims: Claims, given: Floats, part: float, payments: Floats
) -> float:
    """Return the largest USD by which one more round would move a payment.

    Parameters
    ----------
    balance, claims : what is cleared, and who is owed what share by whom.
    given, part : USD that each pays by default, and share of what it receives besides.
    payments : (N,) USD.
    """
    inflow = received(claims, payments)
    short = balance.assets + inflow < balance.owed * (1.0 - ROUNDING)
    paid = np.minimum(payments, np.maximum(given + part * inflow, 0.0))
    return float(np.where(short, payments - paid, 0.0).max(initial=0.0))


def received(claims: Claims, payments: Floats) -> Floats:
    """Return what comes in from debtors when these payments are made, (N,) USD."""
    start, debtors, share = claims
    creditors = np.repeat(np.arange(start.size - 1), np.diff(start))
    return np.bincount(creditors, share * payments[debtors], minlength=start.size - 1)
