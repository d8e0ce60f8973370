"""DebtRank as of 2012: each entity passes its distress on once."""

from dataclasses import dataclass

from sim.arrays import Floats, Ints
from sim.kernels.distress import distress_once
from sim.network.clearing.distress import Leverage, distressed
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtRank:
    r"""Let distress grow by :math:`h_i \leftarrow \min(1, h_i + \sum_j W_{ij} h_j)`, each j once.

    :math:`W_{ij} = \min(1, A_{ij} / E_i)`, with :math:`A_{ij}` what i is owed by j without
    collateral, and :math:`E_i` its equity. An entity passes on what it has in the round after it is
    first hit; what reaches it later on a cycle stays with it, so that distress never counts
    twice, and some of it not at all. What creditors outside the network are owed is not
    marked down.

    References
    ----------
    Battiston, Puliga, Kaushik, Tasca and Caldarelli (2012), "DebtRank: too central to fail?",
    Scientific Reports 2, 541.

    Examples
    --------
    >>> import numpy as np
    >>> from sim.network.exposures import Exposures
    >>> pair = Exposures(
    ...     names=("lender", "fund"),
    ...     outside_assets=np.array([5.0, 15.0]),
    ...     outside_liabilities=np.zeros(2),
    ...     debtor=np.array([1]),
    ...     creditor=np.array([0]),
    ...     amount=np.array([5.0]),
    ... )
    >>> DebtRank().clear(pair, np.array([0.0, 4.0])).equity
    array([8., 6.])
    """

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return what is left of each equity after a shock."""

        def spread(leverage: Leverage, level: Floats, wave: Ints) -> tuple[int, float]:
            return distress_once(*leverage, level, wave), 0.0

        return distressed(exposures, shock, 0.0, spread)
