"""What is kept of a run in a comparison: numbers, and how things went through the crisis."""

from collections.abc import Mapping

import numpy as np

from experiments.comparison import MOMENTS, PATHS
from experiments.measures.procyclicality import peak_to_trough
from experiments.metrics import METRICS
from experiments.metrics.ledger import ALL, ASSESSED, CUT, FUNDS, MEMBERS, TORN, WINNERS
from experiments.record import Run
from sim import elementary
from sim.arrays import Floats

TAIL = 0.999
"""The quantile of one-minute losses that is read."""
FROM_METRICS = (
    *("loss_usd", "liquidated_usd", "liquidated_share_of_open_interest", "forced_usd"),
    *("insurance_draw_usd", "adl_usd", "socialised_loss_usd", "bad_debt_usd"),
    *("accounts_liquidated", "accounts_wiped_out", "defaulted_entities", "generations"),
    *("margin_called_usd", "margin_met_usd", "price_fall", "coverage"),
)
SHORTFALL = (FUNDS, MEMBERS, ASSESSED, CUT, TORN, WINNERS, ALL)
"""Bearers of what an account lost beyond its margin, lenders' bad debt apart.

Its owner's own share of a default fund is his, and a vault takes over what has margin left.
"""


def read(run: Run, update_seconds: float) -> dict[str, object]:
    """Return the numbers and paths of a run.

    Margin is that of the first market of the first exchange, taken at every update of the
    policy (at every record for one that never changes).

    Parameters
    ----------
    run : finished.
    update_seconds : between two updates of the policy; ``inf`` for none.
    """
    rates = updates_of(run, "maintenance_rate", update_seconds)
    initial = updates_of(run, "initial_rate", update_seconds)
    numbers: dict[str, object] = {name: METRICS[name](run) for name in FROM_METRICS}
    borne = METRICS["loss_usd_by_bearer"](run)
    shared = borne if isinstance(borne, Mapping) else {}
    numbers |= {
        "shortfall_usd": sum(float(str(shared.get(who, 0.0))) for who in SHORTFALL),
        "mean_maintenance": float(rates.mean()),
        "mean_initial": float(initial.mean()),
        "peak_to_trough": peak_to_trough(rates),
        "margin_calls": int((run.events["kind"] == "margin_call").sum()),
        "halted": str(run.manifest.get("halted", "")),
    }
    return numbers | _returns(run) | _paths(run)


def main_market(run: Run) -> tuple[str, str]:
    """Return the first market that has a margin rate: the one whose margin is compared."""
    for market, frame in run.markets.items():
        if (frame["maintenance_rate"].to_numpy(dtype=np.float64) > 0.0).any():
            return market
    return next(iter(run.markets))


def updates_of(run: Run, column: str, update_seconds: float) -> Floats:
    """Return a column of the main market at each update of the policy, (n,).

    A policy that never changes has one update; where a shock scales it, every record counts.
    """
    frame = run.markets[main_market(run)]
    values = frame[column].to_numpy(dtype=np.float64)
    if not np.isfinite(update_seconds):
        return values[:1] if (values == values[0]).all() else values
    seconds = frame["step"].to_numpy(dtype=np.float64) * run.step_seconds
    stride = max(update_seconds, run.row_seconds)
    return np.asarray(values[np.isclose(seconds % stride, 0.0)])


def _returns(run: Run) -> dict[str, object]:
    """Return tail and kurtosis of one-minute returns of the mark."""
    frame = run.markets[main_market(run)]
    marks = frame["mark"].to_numpy(dtype=np.float64)
    moves = np.diff(elementary.log(marks[:: max(1, round(60.0 / run.row_seconds))]))
    if moves.size < 2 or not moves.std() > 0.0:
        return {"kurtosis": np.nan, "loss_quantile": np.nan}
    centred = moves - moves.mean()
    fourth = float(np.mean(centred**4) / np.mean(centred**2) ** 2)
    worst = np.quantile(-moves, TAIL, method="inverted_cdf")
    return {"kurtosis": fourth - 3.0, "loss_quantile": float(worst)}


def _paths(run: Run) -> dict[str, object]:
    """Return how margin, price, calls and liquidations went, in ``MOMENTS`` equal spans."""
    frame = run.markets[main_market(run)]
    last = float(frame["step"].iloc[-1]) + 1.0
    ends = np.linspace(0.0, last, MOMENTS + 1)[1:]
    row = np.searchsorted(frame["step"].to_numpy(dtype=np.float64), ends - 1e-9, side="left") - 1
    row = np.maximum(row, 0)
    found: dict[str, object] = {
        "rate_path": frame["maintenance_rate"].to_numpy(dtype=np.float64)[row],
        "price_path": frame["outside"].to_numpy(dtype=np.float64)[row],
    }
    for name, events in (
        ("called_path", run.events[run.events["kind"] == "margin_call"]),
        ("liquidated_path", run.cascade.liquidations),
    ):
        span = np.searchsorted(ends, events["step"].to_numpy(dtype=np.float64), side="right")
        usd = events["usd"].to_numpy(dtype=np.float64)
        found[name] = np.bincount(np.minimum(span, MOMENTS - 1), usd, minlength=MOMENTS)
    return {name: found[name] for name in PATHS}
