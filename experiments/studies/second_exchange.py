"""Whether the exchange that never used the bad feed is hurt, and by what."""

import numpy as np
import pandas as pd

from experiments.figures.style import BLUE, VERMILLION, Picture, headline, in_style, in_usd, picture
from experiments.record import Run
from experiments.studies.compromise import compromise, spared
from experiments.studies.intervals import interval
from experiments.studies.study import COLUMN, Cell, Claim, Effort, Findings, play
from scenarios.schema import Scenario
from sim.arrays import Floats

QUESTION = "Is the exchange that never used the bad feed hurt, and through which channel?"
SEEDS = 12
LABELS = ["attack", "impact"]
SECOND = "perp_b"
CELLS: dict[Cell, str] = {
    (True, True): "attack",
    (True, False): "attack,\nimpact cut",
    (False, True): "no attack",
    (False, False): "no attack,\nimpact cut",
}


def conduct(effort: Effort) -> Findings:
    """Run the market with and without the attack, with and without the impact channel."""
    cells: dict[Cell, Scenario] = {
        (attack, impact): (compromise() if attack else spared()).cut(
            *(() if impact else ("impact",))
        )
        for attack, impact in CELLS
    }
    runs = play(cells, LABELS, effort.seeds(SEEDS), hurt, effort)
    return Findings(runs, _table(runs), _claims(runs), draw(runs))


def hurt(run: Run) -> dict[str, float]:
    """Return what was liquidated on the second exchange and on the first, USD."""
    taken = run.cascade.liquidations
    there = taken["venue"] == SECOND
    by_impact = there & (taken["channel"] == "impact")
    return {
        "second_usd": float(taken["usd"][there].sum()),
        "second_by_impact_usd": float(taken["usd"][by_impact].sum()),
        "first_usd": float(taken["usd"][taken["venue"] == "perp_a"].sum()),
    }


def _of(runs: pd.DataFrame, cell: Cell, column: str) -> Floats:
    """Return a column of one cell in order of seeds."""
    mine = runs[(runs["attack"] == cell[0]) & (runs["impact"] == cell[1])]
    return mine.sort_values("seed")[column].to_numpy(np.float64)


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the means of every cell."""
    names = {
        "second_usd": "liquidated on perp_b, m USD",
        "second_by_impact_usd": "of it through impact",
        "first_usd": "liquidated on perp_a, m USD",
    }
    return pd.DataFrame(
        [
            {"case": text.replace("\n", " ")}
            | {
                name: interval(_of(runs, cell, column)).write(".2f", 1e-6)
                for column, name in names.items()
            }
            for cell, text in CELLS.items()
        ]
    )


def _claims(runs: pd.DataFrame) -> tuple[Claim, ...]:
    """Judge whether the attack hurts the second exchange, and only through impact."""
    through = interval(_of(runs, (True, True), "second_by_impact_usd"))
    more = interval(_of(runs, (True, True), "second_usd") - _of(runs, (False, True), "second_usd"))
    cut = _of(runs, (True, False), "second_usd") - _of(runs, (False, False), "second_usd")
    none = float(_of(runs, (True, False), "second_by_impact_usd").max())
    return (
        Claim(
            "With the impact channel on, the attack hurts the second exchange.",
            through.low > 0.0 and more.low > 0.0,
            f"liquidated there through impact: {through.write('.1f', 1e-6)} m USD; "
            f"more than without the attack, paired: {more.write('+.1f', 1e-6)} m USD",
        ),
        Claim(
            "With it cut, the attack changes nothing there.",
            none == 0.0 and float(np.abs(cut).max()) <= 0.01 * max(more.mean, 0.0),
            f"through impact: {none:g} USD; against no attack: "
            f"{interval(cut).write('+.4f', 1e-6)} m USD, largest of a seed "
            f"{1e-6 * float(np.abs(cut).max()):.4f}",
        ),
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw what was liquidated on the second exchange in every case."""
    with in_style():
        figure = picture(2.7, COLUMN)
        headline(figure, "Real prices alone hurt the second exchange")
        ax = figure.add_subplot()
        for place, cell in enumerate(CELLS):
            values = _of(runs, cell, "second_usd")
            band = interval(values)
            colour = VERMILLION if cell[0] else BLUE
            ax.bar(place, band.mean, 0.6, color=colour, alpha=0.35)
            ends = [[band.mean - band.low], [band.high - band.mean]]
            ax.errorbar(place, band.mean, ends, color=colour, capsize=3)
            ax.plot(np.full(values.size, place), values, "o", ms=2.5, color=colour, mew=0)
        ax.set_xticks(range(len(CELLS)), list(CELLS.values()), fontsize=6.5)
        ax.set_ylabel(f"liquidated on {SECOND}, USD\n(dots: seeds, bars: 90 % interval)")
        ax.set_ylim(bottom=0.0)
        in_usd(ax.yaxis)
    return figure
