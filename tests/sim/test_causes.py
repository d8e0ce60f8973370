"""Events in order, memories that fade, and generations counted as they should be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.arrays import NONE
from sim.causes import FORGET, KEEP, Memory, Ripples
from sim.events import BREEDING, Channel, EventKind, EventLog


def test_an_event_without_a_cause_is_of_generation_zero_unless_it_breeds() -> None:
    log = EventLog()
    assert log.add(0, EventKind.SHOCK).tolist() == [0]
    log.add(1, EventKind.LIQUIDATION)
    assert log.column("generation").tolist() == [0, 1]


@pytest.mark.parametrize("kind", list(EventKind))
def test_liquidations_stand_one_below_their_cause_and_all_else_beside_it(kind: EventKind) -> None:
    log = EventLog()
    parents = np.array([0, 1, NONE])
    log.add(0, EventKind.SHOCK)
    log.add(0, EventKind.LIQUIDATION, cause=0)
    log.add(3, kind, 3, cause=parents)
    below = 1 if kind in BREEDING else 0
    assert log.column("generation")[2:].tolist() == [below, 1 + below, below]


def test_the_log_grows_and_forgets_nothing() -> None:
    log = EventLog()
    for step in range(40):
        ids = log.add(step, EventKind.LIQUIDATION, 100, usd=np.full(100, float(step)))
        assert ids.tolist() == list(range(100 * step, 100 * step + 100))
    assert log.count == 4000
    assert (log.column("usd") == np.repeat(np.arange(40.0), 100)).all()
    assert (log.column("step") == np.repeat(np.arange(40), 100)).all()


def test_what_is_not_said_of_an_event_is_neutral() -> None:
    log = EventLog()
    log.add(5, EventKind.FUNDING)
    row = {name: log.column(name)[0] for name in ("venue", "account", "cause", "usd", "loss")}
    assert row == {"venue": NONE, "account": NONE, "cause": NONE, "usd": 0.0, "loss": 0.0}
    assert np.isnan(log.column("price")[0])
    assert log.column("channel")[0] == Channel.EXOGENOUS


def memory_of(*weights: float) -> Memory:
    """Return a memory of events 10, 11, 12, ... with these weights."""
    memory = Memory()
    memory.add(np.arange(10, 10 + len(weights)), np.array(weights))
    return memory


@given(
    weights=st.lists(st.floats(1.0, 100.0), min_size=1, max_size=20),
    draws=st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=1, max_size=20),
)
def test_events_are_drawn_in_proportion_to_their_weights(
    weights: list[float], draws: list[float]
) -> None:
    drawn = memory_of(*weights).draw(np.array(draws))
    ends = np.cumsum(weights)
    slow = [10 + next(i for i, e in enumerate(ends) if u * ends[-1] < e) for u in draws]
    assert drawn.tolist() == slow


def test_fading_shrinks_all_alike_and_new_events_weigh_more() -> None:
    memory = memory_of(8.0)
    memory.fade(0.5)
    memory.add(np.array([20]), np.array([4.0]))
    assert memory.total == pytest.approx(8.0)
    assert memory.draw(np.array([0.49, 0.51])).tolist() == [10, 20]


def test_what_no_longer_matters_is_forgotten() -> None:
    memory = memory_of(1.0)
    memory.fade(1e-2)
    memory.add(np.array([20]), np.array([100.0]))
    memory.fade(0.9 * FORGET / 1e-2)
    assert memory.events.tolist() == [20]
    assert memory.total == pytest.approx(9.0)


def test_a_memory_that_fades_for_ever_can_still_name_a_parent() -> None:
    memory = memory_of(1.0, 2.0)
    for _ in range(300):
        memory.fade(0.5)
    assert memory.draw(np.array([0.1, 0.9])).tolist() == [10, 11]
    assert 0.0 < memory.total < 1e-80


@pytest.mark.parametrize("usd", [3.0, 5.0])
def test_consuming_everything_leaves_nothing(usd: float) -> None:
    memory = memory_of(1.0, 2.0)
    memory.consume(usd)
    assert memory.total == 0.0
    assert memory.draw(np.array([0.5])).tolist() == [NONE]
    memory.add(np.array([20]), np.array([1.0]))
    assert memory.draw(np.array([0.0, 0.5, 0.99])).tolist() == [20, 20, 20]


def test_consuming_a_part_takes_from_all_alike() -> None:
    memory = memory_of(1.0, 3.0)
    memory.consume(1.0)
    assert memory.total == pytest.approx(3.0)
    assert memory.draw(np.array([0.2, 0.3])).tolist() == [10, 11]


def test_nothing_remembered_is_no_parent() -> None:
    assert Memory().draw(np.array([0.5, 0.1])).tolist() == [NONE, NONE]


def test_a_memory_keeps_the_most_recent() -> None:
    memory = Memory()
    for start in range(0, 3 * KEEP, KEEP):
        memory.add(np.arange(start, start + KEEP), np.ones(KEEP))
    assert memory.events.size == KEEP
    assert memory.events[0] == 2 * KEEP


def test_ripples_keep_sales_and_purchases_apart_and_halve_in_their_half_life() -> None:
    ripples = Ripples(100.0)
    ripples.add(np.array([1, 2, 3]), np.array([-30.0, 10.0, 0.0]))
    assert ripples.net() == pytest.approx(-20.0)
    ripples.fade(100.0)
    assert ripples.net() == pytest.approx(-10.0)
    assert ripples.parents(np.array([0.5]), falling=True).tolist() == [1]
    assert ripples.parents(np.array([0.5]), falling=False).tolist() == [2]
