"""Furfine: defaults in sequence, each with the same loss on every claim."""

from dataclasses import dataclass

from sim.arrays import Floats
from sim.errors import check
from sim.network.clearing.cascade import cascade, insolvent, named
from sim.network.clearing.sheet import sheet
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class Furfine:
    """Let whoever has negative equity default, and its creditors lose ``1 - recovery``.

    The loss does not depend on what the defaulter still has, so equity in the result may be
    negative, and value is not conserved. It falls on claims without collateral, inside the
    network and outside alike.

    Parameters
    ----------
    recovery : share of an unsecured claim that is paid in default, in [0, 1].
    failed : names of entities that default at first, whatever their equity.

    Raises
    ------
    ConfigError
        If the recovery is out of range.

    References
    ----------
    Furfine (2003), "Interbank exposures: quantifying the risk of contagion", Journal of
    Money, Credit and Banking 35(1).

    Examples
    --------
    >>> import numpy as np
    >>> from sim.network.exposures import Exposures
    >>> pair = Exposures(
    ...     names=("lender", "fund"),
    ...     outside_assets=np.array([5.0, 7.0]),
    ...     outside_liabilities=np.zeros(2),
    ...     debtor=np.array([1]),
    ...     creditor=np.array([0]),
    ...     amount=np.array([5.0]),
    ... )
    >>> Furfine(recovery=0.4).clear(pair, np.array([0.0, 4.0])).equity
    array([ 7., -2.])
    """

    recovery: float = 0.0
    failed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((0 <= self.recovery <= 1, "recovery must lie in [0, 1]"))

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return who defaults in which round, and what is left."""
        balance, lost = sheet(exposures, shock), 1.0 - self.recovery
        return cascade(
            balance,
            balance.debts * lost,
            exposures.outside_liabilities * lost,
            insolvent(balance),
            named(balance, self.failed),
        )
