"""Who is called, who is handed over, who is let go."""

from math import inf

import mesa
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agents.margin_engine import MarginCalls, MarginEngine, Verdict
from sim.arrays import NONE
from sim.margin.schedule import flat
from sim.roles import Breach, MarketState, Schedule
from tests.agents.stage import CLOCK

MARKET = MarketState(
    returns=np.zeros((0, 1)),
    interval_seconds=60.0,
    index=np.array([50_000.0]),
    open_interest=np.zeros(1),
)


class Counted:
    """A policy that counts how often it is asked."""

    history = 0

    def __init__(self, update_seconds: float) -> None:
        self.update_seconds = update_seconds
        self.asked = 0

    def schedule(self, market: MarketState) -> Schedule:  # noqa: ARG002
        self.asked += 1
        return flat([0.05], [0.1])


def engine(
    policy: Counted | None = None,
    call_ratio: float = 1.2,
    grace_seconds: float = 600.0,
    release_ratio: float = 1.0,
) -> MarginEngine:
    return MarginEngine(
        mesa.Model(rng=0),
        "margin/perp",
        0,
        0,
        policy=policy or Counted(inf),
        settings=MarginCalls(
            call_ratio=call_ratio, grace_seconds=grace_seconds, release_ratio=release_ratio
        ),
        clock=CLOCK,
    )


def breach(equity: dict[int, float]) -> Breach:
    """Return accounts by row, each of which must hold 100."""
    rows = sorted(equity)
    held = np.array([equity[row] for row in rows])
    return Breach(np.array(rows, dtype=np.int64), held, np.full(held.size, 100.0), held < 0)


def judge(
    equity: dict[int, float], deadlines: dict[int, int], step: int = 50, **settings: float
) -> Verdict:
    rows = np.array(list(deadlines), dtype=np.int64)
    ends = np.array(list(deadlines.values()), dtype=np.int64)
    return engine(None, **settings).judge(breach(equity), rows, ends, step)


def test_below_the_call_level_is_called_and_below_the_requirement_liquidated() -> None:
    verdict = judge({4: 110.0, 5: 99.0, 6: -3.0}, {})
    assert verdict.calls.tolist() == [4]
    assert verdict.liquidate.tolist() == [5, 6]
    assert verdict.released.tolist() == []


def test_nobody_is_called_twice() -> None:
    verdict = judge({4: 110.0}, {4: 60})
    assert verdict.calls.tolist() == verdict.liquidate.tolist() == verdict.released.tolist() == []


def test_a_call_that_passes_its_deadline_ends_in_liquidation() -> None:
    assert judge({4: 110.0}, {4: 51}).liquidate.tolist() == []
    assert judge({4: 110.0}, {4: 50}).liquidate.tolist() == [4]


def test_liquidation_goes_on_until_the_call_level_is_reached() -> None:
    assert judge({4: 110.0}, {4: NONE}).liquidate.tolist() == [4]
    assert judge({}, {4: NONE, 7: 60}).released.tolist() == [4, 7]


def test_a_call_ends_above_the_release_level_and_not_before() -> None:
    """Called below 120, released from 132 on; nobody in between is called anew."""
    verdict = judge({4: 125.0, 5: 125.0}, {4: 60, 6: 60}, release_ratio=1.1)
    assert verdict.calls.tolist() == verdict.liquidate.tolist() == []
    assert verdict.released.tolist() == [6]


def test_between_the_levels_neither_deadline_nor_liquidation_holds_on() -> None:
    verdict = judge({4: 125.0, 5: 125.0}, {4: 50, 5: NONE}, release_ratio=1.1)
    assert verdict.liquidate.tolist() == []
    assert verdict.released.tolist() == [4, 5]


def test_without_grace_all_in_breach_is_liquidated_at_once() -> None:
    verdict = judge({4: 100.0, 5: 20.0}, {}, call_ratio=1.0, grace_seconds=0.0)
    assert verdict.calls.tolist() == []
    assert verdict.liquidate.tolist() == [4, 5]


@given(
    equity=st.dictionaries(st.integers(4, 40), st.floats(-50.0, 119.0), max_size=20),
    deadlines=st.dictionaries(st.integers(4, 40), st.integers(-1, 100), max_size=20),
)
def test_every_row_gets_at_most_one_verdict_and_none_is_forgotten(
    equity: dict[int, float], deadlines: dict[int, int]
) -> None:
    verdict = judge(equity, deadlines)
    calls, liquidate = set(verdict.calls.tolist()), set(verdict.liquidate.tolist())
    released = set(verdict.released.tolist())
    waiting = {row for row in deadlines if row in equity} - liquidate
    assert not calls & (liquidate | released)
    assert not liquidate & released
    assert calls | liquidate | released | waiting == set(equity) | set(deadlines)
    assert released == set(deadlines) - set(equity)


def test_a_constant_policy_is_asked_once() -> None:
    policy = Counted(inf)
    made = engine(policy)
    schedules = [made.revise(step, MARKET) for step in range(20)]
    assert schedules[0] is not None
    assert schedules[1:] == [None] * 19
    assert policy.asked == 1


def test_a_policy_is_asked_on_its_own_clock_and_first_at_once() -> None:
    made = engine(Counted(60.0))
    asked = [step for step in range(3, 20) if made.revise(step, MARKET) is not None]
    assert asked == [3, 6, 12, 18]
