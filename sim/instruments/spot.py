"""The asset itself, exchanged against money at once."""

from dataclasses import dataclass

from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One contract is ``contract_size`` units of the asset; trades move balances, no positions.

    Parameters
    ----------
    name : as scenarios and results call it.
    underlying : index of the asset bought and sold.
    settlement : index of the asset paid with.
    contract_size : units of the asset a contract, > 0.
    tick : smallest price step, USD, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    name: str
    underlying: int
    settlement: int
    contract_size: float
    tick: float

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.contract_size > 0, f"{self.name}: contract_size must be > 0"),
            (self.tick > 0, f"{self.name}: tick must be > 0"),
            (self.settlement != self.underlying, f"{self.name}: cannot be paid with itself"),
        )

    def value(self, price: float) -> float:
        """Return what one contract costs, in units of the settlement asset."""
        return self.contract_size * price

    def notional(self, price: float) -> float:
        """Return the exposure of one contract, USD."""
        return self.contract_size * price
