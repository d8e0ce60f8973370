"""The outside market: where prices come from, and how forced sales push them."""

from dataclasses import dataclass, field
from math import copysign, exp, log, log1p, sqrt

import numpy as np

from sim.arrays import NONE, Floats
from sim.errors import check
from sim.roles import PricePath


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideDepth:
    r"""How far net forced flow :math:`Q` (USD, buys positive) moves the outside price.

    ``square_root``: :math:`\ln P = \mathrm{sign}(Q)\,Y\sigma\sqrt{|Q|/V}`.
    ``linear``: :math:`\Delta P/P = Q/D`. A share of the flow moves the price for good, the
    rest is forgotten with a half-life.

    Parameters
    ----------
    law : ``square_root`` or ``linear``.
    impact : :math:`Y`, dimensionless, >= 0.
    daily_volatility : :math:`\sigma`, a day, > 0.
    daily_volume_usd : :math:`V`, > 0.
    depth_usd : :math:`D`, USD that move the price by its whole value, > 0.
    half_life_hours : of the transient part, > 0.
    permanent_share : in [0, 1].

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Square-root law: Toth et al. (2011), Phys. Rev. X 1, 021006; on Bitcoin: Donier and
    Bonart (2015), arXiv:1412.4503.

    Examples
    --------
    >>> OutsideDepth(law="linear", depth_usd=1e9).log_move(-1e8) < -0.1
    True
    """

    law: str = "square_root"
    impact: float = 0.9
    daily_volatility: float = 0.035
    daily_volume_usd: float = 2.0e10
    depth_usd: float = 2.0e9
    half_life_hours: float = 6.0
    permanent_share: float = 0.3

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.law in {"square_root", "linear"}, "outside law must be square_root or linear"),
            (self.impact >= 0, "outside impact must be >= 0"),
            (self.daily_volatility > 0, "outside daily_volatility must be > 0 a day"),
            (self.daily_volume_usd > 0, "outside daily_volume_usd must be > 0 USD"),
            (self.depth_usd > 0, "outside depth_usd must be > 0 USD"),
            (self.half_life_hours > 0, "outside half_life_hours must be > 0 hours"),
            (0 <= self.permanent_share <= 1, "outside permanent_share must lie in [0, 1]"),
        )

    def log_move(self, flow: float) -> float:
        """Return the log price displacement of a net flow, USD."""
        if flow == 0.0:
            return 0.0
        if self.law == "linear":
            return log1p(max(flow / self.depth_usd, -1.0 + 1e-9))
        root = sqrt(abs(flow) / self.daily_volume_usd)
        return copysign(self.impact * self.daily_volatility * root, flow)


@dataclass(frozen=True, slots=True)
class OutsideAsset:
    """One asset: its path, its depth, and the asset it is pegged to (``NONE`` without)."""

    name: str
    path: PricePath | None
    depth: OutsideDepth
    peg: int = NONE


@dataclass(slots=True)
class Outside:
    """Prices of all assets outside the venues.

    ``price = exogenous * exp(impact)``, so that with no forced flow the price is the
    exogenous path, bit for bit.

    Parameters
    ----------
    assets : one an asset; asset 0 is USD and has no path.
    """

    assets: tuple[OutsideAsset, ...]
    exogenous: Floats = field(init=False)
    impact: Floats = field(init=False)
    price: Floats = field(init=False)
    transient: Floats = field(init=False)
    permanent: Floats = field(init=False)
    _ratio: Floats = field(init=False)
    _order: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Start every asset at its initial price, undisturbed."""
        n = len(self.assets)
        self._order = tuple(sorted(range(n), key=self._depth_of_peg))
        self._ratio = np.array(
            [1.0 if asset.path is None else asset.path.initial_price for asset in self.assets]
        )
        self.exogenous = np.ones(n)
        self.impact = np.zeros(n)
        self.transient = np.zeros(n)
        self.permanent = np.zeros(n)
        self.price = np.ones(n)
        self._set_exogenous(np.zeros(n))
        self.reprice()

    def drift(
        self, step: int, seconds: float, jump: Floats, volatility: Floats, peg: Floats
    ) -> None:
        """Move every exogenous price on by one step and let transient impact fade."""
        for i, asset in enumerate(self.assets):
            if asset.path is None:
                continue
            move = asset.path.step_return(step, float(volatility[i])) + float(jump[i])
            self._ratio[i] *= exp(move)
            if self.transient[i] != 0.0:
                self.transient[i] *= exp(-log(2.0) * seconds / (3600 * asset.depth.half_life_hours))
        self._set_exogenous(peg)
        self.reprice()

    def push(self, asset: int, usd: float) -> None:
        """Let forced flow of ``usd`` (buys positive) move the price of ``asset``."""
        share = self.assets[asset].depth.permanent_share
        self.permanent[asset] += share * usd
        self.transient[asset] += (1.0 - share) * usd
        self.reprice()

    def reprice(self) -> None:
        """Set prices from exogenous prices and the flow still felt; pegged assets follow."""
        for i in self._order:
            asset = self.assets[i]
            self.impact[i] = asset.depth.log_move(self.transient[i] + self.permanent[i])
            if asset.peg != NONE:
                self.impact[i] += self.impact[asset.peg]
            self.price[i] = self.exogenous[i] * exp(self.impact[i])

    def _set_exogenous(self, peg: Floats) -> None:
        """Give every asset its undisturbed price; a pegged one is a ratio of another."""
        for i in self._order:
            asset = self.assets[i]
            price = float(self._ratio[i])
            if asset.peg != NONE:
                price *= self.exogenous[asset.peg] * exp(float(peg[i]))
            elif peg[i] != 0.0:
                price *= exp(float(peg[i]))
            self.exogenous[i] = price

    def _depth_of_peg(self, asset: int) -> int:
        """Return how many pegs lie between an asset and one with a price of its own."""
        peg = self.assets[asset].peg
        return 0 if peg == NONE else 1 + self._depth_of_peg(peg)
