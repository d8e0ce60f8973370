"""How much auto-deleveraging closed, and how evenly; and what backstop vaults made of it.

Rounds weigh by the notional that they closed. Without a round a measure is ``nan``.
"""

import numpy as np

from experiments.record import Run


def adl_overshoot(run: Run) -> float:
    """Times the notional closed exceeds the least that would have covered the funds' deficits.

    The least is the deficit over the furthest that a price may lie from the mark: 0 means that
    just enough was closed, 3 that four times as much was as needed.
    """
    rounds = run.adl_rounds
    if rounds is None or not rounds["needed_usd"].sum() > 0.0:
        return np.nan
    return float(rounds["closed_usd"].sum() / rounds["needed_usd"].sum() - 1.0)


def adl_top_ten_share(run: Run) -> float:
    """Share of what a round of auto-deleveraging closed that the ten hit hardest held."""
    return _weighted(run, "top_ten_share")


def adl_gini(run: Run) -> float:
    """Gini coefficient of the share of their positions that accounts in profit lost by it.

    0 where all of them lost the same share, near 1 where one lost all.
    """
    return _weighted(run, "gini")


def adl_winners_hit(run: Run) -> float:
    """Share of the accounts in profit that a round of auto-deleveraging closed, partly or whole."""
    rounds = run.adl_rounds
    if rounds is None or not rounds["winners"].sum() > 0:
        return np.nan
    return float(rounds["winners_hit"].sum() / rounds["winners"].sum())


def adl_haircut_dispersion(run: Run) -> float:
    """Standard deviation of the share of its position that an account in profit lost by it.

    0 where all were treated alike, 0.5 where half lost everything and half nothing.
    """
    return _weighted(run, "dispersion")


def vault_pnl_usd(run: Run) -> float:
    """What depositors of backstop vaults gained less what they lost; losses by bearer net no gain.

    Among the gains is the margin that was left in what was taken over.
    """
    vaults = run.entities[run.entities["kind"] == "vault"]
    if not len(vaults):
        return np.nan
    return float((vaults["equity_after_usd"] - vaults["equity_before_usd"]).sum())


def _weighted(run: Run, column: str) -> float:
    """Return the mean of a measure over rounds, each by what it closed."""
    if run.adl_rounds is None:
        return np.nan
    known = run.adl_rounds.dropna(subset=[column])
    weight = known["closed_usd"].to_numpy(dtype=np.float64)
    if not weight.sum() > 0.0:
        return np.nan
    return float((known[column].to_numpy(dtype=np.float64) * weight).sum() / weight.sum())
