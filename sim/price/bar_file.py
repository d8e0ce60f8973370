"""Reading a CSV file of price bars row by row, and what can be wrong with a row."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from math import isfinite, nan
from pathlib import Path

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.price.findings import Findings
from sim.price.moments import read_moment, say_moment

TIME_COLUMNS = ("timestamp", "time", "date")
PRICE_COLUMNS = ("open", "high", "low", "close")
UNREADABLE = -(2**62)
"""Stands for a time that could not be read."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says, good or bad.

    Parameters
    ----------
    lines : (n,) 1-based line of each row.
    time : (n,) seconds since 1970, or ``UNREADABLE``.
    prices : (n, 4) open, high, low and close, USD; NaN where not a number.
    """

    lines: list[int]
    time: Ints
    prices: Floats


def read_table(path: Path, findings: Findings) -> Table:
    """Return the rows of a file, noting everything wrong with it."""
    lines: list[int] = []
    times: list[int] = []
    prices: list[list[float]] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            columns = _columns(next(reader, []), findings)
            for row in reader:
                if row:
                    line = reader.line_num
                    lines.append(line)
                    times.append(_time(row, columns[0], line, findings))
                    prices.append(_prices(row, columns[1:], line, findings))
    except FileNotFoundError:
        findings.add("file", "there is no such file")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.add("file", f"cannot be read as CSV text in UTF-8: {error}")
    else:
        if not lines:
            findings.add("file", "has no rows; a header line and at least two bars are needed")
    table = Table(lines, np.array(times, dtype=np.int64), np.array(prices).reshape(-1, 4))
    _check_prices(table, findings)
    _check_order(table, findings)
    return table


def _columns(header: list[str], findings: Findings) -> list[int | None]:
    """Return where time, open, high, low and close stand; ``None`` where a column is missing."""
    names = [name.strip().lower() for name in header]
    places: list[int | None] = []
    for wanted in (TIME_COLUMNS, *((name,) for name in PRICE_COLUMNS)):
        place = next((names.index(name) for name in wanted if name in names), None)
        places.append(place)
        if place is None:
            spare = [name for name in names if name not in (*TIME_COLUMNS, *PRICE_COLUMNS)]
            near = [match for name in wanted for match in get_close_matches(name, spare, n=1)]
            guess = f"; is it {near[0]!r}?" if near else ""
            title = " or ".join(repr(name) for name in wanted)
            found = ", ".join(names) or "none"
            message = f"column {title} is missing{guess} (columns found: {found})"
            findings.add("columns", message, line=1)
    return places


def _time(row: list[str], place: int | None, line: int, findings: Findings) -> int:
    """Return the time of a row, noting what is wrong with it."""
    if place is None:
        return UNREADABLE
    if place >= len(row):
        findings.add("rows must have all columns", "the row ends before its time", line)
        return UNREADABLE
    try:
        return read_moment(row[place])
    except ValueError as error:
        findings.add("times must be in UTC as 2020-03-11T10:00:00Z", str(error), line)
    try:
        # Only its zone may be wrong: its place is known, so that no gap is made up.
        return read_moment(row[place], assume_utc=True)
    except ValueError:
        return UNREADABLE


def _prices(
    row: list[str], places: Sequence[int | None], line: int, findings: Findings
) -> list[float]:
    """Return the four prices of a row, noting what is not a number."""
    prices = [nan] * 4
    for i, place in enumerate(places):
        if place is None:
            continue
        name = PRICE_COLUMNS[i]
        if place >= len(row):
            findings.add("rows must have all columns", f"the row ends before its {name}", line)
            continue
        try:
            prices[i] = float(row[place])
        except ValueError:
            prices[i] = nan
        if not isfinite(prices[i]):
            message = f"{name} is {row[place]!r}; it must be a finite number"
            findings.add("prices must be finite numbers", message, line)
            prices[i] = nan
    return prices


def _rows(wrong: Bools) -> list[int]:
    """Return the rows that are wrong, as plain integers."""
    rows: list[int] = np.flatnonzero(wrong).tolist()
    return rows


def _not_positive(name: str, column: Floats, row: int) -> str:
    """Return what to say of a price that is not positive."""
    return f"{name} is {column[row]:g}; it must be > 0"


def _check_prices(table: Table, findings: Findings) -> None:
    """Note prices that no bar can have; comparisons with a missing price hold."""
    prices, lines = table.prices, table.lines
    for name, column in zip(PRICE_COLUMNS, prices.T, strict=True):
        say = partial(_not_positive, name, column)
        findings.add_rows("prices must be > 0", _rows(column <= 0), lines, say)
    opened, high, low, close = prices.T
    findings.add_rows(
        "high must be the highest price of its bar",
        _rows((high < opened) | (high < close) | (high < low)),
        lines,
        lambda row: (
            f"high {high[row]:g} is below open {opened[row]:g}, low {low[row]:g} or "
            f"close {close[row]:g}; it must be the highest of the bar"
        ),
    )
    findings.add_rows(
        "low must be the lowest price of its bar",
        _rows((low > opened) | (low > close)),
        lines,
        lambda row: (
            f"low {low[row]:g} is above open {opened[row]:g} or close {close[row]:g}; "
            "it must be the lowest of the bar"
        ),
    )


def _check_order(table: Table, findings: Findings) -> None:
    """Note times that come twice or go back."""
    seen: dict[int, int] = {}
    latest = UNREADABLE
    for line, time in zip(table.lines, table.time.tolist(), strict=True):
        if time == UNREADABLE:
            continue
        if time in seen:
            message = f"{say_moment(time)} stands on line {seen[time]} already; keep one of them"
            findings.add("every time may come once", message, line)
        elif time < latest:
            message = f"{say_moment(time)} comes after {say_moment(latest)}; sort the rows by time"
            findings.add("times must go forward", message, line)
        seen.setdefault(time, line)
        latest = max(latest, time)
