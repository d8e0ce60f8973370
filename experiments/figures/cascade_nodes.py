"""Few liquidations: each as a dot, joined to what it led to."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from experiments.figures.channels import CHANNEL_COLOURS, bare, channel_legend, origin_names
from experiments.figures.style import BLACK, Picture, colours, headline, picture
from experiments.record import Run
from experiments.words import duration, usd

LARGEST_DOT = 260.0
"""Area of the largest trade's dot, square points."""


def draw_nodes(run: Run) -> Picture:
    """Draw every liquidation as a dot in the column of its generation."""
    taken = run.cascade.liquidations
    origins = origin_names(run)
    above = [
        f"origin {origins[event]}" if parent < 0 else int(parent)
        for event, parent in zip(taken["id"], taken["parent"], strict=True)
    ]
    children: dict[object, list[int]] = {}
    for event, parent in zip(taken["id"], above, strict=True):
        children.setdefault(parent, []).append(int(event))
    roots = [key for key in children if isinstance(key, str)]
    place: dict[object, tuple[float, float]] = {}
    rows = 0.0
    for root in roots:
        rows = _lay(root, 0, rows, children, place)
    figure = picture(1.2 + 0.4 * max(rows, 2))
    ax = figure.subplots()
    _lines(ax, taken, above, place)
    _dots(ax, run, taken, place, roots)
    depth = max(x for x, _ in place.values())
    bare(ax)
    ax.set_xlim(-0.3, depth + 0.8)
    ax.set_ylim(rows - 0.4, -0.6)
    ax.set_xticks(
        range(int(depth) + 1), ["origin", *(f"generation {g}" for g in range(1, int(depth) + 1))]
    )
    ax.tick_params(axis="x", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    palette, shown = colours(run.venues), dict.fromkeys(taken["venue"].astype(str))
    dots = [Line2D([], [], marker="o", ls="", color=palette.get(v, BLACK), label=v) for v in shown]
    channel_legend(figure, taken["channel"].astype(str), dots)
    total = float(taken["usd"].sum())
    headline(
        figure,
        f"{len(taken)} liquidation{'s' * (len(taken) > 1)} of {usd(total)}, cause by cause",
    )
    return figure


def _lay(
    node: object,
    depth: int,
    row: float,
    children: dict[object, list[int]],
    place: dict[object, tuple[float, float]],
) -> float:
    """Place a node in the middle of its children and return the next free row."""
    below = children.get(node, [])
    if not below:
        place[node] = (depth, row)
        return row + 1.0
    for child in below:
        row = _lay(child, depth + 1, row, children, place)
    place[node] = (depth, 0.5 * (place[below[0]][1] + place[below[-1]][1]))
    return row


def _lines(
    ax: Axes, taken: pd.DataFrame, above: Sequence[object], place: dict[object, tuple[float, float]]
) -> None:
    """Draw an arrow from each cause to its effect, in the colour of the channel."""
    largest = max(float(taken["usd"].max()), 1e-12)
    channels = taken["channel"].astype(str)
    for event, parent, channel, amount in zip(
        taken["id"], above, channels, taken["usd"], strict=True
    ):
        ax.annotate(
            "",
            xy=place[int(event)],
            xytext=place[parent],
            arrowprops={
                "arrowstyle": "-|>,head_width=0.18,head_length=0.35",
                "color": CHANNEL_COLOURS[channel],
                "lw": 1.1,
                "shrinkA": 5,
                "shrinkB": np.sqrt(_area(amount, largest)) / 2 + 1,
            },
        )


def _area(amount: float, largest: float) -> float:
    """Return the area of a trade's dot, square points."""
    return float(max(14.0, LARGEST_DOT * amount / largest))


def _dots(
    ax: Axes,
    run: Run,
    taken: pd.DataFrame,
    place: dict[object, tuple[float, float]],
    roots: list[str],
) -> None:
    """Draw the trades, as large as their notional, and name them."""
    palette = colours(run.venues)
    largest = max(float(taken["usd"].max()), 1e-12)
    parents = set(taken["parent"])
    start = taken["step"].min() if not len(run.shocks) else run.shocks["start_step"].min()
    for row in taken.to_dict("records"):
        x, y = place[row["id"]]
        size = _area(row["usd"], largest)
        ax.scatter(x, y, s=size, color=palette.get(row["venue"], BLACK), alpha=0.9, zorder=3, lw=0)
        after = duration((row["step"] - start) * run.step_seconds)
        text = f"{row['venue']}: {row['kind']}\n{usd(row['usd'])}, after {after}"
        offset = np.sqrt(size) / 2 + 2
        beside = row["id"] not in parents
        ax.annotate(
            text, (x, y), xytext=(offset, 0) if beside else (0, offset), textcoords="offset points",
            va="center" if beside else "bottom", ha="left" if beside else "center",
            fontsize=6.2, linespacing=1.05, zorder=4,
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75},
        )  # fmt: skip
    for root in roots:
        x, y = place[root]
        ax.scatter(x, y, s=60, color=BLACK, marker="D", zorder=3)
        ax.annotate(
            root.removeprefix("origin "), (x, y), xytext=(0, 7), textcoords="offset points",
            fontsize=7, ha="center", va="bottom",
        )  # fmt: skip
