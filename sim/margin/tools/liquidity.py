"""Charge large positions for what it takes to close them."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.margin.history import latest
from sim.margin.schedule import at_edges, marginal_amounts
from sim.roles import MarketState, Schedule

DAY_SECONDS = 86_400.0
HALVINGS = 20
"""Brackets reach from a millionth of the largest size to it, each twice the one before."""
MOST_DAYS = 10.0
"""Days of volume at which the last bracket begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Liquidity:
    r"""Add the cost of the square-root law, and cover the longer time that closing takes.

    .. math::
        A(N) = Y \sigma_d\, N \sqrt{N / V}
        + m\,N \left(\sqrt{1 + \frac{N}{\eta V h}} - 1\right)

    for a notional :math:`N` in a market of daily volume :math:`V`: what selling it moves the
    price by, and margin :math:`m` over :math:`h` days stretched to the
    :math:`N / (\eta V)` days more that it takes to sell at a share :math:`\eta` of the volume.
    The cost grows as :math:`N^{3/2}` and becomes brackets, each twice as long as the one
    before, whose chords lie above it by at most 4.6 % of the first term and an eighth of the
    second (from :math:`10^{-5}` days of volume on; a smaller position pays the first chord,
    next to nothing), and below it after the last, at ten days of volume.

    Parameters
    ----------
    daily_volume_usd : :math:`V`, USD, > 0.
    impact : :math:`Y`, >= 0.
    daily_volatility : :math:`\sigma_d`, a day, > 0; from the last ``lookback`` returns without.
    lookback : returns, >= 2.
    participation : :math:`\eta`, share of volume that a close-out may be, in (0, 1]; 0 leaves the
        second term out.
    horizon_hours : :math:`h` that the policy beneath covers, hours, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Toth et al. (2011), Phys. Rev. X 1, 021006; Donier and Bonart (2015), arXiv:1412.4503.

    Examples
    --------
    >>> from sim.margin.schedule import flat, requirements
    >>> here = MarketState(
    ...     returns=np.zeros((0, 1)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(1),
    ...     open_interest=np.zeros(1),
    ... )
    >>> tool = Liquidity(daily_volume_usd=1e8, impact=0.9, daily_volatility=0.04, participation=0.0)
    >>> added = tool.over(flat([0.05], [0.1]), here)
    >>> float(requirements(added, np.array([[1e6]]))[0, 0]) / 1e6 - 0.05 < 0.0036 * 1.045
    True
    """

    daily_volume_usd: float = 1.0e9
    impact: float = 0.9
    daily_volatility: float | None = None
    lookback: int = 250
    participation: float = 0.1
    horizon_hours: float = 6.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.daily_volume_usd > 0, "daily_volume_usd must be > 0 USD"),
            (self.impact >= 0, "impact must be >= 0"),
            (
                self.daily_volatility is None or self.daily_volatility > 0,
                "daily_volatility must be > 0 a day",
            ),
            (self.lookback >= 2, "lookback must be >= 2 returns"),
            (0 <= self.participation <= 1, "participation must lie in [0, 1]"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
        )

    @property
    def history(self) -> int:
        """The lookback, nothing where the volatility is given."""
        return self.lookback if self.daily_volatility is None else 0

    def over(self, schedule: Schedule, market: MarketState) -> Schedule:
        """Return the requirement with the cost of closing large positions in it."""
        largest = MOST_DAYS * self.daily_volume_usd
        nodes = np.concatenate(([0.0], largest * 0.5 ** np.arange(HALVINGS, -1, -1)))
        width = market.index.size
        edges = np.unique(np.concatenate((schedule.edges.ravel(), nodes)))
        stretched = at_edges(schedule, np.repeat(edges[:, None], width, axis=1))
        spread = self._volatility(market)
        columns = []
        for rates, base in (
            (stretched.maintenance, schedule.maintenance[0]),
            (stretched.initial, schedule.initial[0]),
        ):
            cost = self.cost(nodes[:, None], spread, base)
            slopes = np.diff(cost, axis=0) / np.diff(nodes)[:, None]
            slopes = np.concatenate((slopes, slopes[-1:]))
            place = np.searchsorted(nodes, edges, side="right") - 1
            added = np.minimum(slopes[place], 1.0 - rates)
            columns.append((rates + added, marginal_amounts(stretched.edges, added)))
        (maintenance, more), (initial, more_initial) = columns
        return replace(
            stretched,
            maintenance=maintenance,
            initial=initial,
            maintenance_amount=stretched.maintenance_amount + more,
            initial_amount=stretched.initial_amount + more_initial,
        )

    def cost(self, notional: Floats, volatility: Floats, rate: Floats) -> Floats:
        """Return what is added for a notional, USD, by the formula itself.

        Parameters
        ----------
        notional : (..., 1) or (..., K) USD.
        volatility, rate : (K,) a day; margin of a small position.
        """
        size = notional / self.daily_volume_usd
        impact = self.impact * volatility * notional * np.sqrt(size)
        if not self.participation:
            return np.asarray(impact)
        longer = size / (self.participation * self.horizon_hours / 24.0)
        return np.asarray(impact + rate * notional * (np.sqrt(1.0 + longer) - 1.0))

    def _volatility(self, market: MarketState) -> Floats:
        """Return the volatility of each instrument, a day, (K,)."""
        if self.daily_volatility is not None:
            return np.full(market.index.size, self.daily_volatility)
        seen = latest(market, self.lookback, "liquidity")
        per_day = sqrt(DAY_SECONDS / market.interval_seconds)
        return np.sqrt(np.mean(seen**2, axis=0)) * per_day
