"""Where a loss goes: from the shock, through those who default, to those who bear it."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from experiments.figures.channels import bare
from experiments.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    Picture,
    headline,
    message,
    picture,
)
from experiments.network_study import Case
from experiments.words import usd

type Node = tuple[int, str]
"""A bar: its column and its name."""

MOST_THROUGH, MOST_BEARERS = 6, 10
"""Bars of a column that stand for themselves; the others of it are added up."""
MOST_WAVES = 4
"""Columns of defaulters; later waves share the last."""
BAR, GAP = 0.05, 0.045
SHOCK, CLAIMS, EQUITY, OUTSIDE, COSTS = "shock", "unpaid claims", "equity", "outside", "costs"
COLOURS = {SHOCK: VERMILLION, COSTS: GREY, CLAIMS: ORANGE, EQUITY: BLUE, OUTSIDE: GREEN}
SAYS = {
    SHOCK: "the shock itself",
    COSTS: "costs of default, forced sales",
    CLAIMS: "claims not paid",
    EQUITY: "borne by equity",
    OUTSIDE: "not paid to creditors outside",
}


@dataclass(slots=True)
class Place:
    """Where a bar stands, and how much of each side is taken."""

    x: float
    top: float
    height: float
    came: float = 0.0
    went: float = 0.0


def draw_flow(case: Case) -> Picture:
    """Draw the loss as ribbons as wide as dollars, from left to right."""
    flows, last = _flows(case)
    if not flows:
        return message("no shock, and nobody loses on a default: there is no loss to follow")
    places = _places(flows)
    rows = max(sum(1 for node in places if node[0] == x) for x in range(last + 1))
    figure = picture(1.9 + 0.32 * max(rows, 4))
    ax = figure.subplots()
    order = sorted(flows, key=lambda key: (-places[key[0]].top, -places[key[1]].top))
    for start, end, kind in order:
        _ribbon(ax, places[start], places[end], flows[start, end, kind], COLOURS[kind])
    _bars(ax, places, last)
    bare(ax)
    present = [kind for kind in COLOURS if any(key[2] == kind for key in flows)]
    handles = [Rectangle((0, 0), 1, 1, color=COLOURS[kind], alpha=0.6) for kind in present]
    figure.legend(handles, [SAYS[k] for k in present], loc="outside lower center", ncols=3)
    names = ["shock", *(f"wave {w}" for w in range(1, last)), "who bears it"]
    if len(case.contagion.waves) > MOST_WAVES:
        names[-2] += " and later"
    ax.set_xticks(range(last + 1), names)
    ax.tick_params(axis="x", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    passed = float(case.contagion.losses.sum() + case.contagion.outside_losses.sum())
    lost = usd(float(case.shock.sum() + case.contagion.costs.sum()))
    headline(figure, f"{lost} lost; {usd(passed)} of unpaid claims hand it on")
    return figure


def _flows(case: Case) -> tuple[dict[tuple[Node, Node, str], float], int]:
    """Return dollars from bar to bar, small bars merged, and the column of the bearers."""
    found, names = case.contagion, case.exposures.names
    wave = np.minimum(found.wave_of(), MOST_WAVES - 1)
    last = int(wave.max(initial=-1)) + 2
    raw: list[tuple[Node, Node, str, float]] = []

    def through(i: int) -> Node:
        return (int(wave[i]) + 1, names[i]) if wave[i] >= 0 else (last, names[i])

    absorbed = case.exposures.equity() - found.equity
    entries = found.losses.tocoo()
    for i in range(len(names)):
        raw.append(((0, f"shock to {names[i]}"), through(i), SHOCK, float(case.shock[i])))
        raw.append(((0, "costs"), through(i), COSTS, float(found.costs[i])))
        if wave[i] >= 0:
            raw.append((through(i), (last, names[i]), EQUITY, float(absorbed[i])))
            outside = float(found.outside_losses[i])
            raw.append((through(i), (last, "creditors outside"), OUTSIDE, outside))
    for creditor, debtor, lost in zip(*entries.coords, entries.data, strict=True):
        raw.append((through(int(debtor)), through(int(creditor)), CLAIMS, float(lost)))
    return _merged([each for each in raw if each[3] > 0], last), last


def _merged(
    raw: list[tuple[Node, Node, str, float]], last: int
) -> dict[tuple[Node, Node, str], float]:
    """Add small bars of a column up to one, and flows of the same ends to one."""
    size: dict[Node, float] = defaultdict(float)
    for start, end, _, lost in raw:
        size[start] += lost
        size[end] += lost
    name: dict[Node, Node] = {}
    for x in range(last + 1):
        column = sorted((node for node in size if node[0] == x), key=lambda node: -size[node])
        most = MOST_BEARERS if x == last else MOST_THROUGH
        if len(column) > most + 1:
            other = (x, f"{len(column) - most:,} others")
            name |= dict.fromkeys(column[most:], other)
    flows: dict[tuple[Node, Node, str], float] = defaultdict(float)
    for start, end, kind, lost in raw:
        ends = name.get(start, start), name.get(end, end)
        if ends[0] != ends[1]:
            flows[(*ends, kind)] += lost
    return dict(flows)


def _places(flows: dict[tuple[Node, Node, str], float]) -> dict[Node, Place]:
    """Stack the bars of every column, the largest on top, around the same middle."""
    came: dict[Node, float] = defaultdict(float)
    went: dict[Node, float] = defaultdict(float)
    for (start, end, _), lost in flows.items():
        went[start] += lost
        came[end] += lost
    height = {node: max(came[node], went[node]) for node in {*came, *went}}
    columns: dict[int, list[Node]] = defaultdict(list)
    for node in sorted(height, key=lambda node: (node[0], "others" in node[1], -height[node])):
        columns[node[0]].append(node)
    tallest = max(sum(height[node] for node in column) for column in columns.values())
    places = {}
    for x, column in columns.items():
        room = GAP * tallest * (len(column) - 1)
        top = 0.5 * (sum(height[node] for node in column) + room)
        for node in column:
            places[node] = Place(x, top, height[node])
            top -= height[node] + GAP * tallest
    return places


def _ribbon(ax: Axes, start: Place, end: Place, lost: float, colour: str) -> None:
    """Draw one flow; one that runs back to an earlier column is pale."""
    high, low = start.top - start.went, end.top - end.came
    start.went += lost
    end.came += lost
    x0, x1 = start.x + BAR, end.x - BAR
    bend = max(0.5 * abs(x1 - x0), 0.35)
    points = [
        *((x0, high), (x0 + bend, high), (x1 - bend, low), (x1, low)),
        *((x1, low - lost), (x1 - bend, low - lost), (x0 + bend, high - lost), (x0, high - lost)),
        (x0, high),
    ]
    move, line, curve = Path.MOVETO, Path.LINETO, Path.CURVE4
    codes = [move, curve, curve, curve, line, curve, curve, curve, Path.CLOSEPOLY]
    back = end.x <= start.x
    ax.add_patch(
        PathPatch(Path(points, codes), facecolor=colour, alpha=0.2 if back else 0.55, lw=0)
    )


def _bars(ax: Axes, places: dict[Node, Place], last: int) -> None:
    """Draw the bars with their names and dollars, and make room for them."""
    for (x, name), place in places.items():
        ax.add_patch(
            Rectangle((x - BAR, place.top - place.height), 2 * BAR, place.height, color="#333333")
        )
        ax.annotate(
            f"{name}  {usd(place.height)}",
            (x + BAR, place.top - place.height / 2),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.2,
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7},
            zorder=5,
        )
    low = min(place.top - place.height for place in places.values())
    high = max(place.top for place in places.values())
    pad = 0.04 * (high - low)
    ax.set_ylim(low - pad, high + pad)
    ax.set_xlim(-0.15, last + 0.75)
