"""A whale that takes its money out and leaves the position behind."""

from dataclasses import dataclass
from typing import ClassVar

from scenarios.shocks.roles import Stage
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class MarginWithdrawal:
    """An institution withdraws its margin and no longer answers calls.

    The venue lets go what initial margin does not need, so that the position stands at its
    largest leverage and the next small move against it is the venue's to bear.

    Parameters
    ----------
    institution : which, of kind ``whale``.
    share : part of its equity that it asks for, in (0, 1].

    Raises
    ------
    ConfigError
        If the share is out of range.
    """

    institution: str
    share: float = 1.0
    instant: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((0 < self.share <= 1, "share must lie in (0, 1]"))

    def begin(self, stage: Stage) -> None:
        """Tell the institution to withdraw."""
        stage.desks[self.institution].command("withdraw", share=self.share)

    def end(self, stage: Stage) -> None:
        """Leave the position to its fate."""

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"{self.institution} withdraws margin"

    def target(self) -> str:
        """Return the institution."""
        return self.institution
