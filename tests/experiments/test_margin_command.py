"""The commands on margin: what they print and write, and how they refuse."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import USER_ERROR, main
from experiments.figures import margin_alarms
from experiments.figures.style import Picture
from experiments.margin_study import MarginStudy
from experiments.progress import Bar
from sim.streams import Streams

EWMA = "ewma:lambda=0.9,floor=0"


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Return a file of hourly closes, calm and then not."""
    count = 900
    draws = Streams(seed=3).at("file", 0).normal(np.arange(count))
    moves = np.where(np.arange(count) < 600, 0.004, 0.012) * draws
    path = tmp_path / "hours.csv"
    frame = pd.DataFrame(
        {
            "timestamp": pd.date_range("2020-03-01", periods=count, freq="h", tz="UTC"),
            "close": 8000.0 * np.exp(np.cumsum(moves)),
        }
    )
    frame["timestamp"] = frame["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    frame.to_csv(path, index=False)
    return path


def folder(out: Path, kind: str) -> Path:
    """Return the one folder of results there is."""
    (found,) = (out / kind / "hours").iterdir()
    return found


def test_false_alarms_along_a_parameter_are_those_of_the_table(
    prices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[pd.DataFrame] = []
    draw = margin_alarms.roc

    def noted(study: MarginStudy, table: pd.DataFrame) -> Picture:
        drawn.append(table)
        return draw(study, table)

    monkeypatch.setattr(margin_alarms, "roc", noted)
    # The longest past, that of hs, sets where the window begins for all.
    command = ["margin", "path", "--policy", EWMA, "--policy", "hs:window=300,floor=0"]
    sweep = ["--roc", "ewma:floor=0,lambda=0.8/0.9", "--prices", str(prices)]
    assert main([*command, *sweep, "--out", str(tmp_path)]) == 0
    rows = pd.read_parquet(folder(tmp_path, "margin") / "table.parquet").set_index("policy")
    swept = drawn[0].set_index("policy").loc["ewma:floor=0,lambda=0.9"]
    for name in ("updates", "false_alarm_rate", "hit_rate"):
        assert swept[name] == rows.loc[EWMA, name]


def test_margin_path_writes_tables_pictures_and_one_page(
    prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, record = tmp_path / "out", tmp_path / "record.csv"
    record.write_text("date,maintenance_usd\n2020-03-01,300\n2020-03-26,500\n")
    command = ["margin", "path", "--policy", EWMA, "--policy", "fixed", "--prices", str(prices)]
    options = ["--stress", "2020-03-26..2020-04-01", "--roc", "ewma:floor=0,lambda=0.8/0.95"]
    more = ["--record", str(record), "--impulse", "--baseline", "fixed", "--out", str(out)]
    assert main([*command, *options, *more]) == 0
    told = capsys.readouterr()
    assert "P2T directed" in told.out
    assert "- breach: -(ln p[t+h] - ln p[t]) > m[t], long side only, h = 1 bar = 1 h" in told.out
    assert "1 d = 24 bars" in told.out
    assert "margins: " in told.err
    there = folder(out, "margin")
    assert str(there) in told.out
    pictures = {each.stem for each in (there / "figures").glob("*.png")}
    assert pictures == {"paths", "trade_off", "calls", "alarms", "record", "roc"}
    page = (there / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(pictures)
    assert "<script" not in page
    assert "http" not in page
    summary = json.loads((there / "summary.json").read_text())
    assert [row["policy"] for row in summary["policies"]] == [EWMA, "fixed"]
    manifest = json.loads((there / "manifest.json").read_text())
    assert manifest["stress"] == ["2020-03-26T00:00:00", "2020-03-31T23:00:00"]
    table = pd.read_parquet(there / "table.parquet").set_index("policy")
    assert table.loc["fixed", "cost"] == 0.0
    paths = pd.read_csv(there / "paths.csv")
    assert paths[f"{EWMA} maintenance"].mean() == pytest.approx(table.loc[EWMA, "mean_margin"])
    assert set(pd.read_csv(there / "impulse.csv")["policy"]) == {EWMA, "fixed"}


def test_the_same_command_writes_the_same_bytes(prices: Path, tmp_path: Path) -> None:
    command = ["margin", "path", "--policy", EWMA, "--prices", str(prices), "--quiet"]
    for place in ("one", "two"):
        assert main([*command, "--out", str(tmp_path / place)]) == 0
    one, two = (folder(tmp_path / place, "margin") for place in ("one", "two"))
    assert one.name == two.name
    for name in ("table.csv", "paths.parquet", "summary.json", "report.html"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_backtest_prints_verdicts_and_draws_breaches(
    prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["backtest", "--policy", EWMA, "--prices", str(prices), "--out", str(out)]
    assert main([*command, "--horizon-hours", "2", "--side", "short"]) == 0
    told = capsys.readouterr().out
    for part in ("Kupiec:", "Christoffersen, independence:", "Traffic light:", "Shortfall:"):
        assert part in told
    assert "short side only, h = 2 bars = 2 h" in told
    there = folder(out, "backtest")
    assert (there / "figures" / "exceedances.png").is_file()
    breaches = pd.read_csv(there / "breaches.csv")
    assert f"{len(breaches)} breaches in" in told


MISTAKES = {
    "policy": (["--policy", "emwa"], ["unknown margin policy `emwa`", "tiered"]),
    "parameter": (["--policy", "ewma:lamda=0.9"], ["ewma takes no 'lamda'", "decay"]),
    "value": (["--policy", "ewma:lambda=2"], ["decay must lie in (0, 1)"]),
    "twice": (["--policy", "ewma", "--policy", "ewma"], ["named twice"]),
    "short": (["--policy", "fixed+floor"], ["needs 2,520 returns before it is valid"]),
    "start": (
        ["--policy", EWMA, "--start", "2020-03-02"],
        ["needs 44 returns", "24 before 2020-03-02", "valid since 2020-03-02T20:00:00Z"],
    ),
    "horizon": (["--policy", "fixed", "--horizon-hours", "1.5"], ["1.5 h is no whole number"]),
    "stress": (["--policy", "fixed", "--stress", "March"], ["2020-02-20..2020-05-01"]),
    "roc": (["--policy", "fixed", "--roc", "ewma:lambda=0.9"], ["several values"]),
    "record": (["--policy", "fixed", "--record", "none.csv"], ["none.csv"]),
    "stressed end": (
        ["--policy", "fixed", "--stress", "2020-03-05..tomorrow"],
        ["'tomorrow' is not a time"],
    ),
    "end": (["--policy", "fixed", "--end", "soon"], ["'soon' is not a time"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_exit_code_2_and_nothing_written(
    mistake: str, prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, parts = MISTAKES[mistake]
    out = tmp_path / "out"
    command = ["margin", "path", "--prices", str(prices), "--out", str(out), "--quiet"]
    assert main([*command, *arguments]) == USER_ERROR
    told = capsys.readouterr()
    assert told.out == ""
    for part in parts:
        assert part in told.err
    assert not out.exists()


def test_a_record_that_begins_after_the_study_is_refused(
    prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "late.csv"
    record.write_text("date,maintenance_usd\n2021-01-01,300\n")
    out = tmp_path / "out"
    command = ["margin", "path", "--policy", "fixed", "--prices", str(prices), "--out", str(out)]
    assert main([*command, "--quiet", "--record", str(record)]) == USER_ERROR
    assert "begins on 2021-01-01T00:00:00Z, after the last margin, 2020-04-07" in (
        capsys.readouterr().err
    )
    assert not out.exists()


def test_bad_prices_are_told_all_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("date,close\n2020-01-01,nan\n2020-01-03,-1\n2020-01-02,3\n")
    assert main(["backtest", "--policy", "fixed", "--prices", str(bad)]) == USER_ERROR
    told = capsys.readouterr().err
    assert all(part in told for part in ("bad.csv:2:", "bad.csv:3:", "bad.csv:4:"))


def test_an_interruption_leaves_nothing_behind(
    prices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    monkeypatch.setattr(Bar, "show", interrupt)
    command = ["margin", "path", "--policy", "fixed", "--prices", str(prices), "--out", str(out)]
    assert main(command) == 130
    assert not out.exists()
