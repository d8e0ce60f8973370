"""Shocks to institutions: one that attacks a market, one that fails."""

from dataclasses import dataclass
from typing import ClassVar

from scenarios.shocks.roles import Stage
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Manipulation:
    """An attacker pushes the market that an oracle reads, with real money.

    It follows the plan in its own section of the scenario, and ends by itself.

    Parameters
    ----------
    institution : the attacker, of kind ``attacker``.
    budget_usd : most that it spends, USD, > 0; ``None`` for its plan's.
    target_move : fraction by which it wants the price to move, > -1 and not 0; ``None`` for
        its plan's.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    institution: str
    budget_usd: float | None = None
    target_move: float | None = None
    instant: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        move = self.target_move
        check(
            (self.budget_usd is None or self.budget_usd > 0, "budget_usd must be > 0 USD"),
            (move is None or (move > -1 and move != 0), "target_move must be > -1 and not 0"),
        )

    def begin(self, stage: Stage) -> None:
        """Tell the attacker to begin."""
        plan = {"budget_usd": self.budget_usd, "target_move": self.target_move}
        changed = {key: value for key, value in plan.items() if value is not None}
        stage.desks[self.institution].command("attack", **changed)

    def end(self, stage: Stage) -> None:
        """Leave the attacker to its plan."""

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"{self.institution} attacks"

    def target(self) -> str:
        """Return the attacker."""
        return self.institution


@dataclass(frozen=True, kw_only=True, slots=True)
class WhaleDefault:
    """An institution fails: what it would have met calls with is gone, and venues close it out.

    Parameters
    ----------
    institution : which.
    """

    institution: str
    instant: ClassVar[bool] = True

    def begin(self, stage: Stage) -> None:
        """Let it fail."""
        stage.default(self.institution)

    def end(self, stage: Stage) -> None:
        """Leave it failed."""

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"{self.institution} defaults"

    def target(self) -> str:
        """Return the institution."""
        return self.institution
