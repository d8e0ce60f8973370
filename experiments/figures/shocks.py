"""Marks that several figures share: shocks, the attacked span, the moment of truth, failures."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from experiments.figures.style import GREY, PURPLE, VERMILLION, naive
from experiments.record import Run
from experiments.words import listed

MOST_SHOCKS = 6
"""Shocks that are numbered; more would cover each other."""
MOST_NAMED = 3
"""Moments at which somebody fails that are named."""


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


def mark_defaults(ax: Axes, run: Run, *, named: bool = False) -> None:
    """Draw a line at every moment at which somebody failed; name who did at the first of them."""
    failed = run.events[run.events["kind"] == "default"]
    low, high = ax.get_xlim()
    moments = failed.groupby(naive(failed["time"]), sort=True)["entity"]
    for place, (moment, names) in enumerate(moments):
        at = _number(np.datetime64(moment))
        if low <= at <= high:
            ax.axvline(at, color=VERMILLION, lw=1.1, ls=(0, (1, 1.5)), zorder=1.4)
            if named and place < MOST_NAMED:
                _name(ax, run, np.datetime64(moment), _who(names.astype(str).tolist()), place)


def _who(names: Sequence[str]) -> str:
    """Say who fails: one or two by name, of more the first."""
    if len(names) == 1:
        return f"{names[0]} fails"
    return f"{listed(names if len(names) == 2 else [names[0], f'{len(names) - 1} more'])} fail"


def _name(ax: Axes, run: Run, moment: np.datetime64, who: str, place: int) -> None:
    """Write who failed beside the line, away from the price and from the names before."""
    lead = run.markets[run.leading]
    row = max(int(np.searchsorted(naive(lead["time"]), moment, side="right")) - 1, 0)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    high_up = float(lead["outside"].iloc[row]) - low > 0.5 * (high - low)
    late = _number(moment) > left + 0.6 * (right - left)
    ax.annotate(
        who,
        (_number(moment), 0.04 + 0.07 * place if high_up else 0.7 - 0.07 * place),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if late else 4, 0),
        textcoords="offset points",
        ha="right" if late else "left",
        color=VERMILLION,
        fontsize=7,
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
