"""Closing prices from a file: of bars at all hours, or of trading days."""

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan
from pathlib import Path

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import check
from sim.price.bar_file import TIME_COLUMNS
from sim.price.bars import Times
from sim.price.findings import Findings
from sim.price.moments import read_moment, say_moment

CLOSE_COLUMNS = ("close", "price")
DAY = 86_400
LONGEST_BREAK = 7 * DAY
"""The longest time that a market of trading days was shut: 10 to 17 September 2001."""
WEEK_DAYS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Closes:
    """Prices at the ends of equal bars.

    Parameters
    ----------
    time : (n,) as the file names each bar, UTC, seconds.
    price : (n,) USD or points, > 0.
    interval_seconds : length of a bar; of trading days a day.
    trading_days : whether weekends and holidays are left out, so that a bar is a trading day.

    Raises
    ------
    ConfigError
        If they are not of that kind.
    """

    time: Times
    price: Floats
    interval_seconds: int
    trading_days: bool

    def __post_init__(self) -> None:
        """Refuse prices that make no sense."""
        check(
            (self.time.shape == self.price.shape, "time and price must be equally long"),
            (bool((np.diff(self.time) > np.timedelta64(0, "s")).all()), "time must go forward"),
            (bool((np.isfinite(self.price) & (self.price > 0)).all()), "prices must be > 0"),
            (self.interval_seconds > 0, "interval_seconds must be > 0"),
        )

    def __len__(self) -> int:
        """Return the number of prices."""
        return len(self.price)


def read_closes(path: str | Path, start: str | None = None, end: str | None = None) -> Closes:
    """Return the closing prices of a CSV file up to a moment, with all that lead up to another.

    The file has a header, a column timestamp (or time, or date) and a column close (or price);
    others are ignored. A time without a zone is taken for UTC. Bars follow each other at equal
    intervals without a gap; only daily files may leave out weekends and holidays.

    Parameters
    ----------
    path : the file.
    start : date or time in UTC; prices before it are kept as far back as there is no gap.
    end : date or time in UTC, not included; the file's own end where not given.

    Raises
    ------
    DataError
        Naming everything wrong with the file, with its line.
    """
    findings = Findings(str(path))
    begin, limit = _moment("start", start, findings), _moment("end", end, findings)
    lines, time, price = _read(Path(path), findings)
    _check_prices(lines, price, findings)
    _check_order(lines, time, findings)
    findings.raise_if_any()
    known = np.flatnonzero(time < limit)
    lines, time, price = [lines[i] for i in known], time[known], price[known]
    if time.size < 2:
        findings.add("file", "needs at least two prices before the end")
        findings.raise_if_any()
    seconds = _interval(time)
    trading_days = seconds == DAY and not _at_weekends(time)
    gaps = _gaps(time, seconds, LONGEST_BREAK if trading_days else seconds)
    oldest = max((i + 1 for i in gaps if start is not None and time[i + 1] <= begin), default=0)
    for i in gaps:
        if i >= oldest:
            message = (
                f"{(time[i + 1] - time[i]) / 3600:g} h lie between {say_moment(int(time[i]))} "
                f"(line {lines[i]}) and {say_moment(int(time[i + 1]))}; bars must follow every "
                f"{seconds / 3600:g} h{', weekends and holidays apart' if trading_days else ''}"
            )
            findings.add("no bar may be missing", message, lines[i + 1])
    findings.raise_if_any()
    moments = time[oldest:].astype("datetime64[s]")
    return Closes(moments, price[oldest:], seconds, trading_days)


def row_of(closes: Closes, moment: str) -> int:
    """Return the first row at or after a date or time in UTC.

    Raises
    ------
    DataError
        If it is no time, or none is that late.
    """
    findings = Findings(f"start {moment}")
    second = _moment("start", moment, findings)
    findings.raise_if_any()
    row = int(np.searchsorted(closes.time.astype(np.int64), second))
    if row == len(closes):
        last = say_moment(int(closes.time[-1].astype(np.int64)))
        findings.add("start", f"the last price is that of {last}; give an earlier start")
        findings.raise_if_any()
    return row


def _moment(what: str, text: str | None, findings: Findings) -> int:
    """Return the second that a bound stands for, the end of time without one."""
    if text is None:
        return 2**62
    try:
        return read_moment(text, assume_utc=True)
    except ValueError as error:
        findings.add("window", f"{what} {error}")
        return 2**62


def _read(path: Path, findings: Findings) -> tuple[list[int], Ints, Floats]:
    """Return line, time and price of every row, noting what cannot be read."""
    lines: list[int] = []
    times: list[int] = []
    prices: list[float] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            places = _columns(next(reader, []), findings)
            for row in reader:
                if row and places:
                    lines.append(reader.line_num)
                    times.append(_time(row, places[0], reader.line_num, findings))
                    prices.append(_price(row, places[1], reader.line_num, findings))
    except FileNotFoundError:
        findings.add("file", "there is no such file")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.add("file", f"cannot be read as CSV text in UTF-8: {error}")
    else:
        if places and not lines:
            findings.add("file", "has no rows; a header line and at least two prices are needed")
    return lines, np.array(times, dtype=np.int64), np.array(prices)


def _columns(header: list[str], findings: Findings) -> tuple[int, int] | None:
    """Return where time and price stand, ``None`` if one of them is missing."""
    names = [name.strip().lower() for name in header]
    found = []
    for wanted in (TIME_COLUMNS, CLOSE_COLUMNS):
        place = next((names.index(name) for name in wanted if name in names), None)
        if place is None:
            title = " or ".join(repr(name) for name in wanted)
            there = ", ".join(names) or "none"
            findings.add("columns", f"column {title} is missing (columns found: {there})", line=1)
        else:
            found.append(place)
    return (found[0], found[1]) if len(found) == 2 else None


def _time(row: list[str], place: int, line: int, findings: Findings) -> int:
    """Return the time of a row."""
    try:
        return read_moment(row[place] if place < len(row) else "", assume_utc=True)
    except ValueError as error:
        findings.add("times must be in UTC as 2020-03-11T10:00:00Z", str(error), line)
        return -(2**62)


def _price(row: list[str], place: int, line: int, findings: Findings) -> float:
    """Return the price of a row."""
    text = row[place] if place < len(row) else ""
    try:
        price = float(text)
    except ValueError:
        price = nan
    if not isfinite(price):
        message = f"price is {text!r}; it must be a finite number"
        findings.add("prices must be finite numbers", message, line)
    return price


def _check_prices(lines: list[int], price: Floats, findings: Findings) -> None:
    """Note prices that are not positive."""
    rows: list[int] = np.flatnonzero(price <= 0.0).tolist()
    say = "price is {:g}; it must be > 0".format
    findings.add_rows("prices must be > 0", rows, lines, lambda row: say(price[row]))


def _check_order(lines: list[int], time: Ints, findings: Findings) -> None:
    """Note times that do not go forward, unreadable ones left out."""
    readable = np.flatnonzero(time > -(2**62))
    for before, row in pairwise(readable.tolist()):
        if time[row] <= time[before]:
            message = (
                f"{say_moment(int(time[row]))} does not come after "
                f"{say_moment(int(time[before]))}; sort the rows by time, each time once"
            )
            findings.add("times must go forward", message, lines[row])


def _interval(time: Ints) -> int:
    """Return the most common time between two rows, the shortest of several."""
    spacings = Counter(np.diff(time).tolist())
    most = max(spacings.values())
    return int(min(spacing for spacing, count in spacings.items() if count == most))


def _at_weekends(time: Ints) -> bool:
    """Tell whether any price is of a Saturday or a Sunday."""
    # 1 January 1970 was a Thursday; counted from Monday it is day 3.
    return bool(((time // DAY + 3) % 7 >= WEEK_DAYS).any())


def _gaps(time: Ints, seconds: int, longest: int) -> list[int]:
    """Return after which rows more than ``longest`` seconds pass, or not whole bars."""
    spacing = np.diff(time)
    rows: list[int] = np.flatnonzero((spacing > longest) | (spacing % seconds != 0)).tolist()
    return rows
