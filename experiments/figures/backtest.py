"""One policy's losses and margin in time, breach by breach."""

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import binom

from experiments.figures.margin_look import against_dates
from experiments.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    VERMILLION,
    Picture,
    headline,
    in_percent,
    in_style,
    picture,
)
from experiments.margin_study import MarginStudy
from experiments.measures.coverage import BASEL_DAYS, Zone, zone
from sim.arrays import Ints

SHADES = {Zone.GREEN: GREEN, Zone.YELLOW: ORANGE, Zone.RED: VERMILLION}
CAPTION = (
    "Above: the loss of each period against the margin that was set before it. Middle: breaches "
    "since the start, and the band in which nineteen of twenty right models would be. Below: "
    "breaches in the latest 250 periods, with the zones of the traffic light."
)


def exceedances(study: MarginStudy, name: str) -> Picture:
    """Draw losses against margin, breaches so far against chance, and the traffic light."""
    with in_style():
        figure = picture(5.2)
        losses, counts, lights = figure.subplots(3, 1, sharex=True, height_ratios=[1.8, 1, 1])
        times, hits = study.time[study.tested], study.breaches(name)
        margin, lost = study.paths[name].maintenance[study.tested], study.losses[study.tested]
        losses.vlines(times[~hits], 0, lost[~hits], color=PALE, lw=0.5)
        losses.plot(times, margin, color=BLUE, lw=0.9, drawstyle="steps-post", label=name)
        losses.plot(times[hits], lost[hits], "o", color=VERMILLION, ms=2.5, label="breach")
        losses.legend(loc="upper left")
        losses.set_ylabel("loss and margin,\nshare of notional")
        in_percent(losses.yaxis)
        probability = 1.0 - study.paths[name].confidence
        seen = np.arange(1, hits.size + 1)
        low, high = (binom.ppf(p, seen, probability) for p in (0.025, 0.975))
        counts.fill_between(times, low, high, color=PALE, lw=0, label="95 % of right models")
        counts.step(times, np.cumsum(hits), where="post", color=VERMILLION, label="breaches")
        counts.plot(times, seen * probability, color=GREY, lw=0.8, ls="--", label="asked for")
        counts.legend(loc="upper left")
        counts.set_ylabel("breaches\nsince the start")
        _lights(lights, times, rolling(hits), probability)
        lights.set_xlim(times[0], times[-1])
        against_dates(lights)
        headline(
            figure,
            f"{name}: {hits.sum():,} breaches in {hits.size:,} periods, "
            f"{probability * hits.size:,.1f} asked for",
        )
    return figure


def rolling(hits: np.ndarray) -> Ints:
    """Return breaches in the latest 250 periods at each from the 250th on."""
    total = np.cumsum(np.append(0, hits)).astype(np.int64)
    return np.asarray(total[BASEL_DAYS:] - total[:-BASEL_DAYS])


def _lights(ax: Axes, times: np.ndarray, counts: Ints, probability: float) -> None:
    """Draw breaches of the latest 250 periods over the zones."""
    ax.set_ylabel(f"breaches in\n{BASEL_DAYS} periods")
    if not counts.size:
        ax.text(0.5, 0.5, f"fewer than {BASEL_DAYS} periods", transform=ax.transAxes, ha="center")
        return
    top = max(int(counts.max()) + 2, 12)
    for value in range(top + 1):
        colour = SHADES[zone(value, BASEL_DAYS, probability)]
        ax.axhspan(value - 0.5, value + 0.5, color=colour, alpha=0.22, lw=0)
    ax.step(times[BASEL_DAYS - 1 :], counts, where="post", color="black", lw=1.0)
    ax.set_ylim(-0.5, top + 0.5)
    for value in range(top + 1):
        here = zone(value, BASEL_DAYS, probability)
        if value == 0 or here != zone(value - 1, BASEL_DAYS, probability):
            ax.text(times[0], value, f" {here}", fontsize=7, va="center")
