"""Mark prices."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles.marks import (
    MARKS,
    EmaBasis,
    IndexMark,
    LastMark,
    MedianOfThree,
    MidMark,
    TheoreticalMark,
)
from oracles.roles import MarkMethod, MarkState
from sim.errors import ConfigError
from sim.orders import Quote

EXAMPLES: dict[str, MarkMethod] = {
    "index": IndexMark(),
    "theoretical": TheoreticalMark(),
    "median_of_three": MedianOfThree(window_seconds=30),
    "ema_basis": EmaBasis(),
    "last": LastMark(),
    "mid": MidMark(),
}
every_mark = pytest.mark.parametrize("method", EXAMPLES.values(), ids=EXAMPLES.keys())
NOTHING = Quote(math.nan, math.nan, math.nan)

prices = st.floats(1e-3, 1e6)
maybe = st.one_of(st.just(math.nan), prices)
moments = st.lists(st.tuples(prices, maybe, maybe, maybe), min_size=1, max_size=12)


def at(price: float, last: float | None = None) -> Quote:
    return Quote(price - 1, price + 1, price if last is None else last)


def test_every_registered_mark_is_tested_and_has_defaults() -> None:
    assert {name: type(method) for name, method in EXAMPLES.items()} == MARKS
    for kind in MARKS.values():
        kind()


@every_mark
@given(history=moments)
def test_a_mark_is_a_positive_price_whatever_the_market_does(
    method: MarkMethod, history: list[tuple[float, float, float, float]]
) -> None:
    state = MarkState()
    for index, bid, ask, last in history:
        mark = method.mark(index, Quote(bid, ask, last), 0.0001, state, 10.0)
        assert 0 < mark < math.inf


@every_mark
def test_where_all_agree_the_mark_is_the_price(method: MarkMethod) -> None:
    state = MarkState()
    assert [method.mark(100.0, at(100.0), 0.0, state, 10.0) for _ in range(30)] == [100.0] * 30


@every_mark
def test_a_market_that_never_traded_is_marked_at_the_index(method: MarkMethod) -> None:
    assert method.mark(100.0, NOTHING, 0.0, MarkState(), 10.0) == 100.0


@every_mark
def test_two_instruments_with_their_own_states_do_not_meet(method: MarkMethod) -> None:
    alone, one, other = MarkState(), MarkState(), MarkState()
    for step in range(10):
        expected = method.mark(100.0, at(101.0 + step), 0.0, alone, 10.0)
        method.mark(500.0, at(450.0), 0.0, other, 10.0)
        assert method.mark(100.0, at(101.0 + step), 0.0, one, 10.0) == expected


def test_each_simple_mark_reads_one_price() -> None:
    quote, state = Quote(bid=101.0, ask=103.0, last=150.0), MarkState()
    assert IndexMark().mark(100.0, quote, 0.01, state, 10.0) == 100.0
    assert MidMark().mark(100.0, quote, 0.01, state, 10.0) == 102.0
    assert LastMark().mark(100.0, quote, 0.01, state, 10.0) == 150.0


@pytest.mark.parametrize(
    ("quote", "funding", "expected"),
    [
        (Quote(101, 103, 105), 0.001, 102.0),  # 100.1, 102, 105
        (Quote(101, 103, 101), 0.001, 101.0),  # 100.1, 102, 101
        (Quote(101, 103, 90), 0.001, 100.1),  # 100.1, 102, 90
        (Quote(101, 103, 105), 0.03, 103.0),  # 103, 102, 105
    ],
)
def test_the_median_of_three_takes_the_middle_of_the_three(
    quote: Quote, funding: float, expected: float
) -> None:
    mark = MedianOfThree().mark(100.0, quote, funding, MarkState(), 10.0)
    assert mark == pytest.approx(expected)


def test_the_mean_basis_runs_over_the_window_only() -> None:
    method, state = MedianOfThree(window_seconds=30), MarkState()
    mids = [104.0, 107.0, 110.0, 113.0, 113.0, 113.0]
    marks = [method.mark(100.0, at(mid, last=999.0), 0.0, state, 10.0) for mid in mids]
    assert marks == pytest.approx([104, 105.5, 107, 110, 112, 113])


@pytest.mark.parametrize(("window", "seconds", "count"), [(30, 1, 30), (30, 10, 3), (30, 60, 1)])
def test_the_window_holds_one_value_a_step_and_at_least_one(
    window: float, seconds: float, count: int
) -> None:
    method, state = MedianOfThree(window_seconds=window), MarkState()
    for _ in range(100):
        method.mark(100.0, at(101.0), 0.0, state, seconds)
    assert len(state.recent) == count


def test_a_false_index_moves_the_median_of_three_by_way_of_two_of_its_inputs() -> None:
    """The basis absorbs the lie only as fast as its window fills; a false trade is harmless."""
    method, state = MedianOfThree(window_seconds=30), MarkState()
    for _ in range(10):
        method.mark(100.0, at(100.0), 0.0, state, 10.0)
    assert method.mark(100.0, at(100.0, last=10.0), 0.0, state, 10.0) == 100.0
    lied = [method.mark(70.0, at(100.0), 0.0, state, 10.0) for _ in range(4)]
    assert lied == pytest.approx([80, 90, 100, 100])


@pytest.mark.parametrize("seconds", [1.0, 10.0, 75.0])
def test_the_basis_average_follows_its_closed_form(seconds: float) -> None:
    method, state = EmaBasis(time_constant_seconds=150), MarkState()
    method.mark(100.0, at(100.0), 0.0, state, seconds)
    for step in range(1, 40):
        mark = method.mark(100.0, at(110.0), 0.0, state, seconds)
        assert mark == pytest.approx(100 + 10 * (1 - math.exp(-step * seconds / 150)), rel=1e-12)


def test_the_basis_is_held_within_its_limit_when_an_absurd_index_returns() -> None:
    method, state = EmaBasis(maximum_basis=0.2), MarkState()
    for _ in range(20):
        method.mark(100_000.0, at(100.0), 0.0, state, 10.0)
    assert method.mark(100.0, at(100.0), 0.0, state, 10.0) == pytest.approx(80.0)


def test_an_empty_side_leaves_the_last_price_as_the_mid() -> None:
    quote = Quote(bid=math.nan, ask=105.0, last=98.0)
    assert MidMark().mark(100.0, quote, 0.0, MarkState(), 10.0) == 98.0


def test_impossible_parameters_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="window_seconds"):
        MedianOfThree(window_seconds=0)
    with pytest.raises(ConfigError, match=r"time_constant_seconds.*; .*maximum_basis"):
        EmaBasis(time_constant_seconds=0, maximum_basis=1)


def test_a_trade_of_long_ago_does_not_hold_the_mark_where_the_book_is_empty() -> None:
    method, state = MedianOfThree(window_seconds=30), MarkState()
    for _ in range(5):
        method.mark(100.0, Quote(99.9, 100.1, 100.0), 0.0, state, 10.0)
    empty = Quote(bid=math.nan, ask=math.nan, last=100.0)
    assert method.mark(80.0, empty, 0.0, state, 10.0) == pytest.approx(80.0)
