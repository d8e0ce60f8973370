"""Reporters that say what the attacker wants."""

from dataclasses import dataclass
from math import inf

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """Let the held reporters tell the same lie: a price, or a fraction off what they see.

    With a ``price`` they speak even when they would be silent: the attacker has their keys
    and needs no market to look at.

    Parameters
    ----------
    reporters : how many reporters are held, >= 1.
    fraction : added to 1 and multiplied with what they see, > -1; not read with a ``price``.
    price : what they say, USD, > 0; ``None`` to use ``fraction``.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    reporters: int = 1
    fraction: float = -0.3
    price: float | None = None
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (-1 < self.fraction < inf, "capture fraction must be > -1"),
            (self.price is None or 0 < self.price < inf, "capture price must be > 0 USD"),
            *held_rules("capture", self.reporters, self.by),
        )

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports with the lie in the mouths of those held, (n,)."""
        lie = prices * (1.0 + self.fraction) if self.price is None else self.price
        return np.where(state.captured, lie, prices)

    def on_answer(self, answer: float, state: AttackState) -> float:  # noqa: ARG002
        """Return the answer as it is."""
        return answer
