"""Maximum entropy: claims spread as evenly as totals allow."""

from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.network.exposures import Exposures
from sim.network.generators.marginals import Marginals, drawn
from sim.network.generators.sheets import Sheets
from sim.network.roles import NotConvergedError

MOST = 5000
"""Entities up to which the full matrix is filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxEntropy:
    """Fill in the matrix that totals say most about and nothing else does.

    Rows and columns are scaled in turn (RAS) from a matrix that is the product of totals,
    with nothing owed to oneself. Everybody comes to owe everybody a little, which
    understates contagion.

    Parameters
    ----------
    tolerance : error of a total that no longer counts, share of the largest, > 0.
    rounds : most rounds, > 0.
    sheets : what balance sheets look like where totals are drawn.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Upper and Worms (2004), "Estimating bilateral exposures in the German interbank market",
    European Economic Review 48(4).

    Examples
    --------
    >>> drawn = MaxEntropy().generate(20, seed=1)
    >>> len(drawn.amount) == 20 * 19
    True
    """

    tolerance: float = 1e-12
    rounds: int = 10_000
    sheets: Sheets = field(default_factory=Sheets)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.tolerance > 0, "tolerance must be > 0"),
            (self.rounds > 0, "rounds must be > 0"),
        )

    def generate(self, n: int, seed: int) -> Exposures:
        """Return a network of ``n`` entities whose totals are drawn."""
        check((n <= MOST, f"n must be <= {MOST:,} where everybody owes everybody, not {n:,}"))
        return self.reconstruct(drawn(self.sheets, n, seed))

    def reconstruct(self, known: Marginals, seed: int = 0) -> Exposures:  # noqa: ARG002 - no draws
        """Return a network with these totals.

        Raises
        ------
        NotConvergedError
            If the scaling does not settle.
        """
        return known.exposures(self._scaled(known.claims, known.debts))

    def _scaled(self, claims: Floats, debts: Floats) -> Floats:
        """Return the matrix with these row and column sums, (N, N) USD."""
        owed = np.outer(claims, debts)
        np.fill_diagonal(owed, 0.0)
        allowed = self.tolerance * float(max(claims.max(initial=0.0), debts.max(initial=0.0)))
        error = np.inf
        for _ in range(self.rounds):
            owed *= _ratio(claims, owed.sum(axis=1))[:, None]
            owed *= _ratio(debts, owed.sum(axis=0))[None, :]
            error = float(np.abs(owed.sum(axis=1) - claims).max(initial=0.0))
            if error <= allowed:
                return owed
        raise NotConvergedError(
            f"max_entropy did not converge: after {self.rounds:,} rounds a total is still "
            f"{error:.3g} USD off; allow more rounds, or a larger tolerance"
        )


def _ratio(wanted: Floats, there: Floats) -> Floats:
    """Return what sums must be multiplied by; 0 where nothing is wanted or there."""
    return np.divide(wanted, there, out=np.zeros_like(wanted), where=there > 0)
