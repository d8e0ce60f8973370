"""Exposures as tables of text or numbers: one row a claim, one row an entity, one row an asset."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np
import pandas as pd

from sim.arrays import Floats, Ints
from sim.errors import DataError
from sim.network.checks import SLACK
from sim.network.exposures import ExposureKind, Exposures
from sim.network.holdings import Holdings
from sim.price.findings import Findings

CURRENCY = "USD"
KINDS = {kind.label: kind for kind in ExposureKind}
CLAIMS = ("debtor", "creditor", "amount_usd", "kind", "collateral_usd", "haircut")
"""Columns of the table of claims; the last three may be left out."""
REMARKS = ("currency", "note", "source", "grade")
"""Columns that any table may have besides; a currency is checked, the others are not read."""
ASSETS, LIABILITIES = "outside_assets_usd", "outside_liabilities_usd"
TOTALS = {ASSETS: "total_assets_usd", LIABILITIES: "total_liabilities_usd"}
"""What an entity's row may state instead: the whole side of its balance sheet.

Posted collateral is among its total assets, but no part of its outside assets.
"""
HOLDS, USD = "holds_", "_usd"


@dataclass(slots=True)
class Table:
    """Rows of a file, with what is wrong with them.

    Parameters
    ----------
    rows : as read, one dictionary a row.
    columns : names of the columns.
    findings : collects problems of this file.
    line : the line of a row, where the file has lines; otherwise the row is counted.
    """

    rows: list[dict[str, object]]
    columns: list[str]
    findings: Findings
    line: Callable[[int], int] | None = None

    def blame(self, row: int, kind: str, message: str) -> None:
        """Note what is wrong with a row."""
        if self.line is None:
            self.findings.add(kind, f"row {row + 1}: {message}")
        else:
            self.findings.add(kind, message, line=self.line(row))

    def expect(self, needed: Iterable[str], allowed: Iterable[str]) -> bool:
        """Note columns that are missing or unknown; tell whether none is missing."""
        known = [*allowed, *REMARKS]
        missing = [name for name in needed if name not in self.columns]
        for name in missing:
            self.findings.add("missing", f"there is no column {name}", line=None)
        for name in self.columns:
            if name not in known and not (name.startswith(HOLDS) and name.endswith(USD)):
                self.findings.add(
                    "unknown columns", f"unknown column {name!r}; known are {', '.join(known)}"
                )
        return not missing

    def text(self, row: int, column: str, default: str = "") -> str:
        """Return a cell as text without spaces around."""
        value = self.rows[row].get(column)
        absent = value is None or (isinstance(value, float) and isnan(value))
        return (default if absent else str(value).strip()) or default

    def number(self, row: int, column: str, rule: str, default: str = "") -> float:
        """Return a cell as a number; note it, and return nan, where it breaks the rule."""
        given = self.text(row, column, default)
        try:
            value = float(given)
        except ValueError:
            value = float("nan")
        if isfinite(value) and RULES[rule](value):
            return value
        said = f"{column} is {given!r}" if given else f"{column} is empty"
        self.blame(row, f"{column} must be {rule}", f"{said}; it must be a number {rule}")
        return float("nan")

    def check_currency(self) -> None:
        """Note amounts in anything but dollars."""
        for row in range(len(self.rows)):
            code = self.text(row, "currency", CURRENCY)
            if code.upper() != CURRENCY:
                self.blame(
                    row,
                    "currencies mixed",
                    f"currency {code}: all amounts must be in {CURRENCY}; convert them first",
                )


RULES: Mapping[str, Callable[[float], bool]] = {
    "> 0": lambda value: value > 0,
    ">= 0": lambda value: value >= 0,
    "in [0, 1)": lambda value: 0 <= value < 1,
}


def exposures_of(claims: Table, entities: Table, assets: Table | None = None) -> Exposures:
    """Return the exposures that tables describe.

    Raises
    ------
    DataError
        Naming everything wrong in any of the tables, with file and line.
    """
    tables = [table for table in (claims, entities, assets) if table is not None]
    names = _names(entities)
    columns = _claims(claims, names)
    held = _holdings(entities, assets)
    sides = _sides(entities, columns, names)
    for table in tables:
        table.check_currency()
    problems = [problem for table in tables for problem in table.findings.problems()]
    if problems:
        raise DataError(*problems)
    return Exposures(
        names=tuple(names),
        outside_assets=sides[ASSETS],
        outside_liabilities=sides[LIABILITIES],
        debtor=columns["debtor"].astype(np.int64),
        creditor=columns["creditor"].astype(np.int64),
        amount=columns["amount_usd"],
        kind=columns["kind"].astype(np.int8),
        collateral=columns["collateral_usd"],
        haircut=columns["haircut"],
        holdings=held,
    )


def _names(entities: Table) -> dict[str, int]:
    """Return the place of every entity; note who is there twice or has no name."""
    entities.expect(["entity"], ["entity", *TOTALS, *TOTALS.values()])
    names = dict[str, int]()
    for row in range(len(entities.rows)):
        name = entities.text(row, "entity")
        if not name:
            entities.blame(row, "names", "the entity has no name")
        elif name in names:
            entities.blame(row, "twice", f"{name} is there already; each entity has one row")
        names.setdefault(name or f"row {row + 1}", len(names))
    return names


def _claims(claims: Table, names: Mapping[str, int]) -> dict[str, Floats]:
    """Return the columns of the claims; note every row that makes no sense."""
    columns = {name: np.zeros(len(claims.rows)) for name in CLAIMS}
    if not claims.expect(CLAIMS[:3], CLAIMS):
        return columns
    for row in range(len(claims.rows)):
        for side in ("debtor", "creditor"):
            columns[side][row] = _place(claims, row, side, names)
        debtor, creditor = claims.text(row, "debtor"), claims.text(row, "creditor")
        if debtor and debtor == creditor:
            claims.blame(row, "self-loans", f"{debtor} owes itself; nobody can")
        kind = claims.text(row, "kind", ExposureKind.UNSECURED_LOAN.label)
        if kind not in KINDS:
            claims.blame(row, "kinds", f"kind {kind!r}; there are {', '.join(KINDS)}")
        columns["kind"][row] = KINDS.get(kind, 0)
        columns["amount_usd"][row] = claims.number(row, "amount_usd", "> 0")
        columns["collateral_usd"][row] = claims.number(row, "collateral_usd", ">= 0", "0")
        columns["haircut"][row] = claims.number(row, "haircut", "in [0, 1)", "0")
    return columns


def _place(claims: Table, row: int, side: str, names: Mapping[str, int]) -> int:
    """Return the place of one side of a claim; note a side that has no balance sheet."""
    name = claims.text(row, side)
    if not name:
        claims.blame(row, side, f"the {side} is empty")
    elif name not in names:
        claims.blame(
            row,
            "unknown entities",
            f"{side} {name} is in no row of the entities; every side needs a balance sheet",
        )
    return names.get(name, -1)


def _sides(
    entities: Table, claims: Mapping[str, Floats], names: Mapping[str, int]
) -> dict[str, Floats]:
    """Return outside assets and liabilities; note totals that claims exceed."""
    sides = {}
    for column, total in TOTALS.items():
        given = [name for name in (column, total) if name in entities.columns]
        values = sides[column] = np.zeros(len(names))
        if not given:
            entities.findings.add("missing", f"there is no column {column}, nor {total}")
            continue
        if len(given) == 2:
            entities.findings.add("both", f"give {column} or {total}, not both")
            continue
        inside = _inside(claims, column, len(names))
        for row in range(min(len(entities.rows), len(names))):
            value = entities.number(row, given[0], ">= 0")
            values[row] = value if given[0] == column else value - inside[row]
            if given[0] == total and values[row] < -SLACK * max(value, 1.0):
                what = "claims on others" if column == ASSETS else "debts to others"
                if column == ASSETS and claims["collateral_usd"].any():
                    what += " and posted collateral"
                entities.blame(
                    row,
                    f"{what} exceed {total}",
                    f"{entities.text(row, 'entity')}: {what} of {inside[row]:,.2f} USD "
                    f"exceed its {total} of {value:,.2f}",
                )
        sides[column] = np.maximum(values, 0.0)
    return sides


def _inside(claims: Mapping[str, Floats], column: str, size: int) -> Floats:
    """Return what of one side of each balance sheet is not outside, (N,) USD.

    Assets are claims, and collateral at its market value; liabilities are debts. Claims that
    make no sense are left out.
    """
    usd, collateral = claims["amount_usd"], claims["collateral_usd"]
    creditor, debtor = (claims[end].astype(np.int64) for end in ("creditor", "debtor"))

    def summed(place: Ints, values: Floats) -> Floats:
        sound = (place >= 0) & (values > 0)
        return np.bincount(place[sound], values[sound], minlength=size)

    if column == LIABILITIES:
        return summed(debtor, usd)
    return summed(creditor, usd) + summed(debtor, collateral)


def _holdings(entities: Table, assets: Table | None) -> Holdings | None:
    """Return who holds which marketable asset; note assets without a depth."""
    columns = [name for name in entities.columns if name.startswith(HOLDS)]
    held = [name.removeprefix(HOLDS).removesuffix(USD) for name in columns]
    depth = {} if assets is None else _depths(assets)
    for name in held:
        if name not in depth:
            entities.findings.add(
                "depth", f"{HOLDS}{name}{USD}: no depth is given for {name} in the table of assets"
            )
    rows = range(len(entities.rows))
    usd = [[entities.number(row, name, ">= 0", "0") for name in columns] for row in rows]
    if not held or entities.findings.problems() or (assets and assets.findings.problems()):
        return None
    return Holdings(
        assets=tuple(held),
        usd=np.array(usd).reshape(len(rows), len(held)),
        depth=np.array([depth[name] for name in held]),
    )


def _depths(assets: Table) -> dict[str, float]:
    """Return the depth of every asset; note who is there twice or has no name."""
    depth = dict[str, float]()
    columns = ["asset", "depth_usd"]
    for row in range(len(assets.rows) if assets.expect(columns, columns) else 0):
        name = assets.text(row, "asset")
        if not name:
            assets.blame(row, "names", "the asset has no name")
        elif name in depth:
            assets.blame(row, "twice", f"{name} is there already; each asset has one row")
        depth.setdefault(name, assets.number(row, "depth_usd", "> 0"))
    return depth


def frames_of(exposures: Exposures) -> dict[str, pd.DataFrame]:
    """Return exposures as tables: claims, entities, and assets where holdings are known."""
    names = np.array(exposures.names, dtype=object)
    claims = pd.DataFrame(
        {
            "debtor": names[exposures.debtor],
            "creditor": names[exposures.creditor],
            "amount_usd": exposures.amount,
            "kind": [ExposureKind(code).label for code in exposures.kind],
            "collateral_usd": exposures.collateral,
            "haircut": exposures.haircut,
        }
    )
    entities = pd.DataFrame(
        {
            "entity": names,
            ASSETS: exposures.outside_assets,
            LIABILITIES: exposures.outside_liabilities,
        }
    )
    frames = {"claims": claims, "entities": entities}
    if exposures.holdings is not None:
        for m, asset in enumerate(exposures.holdings.assets):
            entities[f"{HOLDS}{asset}{USD}"] = exposures.holdings.usd[:, m]
        frames["assets"] = pd.DataFrame(
            {"asset": exposures.holdings.assets, "depth_usd": exposures.holdings.depth}
        )
    return frames
