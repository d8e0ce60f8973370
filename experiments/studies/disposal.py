"""How fast a fund should sell what it took over: at once, or a tenth, a twentieth, a hundredth."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.figures.style import (
    BLUE,
    DOUBLE,
    GREEN,
    ORANGE,
    VERMILLION,
    Picture,
    headline,
    in_style,
    picture,
)
from experiments.record import Run
from experiments.studies.intervals import Interval, interval
from experiments.studies.study import Cell, Claim, Effort, Findings, play
from scenarios.load import load
from scenarios.schema import Scenario
from sim.arrays import Floats

SCENARIO = Path(__file__).with_name("disposal.yaml")
QUESTION = "What does it cost a fund to sell what it took over at once, and what to take its time?"
SEEDS = 12
SHARES = {"at once": 1.0, "10 %": 0.1, "5 %": 0.05, "1 %": 0.01}
"""Most of the resting book that is sold in a step of ten seconds; at once is all that it holds."""
BOTH, LONGS, LARGE = "both sides", "longs only", "one large"
CASES = {
    BOTH: "small accounts, both sides",
    LONGS: "longs only, falling market",
    LARGE: "one position, 5 x the book",
}
BOOK_USD = 2.74e6
"""What rests on one side of the book within 2 % at the start, as the scenario sets it up."""
START = 12
"""The step at which things begin to happen: after two minutes."""
COLOURS = dict(zip(SHARES, (VERMILLION, ORANGE, GREEN, BLUE), strict=True))
STYLES = dict(zip(SHARES, ("-", "--", "-.", ":"), strict=True))
LABELS = ["case", "pace"]


class Quantity(NamedTuple):
    """What a column of the figure shows: the series, its unit, and what it is called."""

    name: str
    scale: float
    label: str


QUANTITIES = (
    Quantity("fund", 1e-6, "insurance fund, m USD"),
    Quantity("position", 1e-6, "own position, m USD"),
    Quantity("price", 100.0, "price, % of the start"),
)


def conduct(effort: Effort) -> Findings:
    """Close accounts in three ways and sell what was taken over at four paces."""
    cells: dict[Cell, Scenario] = {
        (case, pace): scenario_of(case, share) for case in CASES for pace, share in SHARES.items()
    }
    runs = play(cells, LABELS, effort.seeds(SEEDS), read, effort)
    return Findings(runs, _table(runs), _claims(runs), draw(runs))


def scenario_of(case: str, share: float) -> Scenario:
    """Return the scenario of a case whose fund sells ``share`` of the book a step."""
    settings = {
        BOTH: [f"shocks=[{', '.join(_swings())}]"],
        LONGS: ["shorts.accounts=1", f"shocks=[{_slide()}]"],
        LARGE: [
            *("longs.accounts=1", "shorts.accounts=1"),
            f"whale.position_usd={5.0 * BOOK_USD}",
            f"whale.cash_usd={0.08 * 5.0 * BOOK_USD}",
            f"shocks=[{{at_seconds: {10 * START}, kind: whale_default, institution: whale}}]",
        ],
    }[case]
    return load(SCENARIO, [*settings, f"perp.liquidation.share_of_depth={share}"])


def _swings() -> list[str]:
    """Return falls and rises of 5 % that take turns, a minute each, and end where they began."""
    moves = np.repeat([-0.05, 0.10, -0.10, 0.05], 6) / 6
    return [
        f"{{at_seconds: {10 * (START + i)}, kind: price_jump, asset: ALT, size: {move:.8f}}}"
        for i, move in enumerate(moves)
    ]


def _slide() -> str:
    """Return a fall of 15 % that takes half an hour."""
    each = 0.85 ** (1 / 60) - 1.0
    return ", ".join(
        f"{{at_seconds: {10 * START + 30 * i}, kind: price_jump, asset: ALT, size: {each:.8f}}}"
        for i in range(60)
    )


def read(run: Run) -> dict[str, object]:
    """Return the three series, and what stands out of them."""
    steps = run.markets[run.leading]
    price = steps["mark"].to_numpy(np.float64)
    position = held_by_fund(run) * price * CONTRACT_SIZE
    fund = steps["insurance_usd"].to_numpy(np.float64)
    largest = float(np.abs(position).max())
    open_ = np.flatnonzero(np.abs(position) > 0.01 * max(largest, 1.0))
    return {
        "fund": fund.tolist(),
        "position": position.tolist(),
        "price": (price / price[0]).tolist(),
        "fund_change": float(fund[-1] - fund[0]),
        "fund_worst": float(fund.min() - fund[0]),
        "largest": largest,
        "left": float(abs(position[-1])),
        "price_low": float(price.min() / price[0]),
        "minutes": float(open_[-1] - START + 1) * run.step_seconds / 60.0 if open_.size else 0.0,
        "passed_on": float(run.events["loss"][run.events["kind"].isin(PASSED_ON)].sum()),
    }


CONTRACT_SIZE = 0.1
"""Coins a contract, as the scenario says."""
PASSED_ON = ("adl", "socialised_loss")
"""Kinds of events by which others pay what the fund cannot."""
TRADED = {"takeover": -1.0, "disposal": 1.0, "adl": -1.0}
"""Kinds of events that change the fund's position, and with which sign they write it down."""


def held_by_fund(run: Run) -> Floats:
    """Return the contracts that the fund holds at the end of each step, (n_steps,)."""
    steps = run.markets[run.leading]["step"].to_numpy()
    mine = run.events[run.events["kind"].isin(list(TRADED))]
    change = mine["quantity"] * mine["kind"].astype(str).map(TRADED)
    row = np.searchsorted(steps, mine["step"])
    return np.cumsum(np.bincount(row, change, minlength=steps.size))[: steps.size]


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a case and pace."""
    rows = []
    for case, title in CASES.items():
        for pace in SHARES:
            mine = _of(runs, case, pace)
            rows.append(
                {
                    "case": title,
                    "sold a step": pace,
                    "fund, m USD": _write(mine["fund_change"], "+.2f", 1e-6),
                    "worst, m USD": _write(mine["fund_worst"], "+.2f", 1e-6),
                    "largest position, m USD": _write(mine["largest"], ".2f", 1e-6),
                    "lowest price, %": _write(mine["price_low"], ".1f", 100.0),
                    "minutes to sell": _write(mine["minutes"], ".1f", 1.0),
                }
            )
    return pd.DataFrame(rows)


def _write(values: pd.Series, form: str, scale: float) -> str:
    """Write a mean over seeds with its interval."""
    return interval(values).write(form, scale)


def _of(runs: pd.DataFrame, case: str, pace: str) -> pd.DataFrame:
    """Return the runs of a cell, in the order of their seeds."""
    mine = runs[(runs["case"] == case) & (runs["pace"] == pace)]
    return mine.sort_values("seed")


def _paired(runs: pd.DataFrame, case: str, name: str, pace: str, other: str) -> Interval:
    """Return by how much a number is larger at one pace than at another, seed by seed."""
    one, two = (_of(runs, case, each)[name].to_numpy(np.float64) for each in (pace, other))
    return interval(one - two)


def _claims(runs: pd.DataFrame) -> tuple[Claim, ...]:
    """Judge what was expected of each case."""
    netted = _paired(runs, BOTH, "fund_change", "1 %", "at once")
    exposed = _paired(runs, LONGS, "fund_change", "at once", "1 %")
    deeper = _paired(runs, LARGE, "price_low", "1 %", "at once")
    longer = [interval(_of(runs, LARGE, pace)["minutes"]).mean for pace in SHARES]
    return (
        Claim(
            "A position five times the book, sold at once, pushes the price lower than at 1 % of "
            "the book a step.",
            deeper.low > 0.0,
            f"lowest price {deeper.write('.1f', 100)} points lower",
        ),
        Claim(
            "In a falling market a fund that takes its time pays for it: 1 % a step costs more "
            "than at once.",
            exposed.low > 0.0,
            f"{exposed.write('.2f', 1e-6)} m USD more",
        ),
        Claim(
            "Where both sides fail in turn, selling 1 % a step costs the fund less than at once.",
            netted.low > 0.0,
            f"{netted.write('.2f', 1e-6)} m USD less",
        ),
        Claim(
            "The slower, the longer the venue holds a position of its own.",
            longer == sorted(longer),
            ", ".join(f"{pace} {each:.0f} min" for pace, each in zip(SHARES, longer, strict=True)),
        ),
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw a row a case and a column a quantity: means over seeds, bands hold 90 % of them."""
    with in_style():
        figure = picture(5.6, DOUBLE)
        headline(figure, "Selling fast moves the price; selling slowly leaves the venue exposed")
        axes = figure.subplots(len(CASES), len(QUANTITIES), sharex=True)
        for row, (case, title) in enumerate(CASES.items()):
            for column, quantity in enumerate(QUANTITIES):
                ax = axes[row, column]
                for pace in SHARES:
                    _line(ax, _of(runs, case, pace), quantity, pace)
                ax.set_ylabel(quantity.label)
                ax.grid(visible=True)
                ax.set_xlim(0.0, 90.0)
                ax.set_xticks(range(0, 91, 30))
                if column == 0:
                    ax.set_title(title)
                if row == len(CASES) - 1:
                    ax.set_xlabel("minutes")
        axes[1, 2].legend(title="sold of the book a step", fontsize=6.5, title_fontsize=6.5)
        figure.align_ylabels(axes)
    return figure


def _line(ax: Any, mine: pd.DataFrame, quantity: Quantity, pace: str) -> None:  # noqa: ANN401
    """Draw one pace in one panel."""
    series = quantity.scale * np.array(mine[quantity.name].tolist(), dtype=np.float64)
    minutes = np.arange(series.shape[1]) / 6.0
    low, high = np.quantile(series, (0.05, 0.95), axis=0)
    ax.fill_between(minutes, low, high, color=COLOURS[pace], alpha=0.15, lw=0)
    ax.plot(minutes, series.mean(axis=0), STYLES[pace], color=COLOURS[pace], lw=1.3, label=pace)
