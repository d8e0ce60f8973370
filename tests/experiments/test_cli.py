"""The command line: help, the library, runs and their folders, and mistakes told in one go."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from experiments.cli import INTERRUPTED, USER_ERROR, build_parser, main
from experiments.progress import Bar
from experiments.run_command import CHANNELS
from experiments.store import FILES
from scenarios.load import names
from scenarios.schema import CHANNELS as KNOWN_CHANNELS
from tests.experiments.tiny import TINY

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return the file of the tiny scenario."""
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY)
    return file


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder for results that does not exist yet."""
    return tmp_path / "out"


def files_in(folder: Path) -> list[str]:
    """Return every file below a folder."""
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


COMMANDS: tuple[list[str], ...] = (
    *([], ["run"], ["scenarios"], ["report"]),
    *(["scenarios", "show"], ["scenarios", "check"]),
    *(["margin"], ["margin", "path"], ["backtest"], ["compare"], ["network"]),
)
"""Every command and subcommand there is."""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command) or "none")
def test_every_command_has_help_with_an_example(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert "example" in told
    assert " ".join(["marginquake", *command]) in told.split("example", 1)[1]


def test_the_list_of_commands_above_is_complete() -> None:
    listed = {command[0] for command in COMMANDS if command}
    actions = build_parser()._subparsers
    assert actions is not None
    assert set(actions._group_actions[0].choices or ()) == listed


def test_channels_are_those_of_scenarios() -> None:
    assert CHANNELS == KNOWN_CHANNELS


def test_help_comes_without_anything_heavy() -> None:
    program = (
        "import sys\n"
        "from experiments.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'mesa', 'pandas', 'numba', 'pydantic', 'matplotlib', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stderr.strip() == "[]"
    assert done.stdout.startswith("usage: marginquake")


def test_the_library_is_listed_with_titles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == names()
    assert all(len(line.split()) > 2 for line in lines)


def test_a_scenario_is_shown_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "show", "calm", "--set", "steps=77"]) == 0
    told = capsys.readouterr().out
    assert "\nsteps: 77\n" in told
    assert "depth_band" in told


def test_a_sound_file_is_found_sound(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "check", str(tiny)]) == 0
    assert "a sound scenario, Tiny" in capsys.readouterr().out


def test_a_bad_file_is_told_everything_that_is_wrong_with_it(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = TINY.replace("policy: fixed", "policy: fixd").replace("steps: 60\n", "steps: -1\n")
    tiny.write_text(bad.replace("kind: carry", "kind: carie"))
    assert main(["scenarios", "check", str(tiny)]) == USER_ERROR
    told = capsys.readouterr()
    assert told.out == ""
    for part in ("fixd", "steps", "carie", "tiny.yaml:"):
        assert part in told.err


def test_a_run_writes_its_folder_and_says_where(
    tiny: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(tiny), "--seed", "3", "--out", str(out), "--check"]) == 0
    told = capsys.readouterr()
    folder = next((out / "tiny").iterdir())
    assert set(FILES) <= set(files_in(folder))
    assert {"summary.json", "report.html", "twin_steps.parquet"} <= set(files_in(folder))
    assert str(folder) in told.out
    assert "liquidated" in told.out
    assert "tiny: 60/60, " in told.err
    manifest = json.loads((folder / "manifest.json").read_text())
    assert folder.name == f"{manifest['hash']}-3"
    assert f"state    {manifest['state_hash'][:16]}" in told.out
    assert len(pd.read_parquet(folder / "steps.parquet")) == 120
    assert [each.name for each in (out / "tiny").iterdir()] == [folder.name]


def test_a_quick_run_leaves_out_what_it_is_told_to(
    tiny: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = ["--no-twin", "--no-report", "--quiet", "--set", "steps=31", "--without", "impact"]
    assert main(["run", str(tiny), "--out", str(out), *quick]) == 0
    assert capsys.readouterr().err == ""
    found = files_in(out)
    assert not any(name.endswith(("report.html", "twin_steps.parquet")) for name in found)


def test_a_report_is_rebuilt(tiny: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", str(tiny), "--out", str(out), "--no-report", "--quiet", "--set", "steps=31"])
    folder = next((out / "tiny").iterdir())
    before = (folder / "events.parquet").read_bytes()
    capsys.readouterr()
    assert main(["report", str(folder)]) == 0
    assert (folder / "report.html").is_file()
    assert (folder / "events.parquet").read_bytes() == before
    assert "liquidated" in capsys.readouterr().out


MISTAKES = {
    "scenario": (["run", "oracle_compromized"], ["oracle_compromise", "calm", "whale_default"]),
    "file": (["run", "no/such.yaml"], ["no/such.yaml", "no such file"]),
    "key": (["run", "calm", "--set", "perp.margn.policy=ewma"], ["margn", "margin"]),
    "policy": (["run", "calm", "--set", "margin.policy=emwa"], ["emwa", "ewma", "fixed", "tiered"]),
    "no value": (["run", "calm", "--set", "steps"], ["steps"]),
    "channel": (["run", "calm", "--without", "gravity"], ["gravity", *CHANNELS]),
    "seed": (["run", "calm", "--seed", "-1"], ["seed must be >= 0"]),
    "prices": (["run", "calm", "--start", "2020-01-01"], ["--start", "--prices"]),
    "price file": (["run", "calm", "--prices", "none.csv"], ["none.csv"]),
    "shown": (["scenarios", "show", "clam"], ["clam", "calm"]),
    "checked": (["scenarios", "check", "none.yaml"], ["none.yaml"]),
    "report": (["report", "nowhere"], ["nowhere", "manifest.json", "steps.parquet"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_on_stderr_with_exit_code_2_and_nothing_written(
    mistake: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments, parts = MISTAKES[mistake]
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == USER_ERROR
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("marginquake: ")
    for part in parts:
        assert part in told.err
    assert "Traceback" not in told.err
    assert not list(tmp_path.iterdir())


def test_several_mistakes_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [
        "--set",
        "perp.margin.policy=emwa",
        "--set",
        "longs.leverage=-3",
        "--set",
        "step_seconds=0",
    ]
    assert main(["run", "calm", *wrong]) == USER_ERROR
    told = capsys.readouterr().err
    assert all(part in told for part in ("emwa", "longs.leverage", "step_seconds"))


@pytest.mark.parametrize(
    "arguments",
    [[], ["rum", "calm"], ["run"], ["run", "calm", "--sed", "1"], ["run", "calm", "--seed", "x"]],
)
def test_a_command_line_that_makes_no_sense_points_to_the_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == USER_ERROR
    assert "--help" in capsys.readouterr().err


def test_results_cannot_go_where_a_file_is(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told before the run, not after it."""
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert main(["run", str(tiny), "--out", str(taken), "--quiet"]) == USER_ERROR
    assert "taken" in capsys.readouterr().err
    assert taken.read_text() == "mine"


def test_an_interruption_leaves_nothing_behind(
    tiny: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Bar, __: str, done: int, ___: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "show", interrupt)
    assert main(["run", str(tiny), "--out", str(out)]) == INTERRUPTED
    assert "interrupted; nothing was written" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("moment", ["report", "tables"])
def test_an_interruption_while_writing_leaves_no_half_written_result(
    moment: str,
    tiny: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    if moment == "report":
        monkeypatch.setattr("experiments.report.write_report", interrupt)
    else:
        monkeypatch.setattr(pd.DataFrame, "to_parquet", interrupt)
    short = ["--quiet", "--no-twin", "--set", "steps=31"]
    assert main(["run", str(tiny), "--out", str(out), *short]) == INTERRUPTED
    assert "nothing was written" in capsys.readouterr().err
    assert files_in(out) == []


def test_an_interrupted_rerun_keeps_the_results_of_before(
    tiny: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    short = ["run", str(tiny), "--out", str(out), "--quiet", "--no-twin", "--no-report"]
    main([*short, "--set", "steps=31"])
    before = files_in(out)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", interrupt)
    assert main([*short, "--set", "steps=31"]) == INTERRUPTED
    assert files_in(out) == before
