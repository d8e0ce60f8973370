"""One run, its twin, and what is written down of how it came about."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.record import Run, load
from experiments.run import prepare, run
from scenarios.load import parse
from scenarios.schema import Scenario
from sim.errors import ConfigError
from tests.experiments.tiny import TINY


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    """Return the tiny scenario."""
    return parse(TINY, name="tiny")


@pytest.fixture(scope="module")
def done(tiny: Scenario) -> Run:
    """Return a run of it, with its twin."""
    return run(tiny, seed=3, check=True)


def test_a_run_has_a_twin_that_differs_in_impact_alone(done: Run) -> None:
    assert done.twin_steps is not None
    assert (done.twin_steps["outside"] == done.twin_steps["exogenous"]).all()
    assert (done.steps["exogenous"].to_numpy() == done.twin_steps["exogenous"].to_numpy()).all()
    assert (done.steps["outside"] != done.steps["exogenous"]).any()
    assert done.summary["amplification"] is not None


def test_a_run_without_impact_is_its_own_twin(tiny: Scenario) -> None:
    cut = run(tiny, seed=3, without=["impact"])
    assert cut.twin_steps is None
    assert run(tiny, seed=3, twin=False).twin_steps is None


def test_the_twin_is_the_run_without_impact(tiny: Scenario, done: Run) -> None:
    cut = run(tiny, seed=3, without=["impact"])
    assert done.twin_steps is not None
    pd.testing.assert_frame_equal(cut.steps, done.twin_steps)


def test_the_same_run_again_is_the_same_to_the_last_bit(tiny: Scenario, done: Run) -> None:
    again = run(tiny, seed=3)
    assert again.manifest["state_hash"] == done.manifest["state_hash"]
    for table in ("steps", "events", "entities", "exposures", "shocks"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(done, table), check_exact=True)
    assert run(tiny, seed=4, twin=False).manifest["state_hash"] != done.manifest["state_hash"]


def test_checking_the_books_changes_nothing(tiny: Scenario, done: Run) -> None:
    unchecked = run(tiny, seed=3, twin=False, check=False)
    assert unchecked.manifest["state_hash"] == done.manifest["state_hash"]


def test_the_manifest_says_what_is_needed_to_repeat_the_run(done: Run, tiny: Scenario) -> None:
    manifest = done.manifest
    assert manifest["hash"] == tiny.digest()
    assert manifest["seed"] == 3
    assert manifest["steps"] == 60
    assert manifest["halted"] == ""
    assert set(manifest["packages"]) >= {"numpy", "numba", "mesa"}
    assert manifest["without"] == []
    assert manifest["grace_seconds"] == {"perp": 60.0}
    assert parse(done.scenario, name="tiny") == tiny


def test_progress_is_told_after_every_step_of_run_and_twin(tiny: Scenario) -> None:
    heard: list[tuple[str, int, int]] = []
    run(tiny, seed=3, progress=lambda *told: heard.append(told))
    labels = list(dict.fromkeys(label for label, _, _ in heard))
    assert labels == ["tiny", "twin without impact"]
    assert [done for label, done, _ in heard if label == "tiny"] == list(range(1, 61))
    assert {total for _, _, total in heard} == {60}


def test_everything_wrong_with_the_arguments_is_told(tiny: Scenario) -> None:
    with pytest.raises(ConfigError, match="no channel gravity, sloth to run without; there are"):
        prepare(tiny, without=["gravity", "impact", "sloth"])
    with pytest.raises(ConfigError, match="seed must be >= 0"):
        run(tiny, seed=-1)
    with pytest.raises(ConfigError, match="settings go with a scenario's name or file"):
        prepare(tiny, settings=["steps=3"])
    with pytest.raises(ConfigError, match="oracle_compromise"):
        prepare("oracle_compromised")


def test_settings_and_cuts_are_made_before_the_run(tmp_path: Path) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY)
    chosen = prepare(file, settings=["steps=31", "perp.margin.policy=ewma"], without=["impact"])
    assert chosen.steps == 31
    assert chosen.without == ("impact",)
    short = run(chosen, seed=1)
    assert short.steps["step"].max() == 30


def test_a_market_that_ends_early_is_a_run_with_a_reason(tmp_path: Path) -> None:
    text = TINY.replace("size: -0.06", "size: -0.99999")
    ended = run(parse(text, name="tiny"), seed=3, check=True)
    assert "below the smallest price" in ended.manifest["halted"]
    assert ended.manifest["steps"] == 30
    assert (ended.events["kind"].iloc[-1]) == "halt"
    assert ended.steps["step"].max() == 30
    folder = ended.save(tmp_path / "ended")
    assert load(folder).manifest["halted"] == ended.manifest["halted"]
    assert (folder / "report.html").stat().st_size > 1000
    assert np.isfinite(ended.summary["price_fall"])  # type: ignore[arg-type]  # a number
