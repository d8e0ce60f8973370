"""What an exchange really asked for, contract by contract, read from a file."""

import csv
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.price.bars import Times
from sim.price.findings import Findings
from sim.price.moments import read_moment

MARGIN = "maintenance_usd"


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Maintenance margin of one contract as it was announced.

    Parameters
    ----------
    name : of the contract.
    time : (n,) from when each amount held, UTC, seconds, rising.
    margin : (n,) USD a contract, > 0.
    multiplier : price times this is the notional of a contract, USD, > 0.
    """

    name: str
    time: Times
    margin: Floats
    multiplier: float

    def __post_init__(self) -> None:
        """Refuse a record that makes no sense."""
        check(
            (self.time.size > 0, f"no margin of {self.name} is recorded"),
            (bool((np.diff(self.time).astype(np.int64) > 0).all()), "dates must rise"),
            (bool((np.isfinite(self.margin) & (self.margin > 0)).all()), "margins must be > 0"),
            (0 < self.multiplier < inf, f"multiplier must be > 0, not {self.multiplier:g}"),
        )

    def at(self, times: Times) -> Floats:
        """Return what held at each time, ``nan`` before the first announcement, (m,)."""
        row = np.searchsorted(self.time, times, side="right") - 1
        return np.where(row >= 0, self.margin[np.maximum(row, 0)], np.nan)


def read_record(path: Path, symbol: str | None, multiplier: float) -> Record:
    """Return one contract's margins from a CSV file.

    Parameters
    ----------
    path : a file with the columns date and maintenance_usd, and a column symbol where it holds
        several contracts.
    symbol : which of them.
    multiplier : notional over price, USD a point.

    Raises
    ------
    DataError
        Naming everything wrong with the file, with its line.
    """
    findings = Findings(str(path))
    times: list[int] = []
    margins: list[float] = []
    symbols: set[str] = set()
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = {"date", MARGIN} - set(reader.fieldnames or ())
            if missing:
                findings.add("columns", f"columns are missing: {', '.join(sorted(missing))}", 1)
            for row in () if missing else reader:
                symbols.add(row.get("symbol") or "")
                if symbol is None or row.get("symbol") == symbol:
                    _row(row, reader.line_num, times, margins, findings)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.add("file", f"cannot be read as CSV text in UTF-8: {error}")
    if symbol is None and len(symbols) > 1:
        findings.add("symbol", f"holds {len(symbols)} contracts; name one of {_listed(symbols)}")
    elif symbol is not None and symbols and symbol not in symbols:
        findings.add("symbol", f"has no {symbol!r}; it has {_listed(symbols)}")
    findings.raise_if_any()
    moments = np.array(times, dtype=np.int64).astype("datetime64[s]")
    return Record(symbol or "the contract", moments, np.array(margins), multiplier)


def _row(
    row: dict[str, str], line: int, times: list[int], margins: list[float], findings: Findings
) -> None:
    """Add one announcement, or note what is wrong with it."""
    try:
        times.append(read_moment(row["date"] or "", assume_utc=True))
    except ValueError as error:
        findings.add("dates must be as 2020-03-11", str(error), line)
    margins.append(_usd(row[MARGIN] or ""))
    if not 0 < margins[-1] < inf:
        message = f"{MARGIN} is {row[MARGIN]!r}; it must be a number of USD > 0"
        findings.add("margins must be > 0", message, line)


def _usd(text: str) -> float:
    """Return an amount, ``nan`` for what is none."""
    try:
        return float(text)
    except ValueError:
        return nan


def _listed(symbols: set[str]) -> str:
    """Return names in order."""
    return ", ".join(sorted(symbols))
