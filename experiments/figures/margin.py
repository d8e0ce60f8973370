"""Margin rates, calls and cures."""

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.shocks import mark_shocks, mark_truth
from experiments.figures.style import (
    BLACK,
    GREEN,
    GREY,
    Picture,
    against_time,
    colours,
    cumulated,
    headline,
    in_percent,
    in_usd,
    naive,
    picture,
    times_of,
    window_of,
)
from experiments.metrics.margin import margin_called_usd, margin_met_share, met, peak_to_trough
from experiments.record import Market, Run
from experiments.words import percent, usd

CAPTION = (
    "Above: maintenance margin (solid) and initial margin (dashed) as a share of notional, for "
    "every market. Middle: the money that open margin calls ask for. Below: all that has been "
    "called since the start, and how much of it owners have brought; what they bring beyond a "
    "call is not counted. What is called and not brought ends in liquidation."
)

CROWDED = 4
"""From so many lines on, their names stand in two columns."""


def draw(run: Run) -> Picture:
    """Draw margin rates, open calls, and calls against cures."""
    figure = picture(5.2)
    rates, calls, sums = figure.subplots(3, 1, sharex=True, height_ratios=[1.5, 1, 1])
    _rates(rates, run)
    _open_calls(calls, run)
    _cumulative(sums, run)
    for ax in (rates, calls, sums):
        against_time(ax, window_of(run))
        mark_shocks(ax, run)
        mark_truth(ax, run, above=ax is rates)
        ax.grid(axis="y")
    for ax in (rates, calls):
        ax.set_xlabel("")
    headline(figure, _title(run))
    return figure


def _title(run: Run) -> str:
    """Say how far margin moved, and what was called and met in the whole run."""
    called, ratio = margin_called_usd(run), peak_to_trough(run)
    peak = f"Margin peaked at {ratio:.2g} times its lowest" if ratio > 1 else "Margin never moved"
    if not called:
        return f"{peak}; nothing was called"
    share = percent(margin_met_share(run))
    return f"{peak}; {usd(called)} called in the whole run, {share} of it met"


def _rates(ax: Axes, run: Run) -> None:
    """Draw the rates of every market; markets with the same rates share a line."""
    shown: dict[bytes, list[str]] = {}
    palette = _palette(run)
    for (venue, name), frame in run.markets.items():
        rate = frame["maintenance_rate"].to_numpy()
        if not np.nanmax(rate, initial=0.0) > 0:
            continue
        shown.setdefault(rate.tobytes(), []).append(f"{venue} {name}")
        if len(shown[rate.tobytes()]) == 1:
            times = naive(frame["time"])
            colour = palette[venue, name]
            ax.step(times, rate, where="post", color=colour, gid=f"{venue} {name}")
            ax.step(
                times,
                frame["initial_rate"],
                where="post",
                color=colour,
                lw=0.9,
                ls=(0, (4, 1.5)),
            )
    handles = [line for line in ax.get_lines() if line.get_gid()]
    names = [", ".join(same) for same in shown.values()]
    ax.legend(
        handles,
        names,
        loc="upper right",
        title="solid: maintenance, dashed: initial",
        title_fontsize=7,
        ncols=1 if len(names) < CROWDED else 2,
    )
    ax.set_ylim(0, (1.25 if len(names) < CROWDED else 1.7) * ax.get_ylim()[1])
    in_percent(ax.yaxis)
    ax.set_ylabel("margin,\nshare of notional")


def _palette(run: Run) -> dict[Market, str]:
    """Return a colour for each market: its venue's, or its own where one venue has them all."""
    if len(run.venues) == 1:
        shades = colours([name for _, name in run.markets])
        return {market: shades[market[1]] for market in run.markets}
    shades = colours(run.venues)
    return {market: shades[market[0]] for market in run.markets}


def _open_calls(ax: Axes, run: Run) -> None:
    """Stack the money that calls ask for, by venue."""
    stacked = {}
    for venue in run.venues:
        first = next(frame for (name, _), frame in run.markets.items() if name == venue)
        called = np.nan_to_num(first["called_usd"].to_numpy(dtype=np.float64))
        if called.any():
            stacked[venue] = called
    ax.set_ylabel("open calls,\nUSD")
    in_usd(ax.yaxis)
    if not stacked:
        _say(ax, "no margin calls in this run")
        return
    palette = colours(run.venues)
    shades = [palette[venue] for venue in stacked]
    ax.stackplot(
        times_of(run), *stacked.values(), colors=shades, labels=list(stacked), step="post", lw=0
    )
    ax.legend(loc="upper right")


def _cumulative(ax: Axes, run: Run) -> None:
    """Draw all that was called and what was brought of it."""
    called = run.events[run.events["kind"] == "margin_call"]
    ax.set_ylabel("since the start,\nUSD")
    in_usd(ax.yaxis)
    if called.empty:
        _say(ax, "nothing was called")
        return
    times, most = times_of(run), 0.0
    shown = times <= window_of(run)[1]
    for rows, colour, style, label in (
        (called, BLACK, "-", "called"),
        (met(run), GREEN, "--", "brought to meet it"),
    ):
        sums = cumulated(run, rows)
        ax.step(times, sums, where="post", color=colour, ls=style, label=label)
        most = max(most, float(sums[shown].max()))
    ax.set_ylim(0, 1.08 * most or 1.0)
    ax.legend(loc="upper left")


def _say(ax: Axes, text: str) -> None:
    """Say why there is nothing to see."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", color=GREY)
    ax.set_ylim(0, 1)
    ax.set_yticks([0])
