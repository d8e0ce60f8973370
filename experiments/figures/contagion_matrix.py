"""If one fails, who is hurt: the matrix as a heat map."""

import numpy as np

from experiments.figures.style import Picture, headline, in_percent, picture
from experiments.words import percent
from sim.arrays import Floats

NAMED, SHOWN = 40, 60
"""Entities up to which all are named, and shown at all: those that hurt, and are hurt, most."""


def draw_hurt(names: tuple[str, ...], hurt: Floats) -> Picture:
    """Draw the share of its equity that each loses if each other loses its outside assets.

    Parameters
    ----------
    names : N entities.
    hurt : (N, N), row who is hurt, column who fails, in [0, 1].
    """
    others = hurt * (1.0 - np.eye(len(names)))
    by_reach = np.argsort(-others.sum(axis=0), kind="stable")
    by_pain = np.argsort(-others.sum(axis=1), kind="stable")
    blank = np.where(np.eye(len(names)) > 0, np.nan, hurt)
    shown = blank[np.ix_(by_pain[:SHOWN], by_reach[:SHOWN])]
    figure = picture(5.8, 6.6)
    ax = figure.subplots()
    image = ax.imshow(shown, cmap="Blues", vmin=0.0, vmax=1.0, interpolation="nearest")
    ax.set_facecolor("#BDBDBD")
    size = 7 if len(names) <= NAMED // 2 else 5
    places = range(0, len(shown), 1 if len(names) <= NAMED else 2)
    ax.set_xticks(places, [names[by_reach[i]] for i in places], rotation=90, fontsize=size)
    ax.set_yticks(places, [names[by_pain[i]] for i in places], fontsize=size)
    some = "" if len(names) <= SHOWN else f" ({SHOWN} of {len(names):,})"
    ax.set_xlabel(f"loses all its outside assets, the one that hurts most first{some}")
    ax.set_ylabel(f"is hurt, the one hurt most first{some}")
    bar = figure.colorbar(image, ax=ax, shrink=0.8)
    bar.set_label("equity lost, share of what there was")
    in_percent(bar.ax.yaxis)
    worst = by_reach[0]
    mean = float(others[:, worst].sum() / max(len(names) - 1, 1))
    headline(figure, f"{names[worst]} hurts others most: they lose {percent(mean)} on average")
    return figure
