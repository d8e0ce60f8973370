"""What is read off margin paths: one row a policy, and the words that make the digits exact."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.margin_study import VOLATILITY_DAYS, MarginStudy
from experiments.measures.alarms import WORTH_CALLING, alarms
from experiments.measures.coverage import (
    RatioTest,
    clustered,
    conditional,
    fissler_ziegel,
    independence,
    kupiec,
    normal_shortfall,
    pinball,
)
from experiments.measures.procyclicality import (
    call_frequency,
    call_quantile,
    cost,
    directed_peak_to_trough,
    largest_call,
    peak_to_trough,
    responsiveness,
)
from experiments.words import percent
from sim.arrays import Bools
from sim.price.moments import say_moment

CALL_DAYS = (1, 5, 20, 30)
"""Days over which calls are measured."""
LARGE = 0.1
"""A call of a day counts as large from this share of the margin before it."""
LEVEL = 0.05
"""Probability below which a test of coverage rejects."""


def table(study: MarginStudy) -> pd.DataFrame:
    """Return every measure of every policy, one row a policy."""
    return pd.DataFrame([row_of_policy(study, name) for name in study.paths])


def row_of_policy(study: MarginStudy, name: str) -> dict[str, object]:
    """Return every measure of one policy; rates, calls and losses are fractions of notional."""
    path = study.paths[name]
    rates = path.maintenance
    row: dict[str, object] = {
        "policy": name,
        "valid_since": path.valid,
        "updates": rates.size,
        "mean_margin": float(rates.mean()),
        "mean_initial": float(path.initial.mean()),
        "peak_to_trough": peak_to_trough(rates),
        "peak_to_trough_directed": directed_peak_to_trough(rates),
        "cost": cost(rates, study.paths[study.baseline].maintenance),
    }
    return row | _calls(study, name) | _coverage(study, name) | _warning(study, name)


def _calls(study: MarginStudy, name: str) -> dict[str, object]:
    """Return the largest calls, over the whole window and under stress."""
    rates, found = study.paths[name].maintenance, dict[str, object]()
    for days in CALL_DAYS:
        bars = study.bars_in(days)
        for what, inside in (("call", None), ("stressed_call", study.stress)):
            if bars is None or (what == "stressed_call" and inside is None):
                found |= {f"{what}_{days}d": np.nan, f"{what}_{days}d_ratio": np.nan}
                continue
            call = largest_call(rates, bars, inside)
            found |= {f"{what}_{days}d": call.rise, f"{what}_{days}d_ratio": call.ratio}
    day = study.bars_in(1)
    return found | {
        "call_1d_q99": np.nan if day is None else call_quantile(rates, day),
        "large_calls_1d": np.nan if day is None else call_frequency(rates, day, LARGE),
    }


def _coverage(study: MarginStudy, name: str) -> dict[str, object]:
    """Return breaches, what the tests say of them, and scores."""
    path, hits = study.paths[name], study.breaches(name)
    probability = 1.0 - path.confidence
    rates, losses = path.maintenance[study.tested], study.losses[study.tested]
    beyond = (losses - rates)[hits]
    shortfall = np.maximum(normal_shortfall(path.confidence) * rates, 1e-12)
    tests = {
        "kupiec": kupiec(int(hits.sum()), hits.size, probability),
        "independence": independence(hits),
        "conditional": conditional(hits, probability),
    }
    found: dict[str, object] = {
        "confidence": path.confidence,
        "observations": hits.size,
        "breaches": int(hits.sum()),
        "expected_breaches": probability * hits.size,
        "coverage": 1.0 - float(hits.mean()),
        "largest_shortfall": float(beyond.max(initial=0.0)),
        "mean_shortfall": float(beyond.mean()) if beyond.size else 0.0,
    }
    for test, verdict in tests.items():
        found |= {test: verdict.statistic, f"{test}_p": verdict.p_value}
    return found | {
        "clustered": clustered(hits),
        "verdict": verdict_on(tests, hits, probability),
        "pinball": pinball(losses, rates, path.confidence),
        "fissler_ziegel": fissler_ziegel(losses, rates, shortfall, path.confidence),
    }


def _warning(study: MarginStudy, name: str) -> dict[str, object]:
    """Return how margin answers to volatility, and whether its calls were needed."""
    rates = study.paths[name].maintenance
    lag = study.bars_in(VOLATILITY_DAYS)
    found = alarms(rates, study.losses)
    return {
        "responsiveness": np.nan if lag is None else responsiveness(rates, study.spread, lag),
        "calls_made": found.justified + found.false,
        "calls_not_needed": found.false,
        "losses_not_foreseen": found.missed,
        "false_alarm_rate": found.false_rate,
        "hit_rate": found.hit_rate,
    }


def verdict_on(tests: Mapping[str, RatioTest], breaches: Bools, probability: float) -> str:
    """Return what the tests say in plain words."""
    count = "as many breaches as asked for"
    if tests["kupiec"].rejected(LEVEL):
        many = float(breaches.mean()) > probability
        count = "too many breaches" if many else "fewer breaches than asked for: dearer than needed"
    if breaches.sum() < 2:
        return count
    pattern = "in clusters" if clustered(breaches) else "too evenly spaced"
    return f"{count}; {pattern if tests['independence'].rejected(LEVEL) else 'not in clusters'}"


def conventions(study: MarginStudy) -> list[str]:
    """Return what another person must know to get the same digits."""
    closes, every = study.closes, study.closes.interval_seconds / 3600.0
    bar = "trading day, counted as 24 h" if closes.trading_days else f"bar of {every:g} h"
    sign = "-(ln p[t+h] - ln p[t])" if study.side == "long" else "ln p[t+h] - ln p[t]"
    first, last = (say_moment(int(t.astype("int64"))) for t in (study.time[0], study.time[-1]))
    overlap = "" if study.horizon == 1 else f"; only every {study.horizon}-th t is tested"
    days = ", ".join(f"{d} d = {study.bars_in(d)} bars" for d in CALL_DAYS if study.bars_in(d))
    length = "1 bar" if study.horizon == 1 else f"{study.horizon} bars"
    span, days_back = f"{study.horizon * every:g} h", f"{VOLATILITY_DAYS} days"
    told = f"""\
prices: closes of {study.source}, {len(closes):,} in all, one a {bar}; r[t] = ln(p[t] / p[t-1])
window: margins m[t] from {first} to {last}, {study.time.size:,} of them, the same for all
 policies; prices before are history only
margin: maintenance rate of a small outright position, fraction of notional, asked at every close
 with returns up to and including r[t], whatever clock the policy has
breach: {sign} > m[t], {study.side} side only, h = {length} = {span};
 {study.losses[study.tested].size:,} periods{overlap}
calls: largest m[t] - m[t-n], unchanged position; {days}; the 99 % quantile of daily calls counts
 falls as 0 and is order statistic ceil(0.99 n)
peak to trough: max m / min m; directed, the trough comes first; cost: mean m over that of
 {study.baseline}, less 1
tests: Kupiec, Christoffersen; reject below {percent(LEVEL)}; expected shortfall that of a normal
alarms: a call is m[t] > {1 + WORTH_CALLING:g} m[t-1]; needed if the loss of the period
 that begins at t exceeds m[t-1]
responsiveness: per cent of margin for each per cent of volatility of {days_back}, over {days_back},
 where that rose
"""
    return told.replace("\n ", " ").splitlines()
