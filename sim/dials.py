"""What shocks turn: the few numbers through which the outside can change the world."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from sim.arrays import Bools, Floats


@dataclass(slots=True)
class Dials:
    """Settings that phases read; all neutral in calm.

    Parameters
    ----------
    jump : (n_assets,) log return added to the outside path in this step only.
    volatility : (n_assets,) multiplier of the outside path's volatility.
    peg : (n_assets,) log discount of a pegged asset against what it is pegged to.
    liquidity : (n_venues,) multiplier of what makers offer.
    open : (n_venues,) whether the venue takes orders and transfers.
    margin : (n_venues,) multiplier of every requirement.
    implied : (n_venues,) multiplier of every implied volatility.
    congestion : multiplier of latencies of keepers and of deposits.
    """

    jump: Floats
    volatility: Floats
    peg: Floats
    liquidity: Floats
    open: Bools
    margin: Floats
    implied: Floats
    congestion: float = 1.0

    @classmethod
    def neutral(cls, n_assets: int, n_venues: int) -> Self:
        """Return dials that change nothing."""
        return cls(
            jump=np.zeros(n_assets),
            volatility=np.ones(n_assets),
            peg=np.zeros(n_assets),
            liquidity=np.ones(n_venues),
            open=np.ones(n_venues, dtype=np.bool_),
            margin=np.ones(n_venues),
            implied=np.ones(n_venues),
        )
