"""Bars filled in: the record is honoured exactly, whatever is drawn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from sim.arrays import Floats
from sim.kernels.price import (
    PARKINSON,
    fill_bar,
    fill_bars,
    fold,
    high_comes_first,
    mean_reverting,
    passage,
)
from sim.streams import Streams

shares = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
lows = st.floats(1e-6, 1e6)
heights = st.one_of(st.sampled_from([0.0, 1e-12, 5.0]), st.floats(0, 1))
pieces = st.integers(4, 60)
seeds = st.integers(0, 10_000)


type Columns = tuple[Floats, Floats, Floats, Floats]


def bar(
    low: float, height: float, opened: float, close: float
) -> tuple[float, float, float, float]:
    """Return open, high, low and close of a bar, the first and last as shares of its range."""
    high = low * (1 + height)
    first, last = (
        high if share == 1 else min(low + share * (high - low), high) for share in (opened, close)
    )
    return first, high, low, last


def repeated(record: tuple[float, float, float, float], times: int) -> Columns:
    opened, high, low, close = (np.full(times, price) for price in record)
    return opened, high, low, close


@given(lows, heights, shares, shares, st.floats(0, 1), pieces, seeds)
def test_a_filled_bar_has_the_bars_own_open_high_low_and_close(
    low: float, height: float, opened: float, close: float, order: float, count: int, seed: int
) -> None:
    record = bar(low, height, opened, close)
    noise = Streams(seed).at("texture", 0).normal(np.arange(count))
    filled = np.empty(count)
    fill_bar(*record, order, noise, filled)
    assert (filled[0], filled.max(), filled.min(), filled[-1]) == record


@given(lows, heights, shares, shares, st.floats(0, 1), pieces, seeds)
def test_compiled_filling_is_its_python_original(
    low: float, height: float, opened: float, close: float, order: float, count: int, seed: int
) -> None:
    record = bar(low, height, opened, close)
    noise = Streams(seed).at("texture", 0).normal(np.arange(count))
    compiled, plain = np.empty(count), np.empty(count)
    fill_bar(*record, order, noise, compiled)
    fill_bar.py_func(*record, order, noise, plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)


def test_compiled_filling_of_many_bars_is_its_python_original() -> None:
    noise = Streams(7).at("texture", 0).normal(np.arange(60)).reshape(3, 20)
    columns = repeated(bar(9, 1, 0.2, 0.7), 3)
    order, compiled, plain = np.array([0.0, 0.5, 1.0]), np.empty((3, 20)), np.empty((3, 20))
    fill_bars(*columns, order, noise, compiled)
    fill_bars.py_func(*columns, order, noise, plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)


def test_changing_one_bar_leaves_the_fill_of_the_others() -> None:
    noise = Streams(7).at("texture", 0).normal(np.arange(300)).reshape(5, 60)
    order = Streams(7).at("order", 0).uniform(np.arange(5))
    columns = repeated(bar(9000.0, 0.1, 0.2, 0.7), 5)
    before, after = np.empty((5, 60)), np.empty((5, 60))
    fill_bars(*columns, order, noise, before)
    columns[1][2] *= 1.5
    fill_bars(*columns, order, noise, after)
    assert (before != after).any(axis=1).tolist() == [False, False, True, False, False]


@given(st.floats(-50, 50), st.floats(0.01, 5))
def test_folding_keeps_what_lies_inside_and_mirrors_the_rest(
    distance: float, height: float
) -> None:
    folded = fold(distance, height)
    assert 0 <= folded <= height
    assert fold.py_func(distance, height) == folded
    if 0 <= distance <= height:
        assert folded == distance
    np.testing.assert_allclose(fold(-distance, height), folded, atol=1e-12)
    np.testing.assert_allclose(fold(2 * height + distance, height), folded, atol=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=20), st.floats(-1, 1))
def test_a_passage_is_the_first_point_at_or_above_the_level(
    walk: list[float], level: float
) -> None:
    last = len(walk) - 2
    expected = next((i for i in range(1, last) if walk[i] >= level), last)
    assert passage(np.array(walk), level, 1, last) == expected
    assert passage.py_func(np.array(walk), level, 1, last) == expected


@given(st.floats(-5, 5), st.floats(0, 1), st.lists(st.floats(-1, 1), max_size=30))
def test_mean_reversion_is_a_first_order_filter(
    start: float, decay: float, shocks: list[float]
) -> None:
    compiled, plain = np.empty(len(shocks) + 1), np.empty(len(shocks) + 1)
    mean_reverting(start, decay, np.array(shocks), compiled)
    mean_reverting.py_func(start, decay, np.array(shocks), plain)
    filtered = lfilter([1.0], [1.0, -decay], np.array([start, *shocks]))
    assert (compiled == plain).all()
    np.testing.assert_allclose(compiled, filtered, atol=1e-12)


def brownian_bars(count: int, pieces: int, volatility: float) -> Floats:
    """Return log prices of Brownian bars, (count, pieces + 1), each from zero."""
    noise = Streams(11).at("brownian", 0).normal(np.arange(count * pieces))
    walks = np.cumsum(volatility / np.sqrt(pieces) * noise.reshape(count, pieces), axis=1)
    return np.hstack([np.zeros((count, 1)), walks])


def test_the_high_comes_first_as_often_as_in_brownian_bars() -> None:
    walks = brownian_bars(3000, 400, 0.02)
    prices = np.exp(walks)
    truth = walks.argmax(axis=1) < walks.argmin(axis=1)
    columns = (prices[:, 0], prices.max(axis=1), prices.min(axis=1), prices[:, -1])
    chance = np.array([high_comes_first(*row) for row in zip(*columns, strict=True)])
    assert high_comes_first.py_func(1.0, 1.1, 0.9, 1.02) == high_comes_first(1.0, 1.1, 0.9, 1.02)
    for low in np.arange(0, 1, 0.2):
        bin_ = (chance >= low) & (chance < low + 0.2)
        assert abs(truth[bin_].mean() - chance[bin_].mean()) < 0.12
    assert np.corrcoef(truth, chance)[0][1] > 0.6


def test_refilled_brownian_bars_are_as_rough_as_they_were() -> None:
    walks = brownian_bars(2000, 360, 0.02)
    prices = np.exp(walks)
    columns = (prices[:, 0], prices.max(axis=1), prices.min(axis=1), prices[:, -1])
    order = Streams(12).at("order", 0).uniform(np.arange(2000))
    noise = Streams(12).at("texture", 0).normal(np.arange(2000 * 360)).reshape(2000, 360)
    filled = np.empty((2000, 360))
    fill_bars(*columns, order, noise, filled)
    realised = (np.diff(np.log(filled), axis=1) ** 2).sum(axis=1).mean()
    assert 0.85 < realised / 0.02**2 < 1.15
    spread = walks[:, 60:301:60].std(axis=0)
    np.testing.assert_allclose(np.log(filled)[:, 60:301:60].std(axis=0), spread, rtol=0.15)


def test_parkinsons_number_turns_a_squared_range_into_a_variance() -> None:
    walks = brownian_bars(3000, 2000, 0.02)
    ranges = walks.max(axis=1) - walks.min(axis=1)
    assert 0.9 < np.mean(ranges**2) / PARKINSON / 0.02**2 < 1.02
