"""Let outsiders repay a failing loan and pay them a bonus in collateral."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.liquidation.contracts import against
from sim.roles import Distress


def loan_to_value_after(
    debt: Floats | float, collateral: Floats | float, repaid: Floats | float, bonus: float
) -> Floats:
    r"""Return the loan-to-value once a liquidator has repaid a part for a bonus.

    .. math:: \frac{D - x}{C - (1 + \beta) x}

    It is higher than :math:`D / C` before just where :math:`D / C > 1 / (1 + \beta)`: from there
    on every liquidation makes the loan worse, and more of them follow.

    Parameters
    ----------
    debt, collateral : :math:`D`, :math:`C`, USD, > 0.
    repaid : :math:`x`, USD, with ``(1 + bonus) * repaid < collateral``.
    bonus : :math:`\beta`, fraction of what is repaid, >= 0.

    References
    ----------
    Warmuz, Chaudhary and Pinna (2022), Toxic liquidation spirals.

    Examples
    --------
    >>> float(loan_to_value_after(80.0, 100.0, 40.0, bonus=0.05).round(4))
    0.6897
    >>> float(loan_to_value_after(97.0, 100.0, 40.0, bonus=0.05).round(4))
    0.9828
    """
    return np.asarray((np.asarray(debt) - repaid) / (np.asarray(collateral) - (1 + bonus) * repaid))


@dataclass(frozen=True, kw_only=True, slots=True)
class Bonus:
    r"""Offer a part of the debt to keepers, who get collateral worth ``1 + bonus`` times it.

    The health factor of a loan is collateral after haircuts over debt, :math:`1 + E / D` with
    the margin equity :math:`E`. Below 1 it can be liquidated; at ``full_below`` or less, or
    where less than ``small_usd`` is owed, all of it at once. Loans are repaid to the cent:
    nothing is rounded to whole contracts.

    Parameters
    ----------
    close_factor : share of the debt that one liquidation may repay, in (0, 1].
    bonus : what a keeper earns on what it repays, >= 0.
    full_below : health factor at which all of the debt may be repaid, in [0, 1].
    small_usd : debt below which all of it may be repaid, USD, >= 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Aave v3, LiquidationLogic: close factor 0.5; 1 at a health factor of 0.95 or less, or below
    2000 USD.

    Examples
    --------
    >>> two = np.array([[-10_000.0, -10_000.0]])
    >>> failing = Distress(
    ...     positions=two,
    ...     notional=abs(two),
    ...     equity=np.array([-100.0, -900.0]),
    ...     required=np.zeros(2),
    ...     rate=0 * two,
    ...     bid_depth=np.zeros(1),
    ...     ask_depth=np.zeros(1),
    ... )
    >>> Bonus().close(failing)
    array([[ 5000., 10000.]])
    """

    close_factor: float = 0.5
    bonus: float = 0.05
    full_below: float = 0.95
    small_usd: float = 2000.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.close_factor <= 1, "close_factor must lie in (0, 1]"),
            (self.bonus >= 0, "bonus must be >= 0"),
            (0 <= self.full_below <= 1, "full_below must lie in [0, 1]"),
            (self.small_usd >= 0, "small_usd must be >= 0 USD"),
        )

    @property
    def takes_over(self) -> bool:
        """The keeper takes the loan on, not the venue."""
        return False

    @property
    def by_keepers(self) -> bool:
        """Outsiders decide whether it pays."""
        return True

    @property
    def toxic_above(self) -> float:
        """The loan-to-value above which a liquidation raises the loan-to-value."""
        return 1.0 / (1.0 + self.bonus)

    def close(self, distress: Distress) -> Floats:
        """Return the debt that may be repaid now, (n_instruments, m)."""
        owed = distress.notional.sum(axis=0)
        health = 1.0 + distress.equity / np.where(owed > 0, owed, 1.0)
        whole = (health <= self.full_below) | (owed < self.small_usd)
        share = np.where(whole, 1.0, self.close_factor)
        return against(distress.positions, share * np.abs(distress.positions))
