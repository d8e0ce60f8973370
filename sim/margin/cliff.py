"""Margin rates that rise with the size of the position, and then hold for all of it."""

from dataclasses import dataclass
from math import inf

import numpy as np

from sim.errors import check
from sim.roles import MarketState, Schedule

MOST_STEPS = 200
"""Brackets of a schedule; no table needs more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cliff:
    r"""Require a rate that steps up with the size of the position, of the whole position.

    .. math:: \text{rate}(N) = r + \Delta\,n, \qquad n = \lceil (N - b)^+ / s \rceil

    One more contract over an edge makes the whole position dearer: a cliff, where ``tiered``
    has a kink. Rates end at ``highest``.

    Parameters
    ----------
    maintenance, initial : :math:`r` up to the first edge, in [0, 1), maintenance <= initial <= 1.
    base_usd : :math:`b`, first edge, USD, > 0.
    step_usd : :math:`s` between two edges, USD, > 0.
    increment : :math:`\Delta`, what each step adds to both rates, > 0.
    highest : the maintenance rate at which steps end, in (maintenance, 1); they may be 200.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    BitMEX risk limits of XBTUSD: 200 XBT, then steps of 150 XBT that add half a per cent; here at
    50,000 USD a coin.

    Examples
    --------
    >>> market = MarketState(
    ...     returns=np.zeros((0, 1)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(1),
    ...     open_interest=np.zeros(1),
    ... )
    >>> cliff = Cliff(base_usd=200.0, step_usd=150.0, highest=0.012)
    >>> cliff.schedule(market).edges.ravel(), cliff.schedule(market).maintenance.ravel()
    (array([  0., 200.]), array([0.005, 0.01 ]))
    """

    maintenance: float = 0.005
    initial: float = 0.01
    base_usd: float = 1.0e7
    step_usd: float = 7.5e6
    increment: float = 0.005
    highest: float = 0.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 <= self.maintenance < 1, "maintenance must lie in [0, 1)"),
            (self.maintenance <= self.initial <= 1, "initial must lie in [maintenance, 1]"),
            (self.base_usd > 0, "base_usd must be > 0 USD"),
            (self.step_usd > 0, "step_usd must be > 0 USD"),
            (self.increment > 0, "increment must be > 0"),
            (self.maintenance < self.highest < 1, "highest must lie in (maintenance, 1)"),
            (
                self.highest - self.maintenance < MOST_STEPS * self.increment,
                f"highest must be reached within {MOST_STEPS} steps of increment",
            ),
        )

    @property
    def update_seconds(self) -> float:
        """Never."""
        return inf

    @property
    def history(self) -> int:
        """No past is needed."""
        return 0

    def schedule(self, market: MarketState) -> Schedule:
        """Return the steps for every instrument; no amount is taken off, which makes cliffs."""
        count = int((self.highest - self.maintenance) / self.increment + 1e-9)
        steps = np.arange(count + 1, dtype=np.float64)
        edges = np.where(steps == 0.0, 0.0, self.base_usd + (steps - 1.0) * self.step_usd)
        shape = (count + 1, market.index.size)
        edges, maintenance, initial = (
            np.broadcast_to(column[:, None], shape).copy()
            for column in (
                edges,
                self.maintenance + self.increment * steps,
                np.minimum(self.initial + self.increment * steps, 1.0),
            )
        )
        nothing = np.zeros(shape)
        return Schedule(
            edges=edges,
            maintenance=maintenance,
            initial=initial,
            maintenance_amount=nothing,
            initial_amount=nothing.copy(),
        )
