"""Portfolio margin by sensitivities: delta, vega and curvature, aggregated by correlations."""

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Floats, Ints
from sim.contracts import Contracts
from sim.errors import check
from sim.margin.schedule import flat
from sim.repricing import slopes, vegas
from sim.roles import MarketState, Schedule

SCALE_DAYS = 14.0
"""Time to expiry at which curvature is half of what vega says."""
YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True, eq=False)
class SensitivityCharge:
    r"""Delta, vega and curvature margin of a portfolio, added up.

    Each of the three is, over underlyings :math:`u`,

    .. math:: K = \sqrt{\sum_u W_u^2 + \sum_{u \ne v} \rho_{uv} W_u W_v}, \qquad
        W_u = w_u\, s_u\, \max\left(1, \sqrt{|s_u| / T_u}\right)

    with :math:`s` the portfolio's sensitivity in USD, :math:`w` a risk weight and :math:`T` the
    size from which a position is concentrated. Correlations are ``within`` a bucket and
    ``across`` buckets. Curvature counts only as far as the portfolio is short of it.

    Parameters
    ----------
    delta, vega, curvature : (K,) USD that one contract gains: when its underlying rises by its
        whole price, when implied volatility rises by its whole, and from curvature.
    groups : (K,) number of each contract's underlying, from 0.
    buckets : (U,) bucket of each underlying.
    weights : risk weights of delta and vega.
    concentration : :math:`T` of delta and vega, USD.
    within, across : correlations of underlyings, in [0, 1].
    initial_multiple : initial over maintenance requirement, >= 1.
    """

    delta: Floats
    vega: Floats
    curvature: Floats
    groups: Ints
    buckets: Ints
    weights: tuple[float, float]
    concentration: tuple[float, float]
    within: float
    across: float
    initial_multiple: float

    def required(self, positions: Floats) -> Floats:
        """Return the maintenance requirement of portfolios, (n,) USD."""
        parts = self.parts(positions)
        return parts[0] + parts[1] + parts[2]

    def parts(self, positions: Floats) -> tuple[Floats, Floats, Floats]:
        """Return delta, vega and curvature margin of portfolios, (n,) USD each."""
        sums = []
        for each, weight, size in (
            (self.delta, self.weights[0], self.concentration[0]),
            (self.vega, self.weights[1], self.concentration[1]),
        ):
            net = self._net(positions, each)
            crowded = np.maximum(1.0, np.sqrt(np.abs(net) / size))
            sums.append(self._together(weight * net * crowded))
        short = np.minimum(self._net(positions, self.curvature), 0.0)
        return sums[0], sums[1], self._together(self.weights[1] * short)

    def _net(self, positions: Floats, each: Floats) -> Floats:
        """Return the portfolios' sensitivity to each underlying, (U, n) USD."""
        net = np.zeros((self.buckets.size, positions.shape[1]))
        for j, group in enumerate(self.groups):
            net[group] += each[j] * positions[j]
        return net

    def _together(self, weighted: Floats) -> Floats:
        """Return weighted sensitivities aggregated by correlations, (n,) USD."""
        total = np.zeros(weighted.shape[1])
        for u, one in enumerate(weighted):
            total = total + one * one
            for v in range(u):
                same = self.buckets[u] == self.buckets[v]
                total = total + 2.0 * (self.within if same else self.across) * one * weighted[v]
        return np.asarray(np.sqrt(np.maximum(total, 0.0)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensitivity:
    r"""Charge sensitivities by weights and correlations, without repricing a portfolio.

    The engine is that of standard initial-margin models for uncleared derivatives. The
    parameters are our own, set for crypto assets: those of the industry's model are
    licensed and are not shipped. One bucket holds the ``majors`` first underlyings, the other
    the rest. Curvature is vega times :math:`\tfrac12\min(1, 14/d)` at :math:`d` days.

    Parameters
    ----------
    delta_weight : margin of a delta of one USD, in (0, 1).
    vega_weight : margin of a vega (times volatility) of one USD, in (0, 5).
    delta_concentration_usd, vega_concentration_usd : sizes from which positions are
        concentrated, USD, > 0.
    majors : underlyings of the first bucket, >= 0.
    within, across : correlations in a bucket and between, 0 <= across <= within <= 1.
    initial_multiple : initial over maintenance requirement, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Basel Committee (2019), Minimum capital requirements for market risk, chapter on the
    sensitivities-based method: weights, correlations, curvature.

    Examples
    --------
    >>> market = MarketState(
    ...     returns=np.zeros((0, 2)),
    ...     interval_seconds=60.0,
    ...     index=np.array([100.0, 50.0]),
    ...     open_interest=np.zeros(2),
    ... )
    >>> charge = Sensitivity(delta_weight=0.1, within=0.8).schedule(market).charge
    >>> charge.required(np.array([[1.0, 1.0], [0.0, -2.0]])).round(4)
    array([10.    ,  6.3246])
    """

    delta_weight: float = 0.12
    vega_weight: float = 0.6
    delta_concentration_usd: float = 5.0e8
    vega_concentration_usd: float = 2.0e7
    majors: int = 2
    within: float = 0.8
    across: float = 0.6
    initial_multiple: float = 1.25
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.delta_weight < 1, "delta_weight must lie in (0, 1)"),
            (0 < self.vega_weight < 5, "vega_weight must lie in (0, 5)"),
            (self.delta_concentration_usd > 0, "delta_concentration_usd must be > 0 USD"),
            (self.vega_concentration_usd > 0, "vega_concentration_usd must be > 0 USD"),
            (self.majors >= 0, "majors must be >= 0"),
            (0 <= self.across <= self.within <= 1, "must have 0 <= across <= within <= 1"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
        )

    @property
    def history(self) -> int:
        """No past is needed."""
        return 0

    def schedule(self, market: MarketState) -> Schedule:
        """Return no brackets, and the charge on portfolios."""
        nothing = np.zeros(market.index.size)
        return replace(flat(nothing, nothing), charge=self.charge(market))

    def charge(self, market: MarketState) -> SensitivityCharge:
        """Return what portfolios require."""
        contracts = market.contracts or Contracts.linear(market.index)
        assets, groups = np.unique(contracts.underlying, return_inverse=True)
        vega = vegas(contracts)
        days = np.maximum(contracts.years * YEAR_DAYS, 1.0)
        return SensitivityCharge(
            delta=slopes(contracts),
            vega=vega,
            curvature=0.5 * np.minimum(1.0, SCALE_DAYS / days) * vega,
            groups=np.asarray(groups, dtype=np.int64),
            buckets=(np.arange(assets.size) >= self.majors).astype(np.int64),
            weights=(self.delta_weight, self.vega_weight),
            concentration=(self.delta_concentration_usd, self.vega_concentration_usd),
            within=self.within,
            across=self.across,
            initial_multiple=self.initial_multiple,
        )
