"""A margin rate that never changes."""

from dataclasses import dataclass
from math import inf

import numpy as np

from sim.errors import check
from sim.margin.schedule import flat
from sim.roles import MarketState, Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """Require the same fraction of notional whatever the market does.

    It is the control of every procyclicality measure: its peak-to-trough is 1, and all that
    a storm does to accounts comes through losses alone.

    Parameters
    ----------
    maintenance : fraction of notional below which an account is liquidated, in [0, 1).
    initial : fraction of notional needed to open, in [``maintenance``, 1]; leverage is at
        most ``1 / initial``.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> calm = MarketState(
    ...     returns=np.zeros((0, 2)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(2),
    ...     open_interest=np.zeros(2),
    ... )
    >>> Fixed(maintenance=0.01, initial=0.02).schedule(calm).maintenance
    array([[0.01, 0.01]])
    """

    maintenance: float = 0.025
    initial: float = 0.05

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 <= self.maintenance < 1, "maintenance must lie in [0, 1)"),
            (self.maintenance <= self.initial <= 1, "initial must lie in [maintenance, 1]"),
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
        """Return the two rates for every instrument."""
        every = np.ones(market.index.size)
        return flat(self.maintenance * every, self.initial * every)
