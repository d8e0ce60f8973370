"""Figures of margin policies along recorded prices: what they ask, call for and cover."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from experiments.figures.margin_alarms import alarms
from experiments.figures.margin_look import MARKERS, against_dates, look
from experiments.figures.style import (
    BLACK,
    GREY,
    PALE,
    PALETTE,
    Picture,
    headline,
    in_percent,
    in_style,
    picture,
)
from experiments.margin_study import MarginStudy
from experiments.margin_table import CALL_DAYS


def paths(study: MarginStudy, table: pd.DataFrame) -> Picture:
    """Draw the price, every policy's margin, and when it was breached."""
    with in_style():
        rows = 0.15 * len(study.paths) + 0.15
        figure = picture(3.9 + rows + _legend_height(list(study.paths)))
        price, margin, broken = figure.subplots(3, 1, sharex=True, height_ratios=[0.9, 2.1, rows])
        _price(price, study)
        for name, style in look(study).items():
            rates = study.paths[name].maintenance
            margin.plot(study.time, rates, drawstyle="steps-post", lw=0.9, label=name, **style)
        in_percent(margin.yaxis)
        margin.set_ylim(bottom=0)
        margin.set_ylabel("maintenance margin,\nshare of notional")
        margin.grid(axis="y")
        _breaches(broken, study)
        _shade(study, price, margin, broken)
        figure.legend(loc="outside lower center", ncols=_columns(list(study.paths)))
        swings = dict(zip(table["policy"], table["peak_to_trough"], strict=True))
        most, least = max(swings, key=swings.__getitem__), min(swings, key=swings.__getitem__)
        told = f"{most}: highest margin {swings[most]:.1f} times the lowest"
        if len(swings) > 1:
            told = (
                f"Margin swung most, {swings[most]:.1f} times, under {most}; least, "
                f"{swings[least]:.1f} times, under {least}"
            )
        headline(figure, told)
    return figure


def _price(ax: Axes, study: MarginStudy) -> None:
    """Draw the price on a logarithmic scale with round numbers."""
    ax.plot(study.time, study.price, color=BLACK, lw=0.8)
    ax.set_yscale("log")
    ax.set_ylabel("price\n(log scale)")
    low, high = float(study.price.min()), float(study.price.max())
    ticks = [tick for tick in _round_numbers(low, high) if low <= tick <= high]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _breaches(ax: Axes, study: MarginStudy) -> None:
    """Draw a row of breaches for each policy, and how many they are."""
    counts = []
    for row, (name, style) in enumerate(look(study).items()):
        when = study.time[study.tested][study.breaches(name)]
        colour = str(style["color"])
        ax.plot(when, np.full(when.size, -row), "|", color=colour, ms=6, mew=0.7)
        counts.append(f"{when.size:,}")
    ax.set_yticks([-row for row in range(len(counts))], counts)
    ax.set_ylim(-len(counts) + 0.4, 0.6)
    ax.set_ylabel("breaches")
    ax.set_xlim(study.time[0], study.time[-1])
    against_dates(ax)


def trade_off(study: MarginStudy, table: pd.DataFrame) -> Picture:
    """Draw what each policy costs against how far it swings, and against its breaches."""
    with in_style():
        figure = picture(2.8 + _legend_height(list(study.paths)))
        left, right = figure.subplots(1, 2, sharex=True)
        rows = table.set_index("policy")
        for i, (name, style) in enumerate(look(study).items()):
            mark = MARKERS[i % len(MARKERS)]
            cost, swing = rows.loc[name, "mean_margin"], rows.loc[name, "peak_to_trough_directed"]
            failed = 1.0 - float(str(rows.loc[name, "coverage"]))
            for ax, value in ((left, swing), (right, failed)):
                ax.plot(cost, value, mark, color=str(style["color"]), ms=6, label=name)
        allowed = 1.0 - study.paths[study.baseline].confidence
        right.axhline(allowed, color=GREY, lw=0.8, ls="--")
        right.annotate(
            "asked for",
            (0.01, allowed),
            xycoords=("axes fraction", "data"),
            va="bottom",
            color=GREY,
            fontsize=7,
        )
        for ax in (left, right):
            in_percent(ax.xaxis)
            ax.set_xlabel("mean margin, share of notional")
            ax.margins(0.12)
            ax.grid()
        right.set_ylim(bottom=0)
        in_percent(right.yaxis)
        left.set_ylabel("peak to trough, trough first")
        right.set_ylabel("share of periods breached")
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=_columns(labels))
        headline(figure, "What a calmer margin costs, and what it covers")
    return figure


def calls(study: MarginStudy, table: pd.DataFrame) -> Picture:
    """Draw the largest call of each policy over several spans, and under stress."""
    with in_style():
        days = [d for d in CALL_DAYS if study.bars_in(d)]
        stressed = study.stress is not None
        figure = picture(2.7 + _legend_height(list(study.paths)))
        rows = table.set_index("policy")
        ax = figure.subplots()
        width = 0.8 / len(study.paths)
        for i, (name, style) in enumerate(look(study).items()):
            place = np.arange(len(days)) + (i + 0.5) * width - 0.4
            most = np.array([float(str(rows.loc[name, f"call_{d}d"])) for d in days])
            hatch = ("", "////", "....")[i // len(PALETTE) % 3]
            ax.bar(
                place,
                most,
                0.92 * width,
                color=str(style["color"]),
                edgecolor="white",
                hatch=hatch,
                label=name,
            )
            if stressed:
                storm = [float(str(rows.loc[name, f"stressed_call_{d}d"])) for d in days]
                ax.plot(place, storm, "_", color=BLACK, ms=max(3.0, 60 * width), mew=1.4)
        ax.set_xticks(range(len(days)), [f"{d} day{'s' if d > 1 else ''}" for d in days])
        ax.set_ylabel("largest call,\nshare of notional")
        ax.axhline(0, color=BLACK, lw=0.7)
        in_percent(ax.yaxis)
        ax.grid(axis="y")
        names = list(study.paths)
        figure.legend(loc="outside lower center", ncols=_columns(names))
        note = "; black: in the stress window" if stressed else ""
        headline(figure, f"The most that an unchanged position was called for{note}")
    return figure


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure of a study, with title and caption."""

    draw: Callable[[MarginStudy, pd.DataFrame], Picture]
    title: str
    caption: str


SHEETS: Mapping[str, Sheet] = {
    "paths": Sheet(
        paths,
        "Margin along the prices",
        "Above the price, below it the maintenance margin of each policy, and at the bottom each "
        "period whose loss exceeded it, with their number. Grey: the stress window.",
    ),
    "trade_off": Sheet(
        trade_off,
        "Cost, swing and coverage",
        "Left: mean margin against peak to trough where the trough comes first. Right: mean "
        "margin against the share of periods breached; the line is what was asked for.",
    ),
    "calls": Sheet(
        calls,
        "The largest calls",
        "Largest rise of margin over each span, for a position that does not change.",
    ),
    "alarms": Sheet(
        alarms,
        "False alarms and what was foreseen",
        "Up is better, left is better: share of losses beyond the old margin before which margin "
        "had been called, against the share of harmless periods before which it had.",
    ),
}
"""Every figure of a study, in the order of its report."""


def _shade(study: MarginStudy, *axes: Axes) -> None:
    """Shade the stress window."""
    if study.stress is None:
        return
    first, end = study.time[study.stress[0]], study.time[study.stress[1] - 1]
    for ax in axes:
        ax.axvspan(first, end, color=PALE, lw=0, zorder=0)


def _round_numbers(low: float, high: float) -> list[float]:
    """Return round numbers for a logarithmic axis: evenly spaced ones where it is short."""
    if high < 3.0 * low:
        return list(MaxNLocator(4).tick_values(low, high))
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    steps = (1.0, 1.5, 2.0, 3.0, 4.5, 7.0) if high < 20.0 * low else (1.0, 2.0, 5.0)
    return sorted(float(step * power) for power in powers for step in steps)


def _columns(names: list[str]) -> int:
    """Return how many columns a legend of these names can have."""
    return max(1, min(len(names), 120 // (max(len(name) for name in names) + 6)))


def _legend_height(names: list[str]) -> float:
    """Return how high a legend below a figure is, inches."""
    return 0.15 * ceil(len(names) / _columns(names))
