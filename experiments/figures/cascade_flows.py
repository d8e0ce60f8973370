"""Many liquidations: what flows from each generation and venue to the next."""

from dataclasses import dataclass, field

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from experiments.figures.channels import CHANNEL_COLOURS, bare, channel_legend, origin_names
from experiments.figures.liquidations import banded
from experiments.figures.style import Picture, headline, picture
from experiments.metrics.cascade import branching_ratio, generations
from experiments.record import Run
from experiments.words import usd

BAR = 0.014
"""Width of a bar, as a share of the figure's columns, which are 1 apart."""
DARK = "#333333"
GAP = 0.14
"""Least room between two bars of a column, as a share of the tallest column."""


@dataclass(slots=True)
class Node:
    """A bar: all liquidations of one generation and venue, or what they go back to."""

    x: float
    half: float
    bottom: float
    height: float
    name: str
    trades: int
    sends: float = 0.0
    sent: float = field(default=0.0)
    received: float = field(default=0.0)


def draw_flows(run: Run) -> Picture:
    """Draw liquidations added up by generation and venue, and what led to what."""
    table, bands = _table(run)
    nodes = _nodes(table, bands, run)
    flows = table.groupby(["from", "to", "channel"], sort=False)["usd"].sum().reset_index()
    order = {name: i for i, name in enumerate(CHANNEL_COLOURS)}
    ribbons = [
        (nodes[start], nodes[end], str(channel), float(amount))
        for start, end, channel, amount in flows.itertuples(index=False)
        if start[0] != end[0]
    ]
    ribbons.sort(key=lambda each: (-each[0].bottom, -each[1].bottom, order[each[2]]))
    for start, _, _, amount in ribbons:
        start.sends += amount
    figure = picture(2.3 + 0.6 * max(3, len(run.venues)))
    ax = figure.subplots()
    for start, end, channel, amount in ribbons:
        _ribbon(ax, start, end, amount, CHANNEL_COLOURS[channel])
    _bars(ax, nodes)
    _columns(ax, nodes, bands)
    channel_legend(figure, set(table["channel"]))
    ratio, deep = branching_ratio(run), generations(run)
    led = f"each led to {ratio:.2f} more" if ratio > 0 else "none led to another"
    said = f"in {deep} generations: {len(table):,} liquidations, {led}"
    if deep == 1:
        said = f"in one generation: {len(table):,} liquidations, {led}"
    headline(figure, f"{usd(float(table['usd'].sum()))} liquidated {said}")
    return figure


def _table(run: Run) -> tuple[pd.DataFrame, list[str]]:
    """Return one row a liquidation: where it stands, where its parent stands, and the bands."""
    taken = run.cascade.liquidations
    band, bands = banded(taken["generation"].to_numpy())
    place = {name: i + 1 for i, name in enumerate(bands)}
    column = pd.Series([place[name] for name in band], index=taken.index)
    here = pd.Series(list(zip(column, taken["venue"].astype(str), strict=True)), index=taken.index)
    origins = origin_names(run)
    above = [
        here[parent] if parent >= 0 else (0, origins[event])
        for event, parent in zip(taken["id"], taken["parent"], strict=True)
    ]
    rows = {
        "to": here,
        "from": above,
        "usd": taken["usd"],
        "channel": taken["channel"].astype(str),
    }
    return pd.DataFrame(rows), bands


def _nodes(table: pd.DataFrame, bands: list[str], run: Run) -> dict[tuple[int, str], Node]:
    """Stack the bars of every column around the same middle."""
    first = table[[place[0] == 0 for place in table["from"]]]
    sums = pd.concat([table.groupby("to")["usd"].sum(), first.groupby("from")["usd"].sum()])
    counts = pd.concat([table.groupby("to").size(), first.groupby("from").size()])
    rank = {venue: i for i, venue in enumerate(run.venues)}
    columns = [[place for place in sums.index if place[0] == x] for x in range(len(bands) + 1)]
    gap = GAP * max(float(sum(sums[place] for place in column)) for column in columns)
    nodes, half = {}, 0.5 * BAR * len(columns)
    for x, column in enumerate(columns):
        column.sort(key=lambda place: (rank.get(place[1], -1), place[1]))
        bottom = 0.5 * (sum(sums[place] for place in column) + gap * (len(column) - 1))
        for place in column:
            bottom -= sums[place]
            nodes[place] = Node(x, half, bottom, float(sums[place]), place[1], int(counts[place]))
            bottom -= gap
    return nodes


def _ribbon(ax: Axes, start: Node, end: Node, amount: float, colour: str) -> None:
    """Draw what one bar sends to another, from a share of its height to the amount itself."""
    fits = min(1.0, start.height / start.sends)
    top0 = start.bottom + start.height - start.sent
    top1 = end.bottom + end.height - end.received
    start.sent += fits * amount
    end.received += amount
    x0, x1 = start.x + start.half, end.x - end.half
    bend = 0.5 * (x1 - x0)
    low0, low1 = top0 - fits * amount, top1 - amount
    points = [
        *((x0, top0), (x0 + bend, top0), (x1 - bend, top1), (x1, top1)),
        *((x1, low1), (x1 - bend, low1), (x0 + bend, low0), (x0, low0), (x0, top0)),
    ]
    move, line, curve = Path.MOVETO, Path.LINETO, Path.CURVE4
    codes = [move, curve, curve, curve, line, curve, curve, curve, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.5, lw=0))


def _bars(ax: Axes, nodes: dict[tuple[int, str], Node]) -> None:
    """Draw the bars with their names and amounts."""
    for node in nodes.values():
        ax.add_patch(
            Rectangle(
                (node.x - node.half, node.bottom), 2 * node.half, node.height, color=DARK, lw=0
            )
        )
        text = f"{node.name}\n{usd(node.height)} ({node.trades:,})"
        ax.annotate(
            text,
            (node.x + node.half, node.bottom + node.height / 2),
            xytext=(2, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.2,
            linespacing=1.05,
            bbox={"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.72},
            zorder=5,
        )


def _columns(ax: Axes, nodes: dict[tuple[int, str], Node], bands: list[str]) -> None:
    """Name the columns and make room for them."""
    bare(ax)
    low = min(node.bottom for node in nodes.values())
    high = max(node.bottom + node.height for node in nodes.values())
    ax.set_xlim(-0.2, len(bands) + 0.75)
    ax.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    names = ["origin", *(f"generation{'s' if '–' in band else ''}\n{band}" for band in bands)]
    ax.set_xticks(range(len(bands) + 1), names)
    ax.tick_params(axis="x", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
