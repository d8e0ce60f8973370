"""A price that is too high or too low by a fraction."""

from dataclasses import dataclass

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Bias:
    """Shift the answer, or what the held reporters say, by a fraction.

    Parameters
    ----------
    fraction : added to 1 and multiplied with the price, > -1.
    reporters : how many reporters are held, >= 1; ``None`` shifts the answer itself.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    fraction: float = -0.1
    reporters: int | None = None
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (-1 < self.fraction < np.inf, "bias fraction must be > -1"),
            *held_rules("bias", self.reporters, self.by),
        )

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports with those held shifted, (n,)."""
        if self.reporters is None:
            return prices
        return np.where(state.captured, prices * (1.0 + self.fraction), prices)

    def on_answer(self, answer: float, state: AttackState) -> float:  # noqa: ARG002
        """Return the answer, shifted where no reporters are held."""
        return answer * (1.0 + self.fraction) if self.reporters is None else answer
