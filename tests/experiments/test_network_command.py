"""The command that studies a network: what it leaves on disk, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from sim.network.exposures import ExposureKind
from sim.network.files import read, write
from sim.network.generators.core_periphery import CorePeriphery
from sim.network.generators.sheets import Sheets
from tests.sim.network.networks import of_matrix


def test_the_command_clears_a_file_and_leaves_all_of_it_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(of_matrix([[0, 10.0, 0], [0, 0, 10.0], [0, 0, 0]], [12.0, 3.0, 1.0]), Path("net.csv"))
    assert main(["network", "net.csv", "--shock", "0", "--amount", "8", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "wave 1: 0" in said
    assert "wave 2: 1" in said
    (folder,) = (tmp_path / "results" / "network" / "net").iterdir()
    there = {path.name for path in folder.iterdir()}
    assert {"clearing.csv", "losses.csv", "summary.json", "network.png", "flow.png"} <= there
    hurt = pd.read_csv(folder / "who_is_hurt.csv", index_col="is_hurt")
    assert hurt.loc[1, "0"] == pytest.approx(1.0)
    assert hurt.loc[0, "1"] == 0.0
    vector = pd.read_csv(folder / "clearing.csv")
    assert vector["paid_usd"].tolist() == pytest.approx([4.0, 7.0, 0.0])
    assert vector["wave"].tolist() == [1, 2, 0]
    numbers = json.loads((folder / "summary.json").read_text())
    assert numbers["shortfall_usd"] == pytest.approx(9.0)
    assert read(folder / "exposures.csv").amount.tolist() == [10.0, 10.0]


def test_the_command_draws_ranks_and_converts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    draw = ["network", "--generate", "core_periphery", "--n", "20", "--seed", "1"]
    words = [*draw, "--rank", "debtrank", "--draws", "4"]
    again = [*words, "--write", "net.graphml", "--set", "generate.sheets.capital=0.1", "--quiet"]
    for _ in range(2):
        assert main(again) == 0
    (folder,) = (tmp_path / "results" / "network" / "core_periphery-20-1").iterdir()
    assert "share of all equity that others lose" in capsys.readouterr().out
    assert len(pd.read_csv(folder / "ranking.csv")) == 20
    assert len(pd.read_csv(folder / "draws.csv")) == 4
    wanted = CorePeriphery(sheets=Sheets(capital=0.1)).generate(20, seed=1)
    assert read(Path("net.graphml")).outside_assets.tolist() == wanted.outside_assets.tolist()


def test_the_command_meets_totals_of_a_file_and_tells_what_is_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    head = "entity,claims_usd,debts_usd,outside_assets_usd,outside_liabilities_usd\n"
    Path("totals.csv").write_text(head + "a,5,2,9,1\nb,3,1,9,1\nc,0,5,9,1\n", encoding="utf-8")
    words = ["network", "--generate", "min_density", "--totals", "totals.csv", "--quiet"]
    assert main([*words, "--write", "net.csv"]) == 0
    assert read(Path("net.csv")).claims() == pytest.approx([5.0, 3.0, 0.0])
    Path("totals.csv").write_text(head + "a,5,x,9,1\na,-3,1,9,1\n", encoding="utf-8")
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "totals.csv:2: debts_usd is 'x'" in said
    assert "totals.csv:3: entity 'a': each needs a name and one row" in said
    Path("totals.csv").write_text(head + "a,5,2,9,1\nb,1,1,9,1\n", encoding="utf-8")
    assert main(words) == 2
    assert "claims add up to 6 USD and debts to 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", ["give a file of exposures, or --generate NAME"]),
        (
            "--generate ring --algorithm magic --rank fame --draws -1 --set x=1",
            [
                "--rank fame: there are debtrank, linear_debtrank",
                "--draws must be >= 1, not -1",
                "--set x=1: it must read algorithm.NAME=VALUE or generate.NAME=VALUE",
                "--algorithm magic: there are eisenberg_noe",
                "--generate ring: there are erdos_renyi",
            ],
        ),
        ("--generate erdos_renyi --n 40 --set generate.links=0.5", ["leaves 40 entities in"]),
        (
            "--generate erdos_renyi --set algorithm.tau=1 --set generate.links=many",
            ["algorithm.tau: eisenberg_noe has method, tolerance, rounds", "not 'many'"],
        ),
        (
            "--generate erdos_renyi --algorithm rogers_veraart --set algorithm.alpha=3",
            ["alpha must lie in [0, 1]"],
        ),
        (
            "--generate erdos_renyi --amount 5 --share 0.1",
            ["--amount: only together with --shock", "--share: only together with --shock"],
        ),
        ("--generate erdos_renyi --draws 3 --share -1", ["--share must lie in [0, 1], not -1"]),
        ("--generate erdos_renyi --draws 3 --share 2", ["--share must lie in [0, 1], not 2"]),
        ("--generate erdos_renyi --shock E99", ["there is no entity 'E99'", "there are E01"]),
        ("--generate erdos_renyi --shock E01 --amount 9e99", ["more than its outside assets"]),
        (
            "--generate erdos_renyi --totals t.csv",
            ["--totals can be met by max_entropy and min_density only"],
        ),
        (
            "--generate erdos_renyi --draws -1 --seed -2 --write net.foo",
            [
                "--draws must be >= 1, not -1",
                "--seed must be >= 0, not -2",
                "--write net.foo: the name must end in .csv, .parquet, .graphml",
            ],
        ),
        (
            "--generate erdos_renyi --set generate.sheets=1 --set generate.sheets.inside=0.1",
            ["--set generate.sheets.inside=0.1: clashes with another --set"],
        ),
        (
            "--generate erdos_renyi --set generate.sheets.inside=0.1 --set generate.sheets=1",
            ["--set generate.sheets=1: clashes with another --set"],
        ),
        (
            "--generate erdos_renyi --set generate.sheets.insid=0.1",
            ["generate.sheets.insid: sheets has size_usd, spread, inside, capital"],
        ),
        ("--generate erdos_renyi --entities e.csv", ["--entities: only with a file of claims"]),
        ("net.graphml --entities e.csv", ["--entities: only with a file of claims"]),
        ("net.csv --n 5", ["--n: only with --generate and without --totals"]),
        ("net.csv --seed 3", ["--seed: only with --generate or --draws"]),
        (
            "--generate erdos_renyi --rank foo --algorithm bar --shock Q",
            ["--rank foo: there", "--algorithm bar: there", "there is no entity 'Q'"],
        ),
        ("--generate erdos_renyi --draws 0", ["--draws must be >= 1, not 0"]),
        ("results/gone-0", ["results/gone-0: there is no such file or folder; give a file of"]),
        ("gone.csv", ["gone.csv: there is no such file", "gone_entities.csv"]),
        ("--generate erdos_renyi --algorithm fire_sale", ["holds_BTC_usd", "plus _assets"]),
    ],
)
def test_mistakes_of_the_user_are_told_at_once_and_leave_nothing(
    words: str,
    told: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["network", *words.split(), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert [wanted for wanted in told if wanted not in said] == []
    assert list(tmp_path.iterdir()) == []


def test_results_that_cannot_be_written_are_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("mine", encoding="utf-8")
    Path("folder.csv").mkdir()
    words = ["network", "--generate", "erdos_renyi", "--out", "taken/deep", "--quiet"]
    assert main([*words, "--write", "taken/net.csv"]) == 2
    said = capsys.readouterr().err
    assert "--out taken/deep:" in said
    assert "--write taken/net.csv: folder taken:" in said
    assert main([*words[:3], "--write", "folder.csv"]) == 2
    assert "--write folder.csv is a folder; it must name a file" in capsys.readouterr().err
    assert Path("taken").read_text(encoding="utf-8") == "mine"
    assert sorted(tmp_path.iterdir()) == [tmp_path / "folder.csv", tmp_path / "taken"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that nobody can write to")
def test_a_place_that_lets_nobody_write_is_told_in_one_line_before_the_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["network", "--generate", "erdos_renyi", "--quiet", "--out", "/proc/foo"]
    assert main([*words, "--write", "/proc/net.csv"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "--out /proc/foo: nothing can be written there" in told[0]
    assert "--write /proc/net.csv: folder /proc: nothing can be written there" in told[1]
    assert main(["run", "calm", "--quiet", "--out", "/proc/foo"]) == 2
    assert "--out /proc/foo: nothing can be written there" in capsys.readouterr().err


def test_folders_that_are_missing_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["network", "--generate", "erdos_renyi", "--quiet", "--write", "new/deep/net.csv"]
    assert main(words) == 0
    assert Path("new/deep/net.csv").is_file()


def test_a_clearing_that_does_not_converge_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pair = of_matrix([[0.0, 100.0], [100.0, 0.0]], [0.0, 0.0], [0.01, 0.0])
    write(pair, Path("net.csv"))
    assert main(["network", "net.csv", "--set", "algorithm.rounds=5", "--quiet"]) == 2
    assert "did not converge: after 5 rounds a payment still moves by" in capsys.readouterr().err
    assert not Path("results").exists()


def test_a_default_that_costs_nobody_anything_is_no_loss_to_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(of_matrix([[0, 1.0], [0, 0]], [8.0, 4.0]), Path("net.csv"))
    words = ["network", "net.csv", "--algorithm", "furfine", "--set", "algorithm.failed=1"]
    assert main([*words, "--quiet"]) == 0


EXAMPLE = str(Path(__file__).parents[2] / "docs" / "examples" / "exposures.csv")


def said(words: str, capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    assert main(["network", *words.split(), "--quiet", "--out", str(folder)]) == 0
    return capsys.readouterr().out


def test_the_example_of_the_pages_can_be_cleared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(f"{EXAMPLE} --shock 3AC --amount 2.5e9", capsys, tmp_path)
    assert "wave 1: 3AC" in told
    assert "wave 2: Voyager, Equities First" in told
    assert "wave 3: Celsius" in told
    assert "cleared by eisenberg_noe (method=fictitious_default" in told


def test_what_a_reader_would_have_to_guess_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lone = "--generate core_periphery --n 20 --shock E01"
    assert "nobody else defaults" in said(lone, capsys, tmp_path)
    told = said("--generate core_periphery --n 20 --rank debtrank", capsys, tmp_path)
    assert "nobody" not in told
    told = said("--generate core_periphery --n 20", capsys, tmp_path)
    assert "no shock was asked for (--shock ENTITY), and nobody defaults" in told
    told = said("--generate core_periphery --n 20 --draws 3 --share 0", capsys, tmp_path)
    assert "nan" not in told
    assert "there is nothing to amplify" in told


@pytest.mark.parametrize(
    ("algorithm", "bounded"), [("eisenberg_noe", True), ("furfine", False), ("debtrank", False)]
)
def test_a_bound_on_payments_stands_beside_payments_alone(
    algorithm: str, bounded: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = "--generate core_periphery --n 20 --draws 3 --share 0.1"
    told = said(f"{draw} --algorithm {algorithm}", capsys, tmp_path)
    assert ("Glasserman–Young" in told) is bounded
    assert "mean loss over mean direct loss" in told


def test_what_is_odd_about_a_network_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.csv"
    write(of_matrix(np.zeros((2, 2)), [3.0, 4.0], [1.0, 5.0]), file)
    told = said(f"{file} --shock 0", capsys, tmp_path)
    assert "2 entities, no claims" in told
    assert "wave 1: 0, 1 (insolvent before any shock)" in told
    write(of_matrix([[0, 5.0, 0], [0, 0, 3.0], [0, 0, 0]], [6.0, 2.0, 1.0]), file)
    told = said(f"{file} --shock 0", capsys, tmp_path)
    assert "no Glasserman–Young bound: somebody owes within the network alone" in told
    kinds = np.array([ExposureKind.UNSECURED_LOAN, ExposureKind.PLEDGE], dtype=np.int8)
    pair = of_matrix([[0, 5.0], [8.0, 0]], [6.0, 9.0])
    write(replace(pair, kind=kinds, collateral=np.array([8.0, 0.0])), file)
    told = said(str(file), capsys, tmp_path)
    assert "note: 0 has posted $8 with 1, and 1 owes it a pledge of as much" in told


def test_a_seed_draws_other_shocks_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {said(f"{EXAMPLE} --draws 2 --seed {seed}", capsys, tmp_path) for seed in (1, 2)}
    assert len(told) == 2


@pytest.mark.parametrize("name", ["debtrank", "linear_debtrank"])
def test_where_distress_is_measured_nobody_is_said_to_default(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(f"{EXAMPLE} --shock 3AC --algorithm {name}", capsys, tmp_path)
    assert "wave 2, all equity lost: Voyager, Equities First, Celsius" in told
    assert "claims marked down by $2.54 bn" in told
    small = said(f"{EXAMPLE} --shock 3AC --amount 1e6 --algorithm {name}", capsys, tmp_path)
    assert "nobody loses all its equity\nclaims marked down by" in small
    drawn = said(f"{EXAMPLE} --draws 3 --algorithm {name}", capsys, tmp_path)
    assert "over 3 seeds claims are marked down by" in drawn
    calm = said(f"{EXAMPLE} --algorithm {name}", capsys, tmp_path)
    for text in (told, small, drawn, calm):
        assert "not paid" not in text
        assert "defaults" not in text
