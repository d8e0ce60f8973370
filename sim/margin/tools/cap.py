"""Never ask for more than a limit."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.roles import MarketState


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    r"""Ask for at most :math:`C`: :math:`M = \min(m, C)`.

    A cap bounds the largest call and leaves what it cuts off uncovered.

    Parameters
    ----------
    level : :math:`C`, fraction of notional, in (0, 1].

    Raises
    ------
    ConfigError
        If the level is out of range.

    Examples
    --------
    >>> here = MarketState(
    ...     returns=np.zeros((0, 2)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(2),
    ...     open_interest=np.zeros(2),
    ... )
    >>> Cap(level=0.2).adjust(np.array([0.1, 0.3]), here, None)[0]
    array([0.1, 0.2])
    """

    level: float = 0.2

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((0 < self.level <= 1, "level must lie in (0, 1]"))

    @property
    def history(self) -> int:
        """No past is needed."""
        return 0

    def adjust(
        self,
        rates: Floats,
        market: MarketState,  # noqa: ARG002 - a cap is the same in any market
        memory: Floats | None,
    ) -> tuple[Floats, Floats | None]:
        """Return rates cut at the level, (K,)."""
        return np.minimum(rates, self.level), memory
