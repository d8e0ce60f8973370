"""Measures of margin paths, by hand and by what must hold of any path."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.measures.alarms import alarms
from experiments.measures.coverage import clustered
from experiments.measures.procyclicality import (
    call_frequency,
    call_quantile,
    cost,
    directed_peak_to_trough,
    largest_call,
    peak_to_trough,
    responsiveness,
    volatility,
)
from experiments.measures.response import response_table
from sim.arrays import Floats
from sim.errors import ConfigError
from sim.margin.fixed import Fixed
from sim.margin.model import composed

paths = arrays(np.float64, st.integers(8, 40), elements=st.floats(0.001, 1.0))


@given(paths)
def test_direction_can_only_take_away_from_a_swing(rates: Floats) -> None:
    assert 1.0 <= directed_peak_to_trough(rates) <= peak_to_trough(rates)
    backwards = max(directed_peak_to_trough(rates), directed_peak_to_trough(rates[::-1]))
    assert backwards == pytest.approx(peak_to_trough(rates))


@given(paths, st.floats(0.1, 10.0))
def test_a_dearer_policy_swings_no_more_and_calls_in_proportion(rates: Floats, by: float) -> None:
    assert peak_to_trough(by * rates) == pytest.approx(peak_to_trough(rates))
    assert cost(by * rates, rates) == pytest.approx(by - 1.0)
    one, other = largest_call(rates, 3), largest_call(by * rates, 3)
    assert other.rise == pytest.approx(by * one.rise)
    assert other.ratio == pytest.approx(one.ratio)


@given(paths)
def test_a_longer_call_is_no_more_than_the_shorter_ones_added_up(rates: Floats) -> None:
    daily = max(largest_call(rates, 1).rise, 0.0)
    assert largest_call(rates, 5).rise <= 5.0 * daily + 1e-12


def test_a_path_shorter_than_a_call_has_none() -> None:
    short = np.array([0.1, 0.2])
    assert np.isnan(largest_call(short, 2).rise)
    assert np.isnan(call_quantile(short, 2))
    assert np.isnan(call_frequency(short, 2))
    assert np.isnan(responsiveness(short, short, 2))
    with pytest.raises(ConfigError, match="lag must be > 0"):
        largest_call(short, 0)


def test_margin_that_never_was_has_no_swing() -> None:
    assert np.isnan(peak_to_trough(np.zeros(3)))
    assert np.isnan(directed_peak_to_trough(np.zeros(3)))


def test_the_quantile_of_calls_is_an_order_statistic_with_falls_as_nothing() -> None:
    rates = np.cumsum([0.1, *[0.001] * 97, 0.05, 0.03, -0.2])
    # 100 calls: one fall, 97 of 0.001, 0.03 and 0.05: the 99th from below is 0.03.
    assert call_quantile(rates) == pytest.approx(0.03)


def test_margin_in_proportion_to_volatility_answers_in_full() -> None:
    spread = np.array([0.01, 0.02, 0.015, 0.03, 0.045])
    assert responsiveness(2.33 * spread, spread, 1) == pytest.approx(1.0)
    assert responsiveness(np.full(5, 0.1), spread, 1) == 0.0
    falling = np.array([0.03, 0.02, 0.01])
    assert np.isnan(responsiveness(falling, falling, 1))
    # Half of every rise, by hand: x = 1, 1, 0.5 and y = 0.5, 0.5, 0.25.
    half = np.array([1.0, 1.5, 1.5, 2.25, 2.8125])
    doubled = np.array([1.0, 2.0, 2.0, 4.0, 6.0])
    assert responsiveness(half, doubled, 1) == pytest.approx(0.5)


def test_a_quantile_of_calls_is_the_order_statistic_it_says_at_any_level() -> None:
    """Of 100 calls at 55 %, the 55th: in floating point 100 times 0.55 is a little more."""
    rates = np.cumsum(np.arange(101.0))
    assert call_quantile(rates, level=0.55) == 55.0
    assert call_quantile(rates) == 99.0


def test_volatility_knows_the_past_alone() -> None:
    returns = np.array([0.01, -0.02, 0.03, 0.10])
    found = volatility(returns, 3)
    assert found.size == 2
    assert found[0] == pytest.approx(np.sqrt(np.mean(np.square([0.01, -0.02, 0.03]))))


def test_a_call_on_the_eve_of_a_loss_is_justified_and_any_other_is_false() -> None:
    rates = np.array([0.04, 0.05, 0.05, 0.06, 0.06, 0.06])
    counted = alarms(rates, np.array([0.0, 0.045, 0.0, 0.0, 0.07, 0.0]))
    assert (counted.justified, counted.false, counted.missed, counted.quiet) == (1, 1, 1, 2)
    assert counted.hit_rate == 0.5
    assert counted.false_rate == pytest.approx(1 / 3)


def test_without_calls_or_losses_there_is_nothing_to_share() -> None:
    counted = alarms(np.full(4, 0.1), np.zeros(4))
    assert np.isnan(counted.hit_rate)
    with pytest.raises(ConfigError, match="worth must be >= 0; losses must be as many"):
        alarms(np.full(4, 0.1), np.zeros(5), worth=-1.0)


def test_breaches_cluster_or_not() -> None:
    assert clustered(np.array([False, True, True, False, False, False]))
    assert not clustered(np.array([True, False, True, False, True, False]))
    assert not clustered(np.zeros(4, dtype=np.bool_))


def test_responses_are_told_in_days_whatever_the_bar() -> None:
    told: list[tuple[str, int, int]] = []
    frame = response_table(
        {"fixed": composed(Fixed())}, 43_200.0, lambda *args: told.append(args), paths=1
    )
    assert frame.columns.tolist() == [
        *("policy", "after 1 d", "after 5 d", "after 20 d", "after 60 d", "days to cover")
    ]
    assert frame.loc[0, "after 60 d"] == 1.0
    assert told == [("impulse responses", 1, 1)]
