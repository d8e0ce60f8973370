"""What an entity that fails leaves to others is not its own loss as well."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.metrics.ledger import OUTSIDE, borne, borne_when_shown, ledger
from experiments.metrics.losses import bearers
from experiments.record import Run
from sim.events import Channel, EventKind
from tests.experiments.sample_run import Told, hand_made_run, log_of, with_events

DEFAULT, LOST_ON = EventKind.DEFAULT, EventKind.CONTAGION_LOSS
SHARED = EventKind.SOCIALISED_LOSS
OWN = (
    *(EventKind.LIQUIDATION, EventKind.TAKEOVER, EventKind.SETTLEMENT, EventKind.DEFAULT_FUND),
    *(EventKind.FAILURE_COST, EventKind.ADL),
)
"""What an entity loses in its own name."""
OF_VENUE = (EventKind.BAD_DEBT, EventKind.INSURANCE, EventKind.DISPOSAL, EventKind.CLOSE_OUT)
"""What an entity loses by its venue."""
PLACES = {0: "perp_a", 1: "lender", 2: "perp_b"}
"""Venues, and the entities that own them."""
Row = tuple[str, Told]


def row(
    kind: EventKind, entity: str, loss: float, *, cause: int = -1, venue: int = -1, account: int = 5
) -> Row:
    """Return an event of an entity."""
    return entity, (3, kind, cause, venue, account, loss, loss, Channel.IMPACT)


def told(rows: list[Row]) -> Run:
    """Return a run with a few events."""
    run = with_events(hand_made_run(), log_of(event for _, event in rows))
    return replace(run, events=run.events.assign(entity=pd.Categorical([who for who, _ in rows])))


@pytest.mark.parametrize("missing", [70.0, 1.0, 0.0])
def test_a_default_passes_losses_on_whatever_was_missing_when_it_was_declared(
    missing: float,
) -> None:
    rows = [
        row(DEFAULT, "failed", missing),
        row(EventKind.LIQUIDATION, "failed", 120.0, cause=0),
        row(LOST_ON, "firm", 70.0, cause=0),
    ]
    assert bearers(told(rows)) == {"liquidated traders": 50.0, "owners of creditors": 70.0}


@pytest.mark.parametrize(
    ("kind", "bearer"),
    [
        (EventKind.LIQUIDATION, "liquidated traders"),
        (EventKind.TAKEOVER, "liquidated traders"),
        (EventKind.SETTLEMENT, "liquidated traders"),
        (EventKind.DEFAULT_FUND, "defaulters' fund shares"),
        (EventKind.ADL, "auto-deleveraged winners"),
        (EventKind.FAILURE_COST, "owners of creditors"),
    ],
)
def test_however_a_failed_entity_lost_its_creditors_relieve_it(
    kind: EventKind, bearer: str
) -> None:
    rows = [
        row(kind, "failed", 100.0),
        row(DEFAULT, "failed", 70.0),
        row(LOST_ON, OUTSIDE, 70.0, cause=1),
    ]
    assert bearers(told(rows)) == {bearer: 30.0, "creditors' own creditors": 70.0}


def test_a_failed_entity_is_relieved_when_others_turn_out_to_bear_it() -> None:
    """Not at the default: the sum of all losses never falls for what becomes known later."""
    rows = [
        row(EventKind.LIQUIDATION, "failed", 120.0),
        row(DEFAULT, "failed", 20.0),
        row(LOST_ON, "firm", 20.0, cause=1),
        row(LOST_ON, "firm", 50.0, cause=1),
    ]
    run = told(rows)
    assert borne_when_shown(run).tolist() == pytest.approx([120.0, 0.0, 0.0, 0.0])
    assert borne(run).sum() == pytest.approx(120.0)


def test_what_is_left_is_taken_off_own_losses_once() -> None:
    """Of 100, 60 by positions and 40 by the fund: 70 left to others relieve of 60, then of 10."""
    rows = [
        row(EventKind.TAKEOVER, "failed", 60.0),
        row(EventKind.DEFAULT_FUND, "failed", 40.0),
        row(DEFAULT, "failed", 70.0),
        row(LOST_ON, "firm", 70.0, cause=2),
    ]
    assert bearers(told(rows)) == {"defaulters' fund shares": 30.0, "owners of creditors": 70.0}


def test_an_account_that_its_fund_has_relieved_is_not_relieved_again() -> None:
    """A loss of 100, 80 of it the fund's: 30 left to others take the last 20, and no more."""
    rows = [
        row(EventKind.LIQUIDATION, "failed", 100.0, venue=0),
        row(EventKind.TAKEOVER, "failed", -80.0, venue=0),
        row(EventKind.INSURANCE, "", 80.0, venue=0),
        row(DEFAULT, "failed", 30.0),
        row(LOST_ON, "firm", 30.0, cause=3),
    ]
    assert bearers(told(rows)) == {"insurance funds": 80.0, "owners of creditors": 30.0}


def test_a_lender_bears_of_its_bad_debt_what_suppliers_do_not() -> None:
    rows = [
        row(EventKind.BAD_DEBT, "borrower", 100.0, venue=1),
        row(DEFAULT, "lender", 90.0),
        row(SHARED, "lender", 90.0, cause=1, venue=1),
        row(SHARED, "lender", -40.0, cause=1, venue=1),
    ]
    assert bearers(told(rows)) == {
        "all participants (socialised)": 50.0,
        "lenders (bad debt)": 50.0,
    }


def failing(
    data: st.DataObject, rows: list[Row], venue: int, creditor: str, inherited: float
) -> tuple[float, float]:
    """Add events of a venue's owner that fails; return its own losses and its creditor's on it.

    What is missing when it is declared, what others lose by it first and in the end is made up:
    none of it is more than it has lost itself.
    """
    entity, start = PLACES[venue], len(rows)
    losses = data.draw(
        st.lists(st.tuples(st.sampled_from(OWN + OF_VENUE), st.floats(0.0, 1e6)), max_size=5)
    )
    rows += [row(kind, entity, usd, venue=venue, account=10 + venue) for kind, usd in losses]
    own = sum(usd for _, usd in losses)
    first, last, share = (data.draw(st.floats(0.0, 1.0)) for _ in range(3))
    first, last = first * (own + inherited), last * (own + inherited)
    fails = start + data.draw(st.integers(0, len(losses)))
    missing = data.draw(st.sampled_from([0.0, 0.5, 1.0])) * first
    rows.insert(fails, row(DEFAULT, entity, missing))
    outside = (SHARED, entity) if venue == 1 else (LOST_ON, OUTSIDE)
    for usd in (first, last - first):
        rows.append(row(*outside, (1.0 - share) * usd, cause=fails, venue=venue, account=-1))
        rows.append(row(LOST_ON, creditor, share * usd, cause=fails))
    return own, share * last


def check(rows: list[Row], lost: float) -> None:
    """Check that all bear together what has been lost, and nobody less than nothing."""
    sums = ledger(told(rows)).groupby("bearer")["usd"].sum()
    assert sums.sum() == pytest.approx(lost, rel=1e-9, abs=1e-6)
    assert (sums >= -1e-6).all()


@settings(max_examples=40, deadline=None)
@given(data=st.data(), venue=st.sampled_from(list(PLACES)))
def test_whatever_a_failing_entity_lost_is_counted_once(data: st.DataObject, venue: int) -> None:
    rows: list[Row] = []
    own, _ = failing(data, rows, venue, "firm", 0.0)
    check(rows, own)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), order=st.permutations(list(PLACES)))
def test_entities_that_fail_by_each_other_lose_what_is_their_own(
    data: st.DataObject, order: list[int]
) -> None:
    """Each fails by what the one before it has left, and by losses of its own."""
    rows: list[Row] = []
    lost = inherited = 0.0
    creditors = [*(PLACES[venue] for venue in order[1:]), "firm"]
    for venue, creditor in zip(order, creditors, strict=True):
        own, inherited = failing(data, rows, venue, creditor, inherited)
        lost += own
    check(rows, lost)
