"""Margin that rises with the open interest of the market."""

from dataclasses import dataclass

import numpy as np

from sim.errors import check
from sim.margin.schedule import flat
from sim.roles import MarketState, Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenInterestScaled:
    r"""Ask more of new positions the more is open already.

    .. math:: m_{\text{initial}} = i + (1 - i)\,\min\left(1, \frac{(O - l)^+}{u - l}\right)

    so that nobody can borrow once open interest :math:`O` has reached the upper cap. The
    maintenance rate stays where it is, or rises by ``maintenance_per_billion``.

    Parameters
    ----------
    maintenance, initial : rates of a market with little open, 0 <= maintenance <= initial < 1.
    lower_usd, upper_usd : :math:`l`, :math:`u`, caps of open interest, USD, 0 <= lower < upper.
    maintenance_per_billion : added to maintenance for each 10^9 USD of open interest, >= 0.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    dYdX v4 liquidity tiers (protocol/testing/genesis.sh): initial margin scaled between two
    caps of open interest. GMX v2 markets: minimum collateral factor that grows with open interest.

    Examples
    --------
    >>> half_way = MarketState(
    ...     returns=np.zeros((0, 1)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(1),
    ...     open_interest=np.array([7.0e7]),
    ... )
    >>> OpenInterestScaled(initial=0.1, lower_usd=4e7, upper_usd=1e8).schedule(half_way).initial
    array([[0.55]])
    """

    maintenance: float = 0.03
    initial: float = 0.05
    lower_usd: float = 4.0e8
    upper_usd: float = 1.0e9
    maintenance_per_billion: float = 0.0
    update_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 <= self.maintenance < 1, "maintenance must lie in [0, 1)"),
            (self.maintenance <= self.initial < 1, "initial must lie in [maintenance, 1)"),
            (
                0 <= self.lower_usd < self.upper_usd,
                "lower_usd and upper_usd must satisfy 0 <= lower_usd < upper_usd",
            ),
            (self.maintenance_per_billion >= 0, "maintenance_per_billion must be >= 0"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """No past is needed."""
        return 0

    def schedule(self, market: MarketState) -> Schedule:
        """Return one rate to hold and one to open for every instrument."""
        open_ = market.open_interest
        maintenance = self.maintenance + self.maintenance_per_billion * open_ / 1e9
        maintenance = np.minimum(maintenance, 1.0 - 1e-9)
        reached = (open_ - self.lower_usd) / (self.upper_usd - self.lower_usd)
        initial = self.initial + (1.0 - self.initial) * reached.clip(0.0, 1.0)
        return flat(maintenance, np.maximum(initial, maintenance))
