"""Price and oracle against time, with shocks, over the liquidations."""

from textwrap import shorten

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from experiments.figures.shocks import MOST_SHOCKS, mark_defaults, mark_shocks, mark_truth
from experiments.figures.style import (
    BLACK,
    GREY,
    ORANGE,
    PALE,
    SKY,
    VERMILLION,
    Picture,
    Window,
    against_time,
    colours,
    headline,
    in_usd,
    naive,
    picture,
    stacked,
    times_of,
    window_of,
)
from experiments.metrics.price import price_fall, price_fall_without_impact
from experiments.record import Market, Run
from experiments.words import duration, listed, percent, price

MOST_OF_IT = 0.6
"""Share of the run from which on a look from near would show nothing more."""


def caption(run: Run) -> str:
    """Say how to read what there is to be seen."""
    lines = ["the outside price (black)"]
    if run.leading in run.twin_markets:
        lines.append("the same without the impact of forced sales (dashed)")
    if _oracles(run) and run.truth is not None:
        lines.append("what the oracle told the venues that it deceived")
    elif _oracles(run):
        lines.append("what oracles told where they were off by more than 1 %")
    said = [f"{listed(lines)}.".capitalize()]
    if _close(run):
        said.append("Above the whole run, below that the grey part of it from near.")
    if len(run.shocks):
        said.append("Dashed grey lines with numbers are shocks.")
    if run.truth is not None:
        said.append("The shaded span is the oracle attack.")
        if run.truth.time is not None:
            said.append(
                "The purple line is the moment at which the outside price came within 1 % of the "
                "false one."
            )
    if (run.events["kind"] == "default").any():
        said.append("Dotted red lines are failures.")
    said.append("At the bottom, what was liquidated in each interval, by venue.")
    return " ".join(said)


def _close(run: Run) -> bool:
    """Tell whether a part of the run is shown from near, below the whole of it."""
    near, times = window_of(run), times_of(run)
    return bool(near[1] - near[0] < MOST_OF_IT * (times[-1] - times[0]))


def draw(run: Run) -> Picture:
    """Draw the overview of a run."""
    near, times = window_of(run), times_of(run)
    whole, close = (times[0], times[-1]), _close(run)
    figure = picture(6.0 if close else 4.6)
    axes = figure.subplots(3 if close else 2, 1, height_ratios=[1] * close + [2, 1])
    if close:
        _prices(axes[0], run, whole, named=False)
        axes[0].axvspan(*near, color=PALE, alpha=0.6, lw=0, zorder=0)
        axes[0].set_title("the whole run")
        mark_defaults(axes[0], run)
    top, bottom = axes[-2:]
    _prices(top, run, near, named=True)
    _liquidations(bottom, run)
    for ax in (top, bottom):
        against_time(ax, near)
        mark_shocks(ax, run, numbered=ax is top)
        mark_truth(ax, run, above=ax is top)
        mark_defaults(ax, run, named=ax is top)
        ax.grid(axis="y")
    top.set_xlabel("")
    headline(figure, _title(run))
    _shock_key(figure, run)
    return figure


def _prices(ax: Axes, run: Run, span: Window, *, named: bool) -> None:
    """Draw the outside price, the twin's, and the oracle's where it was false."""
    leading = run.markets[run.leading]
    times, outside = naive(leading["time"]), leading["outside"].to_numpy()
    twin, seen = run.twin_markets.get(run.leading), []
    shades = (VERMILLION, ORANGE, SKY)
    for (label, index), shade in zip(_oracles(run).items(), shades, strict=False):
        ax.step(times, index, where="post", color=shade, label=f"oracle: {label}", zorder=3)
        seen.append((times, np.clip(index, 0.6 * outside.min(), 1.4 * outside.max())))
    label = "outside price"
    ax.step(times, outside, where="post", color=BLACK, lw=1.4, label=label, zorder=4)
    seen.append((times, outside))
    if twin is not None:
        label = "without impact of forced sales"
        seen.append((naive(twin["time"]), twin["outside"].to_numpy()))
        ax.step(*seen[-1], where="post", color=GREY, ls="--", label=label)
    inside = [prices[(when >= span[0]) & (when <= span[1])] for when, prices in seen]
    low, high = (float(end(np.concatenate(inside))) for end in (np.nanmin, np.nanmax))
    pad = 0.06 * (high - low) or 0.01 * high
    ax.set_ylim(low - pad, high + pad)
    ax.yaxis.set_major_formatter(FuncFormatter(price))
    ax.set_ylabel("price, USD")
    against_time(ax, span)
    if named:
        ax.legend(loc="best")


def _oracles(run: Run) -> dict[str, np.ndarray]:
    """Return the different oracle prices of the leading asset by the venues that believe them.

    In an attack those of the venues that were deceived, else all that were ever false.
    """
    outside = run.markets[run.leading]["outside"].to_numpy()
    found: dict[bytes, tuple[np.ndarray, list[str]]] = {}
    for (venue, _), frame in run.markets.items():
        false = frame["false_price"].any() if run.truth is None else venue in run.truth.deceived
        if false and np.array_equal(frame["outside"].to_numpy(), outside):
            index = frame["index"].to_numpy()
            _, venues = found.setdefault(index.tobytes(), (index, []))
            venues.append(venue)
    return {", ".join(dict.fromkeys(venues)): index for index, venues in found.values()}


def _liquidations(ax: Axes, run: Run) -> None:
    """Stack liquidations by venue."""
    ax.set_ylabel("liquidations, USD")
    in_usd(ax.yaxis)
    taken = run.cascade.liquidations
    if taken.empty:
        ax.text(
            0.5, 0.5, "no liquidations in this run", transform=ax.transAxes, ha="center", color=GREY
        )
        ax.set_ylim(0, 1)
        ax.set_yticks([0])
        return
    parts = {
        venue: (naive(rows["time"]), rows["usd"].to_numpy())
        for venue in run.venues
        for rows in [taken[taken["venue"] == venue]]
    }
    width = stacked(ax, run, parts, colours(run.venues))
    ax.set_ylabel(f"liquidations,\nUSD per {duration(width)}")
    ax.legend(loc="upper right")


def _title(run: Run) -> str:
    """Say how far the price fell."""
    fall, alone = price_fall(run), price_fall_without_impact(run)
    asset = _asset(run.leading)
    without = f", {percent(alone)} without the impact of forced sales" if np.isfinite(alone) else ""
    return f"{asset} fell {percent(fall)} from its highest{without}"


def _asset(market: Market) -> str:
    """Name the asset of a market as its instrument does."""
    return market[1].split("-")[0]


def _shock_key(figure: Picture, run: Run) -> None:
    """List the numbered shocks below the figure, a line each."""
    texts = run.shocks["description"].astype(str).tolist()[:MOST_SHOCKS]
    lines = [
        shorten(f"({i}) {text}", 120, placeholder=" …") for i, text in enumerate(texts, start=1)
    ]
    if lines:
        figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7.5, color="#444444")
