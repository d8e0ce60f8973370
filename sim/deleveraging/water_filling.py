"""Bring the most levered down to one common leverage."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.deleveraging.shares import winners_first
from sim.roles import Candidates


@dataclass(frozen=True, kw_only=True, slots=True)
class WaterFilling:
    r"""Close the most levered of those in profit down to a level of leverage, the same for all.

    Closing at the mark leaves equity :math:`E_i` as it is, so that :math:`c_i` contracts of unit
    worth :math:`n` leave a leverage of :math:`(s_i - c_i) n / E_i`. The level :math:`\lambda` is
    the one at which

    .. math:: \sum_i \max\left(0, s_i - \lambda E_i / n\right) = C

    contracts are closed in all. Whoever is levered less than :math:`\lambda` keeps everything. Risk
    leaves where it is greatest, and nobody gains by splitting an account. Where those in profit
    hold too little, the others are brought down after them.

    References
    ----------
    Chitra (2025), "Autodeleveraging: impossibilities and optimization", arXiv:2512.01112, for
    risk-aware policies; the problem is that of filling a vessel with water.

    Examples
    --------
    >>> three = np.ones(3)
    >>> winners = Candidates(
    ...     size=np.array([100.0, 100.0, 100.0]),
    ...     gain=three,
    ...     profit=three,
    ...     market_profit=three,
    ...     notional=np.array([1000.0, 1000.0, 1000.0]),
    ...     equity=np.array([50.0, 100.0, 500.0]),
    ...     required=three,
    ... )
    >>> WaterFilling().choose(winners, 80.0)
    (array([0, 1]), array([60., 20.]))
    """

    def choose(self, candidates: Candidates, contracts: float) -> tuple[Ints, Floats]:
        """Return who is closed, in the order of the candidates, and by how many contracts."""

        def divide(places: Ints, some: float) -> Floats:
            sizes = candidates.size[places]
            worth = candidates.notional[places] / sizes
            return lowered(sizes, candidates.equity[places] / worth, some)

        return winners_first(candidates, contracts, divide)


def lowered(sizes: Floats, borne: Floats, contracts: float) -> Floats:
    r"""Return :math:`\max(0, s_i - \lambda b_i)` with the :math:`\lambda` at which they add up.

    Parameters
    ----------
    sizes : :math:`s`, (n,), > 0.
    borne : :math:`b`, contracts that each bears at a leverage of one, (n,), > 0.
    contracts : what they add up to, less than all sizes together.

    Examples
    --------
    >>> lowered(np.array([6.0, 4.0]), np.array([1.0, 2.0]), 3.0)
    array([3., 0.])
    """
    order = np.argsort(-sizes / borne, kind="stable")
    size, bear = np.cumsum(sizes[order]), np.cumsum(borne[order])
    level = (size - contracts) / bear
    leverage = sizes[order] / borne[order]
    below = np.append(leverage[1:], 0.0)
    # With the first k + 1 lowered, the level must lie between the leverage of k and of k + 1.
    place = int(np.argmax(level >= below))
    return np.asarray(np.maximum(sizes - level[place] * borne, 0.0))
