"""Whether a longer attack, a thinner book or more leverage ever makes the cascade smaller.

A book is what makers rest on a venue; the outside market reaches a venue through the quotes of
arbitrageurs, and a venue's forced sales reach the outside market the same way. A thinner book is
fewer makers' orders; a thinner market is that, fewer arbitrageurs' quotes and less depth outside.
Fewer arbitrageurs' quotes alone are neither: they cut the venue off. Forced sales then wait, end
with the fund and in auto-deleveraging off the book, and less of them reaches the market that
everybody's prices come from: that can make a cascade smaller, and is shown beside the claims.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.figures.style import BLUE, GREY, Picture, headline, in_style, in_usd, picture
from experiments.record import Run
from experiments.studies.compromise import compromise
from experiments.studies.intervals import interval, never_falls
from experiments.studies.study import Cell, Claim, Effort, Findings, play
from scenarios.schema import Scenario
from sim.arrays import Floats

QUESTION = "Does a longer attack, a thinner book or more leverage ever shrink the cascade?"
SEEDS = 12
LABELS = ["setting", "level"]
LEVERAGE = 4.5
"""Median of the longs where leverage is not what is varied: less than the library's, whose
market goes over the edge whatever one does and so shows no differences."""


def levered(leverage: float) -> list[str]:
    """Return the settings of longs with that median leverage."""
    return [
        f"{name}.leverage={{lognormal: [{leverage}, 0.5], between: [1, 25]}}"
        for name in ("longs_a", "longs_b")
    ]


def longer(minutes: float) -> list[str]:
    """Return the settings of an attack of so many minutes."""
    return [*levered(LEVERAGE), f"shocks.0.minutes={minutes}"]


def thinner_books(divisor: float) -> list[str]:
    """Return the settings of venues whose makers quote that many times less."""
    return [*levered(LEVERAGE), *_smaller("size_usd", divisor)]


def looser_link(divisor: float) -> list[str]:
    """Return the settings of arbitrageurs who quote that many times less on venues."""
    return [*levered(LEVERAGE), *_smaller("quote_usd", divisor)]


def thinner(divisor: float) -> list[str]:
    """Return the settings of a market that is that many times thinner, on venues and outside."""
    base = compromise()
    volume = base.assets[base.main_asset].outside.daily_volume_usd / divisor
    outside = f"{base.main_asset}.outside.daily_volume_usd={volume}"
    return [*thinner_books(divisor), *_smaller("quote_usd", divisor), outside]


def _smaller(key: str, divisor: float) -> list[str]:
    """Return the settings of institutions with a size that is that many times smaller."""
    return [
        f"{name}.{key}={float(str(section.parameters[key])) / divisor}"
        for name, section in compromise().institutions.items()
        if section.parameters.get(key)
    ]


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that is turned up.

    Parameters
    ----------
    text : what the levels measure.
    levels : in the order in which the cascade should grow.
    settings : what a level changes.
    claim : what should be so; nothing for a setting that is only shown.
    """

    text: str
    levels: tuple[float, ...]
    settings: Callable[[float], list[str]]
    claim: str = ""


SETTINGS: Mapping[str, Setting] = {
    "attack": Setting(
        "length of the attack,\nminutes",
        (0.2, 0.5, 1.0, 4.0, 16.0),
        longer,
        "A longer attack never makes the mean cascade smaller.",
    ),
    "market": Setting(
        "the whole market,\ntimes thinner",
        (0.5, 1.0, 2.0, 4.0),
        thinner,
        "A thinner market never makes the mean cascade smaller.",
    ),
    "books": Setting(
        "makers' books alone,\ntimes thinner",
        (1.0, 2.0, 4.0, 8.0),
        thinner_books,
        "A thinner book never makes the mean cascade smaller.",
    ),
    "leverage": Setting(
        "median leverage\nof longs",
        (3.0, 4.0, 5.0, 6.0, 7.0),
        levered,
        "More leverage never makes the mean cascade smaller.",
    ),
    "link": Setting("arbitrage quotes,\ntimes fewer (no claim)", (1.0, 2.0, 4.0), looser_link),
}


def conduct(effort: Effort) -> Findings:
    """Run every level of every setting."""
    cells: dict[Cell, Scenario] = {
        (name, level): compromise(setting.settings(level))
        for name, setting in SETTINGS.items()
        for level in (
            setting.levels[:: len(setting.levels) - 1] if effort.quick else setting.levels
        )
    }
    runs = play(cells, LABELS, effort.seeds(SEEDS), cascade_size, effort)
    claims = tuple(_claim(runs, name) for name, setting in SETTINGS.items() if setting.claim)
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
    for name, setting in SETTINGS.items():
        levels, usd = _levels(runs, name, "liquidated_usd")
        _, share = _levels(runs, name, "share")
        for i, level in enumerate(levels):
            step = interval(usd[i] - usd[i - 1]).write("+.1f", 1e-6) if i else ""
            rows.append(
                {
                    "setting": setting.text.replace("\n", " "),
                    "level": f"{level:g}",
                    "liquidated, m USD": interval(usd[i]).write(".1f", 1e-6),
                    "more than at the level before": step,
                    "share of open interest, %": interval(share[i]).write(".1f", 100),
                }
            )
    return pd.DataFrame(rows)


def _claim(runs: pd.DataFrame, setting: str) -> Claim:
    """Judge one setting: no step down, and more at the last level than at the first."""
    _, usd = _levels(runs, setting, "liquidated_usd")
    rise = interval(usd[-1] - usd[0])
    return Claim(
        SETTINGS[setting].claim,
        never_falls(usd) and rise.low > 0.0,
        f"last level against first, paired: {rise.write('+.1f', 1e-6)} m USD",
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw the size of the cascade against each setting."""
    with in_style():
        figure = picture(2.6)
        headline(figure, "Longer, thinner, more levered: the cascade grows (bars: 90 % interval)")
        axes = figure.subplots(1, len(SETTINGS), sharey=True)
        for ax, (name, setting) in zip(axes, SETTINGS.items(), strict=True):
            levels, usd = _levels(runs, name, "liquidated_usd")
            colour = BLUE if setting.claim else GREY
            bands = [interval(row) for row in usd]
            ends = np.array([(band.mean - band.low, band.high - band.mean) for band in bands]).T
            place = np.arange(levels.size)
            ax.plot(place, usd, "o", color=colour, ms=2, alpha=0.3, mew=0)
            ax.errorbar(place, usd.mean(axis=1), ends, fmt="o-", ms=4, color=colour, capsize=2)
            ax.set_xlabel(setting.text)
            ax.set_xticks(place, [f"{level:g}" for level in levels])
        axes[0].set_ylim(bottom=0.0)
        axes[0].set_ylabel("liquidated, USD")
        in_usd(axes[0].yaxis)
    return figure
