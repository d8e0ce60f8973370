"""Exposures as tables of text or numbers: one row a claim, one row an entity, one row an asset."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.arrays import Floats, Ints
from sim.errors import DataError
from sim.network.checks import NAMED, SLACK
from sim.network.exposures import ExposureKind, Exposures
from sim.network.holdings import Holdings
from sim.network.table import HOLDS, USD, Table

KINDS = {kind.label: kind for kind in ExposureKind}
CLAIMS = ("debtor", "creditor", "amount_usd", "kind", "collateral_usd", "haircut")
"""Columns of the table of claims; the last three may be left out."""
ASSETS, LIABILITIES = "outside_assets_usd", "outside_liabilities_usd"
TOTALS = {ASSETS: "total_assets_usd", LIABILITIES: "total_liabilities_usd"}
"""What an entity's row may state instead: the whole side of its balance sheet.

Posted collateral is among its total assets, but no part of its outside assets.
"""


def exposures_of(claims: Table, entities: Table, assets: Table | None = None) -> Exposures:
    """Return the exposures that tables describe.

    Raises
    ------
    DataError
        Naming everything wrong in any of the tables, with file and line.
    """
    names = _names(entities)
    columns = _claims(claims, names)
    held = _holdings(entities, assets)
    sides = _sides(entities, columns, names)
    problems = _problems(claims, entities, assets)
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


def wrong_alone(
    claims: Table | None, entities: Table | None, assets: Table | None = None
) -> list[str]:
    """Return what is wrong with the tables that there are, where one that is needed is missing."""
    if claims is not None:
        _claims(claims, None)
    if entities is not None:
        names = _names(entities)
        _holdings(entities, assets)
        _sides(entities, {name: np.zeros(0) for name in CLAIMS}, names)
    return _problems(claims, entities, assets)


def _problems(*tables: Table | None) -> list[str]:
    """Return everything found in tables, once their currencies have been looked at."""
    found = list[str]()
    for table in tables:
        if table is not None:
            table.check_currency()
            found += table.findings.problems()
    return found


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


def _claims(claims: Table, names: Mapping[str, int] | None) -> dict[str, Floats]:
    """Return the columns of the claims; note every row that makes no sense.

    Without ``names`` nobody is said to be unknown.
    """
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
    if names is not None:
        _strangers(claims, names)
    return columns


def _place(claims: Table, row: int, side: str, names: Mapping[str, int] | None) -> int:
    """Return the place of one side of a claim, -1 where it is not known; note an empty side."""
    name = claims.text(row, side)
    if not name:
        claims.blame(row, side, f"the {side} is empty")
    return -1 if names is None else names.get(name, -1)


def _strangers(claims: Table, names: Mapping[str, int]) -> None:
    """Note sides that have no balance sheet, each name once, and all of them."""
    met = dict[str, tuple[int, str]]()
    for row in range(len(claims.rows)):
        for side in ("debtor", "creditor"):
            name = claims.text(row, side)
            if name and name not in names:
                met.setdefault(name, (row, side))
    for name, (row, side) in list(met.items())[:NAMED]:
        said = f"{side} {name} is in no row of the entities; every side needs a balance sheet"
        claims.blame(row, "unknown entities", said)
    if len(met) > NAMED:
        others = ", ".join(list(met)[NAMED:])
        claims.findings.add("more unknown", f"neither are {len(met) - NAMED} more: {others}")


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
