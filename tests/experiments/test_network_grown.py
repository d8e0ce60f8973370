"""The network that grew in a run, taken out of it and cleared by itself."""

from pathlib import Path

import numpy as np
import pytest

from experiments.cli import main
from experiments.metrics.contagion import OUTSIDE_DEBT
from experiments.metrics.network import debt_rank_by_entity
from experiments.network_grown import KINDS, exposures_of_run
from experiments.network_measures import ranking
from experiments.record import Run
from experiments.run import run
from scenarios.load import checked, parse
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.exposures import ExposureKind
from tests.experiments.tiny import TINY
from tests.sim.credit.firms import firm, network, owes


@pytest.fixture(scope="module")
def finished() -> Run:
    return run(parse(TINY, "tiny", ["steps=35"]), seed=1, twin=False)


@pytest.fixture(scope="module")
def chain() -> Run:
    """Return a fund that owes a lender 8,000 against coins of 5,000; the lender owes a bank."""
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 0.2}),
        "lender": firm(2_000.0, owed=1_000.0),
        "bank": firm(500.0, owed=4_800.0),
        "covered": firm(1_000.0, holdings={"BTC": 0.2}),
    }
    loans = [
        owes("fund", "lender", 8_000.0, collateral={"BTC": 0.1}, cover=0.5),
        owes("lender", "bank", 5_000.0),
        owes("covered", "bank", 3_000.0, collateral={"BTC": 0.1}, cover=1.0),
    ]
    return run(checked(network(firms, loans) | {"steps": 3}, {}), seed=1, twin=False)


def test_debts_outside_are_liabilities_and_leave_equity_what_it_is(chain: Run) -> None:
    grown = exposures_of_run(chain)
    owed = dict(zip(grown.names, grown.outside_liabilities, strict=True))
    assert {name: usd for name, usd in owed.items() if usd} == {"lender": 1_000.0, "bank": 4_800.0}
    told = chain.entities.set_index("entity")["equity_before_usd"]
    assert dict(zip(grown.names, grown.equity(), strict=True)) == pytest.approx(dict(told))
    # The bank has 500 of its own, and coins of 2,000 that it owes back.
    assets = dict(zip(grown.names, grown.outside_assets, strict=True))
    wanted = {"fund": 6_000.0, "lender": 2_000.0, "bank": 2_500.0, "covered": 6_000.0}
    assert {name: assets[name] for name in wanted} == pytest.approx(wanted)


def test_collateral_secures_the_loan_and_only_the_rest_of_it_is_owed_back(chain: Run) -> None:
    grown = exposures_of_run(chain)
    claims = {
        (grown.names[grown.debtor[e]], grown.names[grown.creditor[e]]): (
            ExposureKind(int(grown.kind[e])),
            float(grown.amount[e]),
            float(grown.collateral[e]),
        )
        for e in range(len(grown.amount))
    }
    assert claims == {
        ("fund", "lender"): (ExposureKind.SECURED_LOAN, 8_000.0, 5_000.0),
        ("lender", "bank"): (ExposureKind.UNSECURED_LOAN, 5_000.0, 0.0),
        ("covered", "bank"): (ExposureKind.SECURED_LOAN, 3_000.0, 3_000.0),
        ("bank", "covered"): (ExposureKind.PLEDGE, 2_000.0, 0.0),
    }


def test_a_lender_loses_only_what_collateral_does_not_pay(chain: Run) -> None:
    """The fund has lost all but the collateral of 5,000: 3,000 of its 8,000 are missing."""
    grown = exposures_of_run(chain)
    fund, lender = grown.names.index("fund"), grown.names.index("lender")
    shock = np.zeros(len(grown))
    shock[fund] = grown.outside_assets[fund]
    found = EisenbergNoe().clear(grown, shock).sound()
    assert found.losses.toarray()[lender, fund] == pytest.approx(3_000.0)


def test_the_report_ranks_entities_as_the_command_ranks_the_network_of_the_run(
    finished: Run, chain: Run
) -> None:
    for each in (finished, chain):
        ranked = ranking(exposures_of_run(each), once=False, progress=lambda *_: None)
        told = debt_rank_by_entity(each)
        assert told
        reach = dict(zip(ranked["entity"], ranked["debt_rank"], strict=True))
        assert told == {name: pytest.approx(reach[name]) for name in told}
    # Its loan of 3,000 is secured by coins of 5,000: nobody loses by it.
    assert told["covered"] == 0.0
    assert float(str(told["fund"])) > 0.0


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


def test_every_kind_of_claim_that_a_run_tells_has_its_place(finished: Run, chain: Run) -> None:
    for each in (finished, chain):
        assert set(each.exposures["kind"].astype(str)) - {OUTSIDE_DEBT} <= set(KINDS)
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
    assert capsys.readouterr().out.startswith("tiny-run: ")
    assert (out / "network" / "tiny-run").is_dir()
    assert copy.is_file()
    assert main(["network", str(tmp_path), "--shock", "bank", "--out", str(out), "--quiet"]) == 2
    assert "is no run" in capsys.readouterr().err


def test_claims_and_debts_leave_what_equity_says(finished: Run) -> None:
    grown = exposures_of_run(finished)
    assert (grown.outside_assets >= 0).all()
    assert (grown.outside_liabilities >= 0).all()
    assert not np.any((grown.outside_assets > 0) & (grown.outside_liabilities > 0))
