"""Portfolio margin by sixteen scenarios of price and volatility, underlying by underlying."""

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Floats, Ints
from sim.contracts import Contracts
from sim.errors import check
from sim.kernels.scan import SCRATCH, worst_of
from sim.margin.charges import notional_of
from sim.margin.ewma import ewma_history, ewma_variance
from sim.margin.history import intervals, latest
from sim.margin.schedule import flat
from sim.repricing import reprice, slopes
from sim.roles import MarketState, Schedule

THIRDS = np.array([0.0, 0.0, 1.0, 1.0, -1.0, -1.0, 2.0, 2.0, -2.0, -2.0, 3.0, 3.0, -3.0, -3.0]) / 3
"""Price moves of the fourteen ordinary scenarios, shares of the scan range."""
UP = np.array([1.0, -1.0] * 7)
"""Whether volatility goes up or down in each of them."""


@dataclass(frozen=True, slots=True, eq=False)
class SpanParts:
    """What the requirements of n portfolios are made of, underlying by underlying.

    Parameters
    ----------
    groups : (U,) numbers of the underlyings.
    scan, month : (U, n) worst loss over the scenarios and charge for spreads between months, USD.
    credit : (n,) USD set off between each two underlyings, >= 0.
    minimum : (n,) what options sold require at least, USD.
    """

    groups: Ints
    scan: Floats
    month: Floats
    credit: dict[tuple[int, int], Floats]
    minimum: Floats

    def required(self) -> Floats:
        """Return them together, (n,) USD."""
        total = np.zeros(self.minimum.size)
        for risk, month in zip(self.scan, self.month, strict=True):
            total = total + risk + month
        for credit in self.credit.values():
            total = total - credit
        return np.asarray(np.maximum(total, self.minimum))


@dataclass(frozen=True, slots=True, eq=False)
class SpanCharge:
    r"""Scan risk of each underlying, spreads between months charged, between underlyings credited.

    With :math:`\Delta` the portfolio's delta in USD, underlying by underlying (and month by month
    inside),

    .. math:: R = \max\Big(\sum_u S_u + \sum_u c_u \min(\Delta^+_u, \Delta^-_u)
        - \sum_{u<v} g\,n_{uv} \Big(\frac{S_u}{|\Delta_u|} + \frac{S_v}{|\Delta_v|}\Big),\; M\Big)

    where :math:`S_u` is the worst loss over the scenarios, :math:`\Delta^\pm_u` the long and short
    months' deltas, and :math:`n_{uv} = \min(|\Delta_u|, |\Delta_v|)` where two underlyings' deltas
    have opposite signs. :math:`M` is the minimum for options sold.

    Parameters
    ----------
    losses : (S, K) what one contract loses in each scenario, weighted, USD.
    deltas : (K,) USD that one contract gains when its underlying rises by its whole price.
    groups, months : (K,) number of the underlying, and of the expiry, of each contract.
    minimum : :math:`M`, (K,) USD that one contract sold requires at least.
    month_charge : :math:`c`, share of the delta that is spread over months.
    credit : :math:`g`, share of the risk that opposite underlyings set off.
    initial_multiple : initial over maintenance requirement, >= 1.
    labels : (S,) what each scenario is called.
    """

    losses: Floats
    deltas: Floats
    groups: Ints
    months: Ints
    minimum: Floats
    month_charge: float
    credit: float
    initial_multiple: float
    labels: tuple[str, ...] = ()

    def required(self, positions: Floats) -> Floats:
        """Return the maintenance requirement of portfolios, (n,) USD."""
        return self.parts(positions).required()

    def parts(self, positions: Floats) -> "SpanParts":
        """Return what the requirement of portfolios is made of."""
        groups = np.unique(self.groups)
        scans, months, nets = [], [], []
        for group in groups:
            mine = np.flatnonzero(self.groups == group)
            long, short = self._months(positions, mine)
            scans.append(self.scan_risk(positions, mine))
            months.append(self.month_charge * np.minimum(long, short))
            nets.append(long - short)
        set_off = {
            (int(groups[u]), int(groups[v])): self._set_off(nets[u], nets[v], scans[u], scans[v])
            for v in range(len(groups))
            for u in range(v)
        }
        floor = np.zeros(positions.shape[1])
        for j, each in enumerate(self.minimum):
            floor = floor + each * np.maximum(-positions[j], 0.0)
        return SpanParts(groups, np.stack(scans), np.stack(months), set_off, floor)

    def scan_risk(self, positions: Floats, mine: Ints) -> Floats:
        """Return the worst loss of the contracts ``mine`` over the scenarios, (n,) USD, >= 0."""
        held = np.ascontiguousarray(positions[mine], dtype=np.float64)
        out, nothing = np.empty(positions.shape[1]), np.zeros(mine.size)
        losses = np.ascontiguousarray(self.losses[:, mine])
        worst_of(held, losses, nothing, np.empty(SCRATCH), out)
        return out

    def _months(self, positions: Floats, mine: Ints) -> tuple[Floats, Floats]:
        """Return the deltas of long and of short months of one underlying, (n,) each, >= 0."""
        long, short = np.zeros(positions.shape[1]), np.zeros(positions.shape[1])
        for month in np.unique(self.months[mine]):
            net = np.zeros(positions.shape[1])
            for j in mine[self.months[mine] == month]:
                net = net + self.deltas[j] * positions[j]
            long, short = long + np.maximum(net, 0.0), short + np.maximum(-net, 0.0)
        return long, short

    def _set_off(self, one: Floats, other: Floats, risk: Floats, other_risk: Floats) -> Floats:
        """Return the credit for deltas of opposite signs, (n,) USD."""
        spread = np.where(one * other < 0.0, np.minimum(np.abs(one), np.abs(other)), 0.0)
        per = _each(risk, one) + _each(other_risk, other)
        return np.asarray(self.credit * spread * per)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    r"""Charge the worst of sixteen scenarios, as futures exchanges have since 1988.

    Prices move by 0, ±1/3, ±2/3 and ±1 of the scan range, volatility up or down at each;
    two more scenarios move prices by ±``extreme`` ranges and count by ``extreme_weight``. The
    scan range is a share of the price, or follows an exponentially weighted volatility.

    Parameters
    ----------
    price_range : share of the price, in (0, 1); or, with ``multiplier``, what it is at least.
    multiplier : standard deviations of the move until close-out that the range covers, >= 0;
        0 keeps the range where it is.
    decay : of the volatility estimate, in (0, 1).
    horizon_hours : hours needed to close a position, > 0.
    volatility_range : relative move of implied volatility, in (0, 1).
    extreme : ranges of the two last scenarios, >= 1; extreme times price_range must stay below 1.
    extreme_weight : share of their loss that counts, in [0, 1].
    month_charge : share of the delta spread over months, >= 0.
    credit : share of the risk that opposite underlyings set off, in [0, 1].
    short_minimum : share of its notional that each option sold requires at least, in [0, 1).
    initial_multiple : initial over maintenance requirement, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Chicago Mercantile Exchange, Standard Portfolio Analysis of Risk (SPAN), as told in McMillan,
    Options as a Strategic Investment; extreme scenarios of twice the range at 35 % as in the
    NSE and MCX tables. Parameters are our own.

    Examples
    --------
    >>> market = MarketState(
    ...     returns=np.zeros((0, 1)),
    ...     interval_seconds=60.0,
    ...     index=np.array([100.0]),
    ...     open_interest=np.zeros(1),
    ... )
    >>> charge = Span(price_range=0.1, extreme=2.0).schedule(market).charge
    >>> charge.required(np.array([[1.0, -2.0]])).round(6)
    array([10., 20.])
    """

    price_range: float = 0.1
    multiplier: float = 0.0
    decay: float = 0.97
    horizon_hours: float = 24.0
    volatility_range: float = 0.25
    extreme: float = 2.0
    extreme_weight: float = 0.35
    month_charge: float = 0.01
    credit: float = 0.5
    short_minimum: float = 0.01
    initial_multiple: float = 1.25
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.price_range < 1, "price_range must lie in (0, 1)"),
            (self.multiplier >= 0, "multiplier must be >= 0"),
            (0 < self.decay < 1, "decay must lie in (0, 1)"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (0 < self.volatility_range < 1, "volatility_range must lie in (0, 1)"),
            (self.extreme >= 1, "extreme must be >= 1 ranges"),
            (self.extreme * self.price_range < 1, "extreme times price_range must be < 1"),
            (0 <= self.extreme_weight <= 1, "extreme_weight must lie in [0, 1]"),
            (self.month_charge >= 0, "month_charge must be >= 0"),
            (0 <= self.credit <= 1, "credit must lie in [0, 1]"),
            (0 <= self.short_minimum < 1, "short_minimum must lie in [0, 1)"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """What carries all but a hundredth of the weight; nothing for a range that stays."""
        return ewma_history(self.decay) if self.multiplier else 0

    def schedule(self, market: MarketState) -> Schedule:
        """Return no brackets, and the charge on portfolios."""
        nothing = np.zeros(market.index.size)
        return replace(flat(nothing, nothing), charge=self.charge(market))

    def charge(self, market: MarketState) -> SpanCharge:
        """Return what portfolios require."""
        contracts = market.contracts or Contracts.linear(market.index)
        moves, volatilities, weights = self.scenarios(market, contracts)
        losses = -reprice(contracts, moves, volatilities) * weights[:, None]
        _, months = np.unique(contracts.years, return_inverse=True)
        return SpanCharge(
            losses=losses,
            deltas=slopes(contracts),
            groups=np.asarray(contracts.underlying, dtype=np.int64),
            months=np.asarray(months, dtype=np.int64),
            minimum=np.where(contracts.optional, self.short_minimum * notional_of(contracts), 0.0),
            month_charge=self.month_charge,
            credit=self.credit,
            initial_multiple=self.initial_multiple,
            labels=self._labels(),
        )

    def _labels(self) -> tuple[str, ...]:
        """Return what the scenarios are called, in their order."""
        ways = {1.0: "up", -1.0: "down"}
        ordinary = [
            f"price {3 * share:+.0f}/3 of range, volatility {ways[float(tilt)]}"
            for share, tilt in zip(THIRDS.tolist(), UP.tolist(), strict=True)
        ]
        weight = f"{self.extreme_weight:.0%}"
        last = [f"price {sign}{self.extreme:g} ranges, counted {weight}" for sign in "+-"]
        return (*ordinary, *last)

    def scenarios(self, market: MarketState, contracts: Contracts) -> tuple[Floats, Floats, Floats]:
        """Return price moves (16, K), volatilities (16, K) and weights (16,)."""
        shares = np.concatenate((THIRDS, [self.extreme, -self.extreme]))
        tilt = np.concatenate((UP, [0.0, 0.0]))
        weights = np.where(np.arange(shares.size) < THIRDS.size, 1.0, self.extreme_weight)
        moves = shares[:, None] * self._ranges(market)
        volatilities = (1.0 + self.volatility_range * tilt)[:, None] * contracts.volatility
        return moves, volatilities, weights

    def _ranges(self, market: MarketState) -> Floats:
        """Return the scan range of each instrument's underlying, (K,)."""
        least = np.full(market.index.size, self.price_range)
        if not self.multiplier:
            return least
        seen = latest(market, self.history, "span")
        variance = ewma_variance(seen, self.decay, np.mean(seen**2, axis=0))
        steps = intervals(market, self.horizon_hours)
        widest = 0.99 / self.extreme
        return np.clip(self.multiplier * np.sqrt(variance * steps), least, widest)


def _each(risk: Floats, delta: Floats) -> Floats:
    """Return risk over the size of delta, 0 where there is none."""
    size = np.abs(delta)
    return np.divide(risk, size, out=np.zeros_like(risk), where=size > 0.0)
