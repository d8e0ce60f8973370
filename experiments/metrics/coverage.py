"""Whether margin was enough for the move that it was meant for."""

from collections.abc import Mapping

import numpy as np

from experiments.record import Run
from sim.arrays import Bools

DEFAULT_GRACE_SECONDS = 600.0
"""Margin period of risk where the manifest names none, seconds."""


def coverage(run: Run) -> float:
    """Share of the time in which maintenance margin covered the move over the grace period.

    A recorded step counts as covered where the mark ``grace_seconds`` later differs from the mark
    now by no more than the maintenance rate now, up or down. Overlapping, over all
    markets that have a mark and a margin, each with equal weight; ``nan`` if the run is
    shorter than every grace period.
    """
    shares = [covered.mean() for covered in _covered(run) if covered.size]
    return float(np.mean(shares)) if shares else float("nan")


def _covered(run: Run) -> list[Bools]:
    """Return, for every market, whether each step's margin covered what came."""
    grace = run.manifest.get("grace_seconds", DEFAULT_GRACE_SECONDS)
    found = []
    for (venue, _), frame in run.markets.items():
        seconds = grace.get(venue, DEFAULT_GRACE_SECONDS) if isinstance(grace, Mapping) else grace
        lag = max(1, -int(-float(seconds) // run.row_seconds))
        marks = frame["mark"].to_numpy(dtype=np.float64)
        rates = frame["maintenance_rate"].to_numpy(dtype=np.float64)[:-lag]
        moves = np.abs(marks[lag:] / marks[:-lag] - 1.0)
        known = np.isfinite(moves) & (rates > 0)
        found.append(moves[known] <= rates[known])
    return found
