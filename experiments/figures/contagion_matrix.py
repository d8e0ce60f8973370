"""If one fails, who is hurt: the matrix as a heat map."""

import numpy as np
from matplotlib.patches import Patch

from experiments.figures.style import Picture, headline, in_percent, picture
from experiments.words import percent
from sim.arrays import Floats, Ints

NAMED, SHOWN = 40, 60
"""Entities up to which all are named, and shown at all."""
ROUNDS = 20
"""Times that rows are chosen for columns and columns for rows, until neither changes."""
SELF = "#BDBDBD"
"""Colour of what an entity does to itself."""


def draw_hurt(names: tuple[str, ...], hurt: Floats) -> Picture:
    """Draw the share of its equity that each loses if each other loses its outside assets.

    Parameters
    ----------
    names : N entities.
    hurt : (N, N), row who is hurt, column who fails, in [0, 1].
    """
    others = hurt * (1.0 - np.eye(len(names)))
    pained, failing = _in_order(others)
    blank = np.where(np.eye(len(names)) > 0, np.nan, hurt)
    figure = picture(5.8, 6.6)
    ax = figure.subplots()
    image = ax.imshow(
        blank[np.ix_(pained, failing)], cmap="Blues", vmin=0.0, vmax=1.0, interpolation="nearest"
    )
    ax.set_facecolor(SELF)
    size = 7 if len(names) <= NAMED // 2 else 5
    places = range(0, len(pained), 1 if len(names) <= NAMED else 2)
    ax.set_xticks(places, [names[failing[i]] for i in places], rotation=90, fontsize=size)
    ax.set_yticks(places, [names[pained[i]] for i in places], fontsize=size)
    large = len(names) > SHOWN
    some = f"{SHOWN} of {len(names):,}, chosen to show most losses; " if large else ""
    whom = f", over all {len(names):,}" if large else ""
    ax.set_xlabel(f"loses all its outside assets ({some}the one that hurts most first{whom})")
    ax.set_ylabel(f"is hurt ({some}the one hurt most first{whom})")
    bar = figure.colorbar(image, ax=ax, shrink=0.8)
    bar.set_label("equity lost, share of what there was")
    in_percent(bar.ax.yaxis)
    figure.legend(
        handles=[Patch(color=SELF, label="the one that fails itself")], loc="outside lower center"
    )
    worst = int(np.argmax(others.sum(axis=0)))
    if not others.any():
        headline(figure, "Whoever fails, nobody else loses equity")
        return figure
    mean = float(others[:, worst].sum() / max(len(names) - 1, 1))
    headline(figure, f"{names[worst]} hurts others most: they lose {percent(mean)} on average")
    return figure


def _in_order(others: Floats) -> tuple[Ints, Ints]:
    """Return which rows and columns to show, in the order of what they sum to over all entities.

    Who hurts the others most is among the columns, even where it is not of the block.
    """
    reach, pain = others.sum(axis=0), others.sum(axis=1)
    rows, columns = block(others)
    worst = int(np.argmax(reach))
    if worst not in columns:
        columns = np.append(columns[:-1], worst)
    order = np.argsort(-reach[columns], kind="stable")
    return rows[np.argsort(-pain[rows], kind="stable")], columns[order]


def block(others: Floats) -> tuple[Ints, Ints]:
    """Return which rows and columns to show, those with most in them first.

    Where not all can be shown, those hurt most of all and those that hurt most of all need not
    meet. Columns are chosen by what they do to the rows, and rows by what the columns do to
    them, in turn, which never makes the sum of the block smaller; from those that hurt most,
    and from those hurt most, whichever leads to more.

    Parameters
    ----------
    others : (N, N) shares of equity, what an entity does to itself left out.
    """
    by_reach = _grown(others, _top(others.sum(axis=0)))
    columns, rows = _grown(others.T, _top(others.sum(axis=1)))
    return max(by_reach, (rows, columns), key=lambda each: float(others[np.ix_(*each)].sum()))


def _grown(others: Floats, columns: Ints) -> tuple[Ints, Ints]:
    """Return the block that is reached from some columns."""
    rows = _top(others[:, columns].sum(axis=1))
    for _ in range(ROUNDS):
        before, columns = columns, _top(others[rows].sum(axis=0))
        rows = _top(others[:, columns].sum(axis=1))
        if set(before.tolist()) == set(columns.tolist()):
            break
    return rows, columns


def _top(sums: Floats) -> Ints:
    """Return where the largest sums stand, the largest first."""
    return np.argsort(-sums, kind="stable")[:SHOWN]
