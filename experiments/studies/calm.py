"""Whether nothing happens where nothing is done: the control."""

import numpy as np
import pandas as pd

from experiments.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Picture,
    headline,
    in_style,
    picture,
)
from experiments.record import Run
from experiments.studies.intervals import Interval, interval
from experiments.studies.study import Claim, Effort, Findings, play
from scenarios.load import load
from sim.arrays import Floats

QUESTION = "Does the market keep still where there is no shock, and does it look like one?"
SEEDS = 20
WARM_UP_SECONDS = 600.0
"""Left out: books fill and estimates of volatility settle."""
LAGS = 10
DEEPEST = 2
DRIFT = 0.1
"""Spread and depth of the second half may differ from the first's by this much, in logs."""
CORRELATION = 0.1
"""A correlation below this explains less than a hundredth of the next return's variance."""


def conduct(effort: Effort) -> Findings:
    """Run the control under every seed."""
    scenario = load("calm", ["steps=720"] if effort.quick else [])
    runs = play({("calm",): scenario}, ["scenario"], effort.seeds(SEEDS), stillness, effort)
    return Findings(runs, _table(runs), _claims(runs), draw(runs))


def stillness(run: Run) -> dict[str, object]:
    """Return what a market at rest is judged by, of the exchange with most open interest."""
    market = max(
        (market for market, steps in run.markets.items() if steps["bid"].notna().any()),
        key=lambda market: float(run.markets[market]["open_interest_usd"].iloc[0]),
    )
    steps = run.markets[market].iloc[round(WARM_UP_SECONDS / run.row_seconds) :]
    mid = 0.5 * (steps["bid"] + steps["ask"]).to_numpy(np.float64)
    spread = 1e4 * (steps["ask"] - steps["bid"]).to_numpy(np.float64) / mid
    depth = (steps["bid_depth_usd"] + steps["ask_depth_usd"]).to_numpy(np.float64)
    minute = round(60.0 / run.row_seconds)
    returns = np.diff(np.log(mid[::minute]))
    half = mid.size // 2
    return {
        "generations": float(run.cascade.liquidations["generation"].max() or 0)
        if len(run.cascade.liquidations)
        else 0.0,
        "liquidations": float(len(run.cascade.liquidations)),
        "empty_share": float(np.isnan(mid).mean()),
        "spread_bps": float(np.nanmean(spread)),
        "spread_drift": float(np.log(np.nanmean(spread[half:]) / np.nanmean(spread[:half]))),
        "depth_usd": float(depth.mean()),
        "depth_drift": float(np.log(depth[half:].mean() / depth[:half].mean())),
        "daily_volatility": float(returns.std() * np.sqrt(1440.0)),
        "excess_kurtosis": kurtosis(returns),
        "acf": correlations(returns).tolist(),
        "absolute_acf": correlations(np.abs(returns)).tolist(),
        "standardised": np.sort((returns - returns.mean()) / returns.std()).tolist(),
    }


def correlations(values: Floats) -> Floats:
    """Return the autocorrelations at lags 1 to ``LAGS``.

    Examples
    --------
    >>> correlations(np.array([1.0, -1.0] * 50))[:2].round(2)
    array([-0.99,  0.98])
    """
    off = values - values.mean()
    total = float((off**2).sum())
    return np.array([float((off[lag:] * off[:-lag]).sum()) / total for lag in range(1, LAGS + 1)])


def kurtosis(values: Floats) -> float:
    """Return the excess kurtosis; 0 for a normal distribution.

    Examples
    --------
    >>> kurtosis(np.array([-1.0, 1.0]))
    -2.0
    """
    off = values - values.mean()
    return float((off**4).mean() / (off**2).mean() ** 2 - 3.0)


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of every number and its interval."""
    shown = {
        "generations": ("generations, deepest of a run", ".1f", 1.0, ""),
        "liquidations": ("liquidations a run", ".0f", 1.0, ""),
        "empty_share": ("steps with an empty side of the book", ".2f", 100.0, " %"),
        "spread_bps": ("spread", ".2f", 1.0, " bp"),
        "spread_drift": ("spread, second half against first", "+.1f", 100.0, " %"),
        "depth_usd": ("depth within 2 %, both sides", ".3g", 1e-6, " m USD"),
        "depth_drift": ("depth, second half against first", "+.1f", 100.0, " %"),
        "daily_volatility": ("volatility of 1-minute returns, a day", ".2f", 100.0, " %"),
        "excess_kurtosis": ("excess kurtosis of 1-minute returns", ".2f", 1.0, ""),
    }
    rows = [
        (text, interval(runs[name]).write(form, scale, unit))
        for name, (text, form, scale, unit) in shown.items()
    ]
    rows += [
        (f"autocorrelation of {what}, lag 1 minute", _first(runs, name).write("+.3f"))
        for what, name in (("returns", "acf"), ("absolute returns", "absolute_acf"))
    ]
    return pd.DataFrame(rows, columns=["of the exchange", "mean over seeds"])


def _first(runs: pd.DataFrame, name: str) -> Interval:
    """Return the correlation at the first lag."""
    return interval([acf[0] for acf in runs[name]])


def _claims(runs: pd.DataFrame) -> tuple[Claim, ...]:
    """Judge whether the market keeps still and looks like one."""
    deepest = int(runs["generations"].max())
    spread, depth = interval(runs["spread_drift"]), interval(runs["depth_drift"])
    acf, tails = _first(runs, "acf"), interval(runs["excess_kurtosis"])
    within = f"within ±{100 * DRIFT:.0f} %"
    return (
        Claim(
            f"No cascade is deeper than {DEEPEST} generations.",
            deepest <= DEEPEST,
            f"deepest of {len(runs)} runs: {deepest}",
        ),
        Claim(
            f"The spread is stationary: its halves differ by {within}.",
            spread.low > -DRIFT and spread.high < DRIFT,
            spread.write("+.1f", 100, " %"),
        ),
        Claim(
            f"The depth is stationary: its halves differ by {within}.",
            depth.low > -DRIFT and depth.high < DRIFT,
            depth.write("+.1f", 100, " %"),
        ),
        Claim(
            f"Returns are uncorrelated: at lag one minute within ±{CORRELATION}.",
            acf.low > -CORRELATION and acf.high < CORRELATION,
            acf.write("+.3f"),
        ),
        Claim("Returns have fat tails: excess kurtosis > 0.", tails.low > 0.0, tails.write("+.2f")),
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw autocorrelations, and how much more often large returns occur than normal ones."""
    with in_style():
        figure = picture(2.6)
        headline(figure, "The control: returns do not remember, their size does, and tails are fat")
        left, right = figure.subplots(1, 2)
        lags = np.arange(1, LAGS + 1)
        for name, colour, marker, label in (
            ("acf", BLUE, "o", "returns"),
            ("absolute_acf", VERMILLION, "s", "absolute returns"),
        ):
            bands = [interval(column) for column in np.array(runs[name].to_list()).T]
            mean = np.array([band.mean for band in bands])
            ends = [(band.mean - band.low, band.high - band.mean) for band in bands]
            left.errorbar(
                lags, mean, np.array(ends).T, fmt=marker, ms=3, lw=1, color=colour, label=label
            )
        left.axhline(0.0, color=GREY, lw=0.8)
        left.set_xlabel("lag, minutes")
        left.set_ylabel("autocorrelation\n(bars: 90 % interval)")
        left.legend()
        sizes = np.abs(np.concatenate(runs["standardised"].to_list()))
        sizes = np.sort(sizes)[::-1]
        right.step(
            sizes, np.arange(1, sizes.size + 1) / sizes.size, color=ORANGE, label="the model"
        )
        _draw_normal(figure)
    return figure


def _draw_normal(figure: Picture) -> None:
    """Add what a normal distribution would give, and the words."""
    from scipy.special import ndtr

    right = figure.axes[1]
    x = np.linspace(0.01, 5.0, 200)
    right.plot(x, 2.0 * ndtr(-x), "--", color=BLACK, lw=1, label="normal distribution")
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlim(0.1, 12.0)
    right.set_ylim(1e-4, 1.2)
    right.set_xlabel("size of a 1-minute return, standard deviations")
    right.set_ylabel("share of returns at least as large")
    right.legend()
