"""Impact that grows with the square root of the flow, and fades."""

from dataclasses import dataclass
from math import inf, sqrt

from sim.errors import check
from sim.kernels.impact_curve import SQUARE_ROOT
from sim.market.impact import ImpactMarket


@dataclass(frozen=True, kw_only=True, slots=True)
class SquareRoot:
    r"""The square-root law, as a price for every net flow.

    With :math:`Q` the net purchases so far in USD, fading by half every ``half_life_seconds``, and
    :math:`A` the outside price, the mid is

    .. math:: A \exp\left(\mathrm{sign}(Q)\; Y \sigma \sqrt{|Q| / V}\right)

    and an order pays its mean over the order. A round trip within a step so returns exactly
    what it cost, less the spread. See ``sim.market.impact.ImpactMarket`` for the rest.

    Parameters
    ----------
    coefficient : :math:`Y`, > 0; about 0.9 was measured for bitcoin.
    daily_volatility : :math:`\sigma`, fraction a day, > 0.
    daily_volume_usd : :math:`V`, USD a day, > 0.
    half_life_seconds : > 0; ``inf`` for impact that stays.
    half_spread : fraction of the mid, in [0, 1).

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Almgren, Thum, Hauptmann and Li (2005), Direct estimation of equity market impact.
    Toth et al. (2011), Anomalous price impact and the critical nature of liquidity.
    Donier and Bonart (2015), A million metaorder analysis of market impact on the bitcoin.

    Examples
    --------
    >>> from sim.orders import Orders
    >>> law = SquareRoot(coefficient=1.0, daily_volatility=0.04, daily_volume_usd=1e9)
    >>> market = law.open(tick=0.1, initial_price=50_000.0, contract_size=0.001)
    >>> _ = market.submit(Orders.of(0, [4], 0, [200_000]))  # 1 % of a day's volume
    >>> round(market.quote().mid / 50_000.0 - 1.0, 6)  # 4 % times its root
    0.004008
    """

    coefficient: float = 0.9
    daily_volatility: float = 0.04
    daily_volume_usd: float = 1_000_000_000.0
    half_life_seconds: float = 1_800.0
    half_spread: float = 0.0001

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.coefficient < inf, "square_root: coefficient must be > 0"),
            (0 < self.daily_volatility < inf, "square_root: daily_volatility must be > 0 a day"),
            (0 < self.daily_volume_usd < inf, "square_root: daily_volume_usd must be > 0 USD"),
            (self.half_life_seconds > 0, "square_root: half_life_seconds must be > 0 seconds"),
            (0 <= self.half_spread < 1, "square_root: half_spread must lie in [0, 1)"),
        )

    def open(self, tick: float, initial_price: float, contract_size: float) -> ImpactMarket:
        """Return a market at rest around ``initial_price``, USD."""
        return ImpactMarket(
            shape=SQUARE_ROOT,
            scale=self.coefficient * self.daily_volatility / sqrt(self.daily_volume_usd),
            half_spread=self.half_spread,
            half_life_seconds=self.half_life_seconds,
            tick=tick,
            price=initial_price,
            contract_size=contract_size,
        )
