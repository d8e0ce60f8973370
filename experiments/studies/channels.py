"""What each channel of feedback adds: the same seeds with every channel cut in turn."""

import numpy as np
import pandas as pd

from experiments.figures.style import BLUE, GREY, Picture, headline, in_style, in_usd, picture
from experiments.record import Run
from experiments.studies.compromise import compromise
from experiments.studies.intervals import Interval, interval, ratio
from experiments.studies.study import Cell, Claim, Effort, Findings, play
from scenarios.schema import CHANNELS, Scenario
from sim.arrays import Floats

QUESTION = "How much of the fall and of the losses does each channel of feedback make?"
SEEDS = 20
NOTHING = "nothing"
HERE = tuple(channel for channel in CHANNELS if channel != "network")
"""Channels that there are in this market: in it nobody lends to anybody."""
CUTS = (NOTHING, *HERE)
READ = {
    "liquidated_usd": ("liquidated, m USD", 1e-6),
    "loss_usd": ("losses, m USD", 1e-6),
    "price_fall": ("fall of the price, %", 100.0),
    "price_fall_without_impact": ("fall without impact, %", 100.0),
}


def conduct(effort: Effort) -> Findings:
    """Run the compromise with nothing cut and with each channel cut."""
    cells: dict[Cell, Scenario] = {(NOTHING,): compromise()}
    for channel in HERE:
        cells[channel,] = compromise(without=(channel,))
    runs = play(cells, ["cut"], effort.seeds(SEEDS), damage, effort, twin=True)
    return Findings(runs, _table(runs), _claims(runs), draw(runs))


def damage(run: Run) -> dict[str, float]:
    """Return losses, liquidations, and how far the price fell with impact and without."""
    from experiments.metrics.cascade import liquidated_usd
    from experiments.metrics.losses import loss_usd
    from experiments.metrics.price import price_fall, price_fall_without_impact

    fall = price_fall(run)
    return {
        "liquidated_usd": liquidated_usd(run),
        "loss_usd": loss_usd(run),
        "price_fall": fall,
        "price_fall_without_impact": fall
        if run.twin_steps is None
        else price_fall_without_impact(run),
    }


def _of(runs: pd.DataFrame, cut: str, column: str) -> Floats:
    """Return a column with one channel cut, in order of seeds."""
    return runs[runs["cut"] == cut].sort_values("seed")[column].to_numpy(np.float64)


def _amplification(runs: pd.DataFrame, cut: str) -> Interval:
    """Return how many times deeper prices fell with impact than without, of the means."""
    return ratio(_of(runs, cut, "price_fall"), _of(runs, cut, "price_fall_without_impact"))


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return means, and what losses become by the cut, paired."""
    whole = _of(runs, NOTHING, "loss_usd")
    return pd.DataFrame(
        [
            {"cut": cut.replace("_", " ")}
            | {
                text: interval(_of(runs, cut, column)).write(".1f", scale)
                for column, (text, scale) in READ.items()
            }
            | {"amplification": _amplification(runs, cut).write(".1f")}
            | {
                "losses against nothing cut": ""
                if cut == NOTHING
                else interval(_of(runs, cut, "loss_usd") - whole).write("+.1f", 1e-6)
            }
            for cut in CUTS
        ]
    )


def _claims(runs: pd.DataFrame) -> tuple[Claim, ...]:
    """Judge whether impact and the false price are what makes the damage."""
    amplified = _amplification(runs, NOTHING)
    claims = [
        Claim(
            "Forced sales deepen the fall.",
            amplified.low > 1.0,
            f"amplification {amplified.write('.1f')}",
        )
    ]
    for channel, text in (
        ("impact", "Without impact the losses are smaller."),
        ("oracle_error", "Without the false price the losses are smaller."),
        ("rehypothecation", "Without re-hypothecation the losses are smaller."),
    ):
        less = interval(_of(runs, NOTHING, "loss_usd") - _of(runs, channel, "loss_usd"))
        share = less.mean / float(_of(runs, NOTHING, "loss_usd").mean())
        claims.append(
            Claim(
                text,
                less.low > 0.0,
                f"paired: {less.write('.1f', 1e-6)} m USD less, {100 * share:.0f} %",
            )
        )
    return tuple(claims)


def draw(runs: pd.DataFrame) -> Picture:
    """Draw losses and amplification with each channel cut."""
    with in_style():
        figure = picture(2.7)
        headline(figure, "What is left of the damage when one channel of feedback is cut")
        axes = figure.subplots(1, 2, sharey=True)
        places = np.arange(len(CUTS))[::-1]
        for ax, column, text in (
            (axes[0], "loss_usd", "losses, USD"),
            (axes[1], "amplification", "amplification: fall with impact ÷ fall without"),
        ):
            for place, cut in zip(places, CUTS, strict=True):
                band = (
                    _amplification(runs, cut)
                    if column == "amplification"
                    else interval(_of(runs, cut, column))
                )
                colour = GREY if cut == NOTHING else BLUE
                ax.barh(place, band.mean, 0.65, color=colour, alpha=0.45)
                ends = [[band.mean - band.low], [band.high - band.mean]]
                ax.errorbar(band.mean, place, xerr=ends, color=colour, capsize=3)
            ax.set_xlabel(f"{text}\n(bars: 90 % interval)")
        axes[0].set_yticks(places, [f"{cut.replace('_', ' ')} cut" for cut in CUTS])
        axes[1].axvline(1.0, color=GREY, lw=0.8)
        in_usd(axes[0].xaxis)
    return figure
