"""What every attack on a feed must do, whichever it is."""

import math
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, cast

import mesa
import numpy as np
import pytest

from oracles.aggregators.mean import Mean
from oracles.attacks import ATTACKS
from oracles.attacks.bias import Bias
from oracles.attacks.capture import Capture
from oracles.attacks.drop_out import DropOut
from oracles.attacks.floor_cap import FloorCap
from oracles.attacks.freeze import Freeze
from oracles.attacks.lag import Lag
from oracles.attacks.outlier import Outlier
from oracles.attacks.wrong_decimals import WrongDecimals
from oracles.feed import Feed, FeedSettings
from oracles.reporters import Panel, Reporter
from oracles.roles import Attack, AttackState
from sim.arrays import Floats
from sim.clock import Clock
from sim.errors import ConfigError
from sim.streams import Streams

EXAMPLES: dict[str, Attack] = {
    "bias": Bias(fraction=-0.2),
    "freeze": Freeze(),
    "lag": Lag(delay_seconds=30),
    "outlier": Outlier(factor=50, reporters=1),
    "wrong_decimals": WrongDecimals(digits=2),
    "floor_cap": FloorCap(maximum=90),
    "drop_out": DropOut(reporters=2),
    "capture": Capture(reporters=2, fraction=0.5),
}
every_attack = pytest.mark.parametrize("attack", EXAMPLES.values(), ids=EXAMPLES.keys())

CLOCK = Clock(steps=100, step_seconds=10, start=datetime(2025, 1, 1, tzinfo=UTC))
PRICES = np.array([100.0, 104.0, 96.0, 110.0, 90.0])
VOLUMES = np.ones(5)


def feed(heartbeat_seconds: float = 3600, deviation: float = 0, quorum: int = 1) -> Feed:
    """Return a feed of five reporters with stakes 1, 1, 5, 1, 3."""
    sources = [f"spot_{letter}" for letter in "abcde"]
    stakes = (1.0, 1.0, 5.0, 1.0, 3.0)
    reporters = [
        Reporter(name=f"r{source}", source=source, stake=stake, noise=0.001)
        for source, stake in zip(sources, stakes, strict=True)
    ]
    panel = Panel("btc", reporters, sources, CLOCK, Streams(seed=3))
    settings = FeedSettings(heartbeat_seconds=heartbeat_seconds, deviation=deviation, quorum=quorum)
    return Feed(mesa.Model(), panel, Mean(), settings)


def price_at(step: int) -> Floats:
    return np.asarray(PRICES * (1 + 0.03 * step))


def published(subject: Feed, steps: range) -> list[float | None]:
    return [subject.publish(step, price_at(step), VOLUMES) for step in steps]


def holding(attack: Attack, reporters: int, by: str = "name") -> Attack:
    """Return the attack with that many reporters held, the first ones by ``by``."""
    kind: Callable[..., Attack] = type(attack)
    given = {field.name: getattr(attack, field.name) for field in fields(cast("Any", attack))}
    return kind(**{**given, "reporters": reporters, "by": by})


def test_every_registered_attack_is_tested() -> None:
    assert {name: type(attack) for name, attack in EXAMPLES.items()} == ATTACKS


def test_every_registered_attack_has_sensible_defaults() -> None:
    for kind in ATTACKS.values():
        kind()


@every_attack
def test_an_attack_changes_what_is_published_and_its_release_ends_it(attack: Attack) -> None:
    victim, twin = feed(), feed()
    assert published(victim, range(5)) == published(twin, range(5))
    victim.attack(attack)
    assert published(victim, range(5, 10)) != published(twin, range(5, 10))
    victim.release(attack)
    assert published(victim, range(10, 15)) == published(twin, range(10, 15))


@every_attack
def test_reporters_that_are_not_held_say_what_they_would_have_said(attack: Attack) -> None:
    victim, twin = feed(), feed()
    victim.attack(holding(attack, 2))
    for step in range(6):
        published(victim, range(step, step + 1))
        published(twin, range(step, step + 1))
        np.testing.assert_array_equal(victim.reports[2:], twin.reports[2:])
    assert not np.array_equal(victim.reports[:2], twin.reports[:2], equal_nan=True)


@every_attack
def test_reporters_are_taken_by_name_or_by_stake(attack: Attack) -> None:
    twin = feed()
    twin.publish(0, price_at(0), VOLUMES)
    twin.publish(1, price_at(1), VOLUMES)
    for by, expected in (("name", [0, 1]), ("stake", [2, 4])):
        victim = feed()
        victim.publish(0, price_at(0), VOLUMES)
        victim.attack(holding(attack, 2, by))
        victim.publish(1, price_at(1), VOLUMES)
        lied = victim.reports != twin.reports
        late = isinstance(attack, Freeze | Lag)  # at first these say what is true
        assert set(np.flatnonzero(lied)) <= set(expected)
        assert late or lied[expected].any()


@every_attack
def test_the_arrays_handed_to_an_attack_are_left_as_they_are(attack: Attack) -> None:
    for taken in (attack, holding(attack, 1)):
        state = AttackState(np.array([True, False]), step_seconds=10)
        prices = np.array([100.0, 200.0])
        said = taken.on_reports(prices, state)
        assert said.shape == prices.shape
        assert prices.tolist() == [100.0, 200.0]
        assert said[1] == 200.0 or taken.reporters is None


@every_attack
def test_holding_reporters_leaves_the_answer_to_the_aggregator(attack: Attack) -> None:
    state = AttackState(np.array([True, False]), step_seconds=10, held=5.0)
    assert holding(attack, 1).on_answer(123.0, state) == 123.0


@every_attack
def test_a_silent_reporter_that_is_held_does_not_begin_to_speak(attack: Attack) -> None:
    state = AttackState(np.array([True, False]), step_seconds=10)
    said = holding(attack, 1).on_reports(np.array([np.nan, 100.0]), state)
    assert math.isnan(said[0])
    assert said[1] == 100.0


@every_attack
def test_more_reporters_than_there_are_cannot_be_held(attack: Attack) -> None:
    subject = feed()
    with pytest.raises(ConfigError, match="6 reporters cannot be held: feed btc has 5"):
        subject.attack(holding(attack, 6))
    assert not subject.under_attack


@every_attack
def test_holding_less_than_one_reporter_or_by_an_unknown_order_is_refused(attack: Attack) -> None:
    with pytest.raises(ConfigError, match=r"reporters must be >= 1; .* by must be one of name, st"):
        holding(attack, 0, by="age")


@every_attack
def test_an_attack_on_an_exact_feed_changes_nothing(attack: Attack) -> None:
    subject = feed()
    subject.exact = True
    subject.attack(attack)
    expected = [float(price_at(step).mean()) for step in range(4)]
    assert published(subject, range(4)) == pytest.approx(expected, rel=1e-15)


def test_attacks_act_in_the_order_in_which_they_began() -> None:
    subject = feed()
    subject.attack(Bias(fraction=1.0))
    subject.attack(FloorCap(maximum=120))
    assert published(subject, range(1)) == [120.0]
    subject.release(Bias(fraction=1.0))
    subject.attack(Bias(fraction=1.0))
    answer = subject.publish(1, price_at(1), VOLUMES)
    assert answer is not None
    assert answer > 200


@every_attack
def test_a_feed_knows_whether_it_is_under_attack(attack: Attack) -> None:
    subject = feed()
    seen = [subject.under_attack]
    subject.attack(attack)
    seen.append(subject.under_attack)
    subject.release(attack)
    assert [*seen, subject.under_attack] == [False, True, False]


def test_releasing_what_is_not_on_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in list"):
        feed().release(Bias())


def test_a_lie_is_told_as_its_parameters_say() -> None:
    state = AttackState(np.array([True, False]), step_seconds=10)
    prices = np.array([100.0, 100.0])
    assert Bias(fraction=-0.25, reporters=1).on_reports(prices, state).tolist() == [75, 100]
    assert Bias(fraction=-0.25).on_answer(100.0, state) == 75
    assert Outlier(factor=7).on_reports(prices, state).tolist() == [700, 100]
    assert WrongDecimals(digits=-3).on_answer(100.0, state) == pytest.approx(0.1)
    assert FloorCap(minimum=110).on_answer(100.0, state) == 110
    assert Capture(price=3.0).on_reports(prices, state).tolist() == [3, 100]
    assert Capture(fraction=0.1).on_reports(prices, state) == pytest.approx([110, 100])
    speaking = Capture(price=3.0).on_reports(np.array([np.nan, 100.0]), state)
    assert speaking.tolist() == [3, 100]


def test_a_frozen_answer_stays_at_what_it_was_and_the_heart_goes_on_beating() -> None:
    subject = feed(heartbeat_seconds=20, deviation=0.005)
    (before,) = published(subject, range(1))
    subject.attack(Freeze())
    assert published(subject, range(1, 7)) == [None, before, None, before, None, before]


def test_a_lagging_answer_stands_still_for_the_delay_and_then_runs_behind() -> None:
    victim, twin = feed(), feed()
    victim.attack(Lag(delay_seconds=25))
    truth = published(twin, range(10))
    assert published(victim, range(10)) == [truth[0]] * 3 + truth[:7]


def test_dropping_out_below_the_quorum_leaves_the_answer_stale() -> None:
    subject = feed(quorum=3)
    published(subject, range(2))
    stale = subject.answer
    subject.attack(DropOut(reporters=3))
    assert published(subject, range(2, 5)) == [None] * 3
    assert (subject.answer, subject.published_step) == (stale, 1)


@pytest.mark.parametrize(
    ("build", "what"),
    [
        (lambda: Bias(fraction=-1), "bias fraction"),
        (lambda: Lag(delay_seconds=0), "lag delay_seconds"),
        (lambda: Outlier(factor=0), "outlier factor"),
        (lambda: WrongDecimals(digits=0), "wrong_decimals digits"),
        (lambda: WrongDecimals(digits=78), "wrong_decimals digits"),
        (lambda: FloorCap(minimum=2, maximum=1), "floor_cap maximum"),
        (lambda: FloorCap(minimum=-1), "floor_cap minimum"),
        (lambda: Capture(price=0), "capture price"),
        (lambda: Capture(fraction=-2), "capture fraction"),
    ],
)
def test_impossible_parameters_are_refused_by_name(build: Callable[[], object], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        build()
