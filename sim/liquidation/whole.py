"""Close all of a failing account at once."""

from dataclasses import dataclass

from sim.arrays import Floats
from sim.roles import Distress


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """Close every position in full: simple, and the largest forced trade there can be.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 1))
    >>> failing = Distress(
    ...     positions=-7 * one,
    ...     notional=700 * one,
    ...     equity=np.ones(1),
    ...     required=np.full(1, 7.0),
    ...     rate=0.01 * one,
    ...     bid_depth=np.zeros(1),
    ...     ask_depth=np.zeros(1),
    ... )
    >>> Whole().close(failing)
    array([[7.]])
    """

    @property
    def takes_over(self) -> bool:
        """The market takes the position, not the venue."""
        return False

    @property
    def by_keepers(self) -> bool:
        """The venue sends the orders itself."""
        return False

    def close(self, distress: Distress) -> Floats:
        """Return the whole of every position, against its sign, (n_instruments, m)."""
        return 0.0 - distress.positions
