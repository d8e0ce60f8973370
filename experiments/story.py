"""A run told in sentences, each with its time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.metrics.price import deepest_fall
from experiments.metrics.truth import liquidated_share_before, loss_share_before
from experiments.record import Run
from experiments.story_losses import (
    Told,
    ending,
    failures,
    first_loss,
    house,
    last_step,
    takeovers,
)
from experiments.words import duration, listed, percent, price, usd

MOST_SHOCKS = 2
"""Shocks that get a sentence each; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something that happened.

    Parameters
    ----------
    step : when.
    time : the same as a clock shows it, UTC.
    text : what.
    """

    step: int
    time: str
    text: str


def tell(run: Run) -> list[Sentence]:
    """Return what happened in a dozen sentences or so, ordered by time."""
    found = [(step, text) for part in PARTS for step, text in part(run)]
    found.sort(key=lambda pair: pair[0])
    return [Sentence(step, _clock(run, step), text) for step, text in found]


def _opening(run: Run) -> Told:
    """Say where things stood."""
    first = int(run.steps["step"].iloc[0])
    start = run.steps[run.steps["step"] == first]
    lead = run.markets[run.leading]
    count = len(run.markets)
    text = (
        f"The run begins: {count} market{'s' * (count > 1)} on {listed(run.venues)} with "
        f"{usd(float(start['open_interest_usd'].sum()))} of open interest; the outside price is "
        f"{price(float(lead['outside'].iloc[0]))} USD."
    )
    return [(first, text)]


def _shocks(run: Run) -> Told:
    """Say what was done to the market."""
    if run.shocks.empty:
        text = "No shock is let loose: prices go their own way."
        return [(int(run.steps["step"].iloc[0]), text)]
    rows = run.shocks.sort_values("start_step", kind="stable").to_dict("records")
    more = len(rows) - MOST_SHOCKS
    told = []
    for i, row in enumerate(rows[:MOST_SHOCKS]):
        text = f"Shock ({_words(row['kind'])}): {str(row['description']).rstrip('.')}."
        lasts = (row["end_step"] - row["start_step"]) * run.step_seconds
        text += f" It lasts {duration(lasts)}." if lasts > 0 else ""
        if i == MOST_SHOCKS - 1 and more > 0:
            text += f" {more} more shock{'s' * (more > 1)} follow."
        told.append((int(row["start_step"]), text))
    return told


def _first_call(run: Run) -> Told:
    """Tell of the first margin call."""
    calls = run.events[run.events["kind"] == "margin_call"]
    if calls.empty:
        return [(last_step(run), "No margin was called in the whole run.")]
    row, total = calls.iloc[0], float(calls["usd"].sum())
    more = f"one of {len(calls):,}, for {usd(total)} in all" if len(calls) > 1 else "the only one"
    text = (
        f"{_since_shock(run, int(row['step']))}the first margin call, {usd(float(row['usd']))}, "
        f"goes out on {row['venue']}: {more}."
    )
    return [(int(row["step"]), _capital(text))]


def _first_liquidation(run: Run) -> Told:
    """Tell of the first liquidation."""
    taken = run.cascade.liquidations
    if taken.empty:
        return [(last_step(run), "No account was liquidated.")]
    row = taken.iloc[0]
    text = (
        f"{_since_shock(run, int(row['step']))}the first liquidation: {usd(float(row['usd']))} "
        f"on {row['venue']}, {_way(row['channel'])}."
    )
    return [(int(row["step"]), _capital(text))]


def _feedback(run: Run) -> Told:
    """Tell when liquidations began to lead to others, and how far that went."""
    taken = run.cascade.liquidations
    later = taken[taken["generation"] >= 2]
    if later.empty:
        return []
    row, depth = later.iloc[0], int(taken["generation"].max())
    share = float(later["usd"].sum() / taken["usd"].sum())
    first = "the shock" if len(run.shocks) else "the market's own move"
    text = (
        f"A liquidation leads to another for the first time, on {row['venue']} "
        f"{_way(row['channel'])}. In the end the cascade is {depth} generations deep and "
        f"{percent(share)} of its notional answers to earlier liquidations, not to {first}."
    )
    return [(int(row["step"]), text)]


def _dragged_in(run: Run) -> Told:
    """Tell of venues that were hurt although they never saw a false price."""
    if run.truth is None:
        return []
    taken = run.cascade.liquidations
    told = []
    for venue in run.venues:
        rows = taken[taken["venue"] == venue]
        if venue not in run.truth.deceived and len(rows):
            text = (
                f"{venue}, whose feed was never false, is dragged in: its first liquidation, of "
                f"{usd(float(rows['usd'].iloc[0]))}. By the end it has seen "
                f"{usd(float(rows['usd'].sum()))}."
            )
            told.append((int(rows["step"].iloc[0]), text))
    return told[:1]


def _truth(run: Run) -> Told:
    """Tell of the moment at which the false price became true."""
    truth = run.truth
    if truth is None:
        return []
    if truth.step is None:
        return [
            (last_step(run), f"The outside price never came to the false {price(truth.lie)} USD.")
        ]
    shares = (liquidated_share_before(run), loss_share_before(run))
    before = [percent(share) if np.isfinite(share) else "none" for share in shares]
    alone = "" if run.twin_steps is None else " (without the impact of forced sales it never does)"
    if truth.unaided:
        alone = " (it comes there without the impact of forced sales, too)"
    text = (
        f"The outside price reaches the false {price(truth.lie)} USD: the lie has become true, "
        f"{duration(truth.seconds)} after the attack began{alone}. Up to here fell {before[0]} "
        f"of all liquidations and {before[1]} of all losses."
    )
    return [(truth.step, text)]


def _trough(run: Run) -> Told:
    """Tell of the lowest price."""
    lead = run.markets[run.leading]
    prices = lead["outside"].to_numpy()
    fall = deepest_fall(prices)
    twin = run.twin_markets.get(run.leading)
    text = f"The outside price has fallen furthest, by {percent(fall.size)} to "
    text += f"{price(prices[fall.trough])} USD"
    if twin is not None:
        size = deepest_fall(twin["outside"].to_numpy()).size
        text += f"; without the impact of forced sales it falls by {percent(size)}"
    text += "."
    return [(int(lead["step"].iloc[fall.trough]), text)]


PARTS: tuple[Callable[[Run], Told], ...] = (
    *(_opening, _shocks, _first_call, _first_liquidation, _feedback, _dragged_in),
    *(_truth, _trough, first_loss, takeovers, failures, house, ending),
)


def _since_shock(run: Run, step: int) -> str:
    """Say how long after the latest shock that began before a step."""
    started = run.shocks["start_step"][run.shocks["start_step"] <= step]
    if started.empty:
        return ""
    late = (step - int(started.max())) * run.step_seconds
    return f"{duration(late)} later " if late else "at once "


def _way(channel: object) -> str:
    """Say by which channel a cause came."""
    ways = {"exogenous": "by the market's own move", "shock": "by the shock itself"}
    return ways.get(str(channel), f"by way of {_words(channel)}")


def _words(name: object) -> str:
    """Write the name of a kind or a channel as words."""
    return str(name).replace("_", " ")


def _capital(text: str) -> str:
    """Begin with a capital letter."""
    return text[0].upper() + text[1:]


def _clock(run: Run, step: int) -> str:
    """Return the time of a step; with the day in runs longer than one."""
    frame = run.markets[run.leading]
    first, last = frame["time"].iloc[0], frame["time"].iloc[-1]
    late = (step - int(frame["step"].iloc[0])) * run.step_seconds
    form = "%H:%M:%S" if (last - first).days < 1 else "%-d %b %H:%M:%S"
    return str((first + pd.Timedelta(seconds=late)).strftime(form))
