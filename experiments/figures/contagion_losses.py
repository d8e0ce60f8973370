"""Losses over seeds: how often how much is not paid, and how that compares with what can be."""

import numpy as np
import pandas as pd

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


def draw_losses(draws: pd.DataFrame) -> Picture:
    """Draw the distribution of what is not paid, and each amplification beside its bound.

    Parameters
    ----------
    draws : as ``experiments.network_study.draw_losses`` returns it.
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
    left.set_xlabel("owed and not paid, USD")
    left.set_ylabel("seeds")
    left.legend()
    known = draws[np.isfinite(draws["bound"]) & np.isfinite(draws["amplification"])]
    if len(known):
        right.plot(known["bound"], known["amplification"], "o", ms=3, color=BLUE, alpha=0.6, mew=0)
        low, high = 1.0, float(known[["bound", "amplification"]].max().max())
        right.plot([low, high], [low, high], color=GREY, lw=1, ls="--", label="bound attained")
        right.legend(loc="upper left")
    right.set_xlabel("Glasserman–Young bound, without default costs")
    right.set_ylabel("loss over direct loss")
    headline(
        figure,
        f"Over {len(draws)} seeds {usd(found['mean'])} are not paid on average, "
        f"{usd(found['tail_mean_95'])} in the worst twentieth",
    )
    return figure
