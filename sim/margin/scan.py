"""A charge on portfolios: the worst of a set of scenarios."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.kernels.scan import SCRATCH, worst_of


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    r"""What a portfolio loses in the scenario that is worst for it.

    .. math:: R(q) = \max\left(\max_s \sum_j q_j L_{sj},\; \sum_j m_j (-q_j)^+\right)

    so that offsetting positions get their credit, and short options their floor.

    Parameters
    ----------
    losses : :math:`L`, (S, K) what one contract loses in each scenario, USD.
    minimum : :math:`m`, (K,) USD that one contract sold requires at least, >= 0.
    initial_multiple : initial over maintenance requirement, >= 1.
    labels : (S,) what each scenario is called, for those who look at them one by one.

    Examples
    --------
    >>> scan = Scan(np.array([[10.0, 9.0], [-10.0, -9.0]]), np.zeros(2), 1.25)
    >>> scan.required(np.array([[1.0, 1.0, -1.0], [0.0, -1.0, 1.0]]))
    array([10.,  1.,  1.])
    """

    losses: Floats
    minimum: Floats
    initial_multiple: float
    labels: tuple[str, ...] = ()

    def required(self, positions: Floats) -> Floats:
        """Return the maintenance requirement of portfolios, (n,) USD."""
        out = np.empty(positions.shape[1])
        held = np.ascontiguousarray(positions, dtype=np.float64)
        worst_of(held, self.losses, self.minimum, np.empty(SCRATCH), out)
        return out
