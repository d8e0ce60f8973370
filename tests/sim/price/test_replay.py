"""Bars run through as they were."""

from pathlib import Path

import numpy as np
import pytest

from sim.arrays import Floats
from sim.errors import ConfigError, DataError
from sim.price.bars import Bars
from sim.price.path import DrawnPath
from sim.price.replay import Replay, ReplayedBars
from sim.streams import Streams


def hourly(count: int, first: str = "2020-03-12") -> Bars:
    noise = Streams(1).at("bars", 0).normal(np.arange(count + 1))
    price = 7000.0 * np.exp(np.cumsum(0.02 * noise))
    opened, close = price[:-1].copy(), price[1:].copy()
    time = np.datetime64(first, "s") + np.arange(count) * np.timedelta64(3600, "s")
    high, low = np.maximum(opened, close) * 1.01, np.minimum(opened, close) * 0.98
    return Bars(time, opened, high, low, close, 3600)


def split(count: int, before: int) -> ReplayedBars:
    bars = hourly(count)
    return ReplayedBars(bars=bars[before:], before=bars[:before])


def run(source: ReplayedBars, steps: int, step_seconds: float) -> DrawnPath:
    path = DrawnPath(source)
    path.prepare(Streams(5), "price/BTC", steps, step_seconds)
    return path


def prices(path: DrawnPath, steps: int, multiplier: float = 1.0) -> Floats:
    moves = [path.step_return(step, multiplier) for step in range(steps)]
    return path.initial_price * np.exp(np.cumsum(moves))


@pytest.mark.parametrize("step_seconds", [10.0, 7.5, 600.0, 900.0])
def test_every_bar_is_honoured(step_seconds: float) -> None:
    source = split(20, 0)
    pieces = int(3600 / step_seconds)
    filled = prices(run(source, 20 * pieces, step_seconds), 20 * pieces).reshape(20, pieces)
    bars = source.bars
    for seen, wanted in (
        (filled[:, 0], bars.open),
        (filled.max(axis=1), bars.high),
        (filled.min(axis=1), bars.low),
        (filled[:, -1], bars.close),
    ):
        np.testing.assert_allclose(seen, wanted, rtol=1e-12)


def test_a_gap_between_close_and_next_open_is_one_step() -> None:
    bars = hourly(2)
    opened, high, low, close = (
        column * [1.0, 1.2] for column in (bars.open, bars.high, bars.low, bars.close)
    )
    apart = Bars(bars.time, opened, high, low, close, 3600)
    source = ReplayedBars(bars=apart, before=bars[:0])
    filled = prices(run(source, 12, 600.0), 12)
    assert filled[6] / filled[5] == pytest.approx(1.2, rel=1e-12)


def test_another_close_leaves_the_texture_of_later_bars_alone() -> None:
    one, other = hourly(5), hourly(5)
    other.close[1] *= 1.001
    paths = [run(ReplayedBars(bars=bars, before=bars[:0]), 300, 60.0) for bars in (one, other)]
    here, there = (prices(path, 300).reshape(5, 60) for path in paths)
    apart = (np.abs(here / there - 1.0) > 1e-12).any(axis=1)
    assert apart.tolist() == [False, True, False, False, False]


def test_a_multiplier_scales_whole_returns() -> None:
    path = run(split(5, 0), 300, 60.0)
    for step in range(300):
        assert path.step_return(step, 2.0) == 2.0 * path.step_return(step, 1.0)


@pytest.mark.parametrize("step_seconds", [7.0, 1800.0, 3600.0, 7200.0, 3000.0])
def test_steps_that_do_not_divide_a_bar_are_refused(step_seconds: float) -> None:
    with pytest.raises(ConfigError, match="divide a bar into 4 or more, as 10 s do"):
        run(split(5, 0), 1, step_seconds)


def test_a_run_longer_than_the_bars_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        run(split(5, 0), 31, 600.0)
    assert caught.value.problems[0] == (
        "a run of 31 steps of 600 s from 2020-03-12T00:00:00Z needs bars until "
        "2020-03-12T05:10:00Z, but they end at 2020-03-12T05:00:00Z"
    )


def test_history_is_made_of_the_bars_before() -> None:
    path = run(split(30, 24), 10, 600.0)
    opens = hourly(30).open
    np.testing.assert_allclose(path.history(24, 3600.0), np.diff(np.log(opens[:25])))
    assert not path.history_note
    np.testing.assert_allclose(path.history(4, 3 * 3600.0), np.diff(np.log(opens[12:25:3])))
    assert not path.history_note


def test_history_finer_than_the_bars_is_filled_in() -> None:
    path = run(split(30, 24), 10, 600.0)
    fine = path.history(6 * 24, 600.0)
    assert not path.history_note
    hours = fine.reshape(24, 6).sum(axis=1)
    np.testing.assert_allclose(hours, np.diff(np.log(hourly(30).open[:25])), atol=1e-12)


@pytest.mark.parametrize(
    ("seconds", "real"), [(3600.0, 10), (7200.0, 5), (900.0, 40), (1800.0, 0), (5400.0, 0)]
)
def test_history_that_bars_do_not_reach_is_simulated_and_says_so(seconds: float, real: int) -> None:
    path = run(split(30, 10), 10, 600.0)
    before = path.history(500, seconds)
    assert path.history_note == (
        f"{real} of 500 returns before the run are real; the oldest {500 - real} are simulated, "
        "normal at the volatility of the 10 bars before the window"
    )
    known = hourly(30)[:10]
    volatility = np.sqrt(np.mean(np.log(known.close / known.open) ** 2) * seconds / 3600.0)
    assert before[: 500 - real].std() == pytest.approx(volatility, rel=0.1)


def test_a_window_at_the_start_of_a_file_still_has_a_history() -> None:
    path = run(split(30, 0), 10, 600.0)
    assert path.history(20, 3600.0).std() > 0
    assert path.history_note.startswith("0 of 20 returns before the run are real")
    assert path.history_note.endswith("the 30 bars of the window itself")


def test_a_replay_without_a_file_is_refused() -> None:
    with pytest.raises(DataError, match="needs a file"):
        Replay().open()
    with pytest.raises(DataError, match="no such file"):
        Replay(file=Path("nowhere.csv")).open()


def test_bars_that_do_not_join_are_refused() -> None:
    bars = hourly(10)
    with pytest.raises(ConfigError, match="at least one bar"):
        ReplayedBars(bars=bars[:0], before=bars[:0])
    with pytest.raises(ConfigError, match="must end where"):
        ReplayedBars(bars=bars[5:], before=bars[:4])


def test_a_longer_fine_history_fills_the_latest_bars_as_a_shorter_one_does() -> None:
    """Bars that end where they began, so that only the draw says which extreme comes first."""
    count, ones = 40, np.ones(40)
    time = np.datetime64("2020-03-12", "s") + np.arange(count) * np.timedelta64(3600, "s")
    bars = Bars(time, ones, 1.02 * ones, ones / 1.02, ones, 3600)
    path = run(ReplayedBars(bars=bars[39:], before=bars[:39]), 6, 600.0)
    long, short = path.history(39 * 12, 300.0), path.history(10 * 12, 300.0)
    np.testing.assert_allclose(long[-120:], short, atol=1e-15)
