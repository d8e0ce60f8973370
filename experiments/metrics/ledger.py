"""Who bears which loss, so that no dollar is counted twice.

A loss is written down for whoever suffers it first, and then passed on: the insurance fund pays for
an account, winners pay for the fund, suppliers pay for a pool. An event with a negative loss says
who is relieved; nobody is relieved of more than had been written down for him.
"""

from collections.abc import Callable

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

FAILING = (LENDERS, FIRMS, FUNDS, TRADERS, SHARES, VAULTS, TORN, WINNERS)
"""Who has not borne what a failing entity leaves to others, in this order, one after the other.

What it lost on its pool, and what it lost on somebody else's failure or by the costs of its own,
comes before what it lost on its own positions.
"""

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
    """Return the entries: ``event``, ``bearer`` and ``usd``, negative where one is relieved.

    ``shown`` is the event at which that shows: a failed entity is relieved of what others turn out
    to bear when they do.
    """
    events = run.events[run.events["kind"].isin(list(SUFFERED_BY))]
    kind = events["kind"].astype(str).to_numpy()
    loss = events["loss"].to_numpy(dtype=np.float64)
    lost, given = np.maximum(loss, 0.0), np.maximum(-loss, 0.0)
    above = _kind_above(run)[events["id"].to_numpy()]
    passed_on = np.isin(kind, ["contagion_loss", "socialised_loss"]) & (above == "default")
    for_pool = (kind == "insurance") & (above == "bad_debt")
    fails = kind == "default"
    entity, venue = events["entity"].astype(str), events["venue"].astype(str)
    account = venue + "/" + events["account"].astype(str)
    default = pd.Series(np.where(fails, events["id"], events["cause"]))
    book = _Book(events["id"].to_numpy(), _first_bearers(run, events), lost)
    book.relieve(TRADERS, np.where(book.bearer == TRADERS, given, 0.0), account)
    book.relieve(FUNDS, np.where(book.bearer == FUNDS, given, 0.0), venue)
    book.relieve(LENDERS, np.where(for_pool, lost, 0.0), venue)
    known = book.relieve(PARTNERS, np.where(passed_on, lost, 0.0), default)
    passed = np.where(passed_on, lost, 0.0)
    for whom, key in ((ALL, default), (FIRMS, entity), (DEPOSITORS, entity)):
        back = np.where(passed_on & (book.bearer == whom), given, 0.0)
        passed -= book.relieve(whom, back, key)
    left = _left(default, fails, passed, book.held)
    # Who failed is relieved when others turn out to bear it, which may be long after.
    borne_by_others = np.maximum(passed - known, 0.0) + np.where(fails, lost, 0.0)
    dates = _spread_over(default, borne_by_others)
    # What a venue that fails leaves to others had been written down for its fund or its pool.
    owner = venue.where(~fails, entity)
    for whom in FAILING:
        key = owner if whom in (LENDERS, FUNDS) else entity
        left = left - book.relieve(whom, left, key, dates)
    return book.table()


type Dates = Callable[[Floats], tuple[np.ndarray, Floats]]
"""Spreads amounts of events over those at which they show; returns whose they are, and USD."""


class _Book:
    """What is written down for whom, and what of it nobody has been relieved of yet.

    Parameters
    ----------
    event : (n_events,) their ids.
    bearer : (n_events,) for whom the loss of each is written down first.
    lost : (n_events,) how much, USD, >= 0.
    """

    def __init__(self, event: np.ndarray, bearer: np.ndarray, lost: Floats) -> None:
        """Write down every loss for whoever suffers it first."""
        self.event, self.bearer, self.held = event, bearer, lost.copy()
        self._entries = [_entries(event, bearer, lost, event)]

    def relieve(
        self, whom: str, paid: Floats, key: pd.Series, dates: Dates | None = None
    ) -> Floats:
        """Relieve a kind of bearer: key by key, of no more than is still written down.

        Parameters
        ----------
        paid : (n_events,) what each event relieves of, USD, >= 0.
        key : (n_events,) who pays or is paid for; only equal ones relieve each other.
        dates : at which events the reliefs show, at those that pay where left out.

        Returns
        -------
        (n_events,) by how much each event does relieve, USD.
        """
        codes, _ = pd.factorize(key)
        if not codes.size:
            return paid
        had = np.where(self.bearer == whom, self.held, 0.0)
        given, owed = np.bincount(codes, paid), np.bincount(codes, had)
        relief = np.asarray(paid * _share(owed, given)[codes], dtype=np.float64)
        self.held -= had * _share(given, owed)[codes]
        event, usd = (self.event, relief) if dates is None else dates(relief)
        who = np.full(codes.size, whom, dtype=object)
        self._entries.append(_entries(event, who, -usd, self.event))
        return relief

    def table(self) -> pd.DataFrame:
        """Return all entries that are not 0."""
        table = pd.concat(self._entries, ignore_index=True)
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


def _left(default: pd.Series, fails: np.ndarray, passed: Floats, held: Floats) -> Floats:
    """Return what each default has left to others in the end, (n_events,) USD.

    That is what creditors have lost by it, less what they have got back; and what it left unpaid
    when it happened, as far as nobody has written that down. Who is declared failed
    with nothing missing may come to leave something unpaid afterwards.
    """
    codes, _ = pd.factorize(default)
    if not codes.size:
        return passed
    sums = np.bincount(codes, passed + np.where(fails, held, 0.0))
    return np.where(fails, np.maximum(sums, 0.0)[codes], 0.0)


def _spread_over(default: pd.Series, weight: Floats) -> Dates:
    """Return what spreads what is written down at defaults over events of theirs, by weight."""
    codes, _ = pd.factorize(default)

    def spread(usd: Floats) -> tuple[np.ndarray, Floats]:
        whole, weights = np.bincount(codes, usd), np.bincount(codes, weight)
        share = np.divide(whole, weights, out=np.zeros_like(whole), where=weights > 0.0)
        return default.to_numpy(), np.asarray(weight * share[codes])

    return spread


def borne(run: Run) -> Floats:
    """Return by how much each event raised the sum of all losses, USD, (n_events,)."""
    entries = run.ledger
    sums = np.bincount(entries["event"], entries["usd"], minlength=len(run.events))
    return np.asarray(sums, dtype=np.float64)


def borne_when_shown(run: Run) -> Floats:
    """Return by how much the sum of all losses rose as each event happened, USD, (n_events,)."""
    entries = run.ledger
    sums = np.bincount(entries["shown"], entries["usd"], minlength=len(run.events))
    return np.asarray(sums, dtype=np.float64)


def _kind_above(run: Run) -> np.ndarray:
    """Return the kind of each event's cause, empty without one."""
    cause = run.events["cause"].to_numpy()
    if not cause.size:
        return np.empty(0, dtype=object)
    kinds = run.events["kind"].astype(str).to_numpy(dtype=object)
    return np.where(cause >= 0, kinds[cause], "")


def _share(part: Floats, whole: Floats) -> Floats:
    """Return what share of each whole a part covers, at most 1, and 0 of nothing."""
    covered = np.minimum(part, whole)
    return np.asarray(np.divide(covered, whole, out=np.zeros_like(whole), where=whole > 0.0))


def _entries(event: np.ndarray, bearer: np.ndarray, usd: Floats, shown: np.ndarray) -> pd.DataFrame:
    """Return one entry an event."""
    return pd.DataFrame({"event": event, "bearer": bearer, "usd": usd, "shown": shown})
