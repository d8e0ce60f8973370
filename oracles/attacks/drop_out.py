"""Reporters that fall silent."""

from dataclasses import dataclass

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class DropOut:
    """Silence the held reporters; below the quorum the feed's answer grows stale.

    Parameters
    ----------
    reporters : how many reporters are held, >= 1; ``None`` silences all of them.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    reporters: int | None = 1
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(*held_rules("drop_out", self.reporters, self.by))

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports with those held silent, (n,)."""
        return np.where(state.captured, np.nan, prices)

    def on_answer(self, answer: float, state: AttackState) -> float:  # noqa: ARG002
        """Return the answer as it is."""
        return answer
