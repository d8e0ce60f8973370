"""Take failing positions over and sell them no faster than the book can bear."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.liquidation.contracts import against
from sim.roles import Distress


@dataclass(frozen=True, kw_only=True, slots=True)
class Paced:
    """Close, each step, at most a share of what rests in the book on the other side.

    The venue's fund takes the position first, so the trader is out at once and the fund bears
    what the price does until the last contract is gone: a smaller impact is bought with a
    longer exposure. Several positions in one instrument share the limit, first come first
    served; where the share is less than one contract nothing is sold in that step.

    Parameters
    ----------
    share_of_depth : part of the resting depth that one step may take, in (0, 1].

    Raises
    ------
    ConfigError
        If the share is out of range.

    Examples
    --------
    >>> two = np.array([[30.0, 30.0]])
    >>> failing = Distress(
    ...     positions=two,
    ...     notional=100 * two,
    ...     equity=np.ones(2),
    ...     required=np.full(2, 9.0),
    ...     rate=0.01 * two,
    ...     bid_depth=np.full(1, 409.0),
    ...     ask_depth=np.zeros(1),
    ... )
    >>> Paced(share_of_depth=0.1).close(failing)
    array([[-30., -10.]])
    """

    share_of_depth: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((0 < self.share_of_depth <= 1, "share_of_depth must lie in (0, 1]"))

    @property
    def takes_over(self) -> bool:
        """The venue's fund takes the position first."""
        return True

    @property
    def by_keepers(self) -> bool:
        """The venue sends the orders itself."""
        return False

    def close(self, distress: Distress) -> Floats:
        """Return what the book can bear now, in whole contracts."""
        longs = np.maximum(distress.positions, 0.0)
        shorts = np.maximum(-distress.positions, 0.0)
        sold = self._served(longs, distress.bid_depth)
        bought = self._served(shorts, distress.ask_depth)
        return against(distress.positions, sold + bought)

    def _served(self, sizes: Floats, depth: Floats) -> Floats:
        """Return how much of each size fits under the limit, the first ones first."""
        limit = np.floor(self.share_of_depth * depth)[:, None]
        before = np.cumsum(sizes, axis=1) - sizes
        return np.minimum(sizes, np.maximum(limit - before, 0.0))
