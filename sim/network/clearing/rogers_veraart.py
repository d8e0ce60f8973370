"""Rogers–Veraart: as Eisenberg–Noe, but default destroys part of what the defaulter has."""

from dataclasses import dataclass
from math import inf

from sim.arrays import Floats
from sim.errors import check
from sim.network.clearing.eisenberg_noe import METHODS, Method, greatest
from sim.network.clearing.sheet import sheet
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class RogersVeraart:
    r"""Find the greatest payments when defaulters pay :math:`\alpha e + \beta \Pi^\top p`.

    With costs there may be several clearing vectors; the greatest is the one in which no
    default happens that need not, and the one returned. Creditors outside the network rank
    pari passu with those inside.

    Parameters
    ----------
    alpha : share of a defaulter's assets besides claims that is left, in [0, 1].
    beta : share of what its debtors pay it that is left, in [0, 1].
    method, tolerance, rounds : as in ``EisenbergNoe``.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Rogers and Veraart (2013), "Failure and rescue in an interbank network", Management
    Science 59(4).

    Examples
    --------
    >>> import numpy as np
    >>> from sim.network.exposures import Exposures
    >>> pair = Exposures(
    ...     names=("a", "b"),
    ...     outside_assets=np.array([4.0, 3.0]),
    ...     outside_liabilities=np.zeros(2),
    ...     debtor=np.array([0]),
    ...     creditor=np.array([1]),
    ...     amount=np.array([10.0]),
    ... )
    >>> RogersVeraart(alpha=0.5).clear(pair, np.zeros(2)).payments
    array([2., 0.])
    """

    alpha: float = 0.9
    beta: float = 0.9
    method: Method = "fictitious_default"
    tolerance: float = 1e-13
    rounds: int = 20_000

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 <= self.alpha <= 1, "alpha must lie in [0, 1]"),
            (0 <= self.beta <= 1, "beta must lie in [0, 1]"),
            (self.method in METHODS, f"method {self.method!r}; there are {', '.join(METHODS)}"),
            (0 < self.tolerance < inf, "tolerance must be finite and > 0"),
            (self.rounds > 0, "rounds must be > 0"),
        )

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return who pays what after a shock."""
        limits = (self.tolerance, self.rounds)
        return greatest(sheet(exposures, shock), self.method, (self.alpha, self.beta), limits)
