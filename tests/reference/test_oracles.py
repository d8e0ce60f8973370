"""Oracles against closed forms, documented weights and dated incidents."""

import csv
import math
from pathlib import Path

import mesa
import numpy as np
import pytest

from oracles.aggregators.ema import Ema
from oracles.aggregators.mean import Mean
from oracles.aggregators.median import Median
from oracles.aggregators.stake_weighted_median import StakeWeightedMedian
from oracles.aggregators.twap import Twap
from oracles.aggregators.volume_weighted import VolumeWeighted
from oracles.attacks.capture import Capture
from oracles.attacks.floor_cap import FloorCap
from oracles.attacks.outlier import Outlier
from oracles.attacks.wrong_decimals import WrongDecimals
from oracles.breakdown import k_to_move
from oracles.feed import Feed, FeedSettings
from oracles.reporters import Panel, Reporter
from oracles.roles import Aggregator, AggregatorState, Attack, Reports
from sim.clock import Clock
from sim.streams import Streams

INCIDENTS = Path(__file__).parents[2] / "../shared/reference/incidents.csv"


def combined(
    aggregator: Aggregator,
    prices: list[float],
    volumes: list[float] | None = None,
    stakes: list[float] | None = None,
) -> float:
    ones = [1.0] * len(prices)
    price, volume, stake = (
        np.array(column, dtype=float) for column in (prices, volumes or ones, stakes or ones)
    )
    return aggregator.combine(Reports(price, volume, stake, 0.0), AggregatorState())


def followed(aggregator: Aggregator, prices: list[float], seconds: float) -> list[float]:
    state, one = AggregatorState(), np.ones(1)
    return [
        aggregator.combine(Reports(price * one, one, one, step * seconds), state)
        for step, price in enumerate(prices)
    ]


def feed(aggregator: Aggregator, n: int) -> Feed:
    sources = [f"api_{i}" for i in range(n)]
    reporters = [Reporter(name=source, source=source) for source in sources]
    panel = Panel("feed", reporters, sources, Clock(steps=100, step_seconds=12), Streams(seed=1))
    return Feed(mesa.Model(), panel, aggregator, FeedSettings(deviation=0))


def answer_under(attack: Attack, aggregator: Aggregator, prices: list[float]) -> float | None:
    subject = feed(aggregator, len(prices))
    subject.attack(attack)
    return subject.publish(0, np.array(prices), np.ones(len(prices)))


def recorded(incident: str, metric: str) -> str:
    if not INCIDENTS.exists():
        pytest.skip("the table of dated incidents is not there")
    with INCIDENTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["incident"] == incident]
    return next(row["value"] for row in rows if row["metric"] == metric)


@pytest.mark.parametrize("seconds", [1, 12, 60])
def test_the_ema_goes_half_of_the_way_in_a_half_life(seconds: float) -> None:
    answers = followed(Ema(half_life_seconds=60), [100.0] + [200.0] * 300, seconds)
    expected = [200 - 100 * 0.5 ** (step * seconds / 60) for step in range(301)]
    assert answers == pytest.approx(expected, rel=1e-12)


def test_the_ema_does_not_depend_on_how_time_is_cut_into_steps() -> None:
    fine = followed(Ema(half_life_seconds=45), [100.0] + [130.0] * 60, 1)
    coarse = followed(Ema(half_life_seconds=45), [100.0] + [130.0] * 6, 10)
    assert fine[::10] == pytest.approx(coarse, rel=1e-12)


def test_the_twap_answers_a_jump_with_a_straight_line_as_long_as_the_window() -> None:
    answers = followed(Twap(window_seconds=120), [100.0] * 20 + [160.0] * 20, 12)
    expected = [100 + 60 * min(max(step - 20, 0) / 10, 1) for step in range(40)]
    assert answers == pytest.approx(expected, rel=1e-14)


def test_the_twap_is_the_integral_over_a_window_that_ends_between_steps() -> None:
    prices = list(np.linspace(50, 90, 40) ** 1.3)
    answers = followed(Twap(window_seconds=31), prices, 12)
    for step in range(3, 40):
        held = prices[step - 1] * 12 + prices[step - 2] * 12 + prices[step - 3] * 7
        assert answers[step] == pytest.approx(held / 31, rel=1e-14)


def test_the_twap_of_a_young_feed_runs_over_its_age() -> None:
    answers = followed(Twap(window_seconds=3600), [10.0, 20.0, 60.0, 0.5], 12)
    assert answers == pytest.approx([10, 10, 15, 30])


def test_the_twap_counts_a_gap_at_the_price_before_it() -> None:
    twap, state, one = Twap(window_seconds=100), AggregatorState(), np.ones(1)
    for time, price in ((0.0, 10.0), (10.0, 20.0), (80.0, 30.0)):
        twap.combine(Reports(price * one, one, one, time), state)
    answer = twap.combine(Reports(one, one, one, 100.0), state)
    assert answer == pytest.approx((10 * 10 + 70 * 20 + 20 * 30) / 100)


def test_an_absurd_price_leaves_nothing_behind_once_it_has_left_the_window() -> None:
    lied = followed(Twap(window_seconds=60), [100.1] * 5 + [1e30] + [100.1] * 20, 12)
    assert max(lied) > 1e28
    assert lied[-10:] == [100.1] * 10


def test_a_price_pushed_for_one_block_moves_the_twap_by_its_share_of_the_window() -> None:
    """Ten times the price for 12 s of 1800 s: 1 + 9 * 12 / 1800, and not before the next block."""
    answers = followed(Twap(window_seconds=1800), [1.0] * 200 + [10.0] + [1.0] * 5, 12)
    assert answers[200] == pytest.approx(1)
    assert answers[201] == pytest.approx(1.06)


HYPERLIQUID = {
    "binance": 3.0,
    "okx": 2.0,
    "bybit": 2.0,
    "kraken": 1.0,
    "kucoin": 1.0,
    "gate": 1.0,
    "mexc": 1.0,
    "hyperliquid": 1.0,
}
"""Weights of the spot prices; Hyperliquid documentation, Oracle."""


def test_hyperliquid_weights_need_half_of_twelve_to_be_moved() -> None:
    weights = list(HYPERLIQUID.values())
    assert k_to_move(StakeWeightedMedian(), np.array(weights)) == 3
    honest = [100.0] * 8
    two_largest = [9e9, 9e9, *honest[2:]]
    assert combined(StakeWeightedMedian(), two_largest, stakes=weights) == 100.0
    three_largest = [9e9, 9e9, 9e9, *honest[3:]]
    assert combined(StakeWeightedMedian(), three_largest, stakes=weights) == 9e9
    five_smallest = [*honest[:3], *[9e9] * 5]
    assert combined(StakeWeightedMedian(), five_smallest, stakes=weights) == 100.0


def test_hyperliquid_weights_by_hand() -> None:
    """Cumulative weight of prices 1..8 as listed: 3, 5, 7, 8, ... 12; half is 6.

    Listed from 8 down to 1, the weights of prices 1..8 are 1, 1, 1, 1, 1, 2, 2, 3: 5 at five, 7 at
    six.
    """
    prices = [float(price) for price in range(1, 9)]
    weights = list(HYPERLIQUID.values())
    assert combined(StakeWeightedMedian(), prices, stakes=weights) == 3.0
    assert combined(StakeWeightedMedian(), prices[::-1], stakes=weights) == pytest.approx(6.0)
    split = [1.0, 2.0, 3.0, 4.0]
    assert combined(StakeWeightedMedian(), split, stakes=[1, 2, 2, 1]) == 2.5


def test_synthetix_2019_a_thousandfold_error_passes_a_mean_and_not_a_median_of_three() -> None:
    """Two sources had survived: their mean, and their median no less, let the error through."""
    factor = float(recorded("2019-06_synthetix_skrw", "feed_error"))
    error, won = Outlier(factor=factor, reporters=1), 0.00086
    assert answer_under(error, Mean(), [won] * 2) == pytest.approx(500.5 * won)
    assert answer_under(error, Median(), [won] * 2) == pytest.approx(500.5 * won)
    assert answer_under(error, Mean(), [won] * 3) == pytest.approx(334 * won)
    assert answer_under(error, Median(), [won] * 3) == won


def test_compound_2020_a_wide_band_around_a_dragged_anchor_lets_the_price_through() -> None:
    """DAI at 1.30: refused 20 % from an anchor at 1.00, accepted from one at 1.09."""
    volumes = [98.0, 1.0, 1.0]
    wide = VolumeWeighted(maximum_deviation=0.20)
    assert combined(wide, [1.30, 1.00, 1.00], volumes) == 1.00
    assert combined(wide, [1.30, 1.09, 1.09], volumes) == pytest.approx(1.2958)
    narrow = VolumeWeighted(maximum_deviation=0.05)
    assert combined(narrow, [1.30, 1.09, 1.09], volumes) == pytest.approx(1.09)


def test_binance_index_ignores_one_stranger_and_falls_back_to_the_median_for_two() -> None:
    index = VolumeWeighted(maximum_deviation=0.05)
    volumes = [5.0, 3.0, 1.0, 1.0]
    assert combined(index, [100, 104, 100, 100], volumes) == pytest.approx(101.2)
    assert combined(index, [100, 106, 100, 100], volumes) == pytest.approx(100.0)
    assert combined(index, [100, 107, 90, 102], volumes) == pytest.approx(101.0)
    assert combined(index, [100, 102, 100, 102], [0.0] * 4) == pytest.approx(101.0)


def test_luna_2022_the_floor_holds_the_answer_at_ten_times_the_market() -> None:
    floor = float(recorded("2022-05_venus_blizz", "minAnswer"))
    answer = answer_under(FloorCap(minimum=floor), Median(), [0.0101, 0.0100, 0.0099])
    assert answer == 0.10
    assert answer / 0.0100 == pytest.approx(10)
    assert answer_under(FloorCap(minimum=floor), Median(), [0.5]) == 0.5


def test_aave_2026_the_cap_undervalues_staked_ether_by_under_three_percent() -> None:
    told = recorded("2026-03-10_aave_capo", "oracle")
    assert "cap 1.1939 vs market ~1.228" in told
    answer = answer_under(FloorCap(maximum=1.1939), Median(), [1.228] * 3)
    assert answer is not None
    assert answer / 1.228 - 1 == pytest.approx(-0.0285, abs=0.001)


def test_mango_2022_two_of_three_venues_are_the_median() -> None:
    spot = 0.038
    assert k_to_move(Median(), np.ones(3)) == 2
    assert answer_under(Capture(reporters=1, price=0.91), Median(), [spot] * 3) == spot
    assert answer_under(Capture(reporters=2, price=0.91), Median(), [spot] * 3) == 0.91


def test_wrong_decimals_are_a_power_of_ten_exactly() -> None:
    assert answer_under(WrongDecimals(digits=8), Median(), [25.0]) == 2.5e9
    assert answer_under(WrongDecimals(digits=-2), Median(), [25.0]) == 0.25


def test_a_chainlink_feed_keeps_its_heartbeat_and_its_deviation() -> None:
    """ETH/USD on Ethereum: 3600 s and 0.5 %; 300 blocks of 12 s make the hour."""
    sources = ["spot"]
    panel = Panel(
        "eth",
        [Reporter(name="node", source="spot")],
        sources,
        Clock(steps=2000, step_seconds=12),
        Streams(seed=1),
    )
    subject = Feed(
        mesa.Model(), panel, Median(), FeedSettings(heartbeat_seconds=3600, deviation=0.005)
    )
    prices = [2000.0] * 400 + [2009.99] * 50 + [2010.0] * 550
    seen = [
        subject.publish(step, np.array([price]), np.ones(1)) for step, price in enumerate(prices)
    ]
    published = [step for step, answer in enumerate(seen) if answer is not None]
    assert published == [0, 300, 450, 750]
    assert math.isclose(subject.answer, 2010.0)
