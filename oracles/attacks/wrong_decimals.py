"""A price with its point in the wrong place."""

from dataclasses import dataclass

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check

LARGEST_SHIFT = 77
"""Digits of the largest number that a contract on chain can hold (256 bits)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WrongDecimals:
    """Shift the decimal point of the answer, or of what the held reporters say.

    Parameters
    ----------
    digits : places to the right (to the left where negative), not 0, at most 77 either way.
    reporters : how many reporters are held, >= 1; ``None`` shifts the answer itself.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    digits: int = -3
    reporters: int | None = None
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.digits != 0, "wrong_decimals digits must not be 0"),
            (abs(self.digits) <= LARGEST_SHIFT, "wrong_decimals digits must lie in [-77, 77]"),
            *held_rules("wrong_decimals", self.reporters, self.by),
        )

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports with the point moved in those held, (n,)."""
        if self.reporters is None:
            return prices
        return np.where(state.captured, prices * 10.0**self.digits, prices)

    def on_answer(self, answer: float, state: AttackState) -> float:  # noqa: ARG002
        """Return the answer, with the point moved where no reporters are held."""
        return answer * 10.0**self.digits if self.reporters is None else answer
