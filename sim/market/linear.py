"""Impact in proportion to the flow: the model that spirals can be solved for by hand."""

from dataclasses import dataclass
from math import inf

from sim.errors import check
from sim.kernels.impact_curve import LINEAR
from sim.market.impact import ImpactMarket


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    r"""Each USD that is sold lowers the price by the same amount.

    With :math:`Q` the net purchases so far in USD, counted at the outside price :math:`A` and
    fading by half every ``half_life_seconds``, the mid is :math:`A (1 + Q / D)`; an order pays
    its mean over the order. Sales of :math:`D (1 - \text{tick}/A)` leave no bid. See
    ``sim.market.impact.ImpactMarket`` for the rest.

    Parameters
    ----------
    depth_usd : :math:`D`, USD that would move the price by its whole, > 0.
    half_life_seconds : > 0; ``inf`` for impact that stays.
    half_spread : fraction of the mid, in [0, 1).

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Kyle (1985), Continuous auctions and insider trading.

    Examples
    --------
    >>> from sim.orders import Orders
    >>> kyle = Linear(depth_usd=1e6, half_spread=0.0)
    >>> market = kyle.open(tick=0.5, initial_price=100.0, contract_size=1.0)
    >>> market.submit(Orders.of(0, [4], 0, [-1000])).price, market.quote().mid
    (array([95.]), 90.0)
    """

    depth_usd: float = 100_000_000.0
    half_life_seconds: float = 1_800.0
    half_spread: float = 0.0001

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.depth_usd < inf, "linear: depth_usd must be > 0 USD"),
            (self.half_life_seconds > 0, "linear: half_life_seconds must be > 0 seconds"),
            (0 <= self.half_spread < 1, "linear: half_spread must lie in [0, 1)"),
        )

    def open(self, tick: float, initial_price: float, contract_size: float) -> ImpactMarket:
        """Return a market at rest around ``initial_price``, USD."""
        return ImpactMarket(
            shape=LINEAR,
            scale=1.0 / self.depth_usd,
            half_spread=self.half_spread,
            half_life_seconds=self.half_life_seconds,
            tick=tick,
            price=initial_price,
            contract_size=contract_size,
        )
