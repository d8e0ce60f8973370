"""What the page on networks promises: its settings, its example of collateral, its files."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from sim.network.clearing import CLEARING
from sim.network.clearing.collateral_chain import CollateralChain
from sim.network.exposures import ExposureKind, Exposures
from sim.network.generators import GENERATORS
from sim.network.generators.sheets import Sheets

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "network.md").read_text(encoding="utf-8")
PARTS: dict[str, type] = {**CLEARING, **GENERATORS, "sheets": Sheets}


def written(value: object) -> str:
    """Return a default as the page writes it."""
    if isinstance(value, float):
        return f"{value:g}"
    return "nobody" if value == () else str(value)


@pytest.mark.parametrize("name", PARTS)
def test_the_page_names_every_setting_with_its_default(name: str) -> None:
    table = PAGE[PAGE.index("| part | settings") :]
    row = re.search(rf"^\| `{name}` \| (.*) \|$", table, flags=re.MULTILINE)
    assert row is not None
    told = dict(pair.split("=") for pair in re.findall(r"`([^`]+)`", row[1]))
    there = {each.name: each.default for each in fields(PARTS[name]) if each.name != "sheets"}
    assert told == {key: written(value) for key, value in there.items()}


def test_the_example_of_collateral_pledged_again_comes_out_as_told() -> None:
    kinds = [ExposureKind.UNSECURED_LOAN, ExposureKind.PLEDGE, ExposureKind.SECURED_LOAN]
    exposures = Exposures(
        names=("fund", "broker", "bank"),
        outside_assets=np.array([2.0, 30.0, 50.0]),
        outside_liabilities=np.array([0.0, 27.0, 0.0]),
        debtor=np.array([0, 1, 1]),
        creditor=np.array([1, 0, 2]),
        amount=np.array([6.0, 10.0, 9.0]),
        kind=np.array(kinds, dtype=np.int8),
        collateral=np.array([0.0, 0.0, 10.0]),
    )
    assert exposures.equity().tolist() == [6.0, 0.0, 59.0]
    found = CollateralChain().clear(exposures, np.array([0.0, 30.0, 0.0]))
    assert found.losses.toarray()[:, 1].tolist() == [3.0, 0.0, 0.0]


def test_every_file_that_the_page_and_the_readme_clear_is_there() -> None:
    text = PAGE + (ROOT / "README.md").read_text(encoding="utf-8")
    files = set(re.findall(r"^marginquake network (\S+\.csv)", text, flags=re.MULTILINE))
    assert files
    assert all((ROOT / file).is_file() for file in files)
