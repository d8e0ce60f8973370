"""Price bars, and reading them from a file that may be wrong in many ways."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.errors import DataError, check
from sim.price.bar_file import UNREADABLE, Table, read_table
from sim.price.findings import Findings
from sim.price.moments import read_moment, say_moment

type Times = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Prices summed up by equal intervals of time, one after the other.

    Parameters
    ----------
    time : (n,) beginning of each bar, UTC, seconds.
    open, high, low, close : (n,) USD, ``0 < low <= open, close <= high``.
    interval_seconds : length of a bar, seconds, > 0.

    Raises
    ------
    ConfigError
        If the bars are not of that kind.

    Examples
    --------
    >>> day = np.array(["2020-03-12", "2020-03-13"], dtype="datetime64[s]")
    >>> price = np.array([7900.0, 5600.0])
    >>> len(Bars(day, price, price * 1.1, price * 0.9, price, interval_seconds=86_400))
    2
    """

    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    interval_seconds: int

    def __post_init__(self) -> None:
        """Refuse bars that make no sense."""
        columns = (self.open, self.high, self.low, self.close)
        check(
            (self.interval_seconds > 0, "interval_seconds must be > 0"),
            (
                all(column.shape == self.time.shape for column in columns),
                "time, open, high, low and close must be equally long",
            ),
        )
        apart = np.diff(self.time) == np.timedelta64(self.interval_seconds, "s")
        inside = np.minimum(self.open, self.close) >= self.low
        outside = np.maximum(self.open, self.close) <= self.high
        check(
            (bool(apart.all()), "bars must begin interval_seconds apart"),
            (bool((self.low > 0).all() and np.isfinite(self.high).all()), "prices must be > 0"),
            (bool((inside & outside).all()), "open and close must lie between low and high"),
        )

    def __len__(self) -> int:
        """Return the number of bars."""
        return len(self.time)

    def __getitem__(self, rows: slice) -> Self:
        """Return some of the bars, in order."""
        return type(self)(
            self.time[rows],
            self.open[rows],
            self.high[rows],
            self.low[rows],
            self.close[rows],
            self.interval_seconds,
        )


def read_bars(path: str | Path, start: str | None = None, end: str | None = None) -> Bars:
    """Return the bars of a CSV file that begin in a window of time.

    Parameters
    ----------
    path : a CSV file with a header and the columns timestamp (or time, or date), open, high,
        low, close; times in ISO 8601, in UTC and saying so.
    start, end : dates or times, in UTC, ``end`` exclusive; the file's own where not given.

    Raises
    ------
    DataError
        Naming everything wrong with the file and the window, with its line.
    """
    return read_window(path, start, end)[1]


def read_window(
    path: str | Path, start: str | None = None, end: str | None = None
) -> tuple[Bars, Bars]:
    """Return the bars that run without a gap up to a window, and those in it, see `read_bars`."""
    findings = Findings(str(path))
    asked = (_asked("start", start, findings), _asked("end", end, findings))
    if asked[0] is not None and asked[1] is not None and asked[0] >= asked[1]:
        findings.add("window", f"start {start} must lie before end {end}")
    table = read_table(Path(path), findings)
    time, rows = np.unique(table.time, return_index=True)
    known = time != UNREADABLE
    time, rows = time[known], rows[known]
    seconds = _interval(time)
    if seconds is None:
        if time.size:
            findings.add("interval", "needs at least two bars with different times")
        raise DataError(*findings.problems())
    window = (
        int(time[0]) if asked[0] is None else asked[0],
        int(time[-1]) + seconds if asked[1] is None else asked[1],
    )
    _check_window(time, seconds, window, findings)
    _check_gaps(table, time, rows, seconds, window, findings)
    findings.raise_if_any()
    first, last = np.searchsorted(time, window).tolist()
    breaks = np.flatnonzero(np.diff(time[: first + 1]) != seconds)
    oldest = int(breaks[-1]) + 1 if breaks.size else 0
    opened, high, low, close = table.prices[rows[oldest:last]].T.copy()
    moments = time[oldest:last].astype("datetime64[s]")
    bars = Bars(moments, opened, high, low, close, seconds)
    return bars[: first - oldest], bars[first - oldest :]


def _asked(what: str, text: str | None, findings: Findings) -> int | None:
    """Return the second that a bound of the window stands for."""
    if text is None:
        return None
    try:
        return read_moment(text, assume_utc=True)
    except ValueError as error:
        findings.add("window", f"{what} {error}")
        return None


def _interval(time: Ints) -> int | None:
    """Return the most common time between two rows, the shortest of several."""
    spacings = Counter(np.diff(time).tolist())
    most = max(spacings.values(), default=0)
    return min((spacing for spacing, count in spacings.items() if count == most), default=None)


def _check_window(time: Ints, seconds: int, window: tuple[int, int], findings: Findings) -> None:
    """Note a window that the file does not cover, or that cuts a bar."""
    start, end = window
    first, last = int(time[0]), int(time[-1]) + seconds
    if start < first:
        message = f"begins at {say_moment(first)}, after the start {say_moment(start)}"
        findings.add("window", f"{message}; give a later start")
    if end > last:
        message = f"ends at {say_moment(last)}, before the end {say_moment(end)}"
        findings.add("window", f"{message}; give an earlier end")
    for what, bound in (("start", start), ("end", end)):
        late = (bound - first) % seconds
        if late and first <= bound <= last and bound not in time:
            right = f"{say_moment(bound - late)} or {say_moment(bound - late + seconds)}"
            message = f"{what} {say_moment(bound)} cuts a bar of {seconds} s; give {right}"
            findings.add("window", message)


def _check_gaps(
    table: Table, time: Ints, rows: Ints, seconds: int, window: tuple[int, int], findings: Findings
) -> None:
    """Note missing bars in the window, but not where a row stands whose time is unreadable."""
    unreadable = np.flatnonzero(table.time == UNREADABLE)
    spacing = np.diff(time)
    for i in np.flatnonzero(spacing != seconds).tolist():
        begin, end = int(time[i]) + seconds, int(time[i + 1])
        both_inside = window[0] <= time[i] and end < window[1]
        if not both_inside and max(begin, window[0]) >= min(end, window[1]):
            continue
        if ((unreadable > rows[i]) & (unreadable < rows[i + 1])).any():
            continue
        line = table.lines[rows[i + 1]]
        where = f"between {say_moment(begin - seconds)} (line {table.lines[rows[i]]}) and "
        where += say_moment(end)
        if spacing[i] % seconds:
            message = f"{spacing[i]} s lie {where}; bars must begin {seconds} s apart"
            findings.add("bars must begin at equal intervals", message, line)
        else:
            missing = int(spacing[i]) // seconds - 1
            bars = "1 bar is" if missing == 1 else f"{missing} bars are"
            message = f"{bars} missing {where}; bars must begin {seconds} s apart"
            findings.add("no bar may be missing in the window", message, line)
