"""The entities and what they owe each other, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from experiments.figures.channels import bare
from experiments.figures.style import (
    BLACK,
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
from experiments.record import Run
from experiments.words import listed, usd

EVERYBODY = (
    "Entities before the first step and after the last. The area of a circle is the entity's "
    "equity; an arrow points from who owes to who is owed, as wide as the amount; its colour "
    "says what kind of claim it is."
)
FAILED = "A red cross marks an entity that defaulted."
WAVES = (
    "Those of wave 0 failed by themselves, those of wave 1 on account of what these did not pay, "
    "and so on."
)
NEGATIVE = (
    "Equity below zero is what creditors do not get; what failing itself destroys is not in it."
)
TOGETHER = "Small entities are drawn together as one."
KIND_COLOURS = {
    "deposit": SKY,
    "loan": ORANGE,
    "credit": BLUE,
    "pledge": PURPLE,
    "margin_claim": GREEN,
}
MOST_ENTITIES = 12
"""Entities drawn by themselves: the largest by equity and claims."""
BESIDE = 0.8
"""Height on a ring of radius 1 up to which names stand beside it, not above or below."""
SMALLEST, LARGEST = 40.0, 800.0
"""Areas of the circles of no equity and of the most, square points."""
UNIT = 66.0
"""The radius of the ring, points, about."""
ROOM = 0.62
"""Most that a circle's diameter is of the way to its neighbour's middle."""
LINE = 4.5
"""Half the height of a line of text, points."""


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn: entities around a circle and the sums they owe each other."""

    entities: pd.DataFrame
    claims: pd.DataFrame


def caption(run: Run) -> str:
    """Say how to read what there is to be seen."""
    seen = {
        FAILED: bool(run.entities["defaulted"].any()),
        WAVES: max(waves(run).values(), default=0) > 0,
        NEGATIVE: bool(run.entities["defaulted"].any()),
        TOGETHER: bool((_graph(run).entities["members"] > 1).any()),
    }
    return " ".join([EVERYBODY, *(text for text, there in seen.items() if there)])


def draw(run: Run) -> Picture:
    """Draw the network before and after."""
    graph = _graph(run)
    if graph.entities.empty or graph.claims.empty:
        return message("no entity of this run owes another anything")
    figure = picture(3.7)
    wave = {str(run.events["entity"].iloc[event]): w for event, w in waves(run).items()}
    for ax, when in zip(figure.subplots(1, 2), ("before", "after"), strict=True):
        _panel(ax, graph, when, wave if max(wave.values(), default=0) else {})
        owed = float(graph.claims[f"usd_{when}"].sum())
        ax.set_title(f"{when}: {usd(owed)} owed", loc="center")
    shown = [kind for kind in KIND_COLOURS if (graph.claims["kind"] == kind).any()]
    handles = [
        Line2D([], [], color=KIND_COLOURS[k], lw=2.5, label=k.replace("_", " ")) for k in shown
    ]
    broken = run.entities["entity"][run.entities["defaulted"]].astype(str).tolist()
    cross = Line2D([], [], color=VERMILLION, marker="x", ls="", mew=2, label="defaulted")
    figure.legend(handles=[*handles, *[cross] * bool(broken)], loc="outside lower center", ncols=6)
    moved = graph.entities["equity_after_usd"] - graph.entities["equity_before_usd"]
    lost, gained = -float(moved[moved < 0].sum()), float(moved[moved > 0].sum())
    change = f"Equity: {usd(lost)} lost by some, {usd(gained)} gained by others"
    headline(
        figure,
        f"{change}; "
        + (
            f"{(listed(broken) if len(broken) <= 3 else f'{len(broken)} entities')} defaulted"
            if broken
            else "nobody defaulted"
        ),
    )
    return figure


def _graph(run: Run) -> Graph:
    """Return entities that have claims or owe, small ones merged, in a fixed order."""
    claims = run.exposures.astype({"source": str, "target": str, "kind": str})
    claims = claims[
        (claims["source"] != claims["target"])
        & (claims["kind"] != "outside_debt")
        & (claims[["usd_before", "usd_after"]].max(axis=1) > 0)
    ]
    linked = set(claims["source"]) | set(claims["target"])
    entities = run.entities.astype({"entity": str, "kind": str})
    entities = entities[entities["entity"].isin(linked)]
    owed = (
        claims.groupby("source")["usd_before"]
        .sum()
        .add(claims.groupby("target")["usd_before"].sum(), fill_value=0)
    )
    weight = entities["equity_before_usd"].abs() + entities["entity"].map(owed).fillna(0)
    largest = set(
        entities["entity"][weight.sort_values(ascending=False, kind="stable").index[:MOST_ENTITIES]]
    )
    small = linked - largest
    if len(small) > 1:
        other = f"{len(small)} others"
        name = {entity: other if entity in small else entity for entity in linked}
        entities = entities.assign(entity=entities["entity"].map(name))
        claims = claims.assign(source=claims["source"].map(name), target=claims["target"].map(name))
    columns = {"equity_before_usd": "sum", "equity_after_usd": "sum", "defaulted": "sum"}
    groups = entities.groupby("entity", sort=False)
    merged = groups.agg(columns).assign(members=groups.size()).reset_index()
    sums = (
        claims.groupby(["source", "target", "kind"], sort=False)[["usd_before", "usd_after"]]
        .sum()
        .reset_index()
    )
    return Graph(merged, sums[sums["source"] != sums["target"]])


def _panel(ax: Axes, graph: Graph, when: str, wave: Mapping[str, int]) -> None:
    """Draw one state of the network."""
    names = graph.entities["entity"].tolist()
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / len(names)
    place = {
        name: (float(np.cos(a)), float(np.sin(a))) for name, a in zip(names, angles, strict=True)
    }
    largest = float(graph.entities[["equity_before_usd", "equity_after_usd"]].max().max())
    rich = graph.entities[f"equity_{when}_usd"].clip(lower=0.0) / max(largest, 1e-12)
    # Neighbours on the ring leave room between them for what one owes the other.
    largest_area = min(LARGEST, (ROOM * UNIT * 2 * np.sin(np.pi / max(len(names), 2))) ** 2)
    areas = dict(zip(names, SMALLEST + (largest_area - SMALLEST) * rich, strict=True))
    widest = float(graph.claims[["usd_before", "usd_after"]].max().max())
    for source, target, kind, owed in zip(
        graph.claims["source"], graph.claims["target"], graph.claims["kind"],
        graph.claims[f"usd_{when}"], strict=True,
    ):  # fmt: skip
        if owed > 0 and source in place and target in place:
            ends = (place[target], place[source])
            shrink = (0.5 * np.sqrt(areas[target]) + 1, 0.5 * np.sqrt(areas[source]) + 2)
            _arrow(ax, ends, shrink, 0.5 + 4.5 * owed / widest, KIND_COLOURS.get(kind, GREY))
    for row in graph.entities.to_dict("records"):
        name, equity = row["entity"], row[f"equity_{when}_usd"]
        failed = int(row["defaulted"]) if when == "after" else 0
        broke = failed == row["members"]
        said = f"{name}\n{usd(equity)}"
        said += f"\nwave {wave[name]}" if broke and name in wave else ""
        said += f"\n{failed} defaulted" if failed and row["members"] > 1 else ""
        _entity(ax, said, place[name], areas[name], poor=equity <= 0, broke=broke)
    bare(ax)
    ax.set_xlim(-1.8, 1.8)
    ax.set_ylim(-1.45, 1.45)
    ax.set_aspect("equal")


def _arrow(
    ax: Axes,
    ends: tuple[tuple[float, float], tuple[float, float]],
    shrink: tuple[float, float],
    width: float,
    colour: str,
) -> None:
    """Draw what one owes another; the two directions of a pair bend apart."""
    way = UNIT * float(np.hypot(ends[0][0] - ends[1][0], ends[0][1] - ends[1][1])) - sum(shrink)
    head = min(4.0 + width, 0.5 * max(way, 2.0))
    shape = f"simple,head_length={head},head_width={4.0 + width},tail_width={width}"
    ax.add_patch(
        FancyArrowPatch(
            *ends,
            connectionstyle="arc3,rad=0.16",
            arrowstyle=shape,
            mutation_scale=1,
            color=colour,
            lw=0,
            alpha=0.8,
            shrinkA=shrink[0],
            shrinkB=shrink[1],
            zorder=1,
        )
    )


def _entity(
    ax: Axes, text: str, at: tuple[float, float], area: float, *, poor: bool, broke: bool
) -> None:
    """Draw an entity and write its name and equity outside the ring."""
    x, y = at
    ax.scatter(x, y, s=area, color="white" if poor else BLUE, edgecolor=BLACK, lw=0.8, zorder=3)
    if broke:
        ax.scatter(x, y, s=90, marker="x", color=VERMILLION, lw=2.4, zorder=4)
    out = max(0.5 * float(np.sqrt(area)), 6.0) + 5
    beside = abs(y) < BESIDE
    # Text beside the ring is moved out until its nearest corner is clear of the circle.
    near = max(abs(y) * out - LINE * (text.count("\n") + 1), 0.0) if beside else out
    away = max(abs(x) * out, float(np.sqrt(max(out**2 - near**2, 0.0))))
    ax.annotate(
        text,
        at,
        xytext=(float(np.copysign(away, x)), y * out),
        textcoords="offset points",
        ha="center" if abs(x) < 0.1 else "left" if x > 0 else "right",
        va="center" if beside else "bottom" if y > 0 else "top",
        fontsize=6.8,
        linespacing=1.1,
        color=VERMILLION if broke else BLACK,
        fontweight="bold" if broke else "normal",
        zorder=5,
    )
