"""Figures of a comparison: what is gained for what, and how each policy went through the crisis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, isnan

import numpy as np
from matplotlib.axes import Axes

from experiments.comparison import COST, HARM, MOMENTS, SWING, Comparison
from experiments.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    PALETTE,
    VERMILLION,
    Picture,
    headline,
    in_percent,
    in_style,
    in_usd,
    picture,
)
from experiments.paired import estimate, seeds_needed

MARKERS = "osD^vP*Xph<>"
"""Told apart without colour, too."""


def colours_of(comparison: Comparison) -> dict[str, tuple[str, str]]:
    """Return colour and marker of each policy, the same in every figure."""
    return {
        name: (PALETTE[i % len(PALETTE)], MARKERS[i % len(MARKERS)])
        for i, name in enumerate(comparison.policies)
    }


def frontier(comparison: Comparison) -> Picture:
    """Draw cost against loss and against procyclicality, one row a normalisation."""
    rows = comparison.normalisations
    with in_style():
        figure = picture(2.5 * len(rows) + 0.9)
        headline(figure, "What each policy costs, and what it saves (bars: 95 % intervals)")
        grid = figure.subplots(len(rows), 2, squeeze=False)
        for axes, normalisation in zip(grid, rows, strict=True):
            for ax, harm in zip(axes, (HARM, SWING), strict=True):
                _scatter(ax, comparison, normalisation, harm)
            axes[0].set_ylabel("losses a run, USD")
            in_usd(axes[0].yaxis)
            axes[1].set_ylabel("margin, peak to trough")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5)
    return figure


def _scatter(ax: Axes, comparison: Comparison, normalisation: str, harm: str) -> None:
    """Draw one frontier: means with intervals, filled by the chance of not being dominated."""
    cost, harmed = comparison.values(COST, normalisation), comparison.values(harm, normalisation)
    chances = comparison.dominance.set_index(["normalisation", "harm", "policy"])["not_dominated"]
    for name, (colour, marker) in colours_of(comparison).items():
        x, y = estimate(cost[name], comparison.draws), estimate(harmed[name], comparison.draws)
        chance = float(chances[normalisation, harm, name])
        ax.errorbar(
            x.value,
            y.value,
            [[y.value - y.low], [y.high - y.value]],
            [[x.value - x.low], [x.high - x.value]],
            fmt=marker,
            ms=5.5,
            lw=0.8,
            color=colour,
            mfc=colour if chance >= 0.5 else "white",
            label=name,
        )
    ax.set_title(normalisation)
    ax.set_xlabel("mean maintenance margin, share of notional")
    ax.margins(0.06)
    in_percent(ax.xaxis)
    _chances(ax, comparison, {name: chances[normalisation, harm, name] for name in cost})


def _chances(ax: Axes, comparison: Comparison, chances: Mapping[str, float]) -> None:
    """Write beside the axes how likely each policy is not to be dominated, the likeliest first."""
    ax.text(1.02, 1.0, "on the\nfrontier", transform=ax.transAxes, fontsize=6, va="top")
    marks = colours_of(comparison)
    known = {name: chance for name, chance in chances.items() if not isnan(chance)}
    for place, name in enumerate(sorted(known, key=lambda each: -known[each])):
        colour, marker = marks[name]
        height = 0.86 - 0.085 * place
        filled = colour if chances[name] >= 0.5 else "white"
        ax.plot(
            *(1.035, height, marker),
            transform=ax.transAxes,
            clip_on=False,
            ms=3.5,
            color=colour,
            mfc=filled,
        )
        ax.text(
            *(1.06, height, f"{chances[name]:.0%}".replace("%", " %")),
            transform=ax.transAxes,
            fontsize=6,
            va="center",
        )


def gap(comparison: Comparison) -> Picture:
    """Draw each policy's swing with feedback over that without."""
    rows = comparison.normalisations
    with in_style():
        figure = picture(0.28 * len(comparison.policies) + 1.5)
        headline(figure, "How much more margin moves because the market answers back")
        axes = figure.subplots(1, len(rows), squeeze=False, sharey=True)[0]
        for ax, normalisation in zip(axes, rows, strict=True):
            values = comparison.values("endogeneity_gap", normalisation)
            for place, each in enumerate(values.values()):
                found = estimate(each, comparison.draws)
                ends = [[found.value - found.low], [found.high - found.value]]
                ax.plot(each, np.full(each.size, place), "|", color=GREY, ms=7, mew=0.8, alpha=0.8)
                ax.errorbar(found.value, place, xerr=ends, fmt="o", ms=4, color=BLUE, capsize=2)
                ax.set_yticks(range(len(values)), list(values))
            ax.axvline(1.0, color=GREY, lw=0.7, ls=":")
            ax.set_title(normalisation)
            ax.set_xlabel("endogeneity gap, ratio")
        axes[0].invert_yaxis()
    return figure


def crisis(comparison: Comparison) -> Picture:
    """Draw each policy's margin through the crisis, its calls and liquidations beneath."""
    normalisation = comparison.normalisations[0]
    names = comparison.policies
    columns = min(5, len(names))
    rows = ceil(len(names) / columns)
    with in_style():
        figure = picture(2.3 * rows + 0.8)
        headline(figure, f"Margin through the crisis, {normalisation}; mean of all seeds")
        grid = figure.subplots(
            2 * rows, columns, squeeze=False, sharex=True, sharey="row", height_ratios=[2, 1] * rows
        )
        for place, name in enumerate(names):
            row, column = divmod(place, columns)
            _margin(grid[2 * row, column], comparison, normalisation, name)
            _flows(grid[2 * row + 1, column], comparison, normalisation, name)
            if column == 0:
                grid[2 * row, 0].set_ylabel("maintenance")
                grid[2 * row + 1, 0].set_ylabel("USD")
        for place in range(len(names), rows * columns):
            row, column = divmod(place, columns)
            grid[2 * row, column].set_axis_off()
            grid[2 * row + 1, column].set_axis_off()
        for ax in grid[::2, 0]:
            ax.set_ylim(bottom=0.0)
        for ax in grid[-1]:
            ax.set_xlabel("hours")
        handles, labels = grid[1, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _hours(comparison: Comparison) -> np.ndarray:
    """Return the middle of each span, hours from the start."""
    return (np.arange(MOMENTS) + 0.5) * float(comparison.manifest["hours"]) / MOMENTS


def _of(comparison: Comparison, normalisation: str, name: str, path: str) -> np.ndarray:
    """Return a path of a policy on every seed, (n_seeds, MOMENTS)."""
    runs = comparison.runs
    mine = runs[(runs["normalisation"] == normalisation) & (runs["policy"] == name)]
    return np.stack([np.asarray(each, dtype=np.float64) for each in mine[path]])


def _margin(ax: Axes, comparison: Comparison, normalisation: str, name: str) -> None:
    """Draw the margin rate: mean over seeds, and the middle nine in ten."""
    hours, rates = _hours(comparison), _of(comparison, normalisation, name, "rate_path")
    low, high = np.quantile(rates, [0.05, 0.95], axis=0)
    ax.fill_between(hours, low, high, color=BLUE, alpha=0.2, lw=0)
    ax.plot(hours, rates.mean(axis=0), color=BLUE)
    ax.set_title(name)
    in_percent(ax.yaxis)


def _flows(ax: Axes, comparison: Comparison, normalisation: str, name: str) -> None:
    """Draw what was called and what was liquidated in each span."""
    hours = _hours(comparison)
    width = hours[1] - hours[0]
    for path, label, colour in (
        ("called_path", "margin called", ORANGE),
        ("liquidated_path", "liquidated", VERMILLION),
    ):
        usd = _of(comparison, normalisation, name, path).mean(axis=0)
        edges = np.append(hours - width / 2, hours[-1] + width / 2)
        ax.stairs(usd, edges, color=colour, fill=path == "liquidated_path", label=label, lw=0.9)
    ax.set_yscale("symlog", linthresh=1e4)
    in_usd(ax.yaxis)


def differences(comparison: Comparison) -> Picture:
    """Draw each policy's loss against the baseline's on the same seeds."""
    rows = comparison.normalisations
    with in_style():
        figure = picture(0.28 * len(comparison.policies) + 1.5)
        headline(
            figure,
            f"Losses against those under {comparison.baseline}, seed by seed (95 % interval)",
        )
        axes = figure.subplots(1, len(rows), squeeze=False, sharey=True)[0]
        for ax, normalisation in zip(axes, rows, strict=True):
            values = comparison.values(HARM, normalisation)
            for place, each in enumerate(values.values()):
                apart = each - values[comparison.baseline]
                found = estimate(apart, comparison.draws)
                ends = [[found.value - found.low], [found.high - found.value]]
                told = found.significant and apart.size >= seeds_needed()
                colour = VERMILLION if told else BLUE
                ax.plot(
                    apart, np.full(apart.size, place), "|", color=GREY, ms=7, mew=0.8, alpha=0.8
                )
                ax.errorbar(found.value, place, xerr=ends, fmt="o", ms=4, color=colour, capsize=2)
            ax.set_yticks(range(len(values)), list(values))
            ax.axvline(0.0, color=GREY, lw=0.7, ls=":")
            ax.set_title(normalisation)
            ax.set_xlabel("difference in losses, USD")
            in_usd(ax.xaxis)
            ax.tick_params(axis="x", rotation=20)
        axes[0].invert_yaxis()
    return figure


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure of a comparison, with its title and how to read it."""

    draw: Callable[[Comparison], Picture]
    title: str
    caption: str


FRONTIER = (
    "Means over seeds with 95 % bootstrap intervals. Beside the axes, the chance that "
    "no other policy is at least as good in both; filled marks are more likely than not on the "
    "frontier."
)
DIFFERENCES = (
    "Paired differences: each stroke is one seed, bars are 95 % intervals, each by itself. Red "
    "where there are six seeds or more and the interval leaves zero out."
)
GAP = (
    "Peak to trough of the margin in the market, over that of the same policy on the outside path "
    "of the same seed. 1 where feedback changes nothing."
)
CRISIS = (
    "Above, the maintenance rate of a small position: mean over seeds, and nine runs in ten. "
    "Below, money called and notional liquidated in each span, means over seeds."
)
PICTURES: Mapping[str, Sheet] = {
    "frontier": Sheet(frontier, "Cost against loss, cost against procyclicality", FRONTIER),
    "differences": Sheet(differences, "Losses on the same seeds", DIFFERENCES),
    "gap": Sheet(gap, "The endogeneity gap", GAP),
    "crisis": Sheet(crisis, "Through the crisis", CRISIS),
}
"""Every figure, in the order of the report."""
