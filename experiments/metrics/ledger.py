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
SHARES = "defaulters' fund shares"
VAULTS = "depositors of backstop vaults"
MEMBERS, ASSESSED = "other members' fund shares", "assessed members"
CUT, TORN = "winners with gains cut", "winners torn up"
WINNERS, ALL = "auto-deleveraged winners", "all participants (socialised)"
LENDERS, PARTNERS = "lenders (bad debt)", "counterparties of defaulters"
FIRMS, DEPOSITORS = "owners of creditors", "creditors' own creditors"
BEARERS = (
    *(TRADERS, SHARES, VAULTS, FUNDS, MEMBERS, ASSESSED, CUT, TORN, WINNERS, ALL),
    *(LENDERS, PARTNERS, FIRMS, DEPOSITORS),
)
"""Who can bear a loss, in the order in which it is passed on.

The own capital of a clearing house is its venue's insurance fund.
"""
OWN = (TRADERS, SHARES)
"""Those who lose their own money on their own positions."""

SUFFERED_BY = {
    "liquidation": TRADERS,
    "takeover": TRADERS,
    "settlement": TRADERS,
    "disposal": FUNDS,
    "close_out": FUNDS,
    "insurance": FUNDS,
    "adl": WINNERS,
    "socialised_loss": ALL,
    "bad_debt": LENDERS,
    "default": PARTNERS,
    "default_fund": MEMBERS,
    "assessment": ASSESSED,
    "gains_haircut": CUT,
    "contagion_loss": FIRMS,
    "failure_cost": FIRMS,
}
"""Kinds of events with a loss, and for whom their ``loss`` is written down.

What the rest of the world loses on somebody who fails is ``DEPOSITORS``', what a defaulter's own
share of a default fund pays is ``SHARES``', and who is deleveraged by a tear-up is ``TORN``.
"""
CENT = 0.01
"""What is less is rounding, USD."""
OUTSIDE = "world"
"""The entity that stands for everybody who is not in the model."""


def ledger(run: Run) -> pd.DataFrame:
    """Return the entries: ``event``, ``bearer`` and ``usd``, negative where one is relieved."""
    events = run.events[run.events["kind"].isin(list(SUFFERED_BY))]
    kind = events["kind"].astype(str).to_numpy()
    bearer = _first_bearers(run, events)
    loss = events["loss"].to_numpy(dtype=np.float64)
    entity = events["entity"].astype(str)
    passed_on = kind == "contagion_loss"
    lost, given = np.maximum(loss, 0.0), np.maximum(-loss, 0.0)
    venue = events["venue"].astype(str)
    owner = venue + "/" + events["account"].astype(str)
    above = _kind_above(run)[events["id"].to_numpy()]
    from_default = (kind == "socialised_loss") & (above == "default")
    for_pool = (kind == "insurance") & (above == "bad_debt")
    shared = events["id"].isin(events["cause"][from_default]).to_numpy(dtype=np.bool_)
    of_default = passed_on & (above == "default")
    fails = kind == "default"
    default = np.where(fails, events["id"], events["cause"])
    by_others = passed_on | (kind == "failure_cost")
    left = _left(events, np.where(fails, lost, 0.0), np.where(of_default | from_default, loss, 0.0))
    first, rest = _split(np.where(shared, 0.0, left), by_others, lost, entity)
    # What a venue that fails leaves to others had been written down for its fund.
    fund = venue.where(~fails, entity)
    reliefs = (
        (TRADERS, np.where(bearer == TRADERS, given, 0.0), bearer == TRADERS, owner),
        (FUNDS, np.where(bearer == FUNDS, given, 0.0) + rest, bearer == FUNDS, fund),
        (LENDERS, np.where(for_pool | from_default, lost, 0.0), bearer == LENDERS, venue),
        (PARTNERS, np.where(from_default | of_default, lost, 0.0), fails, pd.Series(default)),
        (FIRMS, np.where(bearer == FIRMS, given, 0.0) + first, bearer == FIRMS, entity),
        (DEPOSITORS, np.where(bearer == DEPOSITORS, given, 0.0), bearer == DEPOSITORS, entity),
        (TRADERS, rest, kind == "liquidation", entity),
    )
    entries = [_entries(events["id"], bearer, lost)]
    for whom, paid, had, key in reliefs:
        relief = _relief(paid, np.where(had, lost, 0.0), key)
        entries.append(_entries(events["id"], np.full(kind.size, whom, dtype=object), -relief))
    table = pd.concat(entries, ignore_index=True)
    return table[table["usd"] != 0.0]


def _first_bearers(run: Run, events: pd.DataFrame) -> np.ndarray:
    """Return for whom the loss of each of some events is written down, (n_events,)."""
    kind, venue = events["kind"].astype(str).to_numpy(), events["venue"].astype(str)
    bearer = np.array([SUFFERED_BY[name] for name in kind], dtype=object)
    outside = (events["entity"].astype(str) == OUTSIDE).to_numpy()
    bearer[(kind == "contagion_loss") & outside] = DEPOSITORS
    vault = (venue + "/" + events["account"].astype(str)).isin(_vaults(run)).to_numpy()
    bearer[np.isin(kind, ["disposal", "close_out"]) & vault] = VAULTS
    # Only what a failed member's own share pays names an account.
    named = (events["account"] >= 0).to_numpy()
    bearer[(kind == "default_fund") & named] = SHARES
    tearing = run.events["venue"][run.events["kind"] == "tear_up"].astype(str)
    bearer[(kind == "adl") & venue.isin(tearing).to_numpy()] = TORN
    return bearer


def _vaults(run: Run) -> pd.Series:
    """Return the accounts of backstop vaults that took something over."""
    taken = run.events[run.events["kind"] == "backstop"]
    return taken["venue"].astype(str) + "/" + taken["account"].astype(str)


def _left(events: pd.DataFrame, failed: Floats, passed: Floats) -> Floats:
    """Return what each default has left to others in the end, (n_events,) USD.

    That is what creditors have lost by it, less what they have got back; what it left unpaid
    when it happened, where nobody has written that down.
    """
    place = pd.Series(np.arange(len(events)), index=events["id"].to_numpy())
    at = place.reindex(events["cause"]).to_numpy()
    told = (passed != 0.0) & np.isfinite(at)
    causes = at[told].astype(np.int64)
    sums = np.bincount(causes, passed[told], minlength=len(events))
    known = np.bincount(causes, minlength=len(events)) > 0
    return np.where(known & (failed > 0.0), np.maximum(sums, 0.0), failed)


def _split(
    failed: Floats, passed_on: np.ndarray, lost: Floats, entity: pd.Series
) -> tuple[Floats, Floats]:
    """Split what failing entities leave to others into what failures cost them, and the rest.

    Who fails by what it lost on somebody else's failure, or by the costs of its own, has not
    borne that loss itself.
    """
    codes, _ = pd.factorize(entity)
    if not codes.size:
        return failed, failed
    left = np.bincount(codes, failed)
    had = np.bincount(codes, np.where(passed_on, lost, 0.0))
    share = np.minimum(1.0, np.divide(had, left, out=np.zeros_like(had), where=left > 0.0))
    first = np.asarray(failed * share[codes])
    return first, failed - first


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
