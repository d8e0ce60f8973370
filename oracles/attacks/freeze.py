"""A price that no longer moves."""

import math
from dataclasses import dataclass

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Freeze:
    """Repeat the answer that stood when the attack began, or the reports of those held.

    The heartbeat goes on: the feed looks alive. A held reporter that was silent
    at the beginning is frozen at the first thing it says.

    Parameters
    ----------
    reporters : how many reporters are held, >= 1; ``None`` freezes the answer itself.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    reporters: int | None = None
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(*held_rules("freeze", self.reporters, self.by))

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports, with those held as they first were, (n,)."""
        if self.reporters is None:
            return prices
        first = state.reports.pop() if state.reports else prices
        first = np.where(np.isnan(first), prices, first)
        state.reports.append(first)
        return np.where(state.captured, first, prices)

    def on_answer(self, answer: float, state: AttackState) -> float:
        """Return the answer held since the beginning, where no reporters are."""
        if self.reporters is not None:
            return answer
        if math.isnan(state.held):
            state.held = answer
        return state.held
