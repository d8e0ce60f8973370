"""Which venue was hurt before and which after the false price became true."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.figures.shocks import mark_shocks, mark_truth
from experiments.figures.style import (
    GREY,
    PURPLE,
    Picture,
    against_time,
    colours,
    cumulated,
    headline,
    in_usd,
    message,
    naive,
    picture,
    times_of,
    window_of,
)
from experiments.metrics.truth import liquidated_share_before, loss_share_before, split_by_venue
from experiments.record import Run
from experiments.words import duration, percent, usd

SUMS = (
    "Liquidations of every venue added up since the start; each venue's first is marked by a dot."
)
SPLIT = (
    "Right: its liquidated notional and its losses, before (grey) and after (purple, hatched) the "
    "moment at which the outside price came within 1 % of the false one. A venue that is only "
    "hurt after it was hurt by the truth that the lie had made."
)
BEFORE = "#A8A8A8"
"""Colour of what came before, which no venue has."""


def caption(run: Run) -> str:
    """Say how to read what there is to be seen."""
    if run.truth is None:
        return SUMS
    return f"Left: {SUMS[0].lower()}{SUMS[1:]} {SPLIT}"


def draw(run: Run) -> Picture:
    """Draw the order in which venues were hurt."""
    taken = run.cascade.liquidations
    if taken.empty:
        return message("no liquidations in this run")
    figure = picture(3.3)
    if run.truth is None:
        _sums(figure.subplots(), run, taken)
        headline(figure, "Which venue was hurt when")
        return figure
    left, right = figure.subplots(1, 2, width_ratios=[1.7, 1])
    _sums(left, run, taken)
    _before_and_after(right, run)
    headline(figure, _title(run))
    return figure


def _sums(ax: Axes, run: Run, taken: pd.DataFrame) -> None:
    """Draw the sum of liquidations of every venue over time."""
    times = times_of(run)
    for venue, colour in colours(run.venues).items():
        rows = taken[taken["venue"] == venue]
        sums = cumulated(run, rows)
        ax.step(times, sums, where="post", color=colour, lw=1.5, label=venue)
        if len(rows):
            ax.plot(naive(rows["time"])[:1], [float(rows["usd"].iloc[0])], "o", color=colour, ms=4)
    against_time(ax, window_of(run))
    mark_shocks(ax, run)
    mark_truth(ax, run, above=True)
    ax.set_ylim(bottom=0)
    in_usd(ax.yaxis)
    ax.set_ylabel("liquidations since the start, USD")
    ax.grid(axis="y")
    ax.legend(loc="best")


def _before_and_after(ax: Axes, run: Run) -> None:
    """Draw two bars a venue: liquidated notional and losses, split at the moment."""
    labels, shares = [], []
    for venue, row in split_by_venue(run).items():
        for what in ("liquidated", "loss"):
            before, after = (row[f"{what}_{when}_usd"] for when in ("before", "after"))
            labels.append(f"{venue}\n{what}")
            shares.append((before, after))
    for y, (before, after) in enumerate(shares):
        total = before + after
        if total > 0:
            ax.barh(y, before / total, color=BEFORE, height=0.7)
            ax.barh(
                y,
                after / total,
                left=before / total,
                color=PURPLE,
                hatch="////",
                edgecolor="white",
                height=0.7,
            )
        text = usd(total) if total > 0 else "none"
        ax.text(1.02 if total > 0 else 0.02, y, text, va="center", fontsize=7, color=GREY)
    ax.set_yticks(range(len(labels)), labels)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    ax.set_xlabel("share before | after the price became true")
    ax.tick_params(axis="y", length=0)


def _title(run: Run) -> str:
    """Say how long the lie took to become true, and what share came before."""
    truth = run.truth
    if truth is None or truth.step is None:
        return "The false price never became true: every liquidation stands before it"
    late = duration(truth.seconds)
    shares = liquidated_share_before(run), loss_share_before(run)
    before, lost = (percent(share) if np.isfinite(share) else "none" for share in shares)
    return (
        f"The lie became true after {late}: {before} of liquidations "
        f"and {lost} of losses came before"
    )
