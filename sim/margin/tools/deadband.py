"""Move margin only when it matters."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.roles import MarketState


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadband:
    r"""Keep margin where it is until what is asked for is far from it.

    .. math:: M_t = m_t \text{ where } |m_t / M_{t-1} - 1| > \delta, \text{ else } M_{t-1}

    Parameters
    ----------
    width : :math:`\delta`, share of the margin in force, > 0.

    Raises
    ------
    ConfigError
        If the width is not positive.

    Examples
    --------
    >>> here = MarketState(
    ...     returns=np.zeros((0, 2)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(2),
    ...     open_interest=np.zeros(2),
    ... )
    >>> Deadband().adjust(np.array([0.052, 0.06]), here, np.array([0.05, 0.05]))[0]
    array([0.05, 0.06])
    """

    width: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.width > 0, "width must be > 0"))

    @property
    def history(self) -> int:
        """No past is needed."""
        return 0

    def adjust(
        self,
        rates: Floats,
        market: MarketState,  # noqa: ARG002 - rates tell all it looks at
        memory: Floats | None,
    ) -> tuple[Floats, Floats | None]:
        """Return rates that moved only where they had to, (K,), and them again."""
        if memory is None:
            return rates, rates
        moved = np.abs(rates - memory) > self.width * memory
        held = np.where(moved, rates, memory)
        return held, held
