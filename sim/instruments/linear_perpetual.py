"""A perpetual future quoted and settled in the same money."""

from dataclasses import dataclass, field

from sim.errors import check
from sim.instruments.funding import Funding


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearPerpetual:
    """One contract is ``contract_size`` units of the underlying; profit is ``q (p1 - p0)``.

    Parameters
    ----------
    name : as scenarios and results call it.
    underlying : index of the asset whose price it follows.
    settlement : index of the asset in which profit is paid.
    contract_size : units of the underlying a contract, > 0.
    tick : smallest price step, USD, > 0.
    funding : the rate between longs and shorts.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> btc = LinearPerpetual(
    ...     name="BTC-PERP", underlying=1, settlement=0, contract_size=0.01, tick=1
    ... )
    >>> btc.value(50_000.0), btc.notional(50_000.0)
    (500.0, 500.0)
    """

    name: str
    underlying: int
    settlement: int
    contract_size: float
    tick: float
    funding: Funding = field(default_factory=Funding)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.contract_size > 0, f"{self.name}: contract_size must be > 0"),
            (self.tick > 0, f"{self.name}: tick must be > 0"),
        )

    def value(self, price: float) -> float:
        """Return the worth of one contract, in units of the settlement asset."""
        return self.contract_size * price

    def notional(self, price: float) -> float:
        """Return the exposure of one contract, USD."""
        return self.contract_size * price
