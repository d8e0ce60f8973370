"""The treasury of a lender, which puts collateral entrusted to it to work."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.institution import Institution
from sim.errors import check
from sim.orders import Orders, Transfers
from sim.streams import Draws
from sim.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Lending:
    """How a lender's treasury meets margin calls on what it has re-pledged.

    Parameters
    ----------
    delay_seconds : mean time from a call to the deposit, seconds, >= 0.
    target_ratio : equity over maintenance requirement that a deposit aims at, > 1.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    delay_seconds: float = 300.0
    target_ratio: float = 1.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.delay_seconds >= 0, "delay_seconds must be >= 0 seconds"),
            (self.target_ratio > 1, "target_ratio must be > 1"),
        )


class LenderDesk(Institution[Lending]):
    """Hold a position margined with re-pledged collateral; meet calls from the reserve.

    It takes no decision to sell: what its reserve does not cover is left to the venue, and
    the collateral that is lost there is missing at the lender.
    """

    parameters = Lending

    def cure(self, view: View, draws: Draws) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Return deposits that meet open calls."""
        settings = self.settings
        return self.meet_calls(view, draws, settings.target_ratio, settings.delay_seconds), ()
