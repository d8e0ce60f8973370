"""A perpetual future quoted in USD and settled in the coin it is about."""

from dataclasses import dataclass, field

from sim.errors import check
from sim.instruments.funding import Funding


@dataclass(frozen=True, kw_only=True, slots=True)
class InversePerpetual:
    """One contract is ``contract_size`` USD; profit in coin is ``Q (1/p0 - 1/p1)``.

    Margin is held in the coin, so that a falling price shrinks the collateral of a long
    together with its position.

    Parameters
    ----------
    name : as scenarios and results call it.
    underlying : index of the coin, which is also the settlement asset.
    settlement : the same index.
    contract_size : USD a contract, > 0.
    tick : smallest price step, USD, > 0.
    funding : the rate between longs and shorts.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> xbt = InversePerpetual(name="XBTUSD", underlying=1, settlement=1, contract_size=1, tick=0.5)
    >>> round(100_000 * (xbt.value(40_000.0) - xbt.value(50_000.0)), 12)
    -0.5
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
            (self.settlement == self.underlying, f"{self.name}: must settle in its underlying"),
        )

    def value(self, price: float) -> float:
        """Return the worth of one contract, in coins: negative, as a debt of USD would be."""
        return -self.contract_size / price

    def notional(self, price: float) -> float:  # noqa: ARG002 - every instrument answers it
        """Return the exposure of one contract, USD, the same at any price."""
        return self.contract_size
