"""A price that comes late."""

from collections import deque
from dataclasses import dataclass
from math import ceil, inf

import numpy as np

from oracles.attacks.held import held_rules
from oracles.roles import AttackState, Ranking
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Lag:
    """Hold back the answer, or the reports of those held, for a while.

    What had arrived before the attack cannot be taken back: the price stands
    still for the length of the delay, and then runs behind by as much.

    Parameters
    ----------
    delay_seconds : extra delay, seconds, > 0; whole steps, rounded up.
    reporters : how many reporters are held, >= 1; ``None`` delays the answer itself.
    by : held are the first by ``name``, or by ``stake`` from the largest.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    delay_seconds: float = 60.0
    reporters: int | None = None
    by: Ranking = "name"

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.delay_seconds < inf, "lag delay_seconds must be > 0 seconds"),
            *held_rules("lag", self.reporters, self.by),
        )

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return the reports, with late ones from those held, (n,)."""
        if self.reporters is None:
            return prices
        return np.where(state.captured, self._late(prices, state.reports, state), prices)

    def on_answer(self, answer: float, state: AttackState) -> float:
        """Return the answer, a late one where no reporters are held."""
        if self.reporters is not None:
            return answer
        return self._late(answer, state.answers, state)

    def _late[T](self, now: T, past: deque[T], state: AttackState) -> T:
        past.append(now)
        if len(past) > ceil(self.delay_seconds / state.step_seconds) + 1:
            past.popleft()
        return past[0]
