"""A run as a value, and runs on disk."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from experiments import store
from experiments.figures import FIGURES
from experiments.record import TABLES, Run, load
from experiments.store import folder_of, plain
from sim.errors import ConfigError, UserError
from tests.experiments.sample_run import calm_run, hand_made_run, sample_run


def test_a_run_lists_everything_that_is_wrong_with_it() -> None:
    run = hand_made_run()
    with pytest.raises(ConfigError) as caught:
        replace(
            run,
            steps=run.steps.drop(columns=["mark", "bid"]),
            shocks=run.shocks.drop(columns="target"),
        )
    assert str(caught.value) == "steps: no column mark, bid; shocks: no column target"


def test_events_must_be_in_order_and_follow_their_causes() -> None:
    run = hand_made_run()
    with pytest.raises(ConfigError, match="id must count from 0"):
        replace(run, events=run.events.iloc[::-1])
    with pytest.raises(ConfigError, match="cause must come first"):
        replace(run, events=run.events.assign(cause=run.events["id"]))


@pytest.mark.parametrize("run", [hand_made_run(), calm_run()], ids=["by hand", "calm"])
def test_a_saved_run_comes_back_the_same(run: Run, tmp_path: Path) -> None:
    back = load(run.save(tmp_path / "run", report=False))
    for table in (*TABLES, "twin_steps"):
        found, wanted = getattr(back, table), getattr(run, table)
        if len(wanted):
            pd.testing.assert_frame_equal(found, wanted)
        else:  # Parquet keeps no categories of a column without rows.
            assert len(found) == 0
            assert list(found.columns) == list(wanted.columns)
    assert (back.scenario, back.name, back.title, back.seed) == (
        *(run.scenario, run.name, run.title, run.seed),
    )
    assert dict(run.manifest).items() <= dict(back.manifest).items()
    assert plain(back.summary) == plain(run.summary)


def test_a_run_without_a_twin_comes_back_without_one(tmp_path: Path) -> None:
    run = sample_run(steps=30, events=5, twin=False)
    assert load(run.save(tmp_path / "run", report=False)).twin_steps is None


def test_a_folder_of_results_holds_what_it_should(tmp_path: Path) -> None:
    run = sample_run(steps=60, events=60)
    folder = run.save(folder_of(run, tmp_path))
    assert folder == tmp_path / "sample" / "0123456789ab-1"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("scenario.yaml", "manifest.json", "summary.json", "report.html", "figures"),
        *("steps.parquet", "events.parquet", "entities.parquet", "exposures.parquet"),
        *("shocks.parquet", "twin_steps.parquet"),
    }
    drawn = {path.stem for path in (folder / "figures").glob("*.png")}
    assert drawn == {name for name, draw in FIGURES.items() if not draw(run).blank}
    assert "loss_flow" not in drawn
    assert json.loads((folder / "summary.json").read_text()) == plain(run.summary)


def test_the_folder_depends_on_the_scenario_where_the_manifest_has_no_hash() -> None:
    run = hand_made_run()
    assert folder_of(run) == folder_of(run)
    assert folder_of(run) != folder_of(replace(run, scenario="title: another\n"))
    assert folder_of(run) != folder_of(replace(run, seed=8))


def test_an_interrupted_save_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        hand_made_run().save(tmp_path / "run", report=False)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_save_leaves_the_run_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hand_made_run().save(tmp_path / "run", report=False)
    interrupt(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        calm_run().save(folder, report=False)
    assert load(folder).name == "by_hand"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_interruption_between_the_two_moves_puts_the_old_run_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hand_made_run().save(tmp_path / "run", report=False)
    move = Path.rename

    def halfway(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "rename", halfway)
    with pytest.raises(KeyboardInterrupt):
        calm_run().save(folder, report=False)
    assert load(folder).name == "by_hand"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_saving_again_replaces_the_run(tmp_path: Path) -> None:
    hand_made_run().save(tmp_path / "run", report=False)
    calm_run().save(tmp_path / "run", report=False)
    assert load(tmp_path / "run").name == "calm"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_that_is_no_run_is_refused_with_all_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is no run: it has no scenario.yaml, .*shocks.parquet"):
        load(tmp_path)
    with pytest.raises(UserError, match="is no run"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["manifest.json", "events.parquet", "steps.parquet"])
def test_a_damaged_run_is_refused(name: str, tmp_path: Path) -> None:
    folder = hand_made_run().save(tmp_path / "run", report=False)
    (folder / name).write_bytes(b"{nonsense")
    with pytest.raises(UserError, match="cannot be read"):
        load(folder)


def interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the user press Ctrl-C while the summary is written, the tables being half done."""

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_write_json", pressed)
