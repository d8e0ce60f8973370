"""A vault: depositors' money that stands behind a venue and takes positions over."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.institution import Institution
from sim.errors import check
from sim.orders import Orders, Transfers
from sim.streams import Draws
from sim.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Vaulting:
    """How a vault meets margin calls on what it has taken over.

    Parameters
    ----------
    target_ratio : equity over maintenance requirement that a deposit aims at, > 1.

    Raises
    ------
    ConfigError
        If the ratio is out of range.
    """

    target_ratio: float = 1.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.target_ratio > 1, "target_ratio must be > 1"))


class Vault(Institution[Vaulting]):
    """Lend an account to the venue's backstop; its depositors gain and lose what it does.

    The venue decides what is taken over and how fast it is sold. What depositors hold outside
    the venue meets calls at once and to the last dollar; after that the vault is
    liquidated like anybody else.
    """

    parameters = Vaulting

    def cure(self, view: View, draws: Draws) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Return deposits that meet open calls."""
        purse = float(view.wallets[0, self.entity])
        return self.meet_calls(view, draws, self.settings.target_ratio, 0.0, purse=purse), ()
