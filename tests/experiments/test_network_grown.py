"""The network that grew in a run, taken out of it and cleared by itself."""

from pathlib import Path

import numpy as np
import pytest

from experiments.cli import main
from experiments.network_grown import KINDS, exposures_of_run
from experiments.record import Run
from experiments.run import run
from scenarios.load import parse
from sim.network.exposures import ExposureKind
from tests.experiments.tiny import TINY


@pytest.fixture(scope="module")
def finished() -> Run:
    return run(parse(TINY, "tiny", ["steps=35"]), seed=1, twin=False)


@pytest.mark.parametrize("after", [False, True])
def test_balance_sheets_are_those_of_the_run(finished: Run, *, after: bool) -> None:
    grown, moment = exposures_of_run(finished, after=after), "after" if after else "before"
    equity = dict(zip(grown.names, grown.equity(), strict=True))
    for name, usd in zip(
        finished.entities["entity"], finished.entities[f"equity_{moment}_usd"], strict=True
    ):
        assert equity[str(name)] == pytest.approx(float(usd), abs=1e-6 * (1.0 + abs(float(usd))))
    owed = finished.exposures[finished.exposures[f"usd_{moment}"] > 0.0]
    apart = owed["source"].astype(str) != owed["target"].astype(str)
    assert grown.amount.sum() == pytest.approx(owed[f"usd_{moment}"][apart].sum())


def test_every_kind_of_claim_that_a_run_tells_has_its_place(finished: Run) -> None:
    assert set(finished.exposures["kind"].astype(str)) <= set(KINDS)
    kinds = {ExposureKind(int(code)) for code in exposures_of_run(finished).kind}
    assert {ExposureKind.DEPOSIT, ExposureKind.SECURED_LOAN, ExposureKind.PLEDGE} <= kinds


def test_a_runs_folder_is_cleared_like_a_file(
    finished: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = finished.save(tmp_path / "run", report=False)
    out = tmp_path / "out"
    asked = ["network", str(folder), "--shock", "bank", "--out", str(out), "--quiet"]
    copy = tmp_path / "grown.csv"
    assert main([*asked, "--write", str(copy)]) == 0
    assert "results" in capsys.readouterr().out
    assert copy.is_file()
    assert main(["network", str(tmp_path), "--shock", "bank", "--out", str(out), "--quiet"]) == 2
    assert "is no run" in capsys.readouterr().err


def test_claims_and_debts_leave_what_equity_says(finished: Run) -> None:
    grown = exposures_of_run(finished)
    assert (grown.outside_assets >= 0).all()
    assert (grown.outside_liabilities >= 0).all()
    assert not np.any((grown.outside_assets > 0) & (grown.outside_liabilities > 0))
