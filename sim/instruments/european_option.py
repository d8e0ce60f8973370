"""The right to buy or to sell at a price, on one day and not before."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sim.errors import check
from sim.instruments.term import Term

_TERM: dict[str, Any] = {"inline": {"european_option": Term}}


@dataclass(frozen=True, kw_only=True, slots=True)
class EuropeanOption:
    r"""A call or a put that is settled in cash at its end.

    It pays :math:`\max(S - K, 0)` or :math:`\max(K - S, 0)` USD for each unit of the underlying.
    Settled in the underlying itself, premium and pay-out are in coins, :math:`c / F`
    and the pay-out over :math:`S`: prices, tick included, are then coins, and USD otherwise.

    Parameters
    ----------
    name : as scenarios and results call it.
    underlying : index of the asset that it is about.
    settlement : index of the asset in which premium and pay-out are paid.
    contract_size : units of the underlying a contract, > 0.
    tick : smallest price step, units of the settlement asset, > 0.
    right : ``call`` or ``put``.
    strike : :math:`K`, USD, > 0.
    term : when it ends.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> put = EuropeanOption(
    ...     name="BTC-45000-P",
    ...     underlying=1,
    ...     settlement=0,
    ...     contract_size=0.1,
    ...     tick=5,
    ...     right="put",
    ...     strike=45_000,
    ...     term=Term(expiry_hours=24.0),
    ... )
    >>> put.settled_at(40_000.0), put.value(5_000.0), put.notional(40_000.0)
    (5000.0, 500.0, 4000.0)
    """

    name: str
    underlying: int
    settlement: int
    contract_size: float
    tick: float
    right: Literal["call", "put"]
    strike: float
    term: Term = field(metadata=_TERM)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.contract_size > 0, f"{self.name}: contract_size must be > 0"),
            (self.tick > 0, f"{self.name}: tick must be > 0"),
            (self.right in {"call", "put"}, f"{self.name}: right must be call or put"),
            (self.strike > 0, f"{self.name}: strike must be > 0 USD"),
        )

    @property
    def in_coin(self) -> bool:
        """Whether premium and pay-out are in the underlying."""
        return self.settlement == self.underlying

    @property
    def call(self) -> bool:
        """Whether it is the right to buy."""
        return self.right == "call"

    def value(self, price: float) -> float:
        """Return the worth of one contract at its own price, units of the settlement asset."""
        return self.contract_size * price

    def notional(self, price: float) -> float:
        """Return the exposure of one contract at a price of the underlying, USD."""
        return self.contract_size * price

    def settled_at(self, index: float) -> float:
        """Return what it pays a unit when the underlying ends at ``index``, as its prices are."""
        paid = max(index - self.strike if self.call else self.strike - index, 0.0)
        return paid / index if self.in_coin else paid
