"""Close nobody: what the fund cannot pay is clawed back from all who gained."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.roles import Candidates


@dataclass(frozen=True, kw_only=True, slots=True)
class NoDeleveraging:
    """Leave every position open; the loss is shared afterwards in proportion to profit.

    Examples
    --------
    >>> one = np.ones(1)
    >>> winner = Candidates(
    ...     size=5 * one,
    ...     gain=one,
    ...     profit=one,
    ...     market_profit=one,
    ...     notional=one,
    ...     equity=one,
    ...     required=one,
    ... )
    >>> NoDeleveraging().choose(winner, 5.0)[0].size
    0
    """

    def choose(self, candidates: Candidates, contracts: float) -> tuple[Ints, Floats]:  # noqa: ARG002
        """Return nobody."""
        return np.empty(0, dtype=np.int64), np.empty(0)
