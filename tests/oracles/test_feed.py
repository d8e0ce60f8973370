"""Feeds: when they publish, how late it is seen, and what they keep for the records."""

import math

import mesa
import numpy as np
import pytest

from oracles.aggregators.ema import Ema
from oracles.aggregators.median import Median
from oracles.aggregators.volume_weighted import VolumeWeighted
from oracles.attacks.bias import Bias
from oracles.feed import Feed, FeedSettings
from oracles.reporters import Panel, Reporter
from oracles.roles import Aggregator
from sim.arrays import NONE
from sim.clock import Clock
from sim.errors import ConfigError
from sim.roles import PriceFeed
from sim.streams import Streams

CLOCK = Clock(steps=1000, step_seconds=10)
SOURCES = ("spot_a", "spot_b", "spot_c")
VOLUMES = np.array([1.0, 1.0, 2.0])


def feed(
    aggregator: Aggregator | None = None,
    *,
    heartbeat_seconds: float = 3600,
    deviation: float = 0.005,
    lag_steps: int = 0,
    quorum: int = 1,
) -> Feed:
    reporters = [Reporter(name=source, source=source) for source in SOURCES]
    panel = Panel("btc", reporters, SOURCES, CLOCK, Streams(seed=11))
    settings = FeedSettings(
        heartbeat_seconds=heartbeat_seconds, deviation=deviation, lag_steps=lag_steps, quorum=quorum
    )
    return Feed(mesa.Model(), panel, aggregator or Median(), settings)


def publish(subject: PriceFeed, step: int, price: float) -> float | None:
    """Show all sources at one price; what is asked of a feed by ``sim`` is enough for it."""
    return subject.publish(step, np.full(3, price), VOLUMES)


def steps_published(subject: Feed, prices: list[float]) -> list[int]:
    return [step for step, price in enumerate(prices) if publish(subject, step, price) is not None]


@pytest.mark.parametrize(
    ("heartbeat", "expected"),
    [(60, [0, 6, 12, 18]), (55, [0, 6, 12, 18]), (10, list(range(20))), (math.inf, [0])],
)
def test_a_still_price_is_published_on_the_heartbeat(heartbeat: float, expected: list[int]) -> None:
    subject = feed(heartbeat_seconds=heartbeat, deviation=0.005)
    assert steps_published(subject, [100.0] * 20) == expected


def test_a_deviation_is_published_at_once_and_the_heartbeat_starts_anew() -> None:
    prices = [100.0, 100.49, 100.5, *[100.5] * 5, 100.9, *[100.9] * 6]
    subject = feed(heartbeat_seconds=60, deviation=0.005)
    assert steps_published(subject, prices) == [0, 2, 8, 14]
    assert subject.answer == 100.9


def test_small_steps_add_up_to_a_deviation_from_the_last_answer() -> None:
    prices = [100.0 + 0.2 * step for step in range(12)]
    subject = feed(heartbeat_seconds=math.inf, deviation=0.005)
    assert steps_published(subject, prices) == [0, 3, 6, 9]


def test_a_deviation_of_zero_publishes_every_step_and_an_infinite_one_never() -> None:
    assert steps_published(feed(deviation=0), [100.0] * 5) == [0, 1, 2, 3, 4]
    waiting = feed(deviation=math.inf, heartbeat_seconds=30)
    assert steps_published(waiting, [100.0, 900.0, 1.0, 5.0]) == [0, 3]


def test_an_answer_is_seen_lag_steps_after_it_was_made_and_the_first_at_once() -> None:
    subject = feed(lag_steps=3, deviation=0.05, heartbeat_seconds=math.inf)
    prices = [100.0, 100.0, 110.0, 110.0, 120.0, 120.0, 120.0, 120.0, 120.0]
    seen = [publish(subject, step, price) for step, price in enumerate(prices)]
    assert seen == [100.0, None, None, None, None, 110.0, None, 120.0, None]


def test_what_is_under_way_is_not_sent_again() -> None:
    subject = feed(lag_steps=5, deviation=0.05, heartbeat_seconds=math.inf)
    seen = [publish(subject, step, 100.0 if step == 0 else 110.0) for step in range(20)]
    assert [step for step, answer in enumerate(seen) if answer is not None] == [0, 6]


def test_records_tell_what_was_published_and_when() -> None:
    subject = feed(deviation=0.01)
    assert (subject.published_step, math.isnan(subject.answer)) == (NONE, True)
    publish(subject, 0, 100.0)
    publish(subject, 1, 100.5)
    assert (subject.answer, subject.published_step) == (100.0, 0)
    assert subject.reports.tolist() == [100.5] * 3
    publish(subject, 2, 103.0)
    assert (subject.answer, subject.published_step) == (103.0, 2)
    assert subject.names == SOURCES
    assert subject.name == "btc"
    assert not subject.under_attack


def test_the_aggregator_sees_volumes_of_the_sources_and_elapsed_time() -> None:
    weighted = feed(VolumeWeighted())
    assert weighted.publish(0, np.array([100.0, 200.0, 300.0]), VOLUMES) == 225.0
    average = feed(Ema(half_life_seconds=20), deviation=0)
    publish(average, 0, 100.0)
    publish(average, 1, 200.0)
    assert publish(average, 2, 200.0) == pytest.approx(150.0)


def test_without_a_quorum_nothing_is_published() -> None:
    subject = feed(quorum=2, deviation=0)
    lonely = np.array([np.nan, np.nan, 100.0])
    assert subject.publish(0, lonely, VOLUMES) is None
    assert subject.publish(1, np.array([np.nan, 102.0, 100.0]), VOLUMES) == 101.0
    assert subject.publish(2, lonely, VOLUMES) is None
    assert subject.answer == 101.0


def test_silence_does_not_stop_the_heartbeat_from_being_due() -> None:
    subject = feed(heartbeat_seconds=30)
    publish(subject, 0, 100.0)
    for step in range(1, 6):
        assert subject.publish(step, np.full(3, np.nan), VOLUMES) is None
    assert publish(subject, 6, 100.0) == 100.0


def test_an_exact_feed_publishes_the_mean_of_its_sources_every_step() -> None:
    reporters = [
        Reporter(name=source, source=source, noise=0.1, delay_seconds=60, outage_probability=0.5)
        for source in SOURCES
    ]
    panel = Panel("btc", reporters, SOURCES, CLOCK, Streams(seed=11))
    settings = FeedSettings(lag_steps=4, heartbeat_seconds=math.inf)
    subject = Feed(mesa.Model(), panel, Median(), settings, exact=True)
    subject.attack(Bias())
    for step in range(10):
        sources = np.array([100.0, 103.0, 106.0]) + step
        assert subject.publish(step, sources, VOLUMES) == 103.0 + step
        assert subject.true_answer(sources) == 103.0 + step
        assert subject.published_step == step
    assert subject.under_attack
    assert subject.publish(10, np.array([np.nan, 1.0, 3.0]), VOLUMES) == 2.0
    assert subject.publish(11, np.full(3, np.nan), VOLUMES) is None
    assert subject.answer == 2.0


def test_the_truth_is_made_of_the_sources_that_are_read() -> None:
    reporters = [Reporter(name=name, source="spot_b") for name in ("x", "y")]
    panel = Panel("btc", reporters, SOURCES, CLOCK, Streams(seed=1))
    subject = Feed(mesa.Model(), panel, Median(), FeedSettings())
    assert subject.true_answer(np.array([1.0, 50.0, 1.0])) == 50.0
    assert math.isnan(subject.true_answer(np.array([1.0, np.nan, 1.0])))


def test_two_feeds_of_one_model_do_not_share_errors() -> None:
    model = mesa.Model()
    prices = []
    for name in ("one", "two"):
        reporter = Reporter(name="x", source="spot_a", noise=0.01)
        panel = Panel(name, [reporter], SOURCES, CLOCK, Streams(seed=1))
        subject = Feed(model, panel, Median(), FeedSettings())
        prices.append(publish(subject, 0, 100.0))
    assert prices[0] != prices[1]
    assert len(model.agents) == 2


def test_the_same_seed_publishes_the_same_whatever_mesa_draws() -> None:
    runs = []
    for seed in (1, 2):
        reporters = [Reporter(name=name, source="spot_a", noise=0.01) for name in "xyz"]
        panel = Panel("btc", reporters, SOURCES, CLOCK, Streams(seed=7))
        subject = Feed(mesa.Model(rng=seed), panel, Median(), FeedSettings(deviation=0.002))
        runs.append([publish(subject, step, 100.0) for step in range(50)])
    assert runs[0] == runs[1]


def test_a_feed_knows_how_many_reporters_must_be_captured() -> None:
    assert feed().k_to_move == 2


def test_impossible_settings_are_all_named() -> None:
    with pytest.raises(ConfigError) as caught:
        FeedSettings(heartbeat_seconds=0, deviation=-1, lag_steps=-1, quorum=0)
    assert len(caught.value.problems) == 4
    with pytest.raises(ConfigError, match="feed btc: quorum 4 of 3 reporters"):
        feed(quorum=4)
