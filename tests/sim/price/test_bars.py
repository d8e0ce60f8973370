"""Reading price bars: what is good comes through, what is bad is all named at once."""

from pathlib import Path

import numpy as np
import pytest

from sim.errors import ConfigError, DataError
from sim.price.bars import Bars, read_bars, read_window

HEADER = "timestamp,open,high,low,close,volume"
GOOD = [
    "2020-03-12T00:00:00Z,100,110,90,105,1",
    "2020-03-12T01:00:00Z,105,120,100,110,1",
    "2020-03-12T02:00:00Z,110,115,95,96,1",
    "2020-03-12T03:00:00+00:00,96,99,80,85,1",
    "2020-03-12T04:00:00Z,85,90,84,88,1",
    "2020-03-12T05:00:00Z,88,91,87,90,1",
]


def written(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    path = folder / "btc.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def changed(line: int, row: str) -> list[str]:
    """Return the good rows with the one on an editor's ``line`` replaced."""
    rows = list(GOOD)
    rows[line - 2] = row
    return rows


def problems(path: Path, start: str | None = None, end: str | None = None) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_bars(path, start, end)
    return [problem.replace(str(path), "btc.csv") for problem in caught.value.problems]


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    bars = read_bars(written(tmp_path, GOOD))
    assert len(bars) == 6
    assert bars.interval_seconds == 3600
    assert bars.time[3] == np.datetime64("2020-03-12T03:00:00")
    assert bars.open.tolist() == [100, 105, 110, 96, 85, 88]
    assert bars.high.tolist() == [110, 120, 115, 99, 90, 91]
    assert bars.low.tolist() == [90, 100, 95, 80, 84, 87]
    assert bars.close.tolist() == [105, 110, 96, 85, 88, 90]


@pytest.mark.parametrize("title", ["time", "date", "timestamp", " Time ", "DATE"])
def test_the_time_column_has_several_names(tmp_path: Path, title: str) -> None:
    assert len(read_bars(written(tmp_path, GOOD, f"{title},Open,HIGH,low,Close,v"))) == 6


def test_columns_may_stand_in_any_order_and_lines_may_be_blank(tmp_path: Path) -> None:
    rows = ["105,90,110,100,2020-03-12T00:00:00Z", "", "110,100,120,105,2020-03-12T01:00:00Z"]
    path = written(tmp_path, rows, "\ufeffclose,low,high,open,time")
    assert read_bars(path).high.tolist() == [110, 120]


@pytest.mark.parametrize("end", ["2020-03-12T04:00", "2020-03-12T04:00:00Z", "2020-03-12 04:00"])
def test_the_window_takes_its_start_and_leaves_its_end(tmp_path: Path, end: str) -> None:
    before, bars = read_window(written(tmp_path, GOOD), "2020-03-12T02:00", end)
    assert before.open.tolist() == [100, 105]
    assert bars.open.tolist() == [110, 96]


def test_a_date_is_its_first_second(tmp_path: Path) -> None:
    rows = [f"2020-03-{day}T{hour:02}:00:00Z,1,1,1,1" for day in (11, 12, 13) for hour in range(24)]
    bars = read_bars(
        written(tmp_path, rows, "time,open,high,low,close"), "2020-03-12", "2020-03-13"
    )
    assert len(bars) == 24
    assert bars.time[0] == np.datetime64("2020-03-12")


def test_gaps_outside_the_window_only_cut_the_bars_before_it(tmp_path: Path) -> None:
    rows = [GOOD[0], *GOOD[2:], "2020-03-12T09:00:00Z,1,1,1,1,1"]
    before, bars = read_window(written(tmp_path, rows), "2020-03-12T03:00", "2020-03-12T06:00")
    assert before.open.tolist() == [110]
    assert bars.open.tolist() == [96, 85, 88]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "btc.csv")[0].endswith("there is no such file")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "column 'timestamp' or"), (HEADER.encode(), "no rows"), (b"\xff\xfe\x00", "UTF-8")],
    ids=["nothing", "only a header", "not text"],
)
def test_a_file_without_bars_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "btc.csv"
    path.write_bytes(content)
    assert words in problems(path)[0]


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert "cannot be read" in problems(tmp_path)[0]


def test_one_bar_has_no_interval(tmp_path: Path) -> None:
    assert problems(written(tmp_path, GOOD[:1])) == [
        "btc.csv: needs at least two bars with different times"
    ]


def test_missing_columns_are_named_with_the_nearest(tmp_path: Path) -> None:
    found = problems(written(tmp_path, GOOD, "timestmp,open,hihg,low,close,volume"))
    columns = "(columns found: timestmp, open, hihg, low, close, volume)"
    times = "'timestamp' or 'time' or 'date'"
    assert found == [
        f"btc.csv:1: column {times} is missing; is it 'timestmp'? {columns}",
        f"btc.csv:1: column 'high' is missing; is it 'hihg'? {columns}",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2020-03-12T02:00:00Z,abc,115,95,96,1", "open is 'abc'; it must be a finite number"),
        ("2020-03-12T02:00:00Z,110,115,95,,1", "close is ''; it must be a finite number"),
        ("2020-03-12T02:00:00Z,110,115,NaN,96,1", "low is 'NaN'; it must be a finite number"),
        ("2020-03-12T02:00:00Z,110,inf,95,96,1", "high is 'inf'; it must be a finite number"),
        ("2020-03-12T02:00:00Z,110,115,0,96,1", "low is 0; it must be > 0"),
        (
            "2020-03-12T02:00:00Z,110,109,95,96,1",
            "high 109 is below open 110, low 95 or close 96; it must be the highest of the bar",
        ),
        (
            "2020-03-12T02:00:00Z,110,115,97,96,1",
            "low 97 is above open 110 or close 96; it must be the lowest of the bar",
        ),
        ("2020-03-12T02:00:00Z,110,115,95", "the row ends before its close"),
        (
            "2020-03-12T02:00,110,115,95,96,1",
            "'2020-03-12T02:00' has no time zone; if it is UTC, write Z or +00:00 after the time",
        ),
        (
            "2020-03-12T03:00:00+01:00,110,115,95,96,1",
            "'2020-03-12T03:00:00+01:00' is not in UTC; write it as 2020-03-12T02:00:00Z",
        ),
        ("noon,110,115,95,96,1", "'noon' is not a time; write it as 2020-03-11T10:00:00Z"),
        ("2020-03-12T02:00:00.5Z,1,1,1,1,1", "'2020-03-12T02:00:00.5Z' is not a whole second"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_what_would_be_right(
    tmp_path: Path, row: str, message: str
) -> None:
    assert problems(written(tmp_path, changed(4, row))) == [f"btc.csv:4: {message}"]


def test_a_time_that_comes_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    rows = [*GOOD[:3], GOOD[2], *GOOD[3:]]
    assert problems(written(tmp_path, rows)) == [
        "btc.csv:5: 2020-03-12T02:00:00Z stands on line 4 already; keep one of them"
    ]


def test_times_that_go_back_are_named(tmp_path: Path) -> None:
    rows = [*GOOD[:2], GOOD[3], GOOD[2], *GOOD[4:]]
    assert problems(written(tmp_path, rows)) == [
        "btc.csv:5: 2020-03-12T02:00:00Z comes after 2020-03-12T03:00:00Z; sort the rows by time"
    ]


def test_a_gap_is_named_with_the_lines_around_it(tmp_path: Path) -> None:
    assert problems(written(tmp_path, [*GOOD[:2], *GOOD[4:]])) == [
        (
            "btc.csv:4: 2 bars are missing between 2020-03-12T01:00:00Z (line 3) and "
            "2020-03-12T04:00:00Z; bars must begin 3600 s apart"
        )
    ]


def test_a_gap_at_the_edge_of_the_window_is_a_gap(tmp_path: Path) -> None:
    path = written(tmp_path, [*GOOD[:2], *GOOD[3:]])
    assert "1 bar is missing" in problems(path, "2020-03-12T02:00", "2020-03-12T05:00")[0]
    assert "1 bar is missing" in problems(path, "2020-03-12T00:00", "2020-03-12T03:00")[0]
    assert len(read_bars(path, "2020-03-12T03:00")) == 3
    assert len(read_bars(path, None, "2020-03-12T02:00")) == 2


def test_bars_off_the_grid_are_named(tmp_path: Path) -> None:
    found = problems(written(tmp_path, changed(4, "2020-03-12T02:30:00Z,110,115,95,96,1")))
    assert found == [
        (
            "btc.csv:4: 5400 s lie between 2020-03-12T01:00:00Z (line 3) and 2020-03-12T02:30:00Z; "
            "bars must begin 3600 s apart"
        ),
        (
            "btc.csv:5: 1800 s lie between 2020-03-12T02:30:00Z (line 4) and 2020-03-12T03:00:00Z; "
            "bars must begin 3600 s apart"
        ),
    ]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (
            "2020-03-11",
            None,
            (
                "begins at 2020-03-12T00:00:00Z, after the start 2020-03-11T00:00:00Z; "
                "give a later start"
            ),
        ),
        (
            None,
            "2020-03-15",
            (
                "ends at 2020-03-12T06:00:00Z, before the end 2020-03-15T00:00:00Z; "
                "give an earlier end"
            ),
        ),
        ("2020-03-12T03:00", "2020-03-12T03:00", "start 2020-03-12T03:00 must lie before end "),
        ("soon", None, "start 'soon' is not a time; write it as 2020-03-11T10:00:00Z"),
        (None, "2020-03-12T03:00+02:00", "end '2020-03-12T03:00+02:00' is not in UTC; write it as"),
        (
            "2020-03-12T02:20",
            None,
            (
                "start 2020-03-12T02:20:00Z cuts a bar of 3600 s; give 2020-03-12T02:00:00Z or "
                "2020-03-12T03:00:00Z"
            ),
        ),
        (None, "2020-03-12T02:20", "end 2020-03-12T02:20:00Z cuts a bar of 3600 s; give"),
    ],
)
def test_a_window_that_does_not_fit_is_named(
    tmp_path: Path, start: str | None, end: str | None, message: str
) -> None:
    found = problems(written(tmp_path, GOOD), start, end)
    assert len(found) == 1
    assert found[0].startswith(f"btc.csv: {message}")


def test_of_many_lines_alike_five_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    rows = [f"2020-03-12T{hour:02}:00:00Z,-1,2,-1,1,1" for hour in range(8)]
    found = problems(written(tmp_path, rows))
    assert found[:5] == [f"btc.csv:{line}: open is -1; it must be > 0" for line in range(2, 7)]
    assert found[5] == "btc.csv: and 11 more: prices must be > 0"
    assert len(found) == 6


def test_everything_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    rows = [
        "2020-03-12T00:00:00Z,100,110,90,1",
        "2020-03-12T01:00:00,105,120,100,1",
        "2020-03-12T02:00:00Z,-110,115,-120,1",
        "2020-03-12T02:00:00Z,110,100,105,1",
        "2020-03-12T04:00:00+02:00,110,115,120,1",
        "sometime,110,115,95,1",
        "2020-03-12T04:00:00Z,nan,115,95,1",
        "2020-03-12T07:00:00Z,110,115,95,1",
        "2020-03-12T06:00:00Z,110,x,95,1",
        "2020-03-12T08:00:00Z,110",
        "2020-03-12T09:00:00Z,110,115,95,1",
        "2020-03-12T10:00:00Z,110,115,95,1",
        "2020-03-12T10:10:00Z,110,115,95,1",
    ]
    path = written(tmp_path, rows, "timestamp,open,high,low,cloze")
    found = "\n".join(problems(path, "2020-03-11", "2020-03-15T00:00+01:00"))
    for words in (
        "end '2020-03-15T00:00+01:00' is not in UTC; write it as 2020-03-14T23:00:00Z",
        ":1: column 'close' is missing; is it 'cloze'?",
        ":3: '2020-03-12T01:00:00' has no time zone",
        ":4: open is -110; it must be > 0",
        ":4: low is -120; it must be > 0",
        ":5: 2020-03-12T02:00:00Z stands on line 4 already",
        ":5: high 100 is below",
        ":6: '2020-03-12T04:00:00+02:00' is not in UTC; write it as 2020-03-12T02:00:00Z",
        ":6: low 120 is above",
        ":7: 'sometime' is not a time",
        ":8: open is 'nan'",
        ":10: 2020-03-12T06:00:00Z comes after 2020-03-12T07:00:00Z",
        ":10: high is 'x'",
        ":10: 1 bar is missing between 2020-03-12T04:00:00Z (line 8) and 2020-03-12T06:00:00Z",
        ":11: the row ends before its high",
        ":14: 600 s lie between 2020-03-12T10:00:00Z (line 13) and 2020-03-12T10:10:00Z",
        ": begins at 2020-03-12T00:00:00Z, after the start 2020-03-11T00:00:00Z",
    ):
        assert words in found


def test_nonsense_bars_are_refused_at_birth() -> None:
    time = np.array(["2020-03-12", "2020-03-14"], dtype="datetime64[s]")
    price = np.array([1.0, 2.0])
    with pytest.raises(ConfigError) as caught:
        Bars(time, -price, price, price, price, 86_400)
    assert len(caught.value.problems) == 2
    with pytest.raises(ConfigError, match="equally long"):
        Bars(time, price[:1], price, price, price, 0)
    with pytest.raises(ConfigError, match="prices must be > 0"):
        Bars(time, price, price * np.nan, price, price, 2 * 86_400)
