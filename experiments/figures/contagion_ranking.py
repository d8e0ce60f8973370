"""Who matters: entities ranked by how far their loss reaches."""

import numpy as np
import pandas as pd

from experiments.figures.style import (
    BLUE,
    VERMILLION,
    Picture,
    headline,
    in_percent,
    picture,
)
from experiments.words import percent

SHOWN = 25
"""Entities in the picture, from the top of the ranking."""


def draw_ranking(ranked: pd.DataFrame, rank_by: str) -> Picture:
    """Draw importance as bars and vulnerability as dots.

    Parameters
    ----------
    ranked : as ``experiments.network_measures.ranking`` returns it.
    rank_by : which DebtRank it is.
    """
    top = ranked.head(SHOWN)
    figure = picture(1.2 + 0.17 * len(top))
    left, right = figure.subplots(1, 2, sharey=True)
    place = np.arange(len(top))
    left.barh(place, top["debt_rank"], color=BLUE)
    right.hlines(place, 0, top["vulnerability"], color=VERMILLION, lw=0.8)
    right.plot(top["vulnerability"], place, "o", color=VERMILLION, ms=4, clip_on=False)
    left.set_yticks(place, top["entity"].tolist())
    left.set_ylim(len(top) - 0.5, -0.5)
    left.set_xlabel("share of all equity that others lose if it fails")
    right.set_xlabel("mean share of its equity that it loses\nif another fails")
    left.set_title("importance")
    right.set_title("vulnerability")
    for ax in (left, right):
        in_percent(ax.xaxis)
        ax.set_xlim(left=0)
        ax.grid(visible=True, axis="x")
    first = top.iloc[0]
    reach = percent(float(first["debt_rank"]))
    which = rank_by.replace("_", " ").replace("debtrank", "DebtRank")
    headline(figure, f"{first['entity']} could take {reach} of all equity with it ({which})")
    return figure
