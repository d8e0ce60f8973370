"""Who bears which loss, so that no dollar is counted twice.

A loss is written down for whoever suffers it first, and then passed on: the insurance fund pays for
an account, winners pay for the fund, suppliers pay for a pool. An event with a negative loss says
who is relieved; nobody is relieved of more than had been written down for him.
"""

import numpy as np
import pandas as pd

from experiments.record import Run
from sim.arrays import Floats

TRADERS, FUNDS = "liquidated traders", "insurance funds"
WINNERS, ALL = "auto-deleveraged winners", "all participants (socialised)"
LENDERS, PARTNERS = "lenders (bad debt)", "counterparties of defaulters"
BEARERS = (TRADERS, FUNDS, WINNERS, ALL, LENDERS, PARTNERS)
"""Who can bear a loss, in the order in which it is passed on."""

SUFFERED_BY = {
    "liquidation": TRADERS,
    "takeover": TRADERS,
    "settlement": TRADERS,
    "disposal": FUNDS,
    "insurance": FUNDS,
    "adl": WINNERS,
    "socialised_loss": ALL,
    "bad_debt": LENDERS,
    "default": PARTNERS,
}
"""Kinds of events with a loss, and for whom their ``loss`` is written down."""


def ledger(run: Run) -> pd.DataFrame:
    """Return the entries: ``event``, ``bearer`` and ``usd``, negative where one is relieved."""
    events = run.events[run.events["kind"].isin(list(SUFFERED_BY))]
    kind = events["kind"].astype(str).to_numpy()
    bearer = np.array([SUFFERED_BY[name] for name in kind], dtype=object)
    loss = events["loss"].to_numpy(dtype=np.float64)
    lost, given = np.maximum(loss, 0.0), np.maximum(-loss, 0.0)
    venue = events["venue"].astype(str)
    owner = venue + "/" + events["account"].astype(str)
    above = _kind_above(run)[events["id"].to_numpy()]
    from_default = (kind == "socialised_loss") & (above == "default")
    for_pool = (kind == "insurance") & (above == "bad_debt")
    shared = events["id"].isin(events["cause"][from_default]).to_numpy(dtype=np.bool_)
    reliefs = (
        (TRADERS, np.where(bearer == TRADERS, given, 0.0), bearer == TRADERS, owner),
        (FUNDS, np.where(bearer == FUNDS, given, 0.0), bearer == FUNDS, venue),
        (LENDERS, np.where(for_pool | from_default, lost, 0.0), bearer == LENDERS, venue),
        (PARTNERS, np.where(from_default, lost, 0.0), shared, venue.where(~from_default, "")),
        (
            *(TRADERS, np.where((kind == "default") & ~shared, lost, 0.0)),
            *(kind == "liquidation", events["entity"].astype(str)),
        ),
    )
    entries = [_entries(events["id"], bearer, lost)]
    for whom, paid, had, key in reliefs:
        relief = _relief(paid, np.where(had, lost, 0.0), key)
        entries.append(_entries(events["id"], np.full(kind.size, whom, dtype=object), -relief))
    table = pd.concat(entries, ignore_index=True)
    return table[table["usd"] != 0.0]


def borne(run: Run) -> Floats:
    """Return by how much each event raised the sum of all losses, USD, (n_events,)."""
    entries = run.ledger
    sums = np.bincount(entries["event"], entries["usd"], minlength=len(run.events))
    return np.asarray(sums, dtype=np.float64)


def _kind_above(run: Run) -> np.ndarray:
    """Return the kind of each event's cause, empty without one."""
    cause = run.events["cause"].to_numpy()
    if not cause.size:
        return np.empty(0, dtype=object)
    kinds = run.events["kind"].astype(str).to_numpy(dtype=object)
    return np.where(cause >= 0, kinds[cause], "")


def _relief(paid: Floats, had: Floats, key: pd.Series) -> Floats:
    """Return how much of each payment relieves: key by key, no more than had been lost."""
    codes, _ = pd.factorize(key)
    if not codes.size:
        return np.zeros(0)
    given, owed = np.bincount(codes, paid), np.bincount(codes, had)
    share = np.minimum(1.0, np.divide(owed, given, out=np.zeros_like(given), where=given > 0.0))
    return np.asarray(paid * share[codes], dtype=np.float64)


def _entries(event: pd.Series, bearer: np.ndarray, usd: Floats) -> pd.DataFrame:
    """Return one entry an event."""
    return pd.DataFrame({"event": event.to_numpy(), "bearer": bearer, "usd": usd})
