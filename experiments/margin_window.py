"""Which margins a study looks at: its first row, its margin period and its stress window."""

from collections.abc import Mapping
from math import isfinite

import numpy as np

from scenarios.venues import Margin
from sim.errors import ConfigError
from sim.price.closes import DAY, Closes, row_of
from sim.price.moments import read_moment, say_moment

LEAST_PERIODS = 2
"""Margin periods below which nothing can be said of what follows what."""


def default_horizon(closes: Closes) -> float:
    """Return the length of a bar, hours."""
    return closes.interval_seconds / 3600.0


def horizon_of(closes: Closes, hours: float | None, problems: list[str]) -> int:
    """Return the margin period in bars."""
    if hours is None:
        return 1
    bars = hours * 3600.0 / closes.interval_seconds
    whole = round(bars) if isfinite(bars) else 0
    if whole < 1 or abs(bars - whole) > 1e-9 * whole:
        every = default_horizon(closes)
        problems.append(
            f"horizon of {hours:g} h is no whole number of bars of {every:g} h; give {every:g}, "
            f"{2 * every:g}, ..."
        )
        return 1
    return whole


def first_row(
    closes: Closes,
    policies: Mapping[str, Margin],
    start: str | None,
    horizon: int,
    problems: list[str],
) -> int:
    """Return the row of the first margin, and note whose past is too short for it."""
    needed = {name: section.composed().history for name, section in policies.items()}
    try:
        row = max(needed.values()) if start is None else row_of(closes, start)
    except ConfigError as error:
        problems += error.problems
        return 0
    for name, count in needed.items():
        if count >= len(closes) - horizon:
            problems.append(
                f"policy {name!r} needs {count:,} returns before it is valid; the file has "
                f"{len(closes) - 1:,} in all"
            )
        elif count > row:
            problems.append(
                f"policy {name!r} needs {count:,} returns before it is valid, and the file has "
                f"{row:,} before {say_row(closes, row)}; it is valid since {say_row(closes, count)}"
            )
    periods = -(-(len(closes) - row - horizon) // horizon)
    if not problems and periods < LEAST_PERIODS:
        problems.append(
            f"a first margin on {say_row(closes, row)} leaves {max(periods, 0)} of the "
            f"{LEAST_PERIODS} margin periods of {horizon} bars, without overlap, that tests need"
        )
    return row


def stress_rows(
    closes: Closes, stress: tuple[str, str] | None, first: int, problems: list[str]
) -> tuple[int, int] | None:
    """Return the rows of the labelled window, counted from the first margin."""
    if stress is None:
        return None
    rows: list[int] = []
    for moment in stress:
        try:
            second = read_moment(moment, assume_utc=True)
        except ValueError as error:
            problems.append(f"stress {stress[0]}..{stress[1]}: {error}")
            continue
        rows.append(int(np.searchsorted(closes.time.astype(np.int64), second)) - first)
    if len(rows) < len(stress):
        return None
    begin, end = rows
    if not 0 <= begin < end:
        margins = f"{say_row(closes, first)}..{say_row(closes, len(closes) - 1)}"
        problems.append(
            f"stress {stress[0]}..{stress[1]} must begin within the margins, {margins}, and before "
            "it ends"
        )
        return None
    return begin, end


def say_row(closes: Closes, row: int) -> str:
    """Return the time of a row as text: of days the date alone."""
    text = say_moment(int(closes.time[row].astype(np.int64)))
    return text[:10] if closes.interval_seconds >= DAY else text
