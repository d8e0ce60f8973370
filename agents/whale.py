"""A whale: one position too big for its market."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.institution import Institution
from sim.arrays import NONE
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
    """Hold a leveraged position and defend it, until told to default or to withdraw.

    A whale that has defaulted answers nothing any more: its position is the venue's to
    close, and its reserve is out of reach. One that was told to withdraw takes out, once, what
    the venue lets go, and leaves the position to its fate.
    """

    parameters = Whaling

    def begin(self) -> None:
        """Start solvent."""
        super().begin()
        self.defaulted = False
        self._share = 0.0
        self._cause = NONE

    def cure(self, view: View, draws: Draws) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        """Return deposits that meet open calls, or the withdrawal that was ordered."""
        if self._share > 0.0:
            return self._withdrawals(view), ()
        if self.defaulted or not self.settings.tops_up:
            return (), ()
        settings = self.settings
        return self.meet_calls(view, draws, settings.target_ratio, settings.delay_seconds), ()

    def _withdrawals(self, view: View) -> list[Transfers]:
        """Return requests for a share of its equity; the venue keeps what positions need."""
        share, self._share, self.defaulted = self._share, 0.0, True
        found = []
        for venue, row in sorted({(seat.venue, seat.row) for seat in self.seats}):
            rows = np.array([row])
            equity, _ = view.venues[venue].margin(rows)
            found.append(Transfers(venue, rows, -share * np.maximum(equity, 0.0), self._cause))
        return found

    def command(self, order: str, **values: object) -> None:
        """Obey ``default``: stop answering for good; or ``withdraw``: take money out, then stop.

        ``withdraw`` takes the ``share`` of its equity to ask for, or the event that is the
        ``cause``.

        Raises
        ------
        ConfigError
            If the order is another one.
        """
        if order == "default":
            self.defaulted = True
        elif order == "withdraw":
            self._share = float(str(values.get("share", self._share)))
            self._cause = int(str(values.get("cause", self._cause)))
        else:
            super().command(order, **values)
