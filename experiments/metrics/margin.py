"""What margin cost, how much of it was called, and how it moved with the market."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.metrics.metric import Value
from experiments.record import Market, Run

HORIZONS: Mapping[str, float] = {"10 min": 600, "1 h": 3600, "1 d": 86_400, "5 d": 432_000}
"""Spans over which increases of margin are measured, seconds."""


def margin_called_usd(run: Run) -> float:
    """Money that margin calls asked for."""
    return float(run.events["usd"][run.events["kind"] == "margin_call"].sum())


def margin_met_usd(run: Run) -> float:
    """Money that owners brought to meet their calls.

    What an owner brings beyond a call is not counted: it does not meet another's.
    """
    return float(met(run)["usd"].sum())


def margin_met_share(run: Run) -> float:
    """Share of the money called that was brought; without calls there is none.

    ``margin_met_usd`` over ``margin_called_usd``.
    """
    called = margin_called_usd(run)
    return margin_met_usd(run) / called if called > 0.0 else float("nan")


def met(run: Run) -> pd.DataFrame:
    """Return the events by which calls were met, ``usd`` what was still missing of each call."""
    events = run.events
    calls = events["usd"].where(events["kind"] == "margin_call", 0.0).to_numpy()
    cures = events[events["kind"] == "cure"]
    cause, usd = cures["cause"].to_numpy(), cures["usd"].to_numpy()
    asked = np.where(cause >= 0, calls[cause], 0.0)
    brought = cures.groupby("cause")["usd"].cumsum().to_numpy()
    return cures.assign(usd=np.minimum(brought, asked) - np.minimum(brought - usd, asked))


def mean_margin(run: Run) -> float:
    """What holding a position cost: the mean initial margin, as a fraction of notional.

    Over all steps and markets, weighted by open interest (not weighted if there is none).
    """
    rates = run.steps["initial_rate"].to_numpy(dtype=np.float64)
    weights = run.steps["open_interest_usd"].to_numpy(dtype=np.float64)
    known = np.isfinite(rates) & np.isfinite(weights)
    if not known.any():
        return float("nan")
    weights = weights[known] if weights[known].sum() > 0 else np.ones(int(known.sum()))
    return float(np.average(rates[known], weights=weights))


def peak_to_trough(run: Run) -> float:
    """Highest maintenance margin over lowest, in the market where that is largest.

    Undirected: the trough may come after the peak. 1 means that margin never moved; ``nan``
    where no market has a margin.
    """
    return max(_ratios(run.markets).values(), default=float("nan"))


def endogeneity_gap(run: Run) -> float:
    """How much more margin moved because forced sales moved the market.

    Peak-to-trough of the market in which it is largest, over that of the same market in the
    twin run, where forced sales move nothing. ``nan`` without a twin.
    """
    ratios, twin = _ratios(run.markets), _ratios(run.twin_markets)
    both = [market for market in ratios if market in twin]
    if not both:
        return float("nan")
    worst = max(both, key=lambda market: ratios[market])
    return ratios[worst] / twin[worst]


def margin_increase(run: Run) -> dict[str, Value]:
    """Largest rise of maintenance margin within ten minutes, an hour, a day and five days.

    In fractions of notional, in the market where it is largest: the most that a holder of an
    unchanged position was asked for in that time. ``nan`` where the run is shorter.
    """
    return {name: _increase(run, seconds) for name, seconds in HORIZONS.items()}


def _ratios(markets: Mapping[Market, pd.DataFrame]) -> dict[Market, float]:
    """Return peak over trough of every market that has a margin."""
    ratios = {}
    for market, frame in markets.items():
        rates = frame["maintenance_rate"].to_numpy(dtype=np.float64)
        rates = rates[np.isfinite(rates) & (rates > 0)]
        if rates.size:
            ratios[market] = float(rates.max() / rates.min())
    return ratios


def _increase(run: Run, seconds: float) -> float:
    """Return the largest rise over a span, in any market."""
    lag = round(seconds / run.row_seconds)
    largest = float("nan")
    for frame in run.markets.values():
        rates = frame["maintenance_rate"].to_numpy(dtype=np.float64)
        if 0 < lag < rates.size and np.isfinite(rates).all():
            largest = float(np.fmax(largest, (rates[lag:] - rates[:-lag]).max()))
    return largest
