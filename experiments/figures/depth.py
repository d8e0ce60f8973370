"""Depth of every order book, and its spread."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from experiments.figures.shocks import mark_shocks, mark_truth
from experiments.figures.style import (
    GREY,
    Picture,
    against_time,
    colours,
    headline,
    message,
    naive,
    picture,
    window_of,
)
from experiments.record import Market, Run
from experiments.words import percent, usd
from sim.arrays import Floats

CAPTION = (
    "What could be sold (bids, downwards) and bought (asks, upwards) near the middle price of "
    "every market, and below, the spread between best bid and best ask in hundredths of a per "
    "cent. Gaps in the spread are moments with an empty side."
)
MOST_MARKETS = 4
"""Markets that are drawn: those with most depth on average."""
WIDE = 30.0
"""Largest spread over smallest from which their axis is logarithmic."""


def draw(run: Run) -> Picture:
    """Draw the depth of each market and all spreads."""
    quoted = _quoted(run)
    if not quoted:
        return message("no market of this run has an order book or a quote")
    figure = picture(1.5 + 1.05 * len(quoted))
    axes = figure.subplots(len(quoted) + 1, 1, sharex=True)
    palette = colours(run.venues)
    for ax, (market, frame) in zip(axes, quoted.items(), strict=False):
        _depth(ax, market, frame, palette[market[0]])
        mark_truth(ax, run, label=ax is axes[0])
    _spreads(axes[-1], quoted, palette)
    mark_truth(axes[-1], run)
    for ax in axes:
        against_time(ax, window_of(run))
        mark_shocks(ax, run)
        ax.grid(axis="y")
    for ax in axes[:-1]:
        ax.set_xlabel("")
    headline(figure, _title(run, quoted))
    return figure


def _quoted(run: Run) -> dict[Market, pd.DataFrame]:
    """Return the markets that have bids, deepest first."""
    depth = {
        market: float(np.nan_to_num(frame["bid_depth_usd"]).mean())
        for market, frame in run.markets.items()
    }
    order = sorted((m for m in depth if depth[m] > 0), key=lambda m: -depth[m])
    return {market: run.markets[market] for market in order[:MOST_MARKETS]}


def _depth(ax: Axes, market: Market, frame: pd.DataFrame, colour: str) -> None:
    """Draw asks above the line and bids below it."""
    times = naive(frame["time"])
    asks = np.nan_to_num(frame["ask_depth_usd"].to_numpy())
    bids = np.nan_to_num(frame["bid_depth_usd"].to_numpy())
    ax.fill_between(times, asks, color=colour, alpha=0.35, lw=0, step="post")
    ax.fill_between(times, -bids, color=colour, lw=0, step="post")
    ax.axhline(0, color="black", lw=0.7)
    reach = 1.15 * max(float(asks.max()), float(bids.max()))
    ax.set_ylim(-reach, reach)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: usd(abs(value))))
    ax.set_ylabel("depth, USD\nbids | asks")
    ax.set_title(" ".join(market))


def _spreads(ax: Axes, quoted: dict[Market, pd.DataFrame], palette: dict[str, str]) -> None:
    """Draw the spread of every market, on a logarithmic scale where it varies much."""
    for market, frame in quoted.items():
        bid, ask = frame["bid"].to_numpy(), frame["ask"].to_numpy()
        spread = np.where(ask > bid, 2e4 * (ask - bid) / (ask + bid), np.nan)
        times, colour = naive(frame["time"]), palette[market[0]]
        ax.step(times, spread, where="post", color=colour, lw=0.9, label=" ".join(market))
    spreads = np.concatenate([np.asarray(line.get_ydata()) for line in ax.get_lines()])
    known = spreads[np.isfinite(spreads)]
    if known.size and known.max() > WIDE * known.min():
        ax.set_yscale("log")
        ax.yaxis.set_minor_formatter(NullFormatter())
    elif known.size:
        ax.set_ylim(0, 1.1 * known.max())
    else:
        ax.text(0.5, 0.5, "no two-sided quotes", transform=ax.transAxes, ha="center", color=GREY)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_ylabel("spread, basis\npoints of mid")
    if len(quoted) > 1:
        ax.legend(loc="best")


def _title(run: Run, quoted: dict[Market, pd.DataFrame]) -> str:
    """Say how thin the bids became in the span that is drawn, and where they were thinner."""
    frames = [frame.iloc[1:] for frame in quoted.values()]  # makers have not quoted before
    bids = np.sum([np.nan_to_num(frame["bid_depth_usd"].to_numpy()) for frame in frames], axis=0)
    times, (first, last) = naive(frames[0]["time"]), window_of(run)
    shown = (times >= first) & (times <= last)
    if not shown.any():
        return "Nothing is recorded of the markets after their first step"
    thin, lowest = float(bids[shown].min()), int(np.argmin(bids))
    told = "At the worst moment there were no bids on any market"
    if thin > 0.0:
        told = f"Bids thinned to {usd(thin)}, {_against_usual(run, times, bids, thin)}"
    if bids[lowest] >= thin:
        return told
    least = f"they were down to {usd(bids[lowest])}" if bids[lowest] > 0.0 else "there were none"
    when = f"{pd.Timestamp(times[lowest]):%-d %B at %H:%M:%S}"
    return f"{told}; outside the span shown, {least} on {when}"


def _against_usual(run: Run, times: np.ndarray, bids: Floats, thin: float) -> str:
    """Compare thin bids with their median before the first shock, over the run without one."""
    before = times < naive(run.shocks["start_time"]).min() if len(run.shocks) else times < times[0]
    if before.any():
        return f"{percent(thin / np.median(bids[before]))} of their median before the first shock"
    return f"{percent(thin / np.median(bids))} of their median"
