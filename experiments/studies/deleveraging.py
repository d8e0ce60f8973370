"""Whom auto-deleveraging closes: the same crash and the same seeds under every policy."""

import numpy as np
import pandas as pd

from experiments.figures.style import (
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    VERMILLION,
    Picture,
    headline,
    in_style,
    picture,
)
from experiments.record import Run
from experiments.studies.disposal import SCENARIO
from experiments.studies.intervals import Interval, interval
from experiments.studies.study import Cell, Claim, Effort, Findings, play
from scenarios.load import load
from scenarios.schema import Scenario

QUESTION = "How evenly do deleveraging policies spread what an empty fund cannot pay?"
SEEDS = 10
STEPS = 90
POLICIES = {
    "queue": "profit_leverage",
    "queue, as needed": "{policy: profit_leverage, extent: deficit}",
    "pro rata": "pro_rata",
    "pro rata, as needed": "{policy: pro_rata, extent: deficit}",
    "water filling": "water_filling",
    "none": "none",
}
"""What a scenario says for each policy; with none the loss is shared in proportion to profit."""
NAMES = list(POLICIES)
QUEUE, NEEDED, EVEN, RISK, NONE = (NAMES[i] for i in (0, 1, 2, 4, 5))
COLOURS = dict(zip(POLICIES, (VERMILLION, ORANGE, BLUE, SKY, GREEN, GREY), strict=True))
MEASURES = {
    "adl_usd": ("closed, m USD", 1e-6, ".2f"),
    "adl_overshoot": ("overshoot, times", 1.0, ".2f"),
    "adl_top_ten_share": ("share of the ten hit hardest, %", 100.0, ".1f"),
    "adl_gini": ("Gini of the haircuts", 1.0, ".3f"),
    "adl_winners_hit": ("winners closed, %", 100.0, ".1f"),
    "adl_haircut_dispersion": ("dispersion of haircuts, %", 100.0, ".1f"),
    "socialised_loss_usd": ("socialised, m USD", 1e-6, ".3f"),
}
"""What is read off each run: how it is called, its scale, and how it is written."""


def conduct(effort: Effort) -> Findings:
    """Let the same crash empty the fund under every policy."""
    cells: dict[Cell, Scenario] = {(policy,): scenario_of(policy) for policy in POLICIES}
    runs = play(cells, ["policy"], effort.seeds(SEEDS), read, effort)
    return Findings(runs, _table(runs), _claims(runs), draw(runs))


def scenario_of(policy: str) -> Scenario:
    """Return a crash of 16 % in four minutes that a fund of 50,000 USD cannot pay for."""
    each = 0.84 ** (1 / 24) - 1.0
    falls = ", ".join(
        f"{{at_seconds: {120 + 10 * i}, kind: price_jump, asset: ALT, size: {each:.8f}}}"
        for i in range(24)
    )
    return load(
        SCENARIO,
        [
            f"steps={STEPS}",
            "perp.insurance_fund_usd=50000",
            "perp.liquidation.share_of_depth=0.1",
            f"perp.liquidation.deleveraging={POLICIES[policy]}",
            "longs.leverage={lognormal: [7, 0.5], between: [1, 40]}",
            "shorts.leverage={lognormal: [5, 0.7], between: [1, 40]}",
            f"shocks=[{falls}]",
        ],
    )


def read(run: Run) -> dict[str, float]:
    """Return what the study compares."""
    return {name: float(str(run.summary[name])) for name in MEASURES} | {
        "loss_usd": float(str(run.summary["loss_usd"]))
    }


def _column(runs: pd.DataFrame, policy: str, name: str) -> np.ndarray:
    """Return one measure of one policy, a number a seed."""
    mine = runs[runs["policy"] == policy].sort_values("seed")
    return mine[name].to_numpy(dtype=np.float64)


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a policy: means and their intervals."""
    columns: dict[str, list[str]] = {"policy": NAMES}
    for name, (label, scale, form) in MEASURES.items():
        found = [_column(runs, policy, name) for policy in POLICIES]
        columns[label] = [
            interval(each).write(form, scale) if np.isfinite(each).any() else "" for each in found
        ]
    return pd.DataFrame(columns)


def _paired(runs: pd.DataFrame, name: str, policy: str, other: str) -> Interval:
    """Return by how much a measure is larger under one policy than under another, by seed."""
    return interval(_column(runs, policy, name) - _column(runs, other, name))


def _claims(runs: pd.DataFrame) -> tuple[Claim, ...]:
    """Judge what each policy is for."""
    even = _paired(runs, "adl_haircut_dispersion", QUEUE, EVEN)
    spread = _paired(runs, "adl_winners_hit", EVEN, QUEUE)
    risk = _paired(runs, "adl_winners_hit", EVEN, RISK)
    over = _paired(runs, "adl_overshoot", QUEUE, NEEDED)
    none = interval(_column(runs, NONE, "socialised_loss_usd"))
    closed = _column(runs, NONE, "adl_usd")
    return (
        Claim(
            "Pro rata treats winners more alike than the queue does.",
            even.low > 0.0,
            f"dispersion of haircuts {even.write('.1f', 100)} points less",
        ),
        Claim(
            "The queue closes fewer accounts than pro rata.",
            spread.low > 0.0,
            f"{spread.write('.1f', 100)} points of the winners fewer",
        ),
        Claim(
            "Water filling spares more winners than pro rata.",
            risk.low > 0.0,
            f"{risk.write('.1f', 100)} points of the winners fewer",
        ),
        Claim(
            "Closing all that the fund holds overshoots; closing what its deficit needs does not.",
            over.low > 0.0 and interval(_column(runs, NEEDED, "adl_overshoot")).high < 0.1,
            f"{over.write('.0f')} times the notional needed, on top of it",
        ),
        Claim(
            "Without deleveraging nobody is closed, and the loss is socialised.",
            bool((closed == 0.0).all()) and none.low > 0.0,
            f"socialised {none.write('.2f', 1e-6)} m USD",
        ),
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw a panel a measure: means over seeds with 90 % intervals, pale dots the seeds."""
    shown = [name for name in MEASURES if name not in ("adl_usd", "socialised_loss_usd")]
    with in_style():
        figure = picture(2.4, DOUBLE)
        headline(figure, "A queue hits few and hard, pro rata everybody alike")
        axes = figure.subplots(1, len(shown), sharey=True)
        for ax, name in zip(axes, shown, strict=True):
            label, scale, _ = MEASURES[name]
            for row, policy in enumerate(NAMES[:-1]):
                values = scale * _column(runs, policy, name)
                found = interval(values)
                ax.plot(values, np.full(values.size, row), ".", color=COLOURS[policy], ms=2.5,
                        alpha=0.35)  # fmt: skip
                ax.plot([found.low, found.high], [row, row], "-", color=COLOURS[policy], lw=2.0)
                ax.plot(found.mean, row, "D", color=COLOURS[policy], ms=4.0, clip_on=False)
            ax.set_xlabel(_broken(label))
            ax.set_xlim(left=0.0)
            ax.grid(visible=True, axis="x")
        axes[0].set_yticks(range(len(NAMES) - 1), NAMES[:-1])
        axes[0].set_ylim(len(NAMES) - 1.5, -0.5)
    return figure


def _broken(label: str) -> str:
    """Return a label on two lines."""
    words = label.split(" ")
    half = (len(words) + 1) // 2
    return " ".join(words[:half]) + "\n" + " ".join(words[half:])
