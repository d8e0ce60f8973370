"""What the network of claims adds to a loss: the same seeds with it and without."""

import numpy as np
import pandas as pd

from experiments.figures.style import BLUE, VERMILLION, Picture, headline, in_style, in_usd, picture
from experiments.record import Run
from experiments.studies.intervals import interval
from experiments.studies.study import COLUMN, Cell, Claim, Effort, Findings, play
from scenarios.load import load
from scenarios.schema import Scenario
from sim.arrays import Floats

QUESTION = "How much does the network of claims add to the losses of a fund's failure?"
SEEDS = 30
TAIL = 0.95
"""The quantile over seeds that is called the tail."""
LABELS = ["costs", "network"]
CELLS: dict[Cell, str] = {
    (True, True): "network",
    (True, False): "network cut",
    (False, True): "no costs,\nnetwork",
    (False, False): "no costs,\nnetwork cut",
}
SMALLER = (
    *("steps=864", "step_seconds=900", "record_every_steps=2"),
    *("longs.accounts=500", "shorts.accounts=200", "noise.accounts=150"),
)
"""The scenario with longer steps and a third of the crowd, for many runs."""
NO_COSTS = "network.algorithm=eisenberg_noe"
"""Clear without costs: failure itself destroys nothing."""


def conduct(effort: Effort) -> Findings:
    """Run the fund's failure with and without the network, with and without costs of failure."""
    cells: dict[Cell, Scenario] = {}
    for costs, network in CELLS:
        settings = SMALLER if costs else (*SMALLER, NO_COSTS)
        whole = load("prime_broker_contagion", settings)
        cells[costs, network] = whole if network else whole.cut("network")
    runs = play(cells, LABELS, effort.seeds(SEEDS), damage, effort)
    return Findings(runs, _table(runs), _claims(runs), draw(runs))


def damage(run: Run) -> dict[str, float]:
    """Return all losses, those of creditors, who failed, and the amplification with its bound."""
    from experiments.metrics.contagion import (
        network_amplification,
        network_amplification_bound,
        network_loss_usd_by_channel,
        waves,
    )
    from experiments.metrics.losses import loss_usd

    wave = waves(run)
    channels = network_loss_usd_by_channel(run)
    return {
        "loss_usd": loss_usd(run),
        "defaults": float(len(wave)),
        "waves": float(max(wave.values(), default=0)),
        "amplification": network_amplification(run),
        "bound": network_amplification_bound(run),
    } | {f"{name}_usd": float(str(usd)) for name, usd in channels.items()}


def _of(runs: pd.DataFrame, cell: Cell, column: str) -> Floats:
    """Return a column of one cell in order of seeds."""
    mine = runs[(runs["costs"] == cell[0]) & (runs["network"] == cell[1])]
    return mine.sort_values("seed")[column].to_numpy(np.float64)


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return expected and tail losses of every cell, and what the network did."""
    rows = []
    for cell, text in CELLS.items():
        losses = _of(runs, cell, "loss_usd")
        row = {
            "case": text.replace("\n", " "),
            "expected loss, m USD": interval(losses).write(".0f", 1e-6),
            f"{TAIL:.0%} tail, m USD": f"{1e-6 * float(np.quantile(losses, TAIL)):.0f}",
            "failed": interval(_of(runs, cell, "defaults")).write(".1f"),
            "waves beyond the first": f"{_of(runs, cell, 'waves').max():.0f}",
        }
        names = ("direct", "fire_sale", "margin", "funding")
        row |= {
            f"{name.replace('_', ' ')}, m USD": interval(_of(runs, cell, f"{name}_usd")).write(
                ".1f", 1e-6
            )
            for name in names
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _claims(runs: pd.DataFrame) -> tuple[Claim, ...]:
    """Judge what the network adds, who fails without it, and what theory allows."""
    on, off = _of(runs, (True, True), "loss_usd"), _of(runs, (True, False), "loss_usd")
    added, share = interval(on - off), interval((on - off) / on)
    alone = max(float(_of(runs, (costs, False), "waves").max()) for costs in (True, False))
    further = float(_of(runs, (True, True), "waves").min())
    bare = interval(_of(runs, (False, True), "loss_usd") - _of(runs, (False, False), "loss_usd"))
    factor, bound = _of(runs, (False, True), "amplification"), _of(runs, (False, True), "bound")
    return (
        Claim(
            "The network adds to the losses.",
            added.low > 0.0,
            f"{on.size} seeds; paired, {added.write('+.0f', 1e-6)} m USD, "
            f"{share.write('.1f', 100.0)} % of all; "
            f"where failure destroys nothing, {bare.write('+.1f', 1e-6)} m",
        ),
        Claim(
            "With it, failures go on for at least two waves; cut, nobody fails by another.",
            further >= 2.0 and alone == 0.0,
            f"fewest waves beyond the first with it: {further:.0f}; most without: {alone:.0f}",
        ),
        Claim(
            "Without costs of failure the network amplifies by less than its bound.",
            bool((factor <= bound).all()),
            f"amplification {interval(factor).write('.2f')}, largest {factor.max():.2f}; "
            f"bound by the argument of Glasserman and Young {interval(bound).write('.2f')}",
        ),
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw the losses of every case, seed by seed."""
    with in_style():
        figure = picture(2.7, COLUMN)
        headline(figure, "What the network adds to the loss")
        ax = figure.add_subplot()
        for place, cell in enumerate(CELLS):
            values = _of(runs, cell, "loss_usd")
            band = interval(values)
            colour = VERMILLION if cell[1] else BLUE
            ax.bar(place, band.mean, 0.6, color=colour, alpha=0.35)
            ends = [[band.mean - band.low], [band.high - band.mean]]
            ax.errorbar(place, band.mean, ends, color=colour, capsize=3)
            ax.plot(np.full(values.size, place), values, "o", ms=2.5, color=colour, mew=0)
        ax.set_xticks(range(len(CELLS)), list(CELLS.values()), fontsize=6.5)
        ax.set_ylabel("lost, USD\n(dots: seeds, bars: 90 % interval)")
        ax.set_ylim(bottom=0.0)
        in_usd(ax.yaxis)
    return figure
