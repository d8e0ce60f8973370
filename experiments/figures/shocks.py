"""Marks that several figures share: shocks, the attacked span, the moment of truth."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from experiments.figures.style import GREY, PURPLE, VERMILLION, naive
from experiments.record import Run

MOST_SHOCKS = 6
"""Shocks that are numbered; more would cover each other."""


def mark_shocks(ax: Axes, run: Run, *, numbered: bool = False) -> None:
    """Draw a line at the start of each shock and shade the span of the attack."""
    if run.truth is not None:
        attacked = run.shocks[run.shocks["start_step"] == run.truth.start_step]
        spans = (naive(attacked["start_time"]), naive(attacked["end_time"]))
        for first, last in zip(*spans, strict=True):
            ax.axvspan(first, last, color=VERMILLION, alpha=0.13, lw=0, zorder=0)
    low, high = ax.get_xlim()
    for number, moment in enumerate(naive(run.shocks["start_time"])[:MOST_SHOCKS], start=1):
        ax.axvline(moment, color=GREY, lw=0.8, ls=(0, (4, 2)), zorder=1)
        at = _number(moment)
        if numbered and low <= at <= high:
            _badge(ax, at, str(number))


def mark_truth(ax: Axes, run: Run, *, label: bool = False, above: bool = False) -> None:
    """Draw a line at the moment at which the false price became true; name it inside or above."""
    if run.truth is None or run.truth.time is None:
        return
    moment = np.datetime64(run.truth.time.replace(tzinfo=None))
    ax.axvline(moment, color=PURPLE, lw=1.3, zorder=1.5)  # type: ignore[arg-type] # a date
    if label or above:
        text = "the false price became true" if above else "the false price\nbecame true"
        ax.annotate(
            text,
            (_number(moment), 1.0 if above else 0.97),
            xycoords=("data", "axes fraction"),
            xytext=(4, 10) if above else (4, 0),
            textcoords="offset points",
            color=PURPLE,
            fontsize=7,
            va="top",
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8},
            zorder=6,
        )


def _number(moment: np.datetime64) -> float:
    """Return where a moment lies on an axis of dates."""
    return float(date2num(moment))  # type: ignore[no-untyped-call]


def _badge(ax: Axes, at: float, text: str) -> None:
    """Put the number of a shock above its line."""
    ax.annotate(
        text,
        (at, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=6.5,
        color="white",
        bbox={"boxstyle": "circle,pad=0.25", "fc": GREY, "ec": "none"},
        annotation_clip=False,
    )
