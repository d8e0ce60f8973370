"""Losses over seeds: how often how much is not paid, and how that compares with what can be."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Picture,
    headline,
    in_usd,
    picture,
)
from experiments.network_measures import tail
from experiments.words import usd

BINS = 30
TELLING = 20.0
"""Bound beyond which it says nothing."""


def draw_losses(draws: pd.DataFrame, *, distress: bool = False) -> Picture:
    """Draw the distribution of what is not paid, and each amplification beside its bound.

    Parameters
    ----------
    draws : as ``experiments.network_study.draw_losses`` returns it.
    distress : whether claims are marked down, and nothing is paid or left unpaid.
    """
    figure = picture(3.2)
    left, right = figure.subplots(1, 2)
    lost = draws["shortfall_usd"].to_numpy(dtype=np.float64)
    found = tail(lost)
    left.hist(lost, bins=BINS, color=BLUE, alpha=0.85)
    for name, value, colour in (
        ("mean", found["mean"], BLACK),
        ("95 % quantile", found["quantile_95"], ORANGE),
        ("mean beyond it", found["tail_mean_95"], VERMILLION),
    ):
        left.axvline(value, color=colour, lw=1.4, label=f"{name} {usd(value)}")
    in_usd(left.xaxis)
    left.set_xlabel("marked down from claims, USD" if distress else "owed and not paid, USD")
    left.set_ylabel("seeds")
    left.yaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(handles=left.get_legend_handles_labels()[0], loc="outside lower left", ncols=3)
    _amplification(right, draws)
    average, worst = usd(found["mean"]), usd(found["tail_mean_95"])
    said = f"{average} are not paid on average, {worst}"
    if distress:
        said = f"claims are marked down by {average} on average, by {worst}"
    headline(figure, f"Over {len(draws)} seeds {said} in the worst twentieth")
    return figure


def _amplification(ax: Axes, draws: pd.DataFrame) -> None:
    """Draw each amplification against its bound, or how often it is how large without one."""
    known = draws[draws["bound"].to_numpy() <= TELLING]
    if 2 * len(known) < len(draws):
        ax.hist(draws["amplification"].dropna(), bins=BINS, color=BLUE, alpha=0.85)
        ax.set_xlabel("loss over direct loss")
        ax.set_ylabel("seeds")
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        return
    ax.plot(known["bound"], known["amplification"], "o", ms=3, color=BLUE, alpha=0.6, mew=0)
    high = float(known[["bound", "amplification"]].max().max())
    ax.plot([1.0, high], [1.0, high], color=GREY, lw=1, ls="--", label="bound attained")
    ax.legend(loc="upper left")
    ax.set_xlabel("Glasserman–Young bound, without default costs")
    ax.set_ylabel("loss over direct loss")
