"""The network of exposures, with who defaulted in which wave."""

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from experiments.figures.channels import bare
from experiments.figures.style import (
    BLACK,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    Picture,
    headline,
    picture,
)
from experiments.network_study import Case
from experiments.words import usd
from sim.arrays import Floats, Ints
from sim.network.exposures import Exposures

WAVES = (VERMILLION, ORANGE, YELLOW, PURPLE)
"""Colours of the first waves; the last stands for all later ones."""
CIRCLE, NAMED, FEW, MOST = 14, 26, 12, 40
"""Entities up to which they stand in a circle, and are all named.

Beyond that so many are named of those that matter, and of those that default by others.
"""
ARROWS = 420
"""Claims that are drawn: those not paid in full, then the largest."""
ROOM = np.array([0.13, 0.05])
"""What a name takes, as a share of the radius: another one nearer than that is left out."""
AREA = 620.0
"""Area of the largest entity in a small network, square points."""


def draw_network(case: Case) -> Picture:
    """Draw entities by their assets, claims by their amount, and defaults by wave."""
    figure = picture(5.6)
    ax = figure.subplots()
    exposures = case.exposures
    place, area = _places(exposures), _areas(exposures)
    shown = _claims(ax, case, place, area)
    _entities(ax, case, place, area)
    _names(ax, case, place, area)
    bare(ax)
    ax.set_aspect("equal")
    ax.margins(0.13 if len(exposures) <= CIRCLE else 0.05)
    if case.shock.any() or case.contagion.waves:
        figure.legend(handles=_legend(case), loc="outside lower center", ncols=4)
    headline(figure, _said(case))
    largest = float(exposures.amount.max(initial=0.0))
    count = exposures.amount.size
    worst = "those on who has no equity left" if case.wording.distress else "unpaid ones"
    first = f"{worst} first, then the " if case.contagion.waves else "the "
    few = f"{shown:,} of {count:,} claims, {first}largest, up to {usd(largest)}"
    which = few if shown < count else f"{count:,} claims, the largest {usd(largest)}"
    ax.set_title(
        f"{which}; arrows point from who owes to who is owed" if count else "nobody owes another",
        loc="left",
        fontweight="normal",
        fontsize=7,
    )
    return figure


def _said(case: Case) -> str:
    """Say what one sees."""
    found, size, words = case.contagion, len(case.exposures), case.wording
    broken = int(found.defaulted().sum())
    if not broken and not case.shock.any():
        owed = usd(float(case.exposures.amount.sum()))
        return f"{size:,} entities owe each other {owed}; no shock was asked for"
    lost = usd(float(found.shortfall.sum()))
    what = f"claims are marked down by {lost}" if words.distress else f"{lost} are not paid"
    if not broken:
        return f"None of {size:,} entities {words.fails}{f'; {what}' if words.distress else ''}"
    waves = len(found.waves)
    when = "in one wave" if waves == 1 else f"in {waves} waves"
    return f"{broken:,} of {size:,} entities {words.fail} {when}; {what}"


def _places(exposures: Exposures) -> Floats:
    """Return where entities stand, (N, 2): on a circle, or pulled together by claims."""
    size = len(exposures)
    angle = np.pi / 2 - 2 * np.pi * np.arange(size) / max(size, 1)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    if size <= CIRCLE:
        return ring
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    weight = np.sqrt(exposures.amount / exposures.amount.max(initial=1e-300))
    for i, j, w in zip(exposures.debtor, exposures.creditor, weight, strict=True):
        graph.add_edge(int(i), int(j), weight=float(w))
    start = dict(enumerate(ring))
    found = nx.spring_layout(graph, pos=start, k=2.6 / np.sqrt(size), iterations=150, seed=0)
    return _spread(np.array([found[i] for i in range(size)]))


def _spread(place: Floats) -> Floats:
    """Pull in what flew far out: distances from the middle become ranks, in part."""
    centred = place - np.median(place, axis=0)
    far = np.hypot(centred[:, 0], centred[:, 1])
    rank = np.sqrt((np.argsort(np.argsort(far)) + 0.5) / far.size)
    wanted = 0.35 * far / max(float(far.max()), 1e-12) + 0.65 * rank
    return np.asarray(centred * (wanted / np.maximum(far, 1e-12))[:, None])


def _areas(exposures: Exposures) -> Floats:
    """Return the area of every entity: assets, compressed so that small ones are seen."""
    assets = exposures.outside_assets + exposures.claims()
    crowd = min(1.0, np.sqrt(CIRCLE / max(len(exposures), 1)))
    share = np.sqrt(assets / max(float(assets.max(initial=0.0)), 1e-300))
    return np.asarray(AREA * crowd * (0.05 + 0.95 * share))


def _claims(ax: Axes, case: Case, place: Floats, area: Floats) -> int:
    """Draw the largest claims, those that were not paid in full on top; return how many."""
    exposures = case.exposures
    broken = case.contagion.defaulted()
    first = np.lexsort((-exposures.amount, ~broken[exposures.debtor]))
    largest = first[:ARROWS]
    crowd = min(1.0, np.sqrt(40 / max(largest.size, 1)))
    for e in sorted(largest, key=lambda e: bool(broken[exposures.debtor[e]])):
        i, j = int(exposures.debtor[e]), int(exposures.creditor[e])
        share = float(exposures.amount[e] / exposures.amount.max())
        width = (0.35 + 3.6 * share) * (0.35 + 0.65 * crowd)
        ax.add_patch(
            FancyArrowPatch(
                (place[i, 0], place[i, 1]),
                (place[j, 0], place[j, 1]),
                connectionstyle="arc3,rad=0.12",
                arrowstyle=f"-|>,head_length={2 + 1.2 * width},head_width={1 + 0.6 * width}",
                mutation_scale=1,
                color=VERMILLION if broken[i] else GREY,
                alpha=(0.75 if broken[i] else 0.5) * (0.45 + 0.55 * crowd),
                lw=width,
                shrinkA=0.5 * np.sqrt(area[i]),
                shrinkB=0.5 * np.sqrt(area[j]) + 1,
                zorder=2 if broken[i] else 1,
            )
        )
    return int(largest.size)


def _entities(ax: Axes, case: Case, place: Floats, area: Floats) -> None:
    """Draw entities, coloured by the wave in which they defaulted."""
    wave = case.contagion.wave_of()
    hit = case.shock > 0
    hurt = (case.contagion.equity < case.exposures.equity() * (1 - 1e-9)) & (wave < 0)
    for some, colour in (
        ((wave < 0) & ~hurt, "white"),
        (hurt, SKY),
        *(((wave == w), WAVES[w]) for w in range(len(WAVES) - 1)),
        (wave >= len(WAVES) - 1, WAVES[-1]),
    ):
        ax.scatter(
            place[some, 0],
            place[some, 1],
            s=area[some],
            color=colour,
            edgecolor=np.where(hit[some], BLACK, GREY),
            linewidth=np.where(hit[some], 2.0, 0.7),
            zorder=3,
        )


def _names(ax: Axes, case: Case, place: Floats, area: Floats) -> None:
    """Name all entities of a small network, and of a large one those that matter most."""
    exposures, small = case.exposures, len(case.exposures) <= CIRCLE
    written: list[Floats] = []
    for i in named(case):
        if not small and any(np.all(np.abs(place[i] - other) < ROOM) for other in written):
            continue
        written.append(place[i])
        out = 0.5 * np.sqrt(area[i]) + 3
        x, y = place[i] if small else (0.0, 1.0)
        side = "center" if abs(x) < 0.25 else "left" if x > 0 else "right"
        ax.annotate(
            exposures.names[i],
            (place[i, 0], place[i, 1]),
            xytext=(x * out, y * out),
            textcoords="offset points",
            ha=side,
            va="center" if side != "center" else "bottom" if y > 0 else "top",
            fontsize=7 if small else 5.6,
            color=BLACK,
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7},
            zorder=5,
        )


def named(case: Case) -> Ints:
    """Return who is named, those first for whom there must be room.

    That is who defaults by others, by what it leaves unpaid; who is hit; who is largest; and
    whose equity has shrunk most.
    """
    size = len(case.exposures)
    if size <= NAMED:
        return np.arange(size)
    found, assets = case.contagion, case.exposures.outside_assets + case.exposures.claims()
    lost = np.maximum(case.exposures.equity() - found.equity, 0.0)
    later = found.wave_of() > 0

    def top(weight: Floats, count: int) -> Ints:
        first = np.argsort(-weight, kind="stable")[:count]
        return first[weight[first] > 0]

    chosen = [
        top(np.where(later, 1.0 + found.shortfall, 0.0), MOST),
        top(case.shock + found.shortfall, FEW),
        top(assets, FEW // 3),
        top(np.where(found.defaulted(), 0.0, lost), FEW),
    ]
    return np.array(list(dict.fromkeys(np.concatenate(chosen).tolist())), dtype=np.int64)


def _legend(case: Case) -> list[Line2D]:
    """Explain the colours that are there."""
    words = case.wording
    waves = len(case.contagion.waves)
    last = len(WAVES) - 1

    def dot(label: str, colour: str, edge: str = GREY, width: float = 0.7) -> Line2D:
        return Line2D(
            [], [], marker="o", ls="", color=colour, mec=edge, mew=width, ms=6, label=label
        )

    lost = case.contagion.equity < case.exposures.equity() * (1 - 1e-9)
    broken = case.contagion.defaulted()
    dots = [dot("untouched", "white")] if (~lost & ~broken).any() else []
    if (lost & ~broken).any():
        dots.append(
            dot("has lost, has equity left" if words.distress else "has lost, still pays", SKY)
        )
    if case.shock.any():
        dots.append(dot("hit by the shock", "white", BLACK, 1.8))
    dots += [dot(f"{words.fails} in wave {w + 1}", WAVES[w]) for w in range(min(waves, last))]
    if waves > last:
        dots.append(dot(f"{words.fails} in wave {last + 1} or later", WAVES[last]))
    unpaid = "owed by who has no equity left" if words.distress else "not paid in full"
    line = Line2D([], [], color=VERMILLION, lw=2, label=unpaid)
    return [*dots, line] if waves else dots
