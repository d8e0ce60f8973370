"""Linear DebtRank: claims lose value with the equity of the debtor, again and again."""

from dataclasses import dataclass
from math import inf

from sim.arrays import Floats, Ints
from sim.errors import check
from sim.kernels.distress import linear_distress
from sim.network.clearing.distress import Leverage, distressed
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearDebtRank:
    r"""Let distress grow by :math:`h_i \leftarrow \min(1, h_i + \sum_j \Lambda_{ij} \Delta h_j)`.

    :math:`\Lambda_{ij} = W_{ij} / E_i`, with :math:`W_{ij}` what i is owed by j without
    collateral, and :math:`E_i` its equity. While no cap binds, :math:`h = (I - \Lambda)^{-1}
    h_1`. What creditors outside the network are owed is not marked down.

    Parameters
    ----------
    tolerance : rise of distress that no longer counts, share of equity, > 0.
    rounds : most rounds, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Bardoscia, Battiston, Caccioli and Caldarelli (2015), "DebtRank: a microscopic foundation
    for shock propagation", PLOS ONE 10(6).

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
    >>> LinearDebtRank().clear(pair, np.array([0.0, 4.0])).equity
    array([8., 6.])
    """

    tolerance: float = 1e-13
    rounds: int = 100_000

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.tolerance < inf, "tolerance must be finite and > 0"),
            (self.rounds > 0, "rounds must be > 0"),
        )

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return what is left of each equity after a shock."""

        def spread(leverage: Leverage, level: Floats, wave: Ints) -> tuple[int, float]:
            return linear_distress(*leverage, (self.tolerance, self.rounds), level, wave)

        return distressed(exposures, shock, self.tolerance, spread)
