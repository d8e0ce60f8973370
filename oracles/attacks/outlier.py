"""A few reporters that send a multiple of the price."""

from dataclasses import dataclass

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlier:
    """Multiply what the held reporters say.

    Parameters
    ----------
    factor : what they send over what they see, > 0.
    reporters : how many reporters are held, >= 1.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    factor: float = 10.0
    reporters: int = 1
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.factor < np.inf, "outlier factor must be > 0"),
            *held_rules("outlier", self.reporters, self.by),
        )

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports with those held multiplied, (n,)."""
        return np.where(state.captured, prices * self.factor, prices)

    def on_answer(self, answer: float, state: AttackState) -> float:  # noqa: ARG002
        """Return the answer as it is."""
        return answer
