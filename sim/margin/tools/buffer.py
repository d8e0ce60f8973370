"""Save in calm, spend in a storm."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.roles import MarketState


@dataclass(frozen=True, kw_only=True, slots=True)
class Buffer:
    r"""Ask for a quarter more in calm, and let that be used up when margin rises.

    .. math:: M = \max(m, \min((1 + b)\,m, R))

    Up to the release level :math:`R` the buffer is on top; as :math:`m` nears it the buffer
    is exhausted, and beyond it nothing is added. Without a level of its own, :math:`R` is
    :math:`1 + b` times a slow mean of :math:`m`, so that the buffer is released when
    margin stands above what is usual.

    Parameters
    ----------
    share : :math:`b`, > 0; a quarter by regulation.
    release : :math:`R`, fraction of notional, in (0, 1]; from the slow mean without.
    memory : updates in which the slow mean forgets half, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Commission Delegated Regulation (EU) 153/2013, article 28(1)(a).

    Examples
    --------
    >>> here = MarketState(
    ...     returns=np.zeros((0, 3)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(3),
    ...     open_interest=np.zeros(3),
    ... )
    >>> Buffer(release=0.0625).adjust(np.array([0.04, 0.055, 0.07]), here, None)[0]
    array([0.05  , 0.0625, 0.07  ])
    """

    share: float = 0.25
    release: float | None = None
    memory: float = 250.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.share > 0, "share must be > 0"),
            (self.release is None or 0 < self.release <= 1, "release must lie in (0, 1]"),
            (self.memory > 0, "memory must be > 0 updates"),
        )

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
        """Return rates with what is left of the buffer, (K,), and the slow mean."""
        kept = 0.5 ** (1.0 / self.memory)
        slow = rates if memory is None else kept * memory + (1.0 - kept) * rates
        level = (1.0 + self.share) * slow if self.release is None else self.release
        return np.maximum(rates, np.minimum((1.0 + self.share) * rates, level)), slow
