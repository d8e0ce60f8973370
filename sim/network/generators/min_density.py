"""Minimum density: as few claims as totals allow."""

from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Floats
from sim.network.exposures import Exposures
from sim.network.generators.marginals import Marginals, drawn
from sim.network.generators.sheets import PURPOSE, Sheets
from sim.streams import Streams

ENOUGH = 1e-12
"""Share of all claims below which a remainder is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinDensity:
    """Give out claims as large as possible, small ones preferably to large partners.

    Links cost; so each claim is as large as what its creditor has still to lend and its
    debtor to borrow, whichever is less, and uses up one of the two: 2 N links at most. The
    creditor is drawn in proportion to what it still has to lend, the debtor in proportion to
    how unequal the two are. What is left to one entity on both sides goes through a claim of
    two others.

    Parameters
    ----------
    sheets : what balance sheets look like where totals are drawn.

    References
    ----------
    After Anand, Craig and von Peter (2015), "Filling in the blanks: network structure and
    interbank contagion", Quantitative Finance 15(4), without their step of removing links again.

    Examples
    --------
    >>> drawn = MinDensity().generate(20, seed=1)
    >>> len(drawn.amount) <= 2 * 20
    True
    """

    sheets: Sheets = field(default_factory=Sheets)

    def generate(self, n: int, seed: int) -> Exposures:
        """Return a network of ``n`` entities whose totals are drawn."""
        return self.reconstruct(drawn(self.sheets, n, seed), seed)

    def reconstruct(self, known: Marginals, seed: int = 0) -> Exposures:
        """Return a network with these totals."""
        lend, borrow, step = known.claims.copy(), known.debts.copy(), 0
        owed, total = np.zeros((lend.size, lend.size)), float(known.claims.sum())
        while float(min(lend.sum(), borrow.sum())) > ENOUGH * total:
            draws = Streams(seed).at(f"{PURPOSE}/fill", step)
            creditor = _drawn(lend, draws.one(0))
            weight = _unequal(lend[creditor], borrow)
            weight[creditor] = 0.0
            debtor = _drawn(weight, draws.one(1)) if weight.any() else creditor
            usd = float(min(lend[creditor], borrow[debtor]))
            if debtor == creditor:
                _through_others(owed, creditor, usd)
            else:
                owed[creditor, debtor] += usd
            lend[creditor] -= usd
            borrow[debtor] -= usd
            step += 1
        return known.exposures(owed)


def _unequal(lend: float, borrow: Floats) -> Floats:
    """Return how unequal what one lends is to what each borrows; 0 for who borrows nothing."""
    ratio = np.divide(lend, borrow, out=np.zeros_like(borrow), where=borrow > 0)
    return np.maximum(ratio, np.where(borrow > 0, borrow / lend, 0.0))


def _drawn(weights: Floats, uniform: float) -> int:
    """Return an index drawn in proportion to weights."""
    sums = np.cumsum(weights)
    place = int(np.searchsorted(sums, uniform * sums[-1], side="right"))
    return min(place, int(np.flatnonzero(weights)[-1]))


def _through_others(owed: Floats, who: int, usd: float) -> None:
    """Let one both lend and borrow ``usd`` more by stepping into claims of two others."""
    for creditor, debtor in np.argwhere(owed):
        if usd > 0 and who not in {int(creditor), int(debtor)}:
            moved = min(usd, float(owed[creditor, debtor]))
            owed[creditor, debtor] -= moved
            owed[who, debtor] += moved
            owed[creditor, who] += moved
            usd -= moved
