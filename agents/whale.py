"""A whale: one position too big for its market."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.institution import Institution
from sim.errors import check
from sim.orders import Orders, Transfers
from sim.streams import Draws
from sim.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Whaling:
    """How a whale defends its position.

    Parameters
    ----------
    tops_up : whether it meets margin calls from its reserve.
    delay_seconds : mean time from a call to the deposit, seconds, >= 0.
    target_ratio : equity over maintenance requirement that a deposit aims at, > 1.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    tops_up: bool = True
    delay_seconds: float = 60.0
    target_ratio: float = 1.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.delay_seconds >= 0, "delay_seconds must be >= 0 seconds"),
            (self.target_ratio > 1, "target_ratio must be > 1"),
        )


class Whale(Institution[Whaling]):
    """Hold a leveraged position and defend it, until told to default.

    A whale that has defaulted answers nothing any more: its position is the venue's to
    close, and its reserve is out of reach.
    """

    parameters = Whaling

    def begin(self) -> None:
        """Start solvent."""
        super().begin()
        self.defaulted = False

    def cure(self, view: View, draws: Draws) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Return deposits that meet open calls."""
        if self.defaulted or not self.settings.tops_up:
            return (), ()
        settings = self.settings
        return self.meet_calls(view, draws, settings.target_ratio, settings.delay_seconds), ()

    def command(self, order: str, **values: object) -> None:
        """Obey ``default``: stop answering for good.

        Raises
        ------
        ConfigError
            If the order is another one.
        """
        if order == "default":
            self.defaulted = True
        else:
            super().command(order, **values)
