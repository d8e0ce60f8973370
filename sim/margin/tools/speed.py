"""Let margin rise no faster than its payers can follow."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.roles import MarketState


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    r"""Limit how fast margin rises: :math:`M_t = \min(m_t, (1 + s)\,M_{t-n})`.

    It falls as fast as it likes. What the limit holds back is not covered in the meantime. From
    nothing there is no such limit: a margin of 0 rises at once to what is asked for, or else it
    would never rise again.

    Parameters
    ----------
    limit : :math:`s`, the most that margin rises in ``updates`` updates, share of itself, > 0.
    updates : :math:`n`, >= 1; until there have been so many, against the first.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> here = MarketState(
    ...     returns=np.zeros((0, 1)),
    ...     interval_seconds=60.0,
    ...     index=np.ones(1),
    ...     open_interest=np.zeros(1),
    ... )
    >>> calm, memory = Speed().adjust(np.array([0.05]), here, None)
    >>> Speed().adjust(np.array([0.07]), here, memory)[0]
    array([0.055])
    """

    limit: float = 0.1
    updates: int = 1

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.limit > 0, "limit must be > 0"),
            (self.updates >= 1, "updates must be >= 1"),
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
        """Return rates held back, (K,), and those of the last ``updates`` updates."""
        if memory is None:
            return rates, rates[None, :]
        before = memory[0]
        slow = np.where(before > 0.0, np.minimum(rates, (1.0 + self.limit) * before), rates)
        return slow, np.concatenate((memory, slow[None, :]))[-self.updates :]
