"""Shocks begin and end when they should, and leave nothing behind."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.shocks.prices import Depeg, PriceJump, VolatilityRegime
from scenarios.shocks.roles import Shock, Stage
from scenarios.shocks.timeline import ShockTimeline, Timed, Trigger
from scenarios.shocks.venues import LiquidityWithdrawal, VenueOutage
from sim.clock import Clock
from sim.dials import Dials
from sim.errors import ConfigError

CLOCK = Clock(steps=1000, step_seconds=10)


def stage_of(*, default: Callable[[str], None] = lambda _: None) -> Stage:
    """Return a stage with three assets, two venues, and nobody on it."""
    return Stage(
        dials=Dials.neutral(3, 2),
        outside=np.array([1.0, 100.0, 50.0]),
        assets={"USD": 0, "BTC": 1, "TOKEN": 2},
        venues={"a": 0, "b": 1},
        feeds={},
        desks={},
        default=default,
    )


def thinned(by: float, *venues: str) -> Shock:
    """Return a withdrawal of liquidity."""
    return LiquidityWithdrawal(multiplier=by, venues=venues)


def is_neutral(dials: Dials) -> bool:
    """Tell whether dials change nothing, to the last bit."""
    neutral = Dials.neutral(dials.jump.size, dials.open.size)
    return all(
        np.array_equal(getattr(dials, each.name), getattr(neutral, each.name))
        for each in fields(Dials)
    )


def test_a_shock_begins_and_ends_at_its_steps() -> None:
    stage = stage_of()
    timeline = ShockTimeline([Timed(shock=thinned(0.1), at_seconds=50, lasts_seconds=30)], CLOCK)
    told = {step: timeline.strike(step, stage) for step in range(12)}
    assert [step for step, struck in told.items() if struck] == [5, 8]
    assert told[5][0].began
    assert not told[8][0].began
    assert told[5][0].number == 0
    assert timeline.active == ()


@pytest.mark.parametrize(("seconds", "step"), [(0, 0), (1, 1), (10, 1), (0.1 * 3600, 36)])
def test_a_shock_begins_with_the_first_step_that_is_not_before_its_time(
    seconds: float, step: int
) -> None:
    timeline = ShockTimeline([Timed(shock=thinned(0.1), at_seconds=seconds)], CLOCK)
    stage = stage_of()
    begun = [each for each in range(50) if timeline.strike(each, stage)]
    assert begun == [step]


def test_a_jump_lasts_one_step_and_is_exact() -> None:
    stage = stage_of()
    jump = PriceJump(asset="BTC", size=-0.18)
    timeline = ShockTimeline([Timed(shock=jump, at_seconds=20)], CLOCK)
    seen = []
    for step in range(5):
        timeline.strike(step, stage)
        seen.append(float(np.exp(stage.dials.jump[1])))
    assert seen == pytest.approx([1, 1, 0.82, 1, 1])
    assert is_neutral(stage.dials)


def test_two_jumps_in_one_step_are_both_felt() -> None:
    stage = stage_of()
    jumps = [Timed(shock=PriceJump(asset="BTC", size=-0.5), at_seconds=0) for _ in range(2)]
    ShockTimeline(jumps, CLOCK).strike(0, stage)
    assert np.exp(stage.dials.jump[1]) == pytest.approx(0.25)


def test_overlapping_shocks_multiply_and_undo() -> None:
    stage = stage_of()
    timeline = ShockTimeline(
        [
            Timed(shock=thinned(0.1), at_seconds=0, lasts_seconds=30),
            Timed(shock=thinned(0.3, "a"), at_seconds=10, lasts_seconds=40),
        ],
        CLOCK,
    )
    seen = []
    for step in range(6):
        timeline.strike(step, stage)
        seen.append(stage.dials.liquidity.tolist())
    assert seen == [
        [0.1, 0.1],
        [0.1 * 0.3, 0.1],
        [0.1 * 0.3, 0.1],
        [0.3, 1.0],
        [0.3, 1.0],
        [1.0, 1.0],
    ]


def test_a_venue_opens_only_when_no_outage_keeps_it_shut() -> None:
    stage = stage_of()
    outage = VenueOutage(venue="a")
    timeline = ShockTimeline(
        [
            Timed(shock=outage, at_seconds=0, lasts_seconds=20),
            Timed(shock=outage, at_seconds=10, lasts_seconds=20),
        ],
        CLOCK,
    )
    is_open = []
    for step in range(4):
        timeline.strike(step, stage)
        is_open.append(bool(stage.dials.open[0]))
    assert is_open == [False, False, False, True]


@given(
    times=st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 20), st.floats(0.01, 0.99)), max_size=6
    )
)
@settings(max_examples=60)
def test_when_all_is_over_the_dials_are_as_before(times: list[tuple[int, int, float]]) -> None:
    stage = stage_of()
    shocks = [
        Timed(shock=shock, at_seconds=10 * begin, lasts_seconds=10 * length)
        for begin, length, size in times
        for shock in (
            thinned(size),
            Depeg(asset="TOKEN", size=-size),
            VolatilityRegime(asset="BTC", multiplier=1 + size),
        )
    ]
    timeline = ShockTimeline(shocks, CLOCK)
    for step in range(62):
        timeline.strike(step, stage)
    assert is_neutral(stage.dials)
    assert timeline.active == ()


def test_a_shock_without_an_end_lasts() -> None:
    stage = stage_of()
    timeline = ShockTimeline([Timed(shock=thinned(0.5), at_seconds=0)], CLOCK)
    for step in range(1000):
        timeline.strike(step, stage)
    assert stage.dials.liquidity.tolist() == [0.5, 0.5]
    assert timeline.active == (0,)


def test_a_trigger_waits_for_its_price_and_is_pulled_once() -> None:
    stage = stage_of()
    trigger = Trigger(asset="BTC", below=0.9)
    timeline = ShockTimeline([Timed(shock=thinned(0.5), when=trigger, lasts_seconds=10)], CLOCK)
    told = []
    for step, price in enumerate([100.0, 95.0, 89.0, 80.0, 120.0, 80.0]):
        stage.outside[1] = price
        told += [(step, each.began) for each in timeline.strike(step, stage)]
    assert told == [(2, True), (3, False)]


def test_a_drawdown_is_measured_from_the_highest_price() -> None:
    stage = stage_of()
    trigger = Trigger(asset="BTC", drawdown=0.1)
    timeline = ShockTimeline([Timed(shock=thinned(0.5), when=trigger)], CLOCK)
    told = []
    for step, price in enumerate([100.0, 150.0, 140.0, 135.0]):
        stage.outside[1] = price
        told += [step for _ in timeline.strike(step, stage)]
    assert told == [3]


def test_what_ends_in_a_step_ends_before_others_begin() -> None:
    stage = stage_of()
    timeline = ShockTimeline(
        [
            Timed(shock=thinned(0.5), at_seconds=10),
            Timed(shock=thinned(0.2), at_seconds=0, lasts_seconds=10),
        ],
        CLOCK,
    )
    timeline.strike(0, stage)
    assert [each.number for each in timeline.strike(1, stage)] == [1, 0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "either a time"),
        ({"at_seconds": 1, "when": Trigger(asset="BTC", below=0.5)}, "either a time"),
        ({"at_seconds": -1}, "before the run"),
        ({"at_seconds": 1, "lasts_seconds": 0}, "longer than 0"),
        ({"at_seconds": 1, "lasts_seconds": 5, "shock": PriceJump(asset="BTC", size=0.1)}, "once"),
    ],
)
def test_impossible_times_are_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Timed(**({"shock": thinned(0.5)} | values))  # type: ignore[arg-type]  # meant to be wrong


@pytest.mark.parametrize(
    "values", [{}, {"below": 0.5, "drawdown": 0.1}, {"below": 1.5}, {"drawdown": 0.0}]
)
def test_impossible_triggers_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        Trigger(asset="BTC", **values)
