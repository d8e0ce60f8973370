"""When a false oracle price became true, and who was hurt before and after."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from experiments.metrics.ledger import borne_when_shown
from experiments.metrics.metric import Value
from experiments.record import Market, Run
from sim.arrays import Bools, Floats

NEAR = 0.01
"""How near the outside price must come to the false one to be called the same."""

ATTACKS = (
    *("bias", "capture", "drop_out", "floor_cap", "freeze", "lag", "outlier"),
    *("wrong_decimals", "manipulation"),
)
"""Kinds of shock that falsify what an oracle says."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The first oracle attack, its lie, and the moment at which the lie became true.

    Parameters
    ----------
    market : where the lie was largest.
    start_step, end_step : of the attack.
    lie : the attacked answer furthest from the outside price, USD.
    below : whether it was below the outside price.
    step, time : of the first step from the first false answer on at which the outside price
        was within 1 % of the lie, or beyond; None if that never came.
    seconds : from the start of the attack to that step; ``nan`` if it never came.
    unaided : whether the twin run, without the impact of forced sales, also reached the lie.
    deceived : venues that were told the same as ``market`` all through the attack.
    """

    market: Market
    start_step: int
    end_step: int
    lie: float
    below: bool
    step: int | None
    time: datetime | None
    seconds: float
    unaided: bool
    deceived: tuple[str, ...]

    def before(self, steps: pd.Series) -> Bools:
        """Tell which steps lie before the moment: all of them if it never came."""
        known = steps.to_numpy()
        return np.asarray(known < (np.inf if self.step is None else self.step), dtype=np.bool_)


def find_truth(run: Run) -> Truth | None:
    """Return the first attack that falsified a price, and when its lie became true."""
    shocks = run.shocks.sort_values("start_step", kind="stable")
    for shock in shocks.to_dict("records"):
        if shock["kind"] not in ATTACKS:
            continue
        start = int(shock["start_step"])
        end = int(shock["end_step"]) if shock["end_step"] >= start else int(run.steps["step"].max())
        lies = [found for m in run.markets if (found := _lie(run, m, start, end)) is not None]
        if lies:
            _, market, first, lie, below = max(lies, key=lambda found: found[0])
            return _truth(run, market, (start, first, end), lie, below=below)
    return None


def became_true_seconds(run: Run) -> float:
    """Time from the start of the oracle attack until the outside price had come to the lie.

    The lie is the attacked answer furthest from the outside price; it has become true at
    the first step at which the outside price is within 1 % of it, or beyond. ``nan``
    without an attack, or if it never came to that.
    """
    return float("nan") if run.truth is None else run.truth.seconds


def loss_share_before(run: Run) -> float:
    """Share of the losses that fell before the false price became true.

    The rest came when the price was real. 1 if the lie never became true, ``nan`` without an
    attack or a loss.
    """
    return _share_before(run, borne_when_shown(run))


def liquidated_share_before(run: Run) -> float:
    """Share of the liquidated notional that fell before the false price became true.

    1 if the lie never became true, ``nan`` without an attack or a liquidation.
    """
    return _share_before(run, _liquidated(run))


def by_venue(run: Run) -> dict[str, Value]:
    """Liquidated notional and losses of every venue before and after the price became true.

    Empty without an oracle attack.
    """
    return {venue: dict(row) for venue, row in split_by_venue(run).items()}


def split_by_venue(run: Run) -> dict[str, dict[str, float]]:
    """Return the same as numbers, USD."""
    if run.truth is None:
        return {}
    events = run.events
    table = pd.DataFrame(
        {
            "liquidated": _liquidated(run),
            "loss": borne_when_shown(run),
            "when": np.where(run.truth.before(events["step"]), "before", "after"),
            "venue": events["venue"].astype(str),
        }
    )
    sums = table.groupby(["venue", "when"])[["liquidated", "loss"]].sum()
    return {
        venue: {
            f"{what}_{when}_usd": float(sums[what].get((venue, when), 0.0))
            for what in ("liquidated", "loss")
            for when in ("before", "after")
        }
        for venue in run.venues
    }


def attack_cost_usd(run: Run) -> float:
    """What the attack cost the attacker, as far as it is known.

    The sum of ``loss`` over shocks and over the attacker's own trades, where it is what was
    paid beyond the outside price, or got short of it; negative where the trades made money.
    ``nan`` without either: what it takes to capture reporters is not modelled.
    """
    paid = run.events[run.events["kind"].isin(("shock", "attack_trade"))]
    known = (paid["kind"] == "attack_trade") | (paid["loss"] != 0.0)
    return float(paid["loss"][known].sum()) if known.any() else float("nan")


def _lie(
    run: Run, market: Market, start: int, end: int
) -> tuple[float, Market, int, float, bool] | None:
    """Return how far the worst false answer was off, its market, the first step, and the answer."""
    frame = run.markets[market]
    within = frame["false_price"] & frame["step"].between(start, end)
    false = frame[within & (frame["index"] > 0)]
    if false.empty:
        return None
    off = np.log(false["index"].to_numpy() / false["outside"].to_numpy())
    below = bool(off[np.argmax(np.abs(off))] < 0)
    answers = false["index"].to_numpy()
    lie = float(answers.min() if below else answers.max())
    return float(np.abs(off).max()), market, int(false["step"].iloc[0]), lie, below


def _truth(
    run: Run, market: Market, span: tuple[int, int, int], lie: float, *, below: bool
) -> Truth:
    """Look for the moment at which the outside price came to the lie."""
    start, first, end = span
    frame = run.markets[market]
    step = _reached(frame, first, lie, below=below)
    twin = run.twin_markets.get(market)
    times = frame["time"][frame["step"] == step]
    return Truth(
        market=market,
        start_step=start,
        end_step=end,
        lie=lie,
        below=below,
        step=step,
        time=None if step is None else times.iloc[0].to_pydatetime(),
        seconds=float("nan") if step is None else (step - start) * run.step_seconds,
        unaided=twin is not None and _reached(twin, first, lie, below=below) is not None,
        deceived=_deceived(run, market, start, end),
    )


def _deceived(run: Run, market: Market, start: int, end: int) -> tuple[str, ...]:
    """Return the venues of all markets with the same oracle prices as one during a span."""
    told = {
        each: frame["index"][frame["step"].between(start, end)].to_numpy()
        for each, frame in run.markets.items()
    }
    same = [each[0] for each, index in told.items() if np.array_equal(index, told[market])]
    return tuple(dict.fromkeys(same))


def _reached(frame: pd.DataFrame, first: int, lie: float, *, below: bool) -> int | None:
    """Return the first step from ``first`` on with the outside price at the lie, or beyond."""
    later = frame[frame["step"] >= first]
    outside = later["outside"].to_numpy()
    there = outside <= lie * (1 + NEAR) if below else outside >= lie * (1 - NEAR)
    return int(later["step"].to_numpy()[np.argmax(there)]) if there.any() else None


def _liquidated(run: Run) -> Floats:
    """Return what each event took from its owner, USD, (n_events,)."""
    return np.where(run.cascade.is_liquidation, run.events["usd"].to_numpy(dtype=np.float64), 0.0)


def _share_before(run: Run, usd: Floats) -> float:
    """Return the share of some amounts of the events that fell before the moment."""
    total = float(usd.sum())
    if run.truth is None or total <= 0:
        return float("nan")
    return float(usd[run.truth.before(run.events["step"])].sum()) / total
