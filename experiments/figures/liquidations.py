"""Liquidations by venue and by generation, over time and in total."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from experiments.figures.shocks import mark_shocks, mark_truth
from experiments.figures.style import (
    Picture,
    against_time,
    colours,
    headline,
    in_usd,
    message,
    naive,
    picture,
    stacked,
    window_of,
)
from experiments.record import Run
from experiments.words import duration, usd

CAPTION = (
    "Left: liquidations in each interval, stacked by venue (above) and by generation (below); "
    "on the right, their totals. A liquidation is one generation below the liquidation that led "
    "to it: the first generation answers to a shock, a failure or the market's own move, all "
    "others to the sales of others."
)
BANDS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 9), (10, 19), (20, 10**9))
"""Generations that are drawn as one, first and last."""


def draw(run: Run) -> Picture:
    """Draw the liquidations of a run."""
    taken = run.cascade.liquidations
    if taken.empty:
        return message("no liquidations in this run")
    figure = picture(4.4)
    axes = figure.subplots(2, 2, width_ratios=[3.2, 1], sharex="col")
    by_venue = taken["venue"].astype(str).to_numpy()
    by_band, bands = banded(taken["generation"].to_numpy())
    shades = dict(zip(bands, _shades(len(bands)), strict=True))
    rows = (("venue", by_venue, colours(run.venues)), ("generation", by_band, shades))
    for (ax, total), (what, keys, palette) in zip(axes, rows, strict=True):
        _stack(ax, run, taken, keys, palette)
        ax.set_title(f"by {what}")
        _totals(total, taken, keys, palette)
        mark_shocks(ax, run)
        mark_truth(ax, run, label=what == "venue")
    axes[0, 0].set_xlabel("")
    axes[0, 1].set_xlabel("")
    _name(figure, run)
    return figure


def banded(generation: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return the band of each generation, and the bands that occur, shallowest first."""
    names = np.full(generation.size, "", dtype=object)
    found = []
    for first, last in BANDS:
        inside = (generation >= first) & (generation <= last)
        if inside.any():
            deepest = min(last, int(generation.max()))
            found.append(str(first) if first == deepest else f"{first}–{deepest}")
            names[inside] = found[-1]
    return names, found


def _name(figure: Picture, run: Run) -> None:
    """Say in the title how much there was."""
    taken = run.cascade.liquidations
    depth = int(taken["generation"].max())
    headline(
        figure,
        f"{len(taken):,} liquidations of {usd(float(taken['usd'].sum()))} in "
        f"{depth} generation{'s' if depth > 1 else ''}",
    )


def _stack(
    ax: Axes, run: Run, taken: pd.DataFrame, keys: np.ndarray, palette: dict[str, str]
) -> None:
    """Stack the sums of each interval."""
    times, amounts = naive(taken["time"]), taken["usd"].to_numpy()
    parts = {key: (times[keys == key], amounts[keys == key]) for key in palette}
    width = stacked(ax, run, parts, palette)
    in_usd(ax.yaxis)
    ax.set_ylabel(f"USD per {duration(width)}")
    ax.grid(axis="y")
    against_time(ax, window_of(run))
    ax.legend(loc="upper right", ncols=2 if len(palette) > 4 else 1)


def _totals(ax: Axes, taken: pd.DataFrame, keys: np.ndarray, palette: dict[str, str]) -> None:
    """Draw a bar for the total of each, with its amount."""
    sums = [float(taken["usd"].to_numpy()[keys == key].sum()) for key in palette]
    bars = ax.barh(list(palette), sums, color=list(palette.values()), height=0.7)
    ax.bar_label(bars, [usd(value) for value in sums], padding=2, fontsize=7)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.5 * max(sums))
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_title("total, USD")


def _shades(count: int) -> Sequence[str]:
    """Return colours that darken in print as in the eye of anybody."""
    return [to_hex(colormaps["cividis"](0.95 - 0.95 * i / max(1, count - 1))) for i in range(count)]
