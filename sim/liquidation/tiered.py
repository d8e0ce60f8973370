"""Close a large position in portions, a small one at once."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.liquidation.contracts import against, whole_contracts
from sim.roles import Distress


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiered:
    """Close ``share`` of a position above ``large_usd``, all of any other.

    What is left of a large position is judged anew when the account is looked at next: if
    the account is still short of margin it loses the same share again, until the rest is
    small. The rule keeps no memory of its own. It looks at the size of the position, not at
    the brackets of the margin schedule; stepping down a bracket at a time is what ``partial``
    comes to under a tiered schedule.

    Parameters
    ----------
    large_usd : notional above which a position is large, USD, > 0.
    share : part of a large position closed at a time, in (0, 1].

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Hyperliquid documentation, Liquidations: a fifth first above 100 000 USDC, then the rest.

    Examples
    --------
    >>> two = np.array([[-1000.0, 40.0]])
    >>> failing = Distress(
    ...     positions=two,
    ...     notional=200 * abs(two),
    ...     equity=np.ones(2),
    ...     required=np.full(2, 9.0),
    ...     rate=0.01 * abs(two),
    ...     bid_depth=np.zeros(1),
    ...     ask_depth=np.zeros(1),
    ... )
    >>> Tiered().close(failing)
    array([[200., -40.]])
    """

    large_usd: float = 100_000.0
    share: float = 0.2

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.large_usd > 0, "large_usd must be > 0 USD"),
            (0 < self.share <= 1, "share must lie in (0, 1]"),
        )

    @property
    def takes_over(self) -> bool:
        """The market takes the position, not the venue."""
        return False

    @property
    def by_keepers(self) -> bool:
        """The venue sends the orders itself."""
        return False

    def close(self, distress: Distress) -> Floats:
        """Return a portion of what is large and all of what is small, in whole contracts."""
        share = np.where(distress.notional > self.large_usd, self.share, 1.0)
        return against(distress.positions, whole_contracts(distress.positions, share))
