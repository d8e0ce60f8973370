"""Close just enough of a failing account to make it sound again."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.liquidation.contracts import against, whole_contracts
from sim.roles import Distress


@dataclass(frozen=True, kw_only=True, slots=True)
class Partial:
    r"""Close the smallest share that lifts equity to a multiple of the requirement.

    Closing the share :math:`x` of every position of an account costs :math:`c\,x\,N` of its
    equity :math:`E` and leaves a requirement of at most :math:`(1 - x) R`, exactly so at a
    flat rate: marginal rates that rise with size make the requirement convex, and it is
    nothing at nothing. So the target :math:`T` is met by

    .. math:: x = \min\left(1, \frac{T R - E}{T R - c N}\right)

    and by nothing less than everything where :math:`E < c N` or :math:`T R \le c N`. The mean rate
    :math:`R / N` is used, not the marginal one: the marginal rate would promise more relief than
    a position gets that steps down into cheaper brackets as it shrinks.

    Parameters
    ----------
    target_ratio : :math:`T`, equity over maintenance afterwards, >= 1.
    cost : :math:`c`, expected slippage and fee, fraction of the notional closed, in [0, 1).

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    Equity 800 against 1000: a third of 100 contracts must go to have a fifth to spare.

    >>> one = np.ones((1, 1))
    >>> failing = Distress(
    ...     positions=100 * one,
    ...     notional=20_000 * one,
    ...     equity=np.full(1, 800.0),
    ...     required=np.full(1, 1000.0),
    ...     rate=0.05 * one,
    ...     bid_depth=np.zeros(1),
    ...     ask_depth=np.zeros(1),
    ... )
    >>> Partial(target_ratio=1.2, cost=0.0).close(failing)
    array([[-34.]])
    """

    target_ratio: float = 1.2
    cost: float = 0.005

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.target_ratio >= 1, "target_ratio must be >= 1"),
            (0 <= self.cost < 1, "cost must lie in [0, 1)"),
        )

    @property
    def takes_over(self) -> bool:
        """The market takes the position, not the venue."""
        return False

    @property
    def by_keepers(self) -> bool:
        """The venue sends the orders itself."""
        return False

    def share(self, equity: Floats, required: Floats, notional: Floats) -> Floats:
        """Return the share of every position to close, (m,), in [0, 1].

        Parameters
        ----------
        equity, required, notional : (m,) USD, of whole accounts.
        """
        short = self.target_ratio * required - equity
        relief = self.target_ratio * required - self.cost * notional
        helps = relief > np.maximum(short, 0.0)
        part = np.where(helps, short / np.where(helps, relief, 1.0), 1.0)
        return np.where(short > 0, np.minimum(part, 1.0), 0.0)

    def close(self, distress: Distress) -> Floats:
        """Return the same share of every position, rounded up to whole contracts."""
        share = self.share(distress.equity, distress.required, distress.notional.sum(axis=0))
        return against(distress.positions, whole_contracts(distress.positions, share))
