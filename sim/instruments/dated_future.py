"""A future that ends: bought and sold for a day, and settled in cash on it."""

from dataclasses import dataclass, field
from typing import Any

from sim.errors import check
from sim.instruments.term import Term

_TERM: dict[str, Any] = {"inline": {"dated_future": Term}}


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedFuture:
    """A promise of the underlying's price on a day, paid in money or in the coin itself.

    Paid in money, a contract is ``contract_size`` units of the underlying and gains
    ``q (p1 - p0)``; paid in the underlying, it is ``contract_size`` USD and gains
    ``Q (1/p0 - 1/p1)`` coins. Its fair price is the index carried to its end, and no
    funding is paid.

    Parameters
    ----------
    name : as scenarios and results call it.
    underlying : index of the asset whose price it follows.
    settlement : index of the asset in which profit is paid.
    contract_size : units of the underlying a contract, USD if it settles in it, > 0.
    tick : smallest price step, USD, > 0.
    term : when it ends.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> june = DatedFuture(
    ...     name="BTC-JUN",
    ...     underlying=1,
    ...     settlement=0,
    ...     contract_size=0.01,
    ...     tick=1,
    ...     term=Term(expiry_hours=24.0),
    ... )
    >>> june.value(50_000.0), june.settled_at(50_000.0)
    (500.0, 50000.0)
    """

    name: str
    underlying: int
    settlement: int
    contract_size: float
    tick: float
    term: Term = field(metadata=_TERM)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.contract_size > 0, f"{self.name}: contract_size must be > 0"),
            (self.tick > 0, f"{self.name}: tick must be > 0"),
        )

    @property
    def in_coin(self) -> bool:
        """Whether it is paid in the underlying."""
        return self.settlement == self.underlying

    def value(self, price: float) -> float:
        """Return the worth of one contract, in units of the settlement asset."""
        return -self.contract_size / price if self.in_coin else self.contract_size * price

    def notional(self, price: float) -> float:
        """Return the exposure of one contract, USD."""
        return self.contract_size if self.in_coin else self.contract_size * price

    def settled_at(self, index: float) -> float:
        """Return the price at which it ends, USD."""
        return index
