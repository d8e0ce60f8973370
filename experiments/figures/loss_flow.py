"""Where losses went: from who failed first, wave by wave, to who bore them in the end."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from experiments.figures.channels import bare
from experiments.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    Picture,
    headline,
    message,
    picture,
)
from experiments.metrics.contagion import waves
from experiments.metrics.ledger import OUTSIDE
from experiments.record import Run
from experiments.words import usd

CAPTION = (
    "Losses on claims between entities, from left to right: those who failed by themselves, those "
    "who failed with them in each wave, and on the right who bore the loss in the end. A band is "
    "as wide as the loss; its colour is the wave in which the debtor failed. A bar is as high as "
    "what came in, or went on where that is more: what goes on beyond what came in was the "
    "failed firm's own loss, or destroyed by its failure. Small entities are drawn together."
)
COLOURS = (VERMILLION, ORANGE, PURPLE, SKY, GREEN, BLUE)
"""By the wave in which the debtor failed."""
SHOWN = 6
"""Most entities of a column that are drawn by themselves."""
WIDTH, GAP = 0.035, 0.05
"""Width of a bar, and least room between two, as shares of a column's pitch and height."""
OWNERS, OTHERS = "owners", "depositors and others outside"


@dataclass(slots=True)
class Bar:
    """An entity in a column, or those who bear what stays with it."""

    column: int
    name: str
    came: float = 0.0
    went: float = 0.0
    bottom: float = 0.0
    taken: float = field(default=0.0)
    given: float = field(default=0.0)

    @property
    def height(self) -> float:
        """How much it stands for, USD."""
        return max(self.came, self.went)


class Flow(NamedTuple):
    """What a creditor lost on a debtor, and in which columns they stand, USD."""

    from_column: int
    debtor: str
    to_column: int
    creditor: str
    usd: float


def draw(run: Run) -> Picture:
    """Draw the flow of losses between entities."""
    flows = _flows(run)
    if not flows:
        return message("nobody lost anything on anybody's failure")
    last = max(flow.to_column for flow in flows)
    bars = _bars(flows)
    figure = picture(1.5 + 0.32 * max(4, _tallest(bars)))
    ax = figure.subplots()
    _stack(bars)
    for flow in flows:
        start, end = bars[flow.from_column, flow.debtor], bars[flow.to_column, flow.creditor]
        _band(ax, start, end, flow.usd, COLOURS[min(flow.from_column, len(COLOURS) - 1)])
    _label(ax, bars, last)
    failed = int((run.events["kind"] == "default").sum())
    first = sum(flow.usd for flow in flows if flow.from_column == 0)
    final = sum(flow.usd for flow in flows if flow.to_column == last)
    headline(
        figure,
        f"{usd(first)} not paid by who failed first; {failed} failed in {last} "
        f"wave{'s' * (last > 1)}, and {usd(final)} was lost in the end",
    )
    return figure


def _flows(run: Run) -> list[Flow]:
    """Return what was lost, and what stays with owners, in the last column.

    The column of an entity that failed is its wave; who lost and did not fail, and the owners
    of who did, stand in the last.
    """
    events = run.events
    kind = events["kind"].astype(str).to_numpy()
    cause, entity = events["cause"].to_numpy(), events["entity"].astype(str).to_numpy()
    wave = {str(entity[event]): w for event, w in waves(run).items()}
    lost = [
        (entity[cause[i]], entity[i], float(events["loss"].iloc[i]))
        for i in np.flatnonzero(kind == "contagion_loss")
        if cause[i] >= 0 and kind[cause[i]] == "default"
    ]
    table = pd.DataFrame(lost, columns=["debtor", "creditor", "usd"])
    table = table.groupby(["debtor", "creditor"], sort=False)["usd"].sum().reset_index()
    table = table[table["usd"] > 0.005 * table["usd"].sum() / max(len(table), 1)]
    if table.empty:
        return []
    last = max(wave[name] for name in table["debtor"]) + 1
    table["from_column"] = table["debtor"].map(wave)
    table["to_column"] = [wave.get(name, last) for name in table["creditor"]]
    forward = table["from_column"] < table["to_column"]
    table = table[forward]
    kept = _kept(table, last)
    merged = _merged(pd.concat([table, kept], ignore_index=True), last)
    return [
        Flow(int(start), str(debtor), int(end), str(creditor), float(usd_lost))
        for start, debtor, end, creditor, usd_lost in zip(
            *(merged[name] for name in Flow._fields), strict=True
        )
    ]


def _kept(table: pd.DataFrame, last: int) -> pd.DataFrame:
    """Return what stays with the owners of entities that failed: what came and did not go on."""
    came = table[table["to_column"] < last].groupby("creditor")["usd"].sum()
    went = table.groupby("debtor")["usd"].sum().reindex(came.index, fill_value=0.0)
    stays = (came - went)[came > went]
    column = table.drop_duplicates("creditor").set_index("creditor")["to_column"]
    return pd.DataFrame(
        {
            "debtor": stays.index,
            "creditor": OWNERS,
            "usd": stays.to_numpy(),
            "from_column": column.reindex(stays.index).to_numpy(),
            "to_column": last,
        }
    )


def _merged(table: pd.DataFrame, last: int) -> pd.DataFrame:
    """Put small entities of a column together, and name those outside."""
    table = table.assign(creditor=table["creditor"].replace({OUTSIDE: OTHERS}))
    names = pd.concat(
        [
            table[["debtor", "from_column", "usd"]].set_axis(["name", "column", "usd"], axis=1),
            table[["creditor", "to_column", "usd"]].set_axis(["name", "column", "usd"], axis=1),
        ]
    )
    sums = names.groupby(["column", "name"])["usd"].sum().reset_index()
    called = {}
    for column, group in sums.groupby("column"):
        ordered = group.sort_values("usd", ascending=False, kind="stable")
        own = ordered["name"].head(SHOWN).tolist()
        own += [name for name in (OWNERS, OTHERS) if column == last]
        small = [name for name in ordered["name"] if name not in own]
        for name in ordered["name"]:
            together = name in small and len(small) > 1
            called[column, name] = f"{len(small)} others" if together else name
    table["debtor"] = [
        called[c, n] for c, n in zip(table["from_column"], table["debtor"], strict=True)
    ]
    table["creditor"] = [
        called[c, n] for c, n in zip(table["to_column"], table["creditor"], strict=True)
    ]
    keys = ["from_column", "debtor", "to_column", "creditor"]
    return table.groupby(keys, sort=False)["usd"].sum().reset_index()


def _bars(flows: list[Flow]) -> dict[tuple[int, str], Bar]:
    """Return a bar for everybody, with what comes in and goes out."""
    bars: dict[tuple[int, str], Bar] = {}
    for flow in flows:
        start, end = (flow.from_column, flow.debtor), (flow.to_column, flow.creditor)
        bars.setdefault(start, Bar(*start)).went += flow.usd
        bars.setdefault(end, Bar(*end)).came += flow.usd
    return bars


def _tallest(bars: dict[tuple[int, str], Bar]) -> int:
    """Return the most bars in one column."""
    columns = [column for column, _ in bars]
    return max(columns.count(column) for column in columns)


def _stack(bars: dict[tuple[int, str], Bar]) -> None:
    """Stack the bars of each column from the top, largest first, those outside last."""
    columns = sorted({column for column, _ in bars})
    high = max(sum(b.height for b in bars.values() if b.column == c) for c in columns)
    for column in columns:
        mine = [bar for bar in bars.values() if bar.column == column]
        mine.sort(key=lambda bar: (bar.name in (OWNERS, OTHERS), -bar.height))
        top = 0.5 * (sum(bar.height for bar in mine) + GAP * high * (len(mine) - 1))
        for bar in mine:
            bar.bottom = top - bar.height
            top = bar.bottom - GAP * high


def _band(ax: Axes, start: Bar, end: Bar, amount: float, colour: str) -> None:
    """Draw what one entity's failure cost another."""
    top0 = start.bottom + start.height - start.given
    top1 = end.bottom + end.height - end.taken
    start.given += amount
    end.taken += amount
    x0, x1 = start.column + WIDTH, end.column - WIDTH
    bend = 0.5 * (x1 - x0)
    low0, low1 = top0 - amount, top1 - amount
    points = [
        *((x0, top0), (x0 + bend, top0), (x1 - bend, top1), (x1, top1)),
        *((x1, low1), (x1 - bend, low1), (x0 + bend, low0), (x0, low0), (x0, top0)),
    ]
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.5, lw=0))


def _label(ax: Axes, bars: dict[tuple[int, str], Bar], last: int) -> None:
    """Draw the bars, and write who they are and what they stand for."""
    for bar in bars.values():
        ends = bar.column == last
        box = (bar.column - WIDTH, bar.bottom)
        colour = GREY if ends else "#333333"
        ax.add_patch(Rectangle(box, 2 * WIDTH, bar.height, color=colour, lw=0))
        ax.annotate(
            f"{bar.name.replace('_', ' ')}  {usd(bar.height)}",
            (bar.column + WIDTH, bar.bottom + 0.5 * bar.height),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.6,
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7},
            zorder=5,
        )
    bare(ax)
    low = min(bar.bottom for bar in bars.values())
    high = max(bar.bottom + bar.height for bar in bars.values())
    ax.set_ylim(low - 0.04 * (high - low), high + 0.04 * (high - low))
    ax.set_xlim(-0.08, last + 0.62)
    names = ["failed first", *(f"wave {wave}" for wave in range(1, last)), "bore it in the end"]
    ax.set_xticks(range(last + 1), names)
    ax.tick_params(axis="x", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
