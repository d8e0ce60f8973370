"""What holders of a perpetual pay each other so that its price stays near the index."""

from dataclasses import dataclass

from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Funding:
    r"""The rate that longs pay shorts at the end of every interval.

    With the mean premium :math:`P` of mark over index and the interest :math:`I`,

    .. math:: F = \mathrm{cap}(P + \mathrm{clamp}(I - P, \pm c), \pm C)

    times the interval over eight hours.

    Parameters
    ----------
    interval_hours : time between payments, hours, > 0.
    interest : :math:`I`, fraction an eight-hour period.
    clamp : :math:`c`, fraction an eight-hour period, >= 0.
    cap : :math:`C`, fraction an eight-hour period, >= 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Funding-rate descriptions of Binance and Hyperliquid (premium, 0.01 % interest, 0.05 % clamp).

    Examples
    --------
    >>> Funding().rate(premium=0.0)
    0.0001
    >>> Funding(cap=0.003).rate(premium=-0.02)
    -0.003
    """

    interval_hours: float = 8.0
    interest: float = 0.0001
    clamp: float = 0.0005
    cap: float = 0.003

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.interval_hours > 0, "funding interval_hours must be > 0 hours"),
            (self.clamp >= 0, "funding clamp must be >= 0"),
            (self.cap >= 0, "funding cap must be >= 0"),
        )

    def rate(self, premium: float) -> float:
        """Return the fraction of notional that longs pay for one interval."""
        pull = min(max(self.interest - premium, -self.clamp), self.clamp)
        rate = min(max(premium + pull, -self.cap), self.cap)
        return rate * self.interval_hours / 8.0
