"""How much of the open interest a fall liquidates: nothing, and past a threshold nearly all."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Picture,
    headline,
    in_percent,
    in_style,
    picture,
)
from experiments.record import Run
from experiments.studies.intervals import interval, never_falls
from experiments.studies.study import COLUMN, Cell, Claim, Effort, Findings, play
from scenarios.load import load
from scenarios.schema import Scenario
from sim.arrays import Floats

SCENARIO = Path(__file__).with_name("threshold.yaml")
QUESTION = "What share of the open interest does a fall of a given size liquidate?"
LEVERAGES = (4, 8, 16)
SIZES = (0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4)
QUICK_SIZES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.4)
"""Falls of the undisturbed price, fractions."""
SEEDS = 20
CALM_STEPS, FALL_STEPS = 12, 9
"""The fall begins after two minutes and takes a minute and a half."""
STEEP = 0.1
"""The middle half of the rise must lie within this much of the size of the fall."""
COLOURS = dict(zip(LEVERAGES, (BLUE, VERMILLION, ORANGE), strict=True))
MARKERS = dict(zip(LEVERAGES, ("o", "s", "^"), strict=True))
LABELS = ["leverage", "impact", "size"]


def conduct(effort: Effort) -> Findings:
    """Let falls of every size loose at every leverage, with and without impact."""
    sizes = QUICK_SIZES if effort.quick else SIZES
    runs = play(_cells(sizes), LABELS, effort.seeds(SEEDS), share_closed, effort)
    curves = {
        (leverage, impact): _curve(runs, leverage, impact=impact)
        for leverage in LEVERAGES
        for impact in (True, False)
    }
    return Findings(runs, _table(sizes, curves), _claims(sizes, curves), draw(runs))


def share_closed(run: Run) -> dict[str, float]:
    """Return the share of the contracts open before the fall that were taken from owners.

    In contracts and not in dollars, because a contract is worth less after the fall. A
    liquidation names its contracts; a takeover its worth at the mark.
    """
    taken = run.cascade.liquidations
    steps = run.markets[run.leading].set_index("step")
    contracts = np.where(
        taken["quantity"] != 0.0,
        taken["quantity"].abs(),
        taken["usd"] / steps["mark"].reindex(taken["step"]).to_numpy(),
    )
    before = steps.loc[CALM_STEPS - 1]
    return {
        "share": float(contracts.sum() / (before["open_interest_usd"] / before["mark"])),
        "outside_fall": float(1.0 - steps["outside"].min() / before["outside"]),
        "generations": float(taken["generation"].max()) if len(taken) else 0.0,
    }


def falling(size: float, leverage: int) -> Scenario:
    """Return the scenario with a fall of ``size`` and longs of median ``leverage``."""
    each = (1.0 - size) ** (1.0 / FALL_STEPS) - 1.0
    jumps = [
        f"{{at_seconds: {10 * (CALM_STEPS + i)}, kind: price_jump, asset: ALT, size: {each:.12f}}}"
        for i in range(FALL_STEPS if size else 0)
    ]
    leveraged = f"longs.leverage={{lognormal: [{leverage}, 0.35], between: [1, 45]}}"
    return load(SCENARIO, [f"shocks=[{', '.join(jumps)}]", leveraged])


def _cells(sizes: tuple[float, ...]) -> dict[Cell, Scenario]:
    """Return the scenario of every leverage and size, with and without impact."""
    cells: dict[Cell, Scenario] = {}
    for leverage in LEVERAGES:
        for size in sizes:
            scenario = falling(size, leverage)
            cells[leverage, True, size] = scenario
            cells[leverage, False, size] = scenario.cut("impact")
    return cells


def _curve(runs: pd.DataFrame, leverage: int, *, impact: bool) -> Floats:
    """Return the shares of one curve, (n_sizes, n_seeds)."""
    mine = runs[(runs["leverage"] == leverage) & (runs["impact"] == impact)]
    return mine.pivot_table(index="size", columns="seed", values="share").to_numpy(np.float64)


def crossing(sizes: tuple[float, ...], curve: Floats, level: float) -> Floats:
    """Return the smallest fall at which each seed's share reaches ``level``, (n_seeds,).

    Interpolated between sizes; ``nan`` for a seed that never gets there.

    Examples
    --------
    >>> crossing((0.0, 0.1, 0.2), np.array([[0.0], [0.2], [1.0]]), 0.6)
    array([0.15])
    """
    found = np.full(curve.shape[1], np.nan)
    for seed, shares in enumerate(curve.T):
        above = np.flatnonzero(shares >= level)
        if above.size and above[0] > 0:
            last = above[0]
            found[seed] = np.interp(
                level, shares[last - 1 : last + 1], np.array(sizes[last - 1 : last + 1])
            )
        elif above.size:
            found[seed] = sizes[0]
    return found


def _table(sizes: tuple[float, ...], curves: dict[tuple[int, bool], Floats]) -> pd.DataFrame:
    """Return mean shares and their intervals, one row a size."""
    columns: dict[str, list[str]] = {"fall": [f"{100 * size:g} %" for size in sizes]}
    for (leverage, impact), curve in curves.items():
        name = f"leverage {leverage}" + ("" if impact else ", no impact")
        columns[name] = [interval(row).write(".1f", 100, " %") for row in curve]
    return pd.DataFrame(columns)


def _claims(sizes: tuple[float, ...], curves: dict[tuple[int, bool], Floats]) -> tuple[Claim, ...]:
    """Judge the shape of the curves."""
    with_impact = {leverage: curves[leverage, True] for leverage in LEVERAGES}
    none = {lev: interval(curve[0]) for lev, curve in with_impact.items()}
    full = {lev: interval(curve[-1]) for lev, curve in with_impact.items()}
    middle = {
        (lev, on): interval(crossing(sizes, curve, 0.5)) for (lev, on), curve in curves.items()
    }
    width = {
        (lev, on): interval(crossing(sizes, curve, 0.75) - crossing(sizes, curve, 0.25))
        for (lev, on), curve in curves.items()
    }
    rising = all(never_falls(curve) for curve in with_impact.values())
    ordered = [middle[lev, True] for lev in LEVERAGES]
    return (
        Claim(
            "Without a fall nothing is liquidated.",
            all(each.high < 0.01 for each in none.values()),
            _by_leverage({lev: each.write(".2f", 100, " %") for lev, each in none.items()}),
        ),
        Claim(
            "A larger fall never liquidates less.",
            rising,
            "no step down between sizes" if rising else "a larger fall liquidates less somewhere",
        ),
        Claim(
            f"The rise is steep: its middle half lies within {100 * STEEP:.0f} points of the fall.",
            all(width[lev, True].high <= STEEP for lev in LEVERAGES),
            _by_leverage({lev: width[lev, True].write(".1f", 100, " %") for lev in LEVERAGES}),
        ),
        Claim(
            "A fall of 40 % liquidates at least 95 %.",
            all(each.low >= 0.95 for each in full.values()),
            _by_leverage({lev: each.write(".1f", 100, " %") for lev, each in full.items()}),
        ),
        Claim(
            "More leverage brings the threshold (half liquidated) nearer.",
            all(less.low > more.high for less, more in pairwise(ordered)),
            _by_leverage({lev: middle[lev, True].write(".1f", 100, " %") for lev in LEVERAGES}),
        ),
        _nearer(sizes, curves),
    )


def _nearer(sizes: tuple[float, ...], curves: dict[tuple[int, bool], Floats]) -> Claim:
    """Judge whether forced sales bring the threshold nearer, seed by seed."""
    by = {
        lev: interval(
            crossing(sizes, curves[lev, False], 0.5) - crossing(sizes, curves[lev, True], 0.5)
        )
        for lev in LEVERAGES
    }
    return Claim(
        "The impact of forced sales brings the threshold nearer.",
        all(each.low > 0.0 for each in by.values()),
        _by_leverage({lev: each.write(".1f", 100, " points") for lev, each in by.items()}),
    )


def _by_leverage(numbers: dict[int, str]) -> str:
    """List one number a leverage."""
    return "; ".join(f"leverage {leverage}: {number}" for leverage, number in numbers.items())


def draw(runs: pd.DataFrame) -> Picture:
    """Draw shares against sizes: lines are means over seeds, bands hold 90 % of the seeds."""
    with in_style():
        figure = picture(3.1, COLUMN)
        headline(figure, "Past a threshold, a fall feeds on itself")
        ax = figure.add_subplot()
        for leverage in LEVERAGES:
            for impact in (False, True):
                curve = _curve(runs, leverage, impact=impact)
                sizes = np.unique(runs["size"].to_numpy(np.float64))
                mean, colour = curve.mean(axis=1), COLOURS[leverage]
                low, high = np.quantile(curve, (0.05, 0.95), axis=1)
                ax.fill_between(sizes, low, high, color=colour, alpha=0.3 if impact else 0.15, lw=0)
                style = {"marker": MARKERS[leverage], "ms": 3.0, "lw": 1.6} if impact else {"lw": 1}
                ax.plot(sizes, mean, "-" if impact else ":", color=colour, **style)
        _explain(figure)
        in_percent(ax.xaxis)
        in_percent(ax.yaxis)
        ax.set_xlim(0.0, 0.4)
        ax.set_ylim(-0.015, 1.03)
        ax.set_xlabel("fall of the price, before forced sales add to it")
        ax.set_ylabel("share of open interest liquidated")
        ax.grid(visible=True)
    return figure


def _explain(figure: Picture) -> None:
    """Say beside the curves what they are."""
    ax = figure.axes[0]
    for leverage in reversed(LEVERAGES):
        ax.plot(
            [], [], "-", color=COLOURS[leverage], marker=MARKERS[leverage], ms=3.0, lw=1.6,
            label=f"median leverage {leverage}",
        )  # fmt: skip
    ax.plot([], [], ":", color=GREY, lw=1, label="same, forced sales\nmove no price")
    ax.fill_between([], [], [], color=GREY, alpha=0.3, lw=0, label="90 % of the seeds")
    ax.legend(loc="lower right", fontsize=6.5, frameon=True, framealpha=0.9, edgecolor="none")
