"""Margin rates that rise with the size of the position."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from sim.errors import check
from sim.margin.schedule import tiered
from sim.roles import MarketState, Schedule

BTCUSDT_2021 = (
    (50_000.0, 0.004, 125.0),
    (250_000.0, 0.005, 100.0),
    (1_000_000.0, 0.01, 50.0),
    (10_000_000.0, 0.025, 20.0),
    (20_000_000.0, 0.05, 10.0),
    (50_000_000.0, 0.1, 5.0),
    (100_000_000.0, 0.125, 4.0),
    (200_000_000.0, 0.15, 3.0),
    (300_000_000.0, 0.25, 2.0),
    (500_000_000.0, 0.5, 1.0),
)
"""Upper notional USD, maintenance rate, largest leverage: Binance BTCUSDT from 2021-03-18."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiered:
    """Require more of the part of a position that lies in a higher tier.

    Rates are marginal: a larger position pays the dearer rate on what exceeds the edge
    only, so that the requirement has no cliff. The initial rate of a tier is one over its
    largest leverage, marginal too. Notional above the last tier pays the last rate.

    Parameters
    ----------
    tiers : rows of (upper end, USD, rising; maintenance rate, in [0, 1), never falling; largest
        leverage, >= 1, never rising).

    Raises
    ------
    ConfigError
        Naming everything wrong with the table.

    References
    ----------
    Binance announcement of 2021-03-18, leverage and margin tiers of BTCUSDT perpetual.

    Examples
    --------
    >>> import numpy as np
    >>> market = MarketState(
    ...     returns=np.zeros((0, 1)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(1),
    ...     open_interest=np.zeros(1),
    ... )
    >>> Tiered(tiers=[[1000, 0.01, 50], [5000, 0.03, 20]]).schedule(market).maintenance_amount
    array([[ 0.],
           [20.]])
    """

    tiers: Sequence[Sequence[float]] = BTCUSDT_2021

    def __post_init__(self) -> None:
        """Refuse a table that makes no sense."""
        rows = self.tiers
        check(
            (len(rows) > 0, "tiers must have at least one row"),
            (
                all(len(row) == 3 for row in rows),
                "every tier must be (upper notional USD, maintenance rate, largest leverage)",
            ),
        )
        uppers, rates, leverages = (tuple(column) for column in zip(*rows, strict=True))
        check(
            (_rises((0.0, *uppers), strictly=True), "tiers: upper notionals must be > 0 and rise"),
            (all(0 <= rate < 1 for rate in rates), "tiers: maintenance rates must lie in [0, 1)"),
            (_rises(rates), "tiers: maintenance rates must never fall"),
            (all(leverage >= 1 for leverage in leverages), "tiers: leverages must be >= 1"),
            (_rises(leverages[::-1]), "tiers: leverages must never rise"),
            (
                all(r * leverage <= 1 for r, leverage in zip(rates, leverages, strict=True)),
                "tiers: a maintenance rate must not exceed one over the leverage of its tier",
            ),
        )
        object.__setattr__(self, "tiers", tuple(tuple(row) for row in rows))

    @property
    def update_seconds(self) -> float:
        """Never."""
        return inf

    @property
    def history(self) -> int:
        """No past is needed."""
        return 0

    def schedule(self, market: MarketState) -> Schedule:
        """Return the table for every instrument."""
        uppers, rates, leverages = zip(*self.tiers, strict=True)
        initial = [1.0 / leverage for leverage in leverages]
        return tiered([0.0, *uppers[:-1]], rates, initial, market.index.size)


def _rises(values: Sequence[float], *, strictly: bool = False) -> bool:
    """Tell whether each value is at least (or more than) the one before it."""
    return all(a < b if strictly else a <= b for a, b in pairwise(values))
