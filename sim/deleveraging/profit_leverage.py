"""The queue of most exchanges: who gained most with most leverage is closed first."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import check
from sim.roles import Candidates

FORMULAS = ("bitmex", "binance", "hyperliquid")
LEAST_COLLATERAL = 1.0
"""Binance divides by no less than a dollar of collateral."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfitLeverage:
    r"""Rank by profit and leverage, and close from the top until all is closed.

    With the gain :math:`g` on entry, the effective leverage :math:`\ell = N / E` of notional over
    equity, the unrealised profit :math:`U`, collateral :math:`W = E - U` and the maintenance
    requirement :math:`M`:

    ``bitmex``
        :math:`g\,\ell` where :math:`g > 0`, :math:`g / \ell` where not.
    ``binance``
        :math:`\frac{\max(0, U)}{\max(1, W)} \cdot \frac{M}{E}`.
    ``hyperliquid``
        :math:`g\,\ell` for everybody: the venue says "unrealised profit and leverage used" and
        gives no formula; the product is assumed.

    The first in the queue may lose all of a position while the next keeps all of theirs. Whoever
    is in profit on the position stands before all who are not, whatever their accounts made in
    other markets.

    Parameters
    ----------
    formula : whose ranking.

    Raises
    ------
    ConfigError
        If there is no such formula.

    References
    ----------
    BitMEX, "What is auto-deleveraging?", support article 18589621443357. Binance, "What is
    auto-deleveraging (ADL) and how does it work?", FAQ 360033525471. Hyperliquid documentation,
    "Auto-deleveraging".

    Examples
    --------
    >>> two = np.array([10.0, 10.0])
    >>> both = Candidates(
    ...     size=two,
    ...     gain=np.array([0.1, 0.2]),
    ...     profit=np.array([100.0, 200.0]),
    ...     market_profit=np.array([100.0, 200.0]),
    ...     notional=np.array([1100.0, 1200.0]),
    ...     equity=np.array([110.0, 600.0]),
    ...     required=np.array([11.0, 12.0]),
    ... )
    >>> ProfitLeverage().choose(both, 12.0)
    (array([0, 1]), array([10.,  2.]))
    """

    formula: Literal["bitmex", "binance", "hyperliquid"] = "bitmex"

    def __post_init__(self) -> None:
        """Refuse a formula that there is not."""
        check((self.formula in FORMULAS, f"formula must be one of {', '.join(FORMULAS)}"))

    def choose(self, candidates: Candidates, contracts: float) -> tuple[Ints, Floats]:
        """Return who is closed, first to last, and by how many contracts."""
        order = np.lexsort((-self.score(candidates), candidates.gain <= 0.0))
        size = candidates.size[order]
        part = np.clip(contracts - (np.cumsum(size) - size), 0.0, size)
        taken = part > 0.0
        return order[taken], part[taken]

    def score(self, candidates: Candidates) -> Floats:
        """Return the rank of each candidate, (n,); among winners the highest is closed first."""
        gain, equity = candidates.gain, candidates.equity
        if self.formula == "binance":
            collateral = np.maximum(equity - candidates.profit, LEAST_COLLATERAL)
            return np.maximum(candidates.profit, 0.0) / collateral * candidates.required / equity
        leverage = candidates.notional / equity
        if self.formula == "hyperliquid":
            return gain * leverage
        return np.where(gain > 0.0, gain * leverage, gain / np.maximum(leverage, 1e-9))
