"""Totals of claims and debts from a file, for networks of which nothing else is known."""

from pathlib import Path

import numpy as np

from sim.errors import DataError
from sim.network.files import table_of
from sim.network.generators.marginals import Marginals
from sim.network.tables import ASSETS, LIABILITIES

COLUMNS = ("claims_usd", "debts_usd", ASSETS, LIABILITIES)
"""Columns of numbers, one row an entity."""


def read_totals(file: Path) -> Marginals:
    """Read a table with ``entity`` and ``COLUMNS``, CSV or Parquet.

    Raises
    ------
    DataError
        Naming everything that is wrong, with file and line.
    ConfigError
        If no network has these totals.
    """
    if not file.is_file():
        raise DataError(f"{file}: there is no such file; it holds totals of claims and debts")
    table = table_of(file)
    whole = table.expect(["entity", *COLUMNS], ["entity", *COLUMNS])
    names, values = list[str](), np.zeros((len(table.rows), len(COLUMNS)))
    for row in range(len(table.rows) if whole else 0):
        name = table.text(row, "entity")
        if not name or name in names:
            table.blame(row, "names", f"entity {name!r}: each needs a name and one row")
        names.append(name)
        values[row] = [table.number(row, column, ">= 0") for column in COLUMNS]
    table.check_currency()
    table.findings.raise_if_any()
    claims, debts, assets, liabilities = values.T.copy()
    return Marginals(
        names=tuple(names),
        claims=claims,
        debts=debts,
        outside_assets=assets,
        outside_liabilities=liabilities,
    )
