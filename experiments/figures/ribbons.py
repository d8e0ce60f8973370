"""Ribbons as wide as dollars: what flows from bars of one column to bars of another."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from experiments.figures.channels import bare
from experiments.figures.style import GREY
from experiments.words import usd

type Node = tuple[int, str]
"""A bar: its column and its name."""

HALF, GAP = 0.04, 0.045
"""Half the width of a bar, in columns, and the room between two, as a share of the height."""
BEND = 0.35
"""Least length of a ribbon's bend, in columns, so that one that runs back is seen to turn."""
FORTH, BACK = 0.55, 0.2
"""Opacity of ribbons that run to a later column, and of others."""
DARK = "#333333"
REST = " others"


class Flow(NamedTuple):
    """Dollars that go from one bar to another; the kind says which colour they have."""

    start: Node
    end: Node
    kind: str
    usd: float


@dataclass(slots=True)
class Bar:
    """Where a bar stands, and how much of each side is taken."""

    x: float
    top: float
    height: float
    came: float = 0.0
    went: float = 0.0


def merged(
    flows: Sequence[Flow], most: Callable[[int], int], *, last: Collection[str] = ()
) -> list[Flow]:
    """Put small bars of a column together, and flows of the same ends and kind.

    Parameters
    ----------
    flows : of single entities.
    most : how many bars of a column stand for themselves.
    last : names of bars that are never put together with others.
    """
    size: dict[Node, float] = defaultdict(float)
    for flow in flows:
        size[flow.start] += flow.usd
        size[flow.end] += flow.usd
    called: dict[Node, Node] = {}
    for x in {column for column, _ in size}:
        column = sorted((node for node in size if node[0] == x), key=lambda node: -size[node])
        small = [node for node in column[most(x) :] if node[1] not in last]
        if len(small) > 1:
            called |= dict.fromkeys(small, (x, f"{len(small):,}{REST}"))
    sums: dict[tuple[Node, Node, str], float] = defaultdict(float)
    for start, end, kind, amount in flows:
        ends = called.get(start, start), called.get(end, end)
        if ends[0] != ends[1]:
            sums[(*ends, kind)] += amount
    return [Flow(*key, amount) for key, amount in sums.items()]


def tallest(flows: Sequence[Flow]) -> int:
    """Return the most bars of one column."""
    nodes = {node for flow in flows for node in (flow.start, flow.end)}
    columns = [column for column, _ in nodes]
    return max(columns.count(column) for column in columns)


def draw_ribbons(
    ax: Axes,
    flows: Sequence[Flow],
    columns: Sequence[str],
    colours: Mapping[str, str],
    *,
    last: Collection[str] = (),
) -> None:
    """Draw flows from left to right, the largest bars on top.

    Parameters
    ----------
    ax : empty.
    flows : at least one.
    columns : what stands above each column; the last one is who bears it in the end.
    colours : by kind.
    last : names of bars at the bottom of their column, whatever their size.
    """
    bars = _bars(flows, last)
    for flow in sorted(flows, key=lambda flow: (-bars[flow.start].top, -bars[flow.end].top)):
        _ribbon(ax, bars[flow.start], bars[flow.end], flow.usd, colours[flow.kind])
    for (x, name), bar in bars.items():
        _bar(ax, bar, name, GREY if x == len(columns) - 1 else DARK)
    bare(ax)
    low = min(bar.top - bar.height for bar in bars.values())
    high = max(bar.top for bar in bars.values())
    pad = 0.04 * (high - low)
    ax.set_ylim(low - pad, high + pad)
    ax.set_xlim(-0.12, len(columns) - 0.3)
    ax.set_xticks(range(len(columns)), columns)
    ax.tick_params(axis="x", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)


def _bars(flows: Sequence[Flow], last: Collection[str]) -> dict[Node, Bar]:
    """Stack the bars of every column around the same middle, in the order of their size."""
    came: dict[Node, float] = defaultdict(float)
    went: dict[Node, float] = defaultdict(float)
    for flow in flows:
        went[flow.start] += flow.usd
        came[flow.end] += flow.usd
    height = {node: max(came[node], went[node]) for node in {*came, *went}}

    def order(node: Node) -> tuple[int, bool, bool, float, str]:
        return (node[0], node[1] in last, node[1].endswith(REST), -height[node], node[1])

    columns: dict[int, list[Node]] = defaultdict(list)
    for node in sorted(height, key=order):
        columns[node[0]].append(node)
    gap = GAP * max(sum(height[node] for node in column) for column in columns.values())
    bars = {}
    for x, column in columns.items():
        top = 0.5 * (sum(height[node] for node in column) + gap * (len(column) - 1))
        for node in column:
            bars[node] = Bar(x, top, height[node])
            top -= height[node] + gap
    return bars


def _ribbon(ax: Axes, start: Bar, end: Bar, amount: float, colour: str) -> None:
    """Draw one flow; one that runs back to an earlier column is pale."""
    high, low = start.top - start.went, end.top - end.came
    start.went += amount
    end.came += amount
    x0, x1 = start.x + HALF, end.x - HALF
    bend = max(0.5 * abs(x1 - x0), BEND)
    points = [
        *((x0, high), (x0 + bend, high), (x1 - bend, low), (x1, low)),
        *((x1, low - amount), (x1 - bend, low - amount)),
        *((x0 + bend, high - amount), (x0, high - amount), (x0, high)),
    ]
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    alpha = FORTH if end.x > start.x else BACK
    ax.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=alpha, lw=0))


def _bar(ax: Axes, bar: Bar, name: str, colour: str) -> None:
    """Draw a bar, and write who it is and what it stands for."""
    corner = (bar.x - HALF, bar.top - bar.height)
    ax.add_patch(Rectangle(corner, 2 * HALF, bar.height, color=colour, lw=0))
    ax.annotate(
        f"{name}  {usd(bar.height)}",
        (bar.x + HALF, bar.top - 0.5 * bar.height),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=6.4,
        bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7},
        zorder=5,
    )
