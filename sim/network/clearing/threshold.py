"""A threshold cascade: an entity fails when too much of what it is owed is owed by the failed."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Bools, Floats
from sim.errors import check
from sim.network.clearing.cascade import ROUNDING, cascade, insolvent, named
from sim.network.clearing.sheet import by_column, rows, sheet
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Let an entity fail when ``share`` of its claims is on failed debtors, or equity is gone.

    It fails before its losses have eaten its equity: others no longer lend to who is seen to
    be exposed. Loss in default, its ranking and its lack of conservation are Furfine's.

    Parameters
    ----------
    share : of its unsecured claims within the network, by amount, in (0, 1].
    recovery : share of an unsecured claim that is paid in default, in [0, 1].
    failed : names of entities that fail at first, whatever their equity.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Watts (2002), "A simple model of global cascades on random networks", PNAS 99(9); Gai and
    Kapadia (2010), "Contagion in financial networks", Proceedings of the Royal Society A 466.

    Examples
    --------
    >>> from sim.network.exposures import Exposures
    >>> star = Exposures(
    ...     names=("lender", "fund", "desk"),
    ...     outside_assets=np.array([50.0, 5.0, 5.0]),
    ...     outside_liabilities=np.zeros(3),
    ...     debtor=np.array([1, 2]),
    ...     creditor=np.array([0, 0]),
    ...     amount=np.array([4.0, 4.0]),
    ... )
    >>> Threshold(share=0.5).clear(star, np.array([0.0, 5.0, 0.0])).waves
    (array([1]), array([0]))
    """

    share: float = 0.5
    recovery: float = 0.0
    failed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.share <= 1, "share must lie in (0, 1]"),
            (0 <= self.recovery <= 1, "recovery must lie in [0, 1]"),
        )

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return who fails in which round, and what is left."""
        balance, lost = sheet(exposures, shock), 1.0 - self.recovery
        debts, poor = balance.debts, insolvent(balance)
        claims, at = by_column(debts), rows(debts)

        def failing(equity: Floats, failed: Bools) -> Bools:
            on_failed = np.where(failed[at], debts.data, 0.0)
            touched = np.bincount(debts.indices, on_failed, minlength=claims.size)
            exposed = (touched > 0) & (touched >= self.share * claims * (1.0 - ROUNDING))
            return poor(equity, failed) | (exposed & ~failed)

        return cascade(
            balance,
            debts * lost,
            exposures.outside_liabilities * lost,
            failing,
            named(balance, self.failed),
        )
