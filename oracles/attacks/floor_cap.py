"""A price that cannot leave a range."""

from dataclasses import dataclass
from math import inf

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorCap:
    """Clamp the answer, or what the held reporters say, to a range.

    The defaults do nothing: give at least one of the two.

    Parameters
    ----------
    minimum : lowest price, USD, >= 0.
    maximum : highest price, USD, > minimum.
    reporters : how many reporters are held, >= 1; ``None`` clamps the answer itself.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    minimum: float = 0.0
    maximum: float = inf
    reporters: int | None = None
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.minimum >= 0, "floor_cap minimum must be >= 0 USD"),
            (self.maximum > self.minimum, "floor_cap maximum must be > minimum"),
            *held_rules("floor_cap", self.reporters, self.by),
        )

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports with those held clamped, (n,)."""
        if self.reporters is None:
            return prices
        return np.where(state.captured, prices.clip(self.minimum, self.maximum), prices)

    def on_answer(self, answer: float, state: AttackState) -> float:  # noqa: ARG002
        """Return the answer, clamped where no reporters are held."""
        if self.reporters is not None:
            return answer
        return min(max(answer, self.minimum), self.maximum)
