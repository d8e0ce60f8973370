"""Closing prices from files that may be wrong in many ways."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sim.errors import ConfigError, DataError
from sim.price.closes import Closes, read_closes, row_of

HOURS = [f"2020-03-12T{hour:02d}:00:00Z" for hour in range(10, 16)]
WEEK = ["2020-03-12", "2020-03-13", "2020-03-16", "2020-03-17", "2020-03-18"]


def file_of(tmp_path: Path, times: Sequence[str], prices: Sequence[object], **names: str) -> Path:
    """Return a file with two columns."""
    path = tmp_path / "prices.csv"
    rows = [f"{time},{price}" for time, price in zip(times, prices, strict=True)]
    header = f"{names.get('time', 'date')},{names.get('price', 'close')}"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def problems(path: Path, **window: str) -> list[str]:
    """Return everything that reading a file complains of, without its folder."""
    with pytest.raises(DataError) as error:
        read_closes(path, **window)
    return [each.replace(f"{path.parent}/", "") for each in error.value.problems]


def test_trading_days_may_leave_out_weekends(tmp_path: Path) -> None:
    closes = read_closes(file_of(tmp_path, WEEK, [5, 4, 3, 2, 1]))
    assert closes.trading_days
    assert closes.interval_seconds == 86_400
    assert closes.price.tolist() == [5.0, 4.0, 3.0, 2.0, 1.0]
    assert str(closes.time[2]) == "2020-03-16T00:00:00"


def test_bars_at_all_hours_may_not_have_a_gap(tmp_path: Path) -> None:
    path = file_of(tmp_path, [*HOURS[:3], *HOURS[4:]], range(1, 6), time="timestamp")
    (told,) = problems(path)
    assert told.startswith("prices.csv:5: 2 h lie between 2020-03-12T12:00:00Z (line 4) and")
    assert "bars must follow every 1 h" in told


def test_a_gap_before_the_start_only_shortens_the_past(tmp_path: Path) -> None:
    path = file_of(tmp_path, [*HOURS[:2], *HOURS[3:]], range(1, 6))
    closes = read_closes(path, start="2020-03-12T14:00:00Z")
    assert closes.price.tolist() == [3.0, 4.0, 5.0]
    assert row_of(closes, "2020-03-12T14:00:00Z") == 1


def test_a_week_without_prices_is_a_gap_even_of_trading_days(tmp_path: Path) -> None:
    days = [*WEEK[:2], "2020-03-23", "2020-03-24", "2020-03-25"]
    (told,) = problems(file_of(tmp_path, days, [1, 2, 3, 4, 5]))
    assert "240 h lie between" in told
    assert "weekends and holidays apart" in told


def test_a_daily_file_with_weekends_may_not_leave_one_out(tmp_path: Path) -> None:
    days = ["2020-03-13", "2020-03-14", "2020-03-16", "2020-03-17"]
    (told,) = problems(file_of(tmp_path, days, [1, 2, 3, 4]))
    assert "48 h lie between" in told


def test_the_end_is_not_included(tmp_path: Path) -> None:
    closes = read_closes(file_of(tmp_path, WEEK, range(1, 6)), end="2020-03-17")
    assert len(closes) == 3


def test_bars_with_other_columns_are_read_by_their_close(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("Timestamp,open,high,low,Close\n" + "".join(f"{t},1,9,1,{7}\n" for t in HOURS))
    assert read_closes(path).price.tolist() == [7.0] * 6


def test_everything_wrong_with_rows_is_told_with_its_line(tmp_path: Path) -> None:
    times = ["2020-03-12", "2020-03-11", "soon", "2020-03-14", "2020-03-15"]
    told = problems(file_of(tmp_path, times, ["nan", "1", "2", "-3", "x"]))
    by_line = {each.partition(": ")[0][-1]: each for each in told}
    assert len(told) == len(by_line) == 5
    assert "price is 'nan'; it must be a finite number" in by_line["2"]
    assert "2020-03-11T00:00:00Z does not come after 2020-03-12T00:00:00Z" in by_line["3"]
    assert "'soon' is not a time" in by_line["4"]
    assert "price is -3; it must be > 0" in by_line["5"]
    assert "price is 'x'; it must be a finite number" in by_line["6"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("date,settle\n2020-01-01,3\n", "column 'close' or 'price' is missing"),
        ("day,close\n2020-01-01,3\n", "column 'timestamp' or 'time' or 'date' is missing"),
        ("date,close\n", "has no rows"),
        ("date,close\n2020-01-01,3\n", "needs at least two prices"),
    ],
)
def test_a_file_that_is_no_series_is_refused(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    assert any(part in each for each in problems(path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.csv") == ["none.csv: there is no such file"]


def test_moments_outside_the_file_are_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, WEEK, range(1, 6))
    with pytest.raises(DataError, match="the last price is that of 2020-03-18"):
        row_of(read_closes(path), "2021-01-01")
    assert any("is not a time" in each for each in problems(path, start="yesterday"))


def test_prices_that_make_no_sense_are_refused() -> None:
    time = np.array(["2020-01-02", "2020-01-01"], dtype="datetime64[s]")
    with pytest.raises(ConfigError, match="time must go forward; prices must be > 0"):
        Closes(time, np.array([1.0, 0.0]), 86_400, trading_days=False)
