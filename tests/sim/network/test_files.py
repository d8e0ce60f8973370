"""Exposures in files: what is written is read again, and what is wrong is told at once."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import ConfigError, DataError
from sim.network.exposures import ExposureKind, Exposures
from sim.network.files import FORMS, beside, read, write
from sim.network.holdings import Holdings
from tests.sim.network.networks import of_matrix

CLAIMS = "debtor,creditor,amount_usd,kind,collateral_usd,haircut\n"
ENTITIES = "entity,outside_assets_usd,outside_liabilities_usd\n"


def rich() -> Exposures:
    """Return exposures with every kind of claim, two of one pair, and numbers hard to print."""
    return Exposures(
        names=("Fund, the", "Börse", "c"),
        outside_assets=np.array([1 / 3, 2e9, 0.1 + 0.2]),
        outside_liabilities=np.array([0.0, 1e-7, 5.0]),
        debtor=np.array([0, 0, 1, 2, 1]),
        creditor=np.array([1, 1, 2, 0, 0]),
        amount=np.array([1 / 7, 3e8, 12.5, 1.0, 4.0]),
        kind=np.array(list(ExposureKind), dtype=np.int8),
        collateral=np.array([0.0, 1.1e8, 0.0, 2 / 3, 0.0]),
        haircut=np.array([0.0, 0.07, 0.0, 0.1, 0.0]),
        holdings=Holdings(
            assets=("BTC", "ETH"),
            usd=np.array([[0.1, 0.2], [1e9, 0.0], [0.0, 0.3]]),
            depth=np.array([1e8, 1 / 9]),
        ),
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("exposures", [rich(), replace(rich(), holdings=None)])
def test_what_is_written_is_read_again_bit_for_bit(
    exposures: Exposures, form: str, tmp_path: Path
) -> None:
    file = tmp_path / f"network{form}"
    written = write(exposures, file)
    assert sorted(tmp_path.iterdir()) == sorted(written)
    again = read(file)
    assert again.names == exposures.names
    for column in ("debtor", "creditor", "amount", "kind", "collateral", "haircut"):
        assert getattr(again, column).tolist() == getattr(exposures, column).tolist(), column
    assert again.outside_assets.tolist() == exposures.outside_assets.tolist()
    assert again.outside_liabilities.tolist() == exposures.outside_liabilities.tolist()
    assert (again.holdings is None) == (exposures.holdings is None)
    if again.holdings is not None and exposures.holdings is not None:
        assert again.holdings.assets == exposures.holdings.assets
        assert again.holdings.usd.tolist() == exposures.holdings.usd.tolist()
        assert again.holdings.depth.tolist() == exposures.holdings.depth.tolist()


@pytest.mark.parametrize("form", FORMS)
def test_a_network_without_claims_is_read_again(form: str, tmp_path: Path) -> None:
    write(of_matrix(np.zeros((2, 2)), [3.0, 4.0], 1.0), tmp_path / f"net{form}")
    again = read(tmp_path / f"net{form}")
    assert again.outside_assets.tolist() == [3.0, 4.0]
    assert again.amount.size == 0


def test_edges_of_a_graph_have_ids_of_their_own(tmp_path: Path) -> None:
    write(rich(), tmp_path / "net.graphml")
    ids = re.findall(r"<edge [^>]*id=\"(\d+)\"", (tmp_path / "net.graphml").read_text("utf-8"))
    assert sorted(ids) == ["0", "1", "2", "3", "4"]


def test_edges_that_others_have_numbered_alike_are_read(tmp_path: Path) -> None:
    write(rich(), tmp_path / "net.graphml")
    text = (tmp_path / "net.graphml").read_text("utf-8")
    (tmp_path / "net.graphml").write_text(re.sub(r' id="[2-4]"', "", text), "utf-8")
    assert sorted(read(tmp_path / "net.graphml").amount) == sorted(rich().amount)


@pytest.mark.parametrize("name", ["", " a", "a "])
def test_names_that_a_file_would_not_give_back_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="a name needs letters, and no spaces around them"):
        replace(of_matrix(np.zeros((1, 1)), [1.0]), names=(name,))
    with pytest.raises(ConfigError, match="asset needs letters, and no spaces around them"):
        Holdings(assets=(name,), usd=np.zeros((1, 1)), depth=np.ones(1))


def put(tmp_path: Path, claims: str, entities: str) -> Path:
    file = tmp_path / "net.csv"
    file.write_text(claims, encoding="utf-8")
    beside(file, "entities").write_text(entities, encoding="utf-8")
    return file


def refused(file: Path) -> tuple[str, ...]:
    with pytest.raises(DataError) as told:
        read(file)
    return tuple(problem.replace(f"{file.parent}/", "") for problem in told.value.problems)


def test_everything_wrong_is_told_in_one_message_with_file_and_line(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        CLAIMS.replace("\n", ",currency\n")
        + "a,b,-5,unsecured_loan,0,0,USD\n"
        + "a,a,3,unsecured_loan,0,0,USD\n"
        + "\n"
        + "a,ghost,4,loan,-1,1.5,EUR\n",
        ENTITIES + "a,10,x\nb,-2,0\na,1,1\n",
    )
    told = refused(file)
    for wanted in (
        "net.csv:2: amount_usd is '-5'; it must be a number > 0",
        "net.csv:3: a owes itself; nobody can",
        "net.csv:5: creditor ghost is in no row of the entities; every side needs a balance sheet",
        (
            "net.csv:5: kind 'loan'; there are unsecured_loan, secured_loan, margin_claim, "
            "deposit, pledge"
        ),
        "net.csv:5: collateral_usd is '-1'; it must be a number >= 0",
        "net.csv:5: haircut is '1.5'; it must be a number in [0, 1)",
        "net.csv:5: currency EUR: all amounts must be in USD; convert them first",
        "net_entities.csv:2: outside_liabilities_usd is 'x'; it must be a number >= 0",
        "net_entities.csv:3: outside_assets_usd is '-2'; it must be a number >= 0",
        "net_entities.csv:4: a is there already; each entity has one row",
    ):
        assert wanted in told
    assert len(told) == 10


def test_claims_that_exceed_the_balance_sheet_are_refused(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        CLAIMS + "a,b,50,,,\nb,c,20,,,\n",
        "entity,total_assets_usd,total_liabilities_usd\na,100,40\nb,49,80\nc,20,0\n",
    )
    assert refused(file) == (
        "net_entities.csv:3: b: claims on others of 50.00 USD exceed its total_assets_usd of 49.00",
        (
            "net_entities.csv:2: a: debts to others of 50.00 USD exceed its total_liabilities_usd "
            "of 40.00"
        ),
    )


def test_a_total_may_stand_for_what_is_outside(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        "debtor,creditor,amount_usd,note\na,b,50,by hand\n",
        "entity,total_assets_usd,total_liabilities_usd\na,100,70\nb,60,10\n",
    )
    found = read(file)
    assert found.outside_assets.tolist() == [100.0, 10.0]
    assert found.outside_liabilities.tolist() == [20.0, 10.0]
    assert found.equity().tolist() == [30.0, 50.0]


def test_collateral_that_a_total_holds_is_not_counted_as_outside_as_well(tmp_path: Path) -> None:
    """Of 100, a has posted 30 and has 70 besides; b holds the 30 for a."""
    file = put(
        tmp_path,
        CLAIMS + "a,b,50,secured_loan,30,0\n",
        "entity,total_assets_usd,total_liabilities_usd\na,100,70\nb,60,10\n",
    )
    found = read(file)
    assert found.outside_assets.tolist() == [70.0, 10.0]
    assert found.outside_liabilities.tolist() == [20.0, 10.0]
    assert found.equity().tolist() == [30.0, 50.0]
    beside(file, "entities").write_text(
        "entity,total_assets_usd,total_liabilities_usd\na,29,70\nb,60,10\n", encoding="utf-8"
    )
    assert refused(file) == (
        (
            "net_entities.csv:2: a: claims on others and posted collateral of 30.00 USD exceed its "
            "total_assets_usd of 29.00"
        ),
    )


def test_a_row_with_more_cells_than_the_head_is_told_and_shifts_no_column(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        CLAIMS + "1,2,3,unsecured_loan,0,0,\n2,1,3,unsecured_loan,0,0\n",
        ENTITIES + "1,10,0,\n2,9,0,\n",
    )
    assert refused(file) == (
        "net.csv:2: 7 cells where the head has 6; is a comma too many?",
        "net_entities.csv:2: 4 cells where the head has 3; is a comma too many?",
        "net_entities.csv:3: 4 cells where the head has 3; is a comma too many?",
    )


def test_a_column_that_is_there_twice_and_an_empty_file_are_told(tmp_path: Path) -> None:
    file = put(
        tmp_path, "debtor,creditor,amount_usd,amount_usd\na,b,1,2\n", ENTITIES + "a,9,0\nb,9,0\n"
    )
    assert refused(file) == ("net.csv:1: there is more than one column 'amount_usd'",)
    file.write_text("", encoding="utf-8")
    assert refused(file) == ("net.csv: no CSV file that can be read: it is empty",)


def test_lines_are_those_of_the_file_though_a_cell_runs_over_two(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        'debtor,creditor,amount_usd,note\na,b,1,"two\nlines"\n\na,b,-1,\n',
        ENTITIES + "a,9,0\nb,9,0\n",
    )
    assert refused(file) == ("net.csv:5: amount_usd is '-1'; it must be a number > 0",)


def test_missing_and_unknown_columns_and_files_are_told(tmp_path: Path) -> None:
    file = put(tmp_path, "debtor,creditor,amount,colateral_usd\na,b,1,2\n", "entity\na\nb\n")
    told = "; ".join(refused(file))
    for wanted in (
        "net.csv: there is no column amount_usd",
        "net.csv: unknown column 'amount'",
        "net.csv: unknown column 'colateral_usd'",
        "net_entities.csv: there is no column outside_assets_usd, nor total_assets_usd",
        "net_entities.csv: there is no column outside_liabilities_usd, nor total_liabilities_usd",
    ):
        assert wanted in told
    with pytest.raises(DataError, match=r"no\.csv: there is no such file.*no_entities\.csv"):
        read(tmp_path / "no.csv")
    with pytest.raises(DataError, match=r"must end in \.csv, \.parquet, \.graphml"):
        read(tmp_path / "net.xlsx")
    for name in ("bad.parquet", "bad.graphml"):
        (tmp_path / name).write_text("nothing", encoding="utf-8")
        (tmp_path / "bad_entities.parquet").write_text("nothing", encoding="utf-8")
        with pytest.raises(DataError, match="file that can be read"):
            read(tmp_path / name)


def test_holdings_without_a_depth_are_refused(tmp_path: Path) -> None:
    entities = "entity,outside_assets_usd,outside_liabilities_usd,holds_BTC_usd\na,9,0,4\nb,9,0,\n"
    file = put(tmp_path, CLAIMS + "a,b,1,,,\n", entities)
    assert refused(file) == (
        "net_entities.csv: holds_BTC_usd: no depth is given for BTC in the table of assets",
    )
    beside(file, "assets").write_text("asset,depth_usd\nBTC,100\n", encoding="utf-8")
    held = read(file).holdings
    assert held is not None
    assert held.usd.tolist() == [[4.0], [0.0]]


def test_every_unknown_entity_is_named_once(tmp_path: Path) -> None:
    ghosts = [f"ghost{i}" for i in range(12)]
    rows = "".join(f"a,{ghost},1,,,\n{ghost},a,1,,,\n" for ghost in ghosts)
    told = refused(put(tmp_path, CLAIMS + rows, ENTITIES + "a,9,0\n"))
    assert len(told) == 6
    assert "net.csv:2: creditor ghost0 is in no row of the entities" in told[0]
    assert told[5] == f"net.csv: neither are 7 more: {', '.join(ghosts[5:])}"


@pytest.mark.parametrize("gone", ["claims", "entities"])
def test_a_missing_table_hides_nothing_wrong_with_the_other(tmp_path: Path, gone: str) -> None:
    file = put(tmp_path, CLAIMS + "a,b,-5,,,\na,a,1,,,\n", ENTITIES + "a,x,0\nb,1,0\n")
    (file if gone == "claims" else beside(file, "entities")).unlink()
    told = refused(file)
    assert "there is no such file" in told[0]
    if gone == "claims":
        assert "debtor, creditor, amount_usd" in told[0]
        wanted = ["net_entities.csv:2: outside_assets_usd is 'x'; it must be a number >= 0"]
    else:
        assert "--entities FILE" in told[0]
        wanted = [
            "net.csv:2: amount_usd is '-5'; it must be a number > 0",
            "net.csv:3: a owes itself; nobody can",
        ]
    assert sorted(told[1:]) == wanted


def test_a_file_with_semicolons_is_told_as_such_and_read_on(tmp_path: Path) -> None:
    file = put(tmp_path, CLAIMS.replace(",", ";") + "a;b;-1;;;\n", ENTITIES + "a,9,0\nb,9,0\n")
    assert refused(file) == (
        "net.csv:1: columns are separated by semicolons, not by commas",
        "net.csv:2: amount_usd is '-1'; it must be a number > 0",
    )


def test_an_asset_that_is_there_twice_or_has_no_name_is_refused(tmp_path: Path) -> None:
    entities = "entity,outside_assets_usd,outside_liabilities_usd,holds_BTC_usd\na,9,0,4\nb,9,0,\n"
    file = put(tmp_path, CLAIMS + "a,b,1,,,\n", entities)
    beside(file, "assets").write_text("asset,depth_usd\nBTC,9\nBTC,8\n,7\n", encoding="utf-8")
    assert refused(file) == (
        "net_assets.csv:3: BTC is there already; each asset has one row",
        "net_assets.csv:4: the asset has no name",
    )
