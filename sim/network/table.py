"""One table of exposures as it was read, with what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, isnan

from sim.price.findings import Findings

CURRENCY = "USD"
REMARKS = ("currency", "note", "source", "grade")
"""Columns that any table may have besides; a currency is checked, the others are not read."""
HOLDS, USD = "holds_", "_usd"
"""How columns that say who holds what begin and end."""


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
