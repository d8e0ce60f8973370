"""Close the same share of everybody's position."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.arrays import Floats, Ints
from sim.deleveraging.shares import winners_first
from sim.errors import check
from sim.roles import Candidates

WEIGHTS = ("size", "profit")
LEAST_PROFIT = 1e-9
"""A gain so small that rounding leaves no profit of it still has a weight, USD."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProRata:
    """Divide what must be closed among those in profit, in proportion to what they hold.

    Nobody can jump the queue and nobody is singled out: all of them keep the same share of
    their position, up to the rounding to whole contracts. In proportion to ``profit`` those who
    gained most on it lose most contracts, as far as they have them; what an account gained or
    lost in other markets does not count. Where those in profit hold too little, the rest is
    divided among the others.

    Parameters
    ----------
    weight : ``size`` (contracts held) or ``profit`` (unrealised on the position, USD).

    Raises
    ------
    ConfigError
        If there is no such weight.

    References
    ----------
    Chitra (2025), "Autodeleveraging: impossibilities and optimization", arXiv:2512.01112, where
    pro rata is one of the benchmarks.

    Examples
    --------
    >>> three = np.ones(3)
    >>> winners = Candidates(
    ...     size=np.array([60.0, 30.0, 10.0]),
    ...     gain=three,
    ...     profit=three,
    ...     market_profit=three,
    ...     notional=three,
    ...     equity=three,
    ...     required=three,
    ... )
    >>> ProRata().choose(winners, 50.0)[1]
    array([30., 15.,  5.])
    """

    weight: Literal["size", "profit"] = "size"

    def __post_init__(self) -> None:
        """Refuse a weight that there is not."""
        check((self.weight in WEIGHTS, f"weight must be one of {', '.join(WEIGHTS)}"))

    def choose(self, candidates: Candidates, contracts: float) -> tuple[Ints, Floats]:
        """Return who is closed, in the order of the candidates, and by how many contracts."""

        def divide(places: Ints, some: float) -> Floats:
            sizes = candidates.size[places]
            if self.weight == "size" or candidates.gain[places[0]] <= 0.0:
                return proportional(sizes, sizes, some)
            profit = np.maximum(candidates.market_profit[places], LEAST_PROFIT)
            return proportional(profit, sizes, some)

        return winners_first(candidates, contracts, divide)


def proportional(weights: Floats, sizes: Floats, contracts: float) -> Floats:
    r"""Return :math:`\min(s_i, \lambda w_i)` with the :math:`\lambda` at which they add up.

    Parameters
    ----------
    weights, sizes : :math:`w`, :math:`s`, (n,), > 0.
    contracts : what they add up to, less than all sizes together.

    Examples
    --------
    >>> proportional(np.array([8.0, 1.0, 1.0]), np.array([4.0, 4.0, 4.0]), 6.0)
    array([4., 1., 1.])
    """
    order = np.argsort(sizes / weights, kind="stable")
    size, weight = sizes[order], weights[order]
    full = np.cumsum(size) - size
    rest = np.cumsum(weight[::-1])[::-1]
    level = (contracts - full) / rest
    # The first place at which the level leaves something: everybody before it is used up.
    place = int(np.argmax(level * weight <= size))
    return np.asarray(np.minimum(sizes, level[place] * weights))
