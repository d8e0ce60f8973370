"""Whether a longer attack, a thinner book or more leverage ever makes the cascade smaller."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.figures.style import BLUE, Picture, headline, in_style, in_usd, picture
from experiments.record import Run
from experiments.studies.compromise import compromise
from experiments.studies.intervals import interval, never_falls
from experiments.studies.study import Cell, Claim, Effort, Findings, play
from scenarios.schema import Scenario
from sim.arrays import Floats

QUESTION = "Does a longer attack, a thinner book or more leverage ever make the cascade smaller?"
SEEDS = 15
LABELS = ["setting", "level"]
LONGEST = 16.0


def longer(minutes: float) -> list[str]:
    """Return the settings of an attack of so many minutes."""
    return [f"shocks.0.minutes={minutes}"]


def thinner(divisor: float) -> list[str]:
    """Return the settings of books whose quotes are that many times smaller."""
    base = compromise()
    settings = []
    for name, section in base.institutions.items():
        for key in ("size_usd", "quote_usd"):
            if section.parameters.get(key):
                settings.append(f"{name}.{key}={float(str(section.parameters[key])) / divisor}")
    return settings


def levered(leverage: float) -> list[str]:
    """Return the settings of longs with that median leverage."""
    return [
        f"{name}.leverage={{lognormal: [{leverage}, 0.6], between: [1, 40]}}"
        for name in ("longs_a", "longs_b")
    ]


SETTINGS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "attack": ("length of the attack, minutes", (2.0, 4.0, 8.0, LONGEST)),
    "book": ("times thinner than the book", (1.0, 2.0, 4.0, 8.0)),
    "leverage": ("median leverage of longs", (3.0, 5.0, 7.0, 9.0)),
}


def conduct(effort: Effort) -> Findings:
    """Run every level of every setting."""
    makers = {"attack": longer, "book": thinner, "leverage": levered}
    cells: dict[Cell, Scenario] = {
        (name, level): compromise(makers[name](level))
        for name, (_, levels) in SETTINGS.items()
        for level in (levels[::3] if effort.quick else levels)
    }
    runs = play(cells, LABELS, effort.seeds(SEEDS), cascade_size, effort)
    claims = tuple(_claim(runs, name) for name in SETTINGS)
    return Findings(runs, _table(runs), claims, draw(runs))


def cascade_size(run: Run) -> dict[str, float]:
    """Return how large and how deep the cascade was."""
    taken = run.cascade.liquidations
    steps = run.steps
    before = steps["step"].to_numpy() == int(run.shocks["start_step"].min()) - 1
    return {
        "liquidated_usd": float(taken["usd"].sum()),
        "share": float(taken["usd"].sum() / steps["open_interest_usd"][before].sum()),
        "accounts": float(len(taken[["venue", "account"]].drop_duplicates())),
        "generations": float(taken["generation"].max()) if len(taken) else 0.0,
    }


def _levels(runs: pd.DataFrame, setting: str, column: str) -> tuple[Floats, Floats]:
    """Return the levels of a setting, and what was read at each, (n_levels, n_seeds)."""
    mine = runs[runs["setting"] == setting]
    table = mine.pivot_table(index="level", columns="seed", values=column)
    return table.index.to_numpy(np.float64), table.to_numpy(np.float64)


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the size of the cascade at each level, and the paired step from the level before."""
    rows = []
    for name, (text, _) in SETTINGS.items():
        levels, usd = _levels(runs, name, "liquidated_usd")
        _, share = _levels(runs, name, "share")
        for i, level in enumerate(levels):
            step = interval(usd[i] - usd[i - 1]).write("+.1f", 1e-6) if i else ""
            rows.append(
                {
                    "setting": text,
                    "level": f"{level:g}",
                    "liquidated, m USD": interval(usd[i]).write(".1f", 1e-6),
                    "more than at the level before": step,
                    "share of open interest, %": interval(share[i]).write(".1f", 100),
                }
            )
    return pd.DataFrame(rows)


def _claim(runs: pd.DataFrame, setting: str) -> Claim:
    """Judge one setting: no step down, and more at the last level than at the first."""
    text = {
        "attack": "A longer attack never makes the mean cascade smaller.",
        "book": "A thinner book never makes the mean cascade smaller.",
        "leverage": "More leverage never makes the mean cascade smaller.",
    }[setting]
    _, usd = _levels(runs, setting, "liquidated_usd")
    rise = interval(usd[-1] - usd[0])
    return Claim(
        text,
        never_falls(usd) and rise.low > 0.0,
        f"last level against first, paired: {rise.write('+.1f', 1e-6)} m USD",
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw the size of the cascade against each setting."""
    with in_style():
        figure = picture(2.5)
        headline(figure, "Longer, thinner, more levered: the cascade grows (bars: 90 % interval)")
        for ax, (name, (text, _)) in zip(figure.subplots(1, 3, sharey=True), SETTINGS.items(),
                                         strict=True):  # fmt: skip
            levels, usd = _levels(runs, name, "liquidated_usd")
            bands = [interval(row) for row in usd]
            ends = np.array([(band.mean - band.low, band.high - band.mean) for band in bands]).T
            ax.plot(levels, usd, "o", color=BLUE, ms=2, alpha=0.25, mew=0)
            ax.errorbar(levels, usd.mean(axis=1), ends, fmt="o-", ms=4, color=BLUE, capsize=2)
            ax.set_xlabel(text)
            ax.set_xticks(levels, [f"{level:g}" for level in levels])
            ax.set_ylim(bottom=0.0)
        figure.axes[0].set_ylabel("liquidated, USD")
        in_usd(figure.axes[0].yaxis)
    return figure
