"""Money borrowed against collateral."""

from dataclasses import dataclass

from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class CollateralisedLoan:
    """A claim of the pool on the borrower; a position of -1 is one unit of debt owed.

    The borrower is sound while ``collateral x price x liquidation_threshold >= debt``.
    A liquidator repays at most ``close_factor`` of the debt at a time and receives
    collateral worth ``1 + bonus`` times what was repaid, at the venue's price.

    Parameters
    ----------
    name : as scenarios and results call it.
    underlying : index of the collateral asset.
    settlement : index of the debt asset.
    liquidation_threshold : loan-to-value at which a loan can be liquidated, in (0, 1).
    close_factor : share of the debt that one liquidation may repay, in (0, 1].
    bonus : what a liquidator earns on what it repays, >= 0.
    rate : interest, fraction a year, >= 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Aave v3 liquidation logic: close factor 0.5, full close at a health factor of 0.95 or less.
    """

    name: str
    underlying: int
    settlement: int
    liquidation_threshold: float
    close_factor: float = 0.5
    bonus: float = 0.05
    rate: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (
                0 < self.liquidation_threshold < 1,
                f"{self.name}: liquidation_threshold must lie in (0, 1)",
            ),
            (0 < self.close_factor <= 1, f"{self.name}: close_factor must lie in (0, 1]"),
            (self.bonus >= 0, f"{self.name}: bonus must be >= 0"),
            (self.rate >= 0, f"{self.name}: rate must be >= 0 a year"),
            (self.settlement != self.underlying, f"{self.name}: debt and collateral must differ"),
        )

    @property
    def contract_size(self) -> float:
        """One unit of the debt asset."""
        return 1.0

    def value(self, price: float) -> float:  # noqa: ARG002 - every instrument answers it
        """Return the worth of one unit of claim, in the debt asset."""
        return 1.0

    def notional(self, price: float) -> float:  # noqa: ARG002 - every instrument answers it
        """Return the debt of one unit, taken at par."""
        return 1.0
