"""Losses are counted once, wherever they are passed on to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.metrics.ledger import SUFFERED_BY, borne, ledger
from experiments.metrics.losses import bearers, loss_usd
from sim.events import Channel, EventKind
from tests.experiments.sample_run import Told, hand_made_run, log_of, sample_run, with_events

LIQUIDATION, TAKEOVER, DISPOSAL = EventKind.LIQUIDATION, EventKind.TAKEOVER, EventKind.DISPOSAL
INSURANCE, ADL, BAD_DEBT = EventKind.INSURANCE, EventKind.ADL, EventKind.BAD_DEBT
SOCIALISED, DEFAULT = EventKind.SOCIALISED_LOSS, EventKind.DEFAULT


def event(
    kind: EventKind, usd: float, loss: float, *, cause: int = -1, venue: int = 0, account: int = 5
) -> Told:
    """Return an event as ``log_of`` takes it."""
    return (3, kind, cause, venue, account, usd, loss, Channel.IMPACT)


def who_bears(*rows: Told) -> dict[str, float]:
    """Return the losses by bearer of a few events."""
    return bearers(with_events(hand_made_run(), log_of(rows)))


def test_what_the_fund_takes_over_is_not_the_traders_loss_as_well() -> None:
    rows = event(LIQUIDATION, 100, 30), event(TAKEOVER, 0, -12), event(INSURANCE, 12, 12, cause=1)
    assert who_bears(*rows) == {"liquidated traders": 18, "insurance funds": 12}


def test_an_account_is_relieved_of_no_more_than_it_lost() -> None:
    rows = event(LIQUIDATION, 100, 5), event(TAKEOVER, 0, -12), event(INSURANCE, 12, 12, cause=1)
    assert who_bears(*rows) == {"insurance funds": 12}


def test_what_relieves_one_account_relieves_no_other() -> None:
    rows = event(LIQUIDATION, 100, 30), event(TAKEOVER, 0, -12, account=6)
    assert who_bears(*rows) == {"liquidated traders": 30}


def test_winners_relieve_the_fund_that_they_pay_for() -> None:
    rows = (
        event(INSURANCE, 50, 50),
        event(ADL, 400, 20, cause=0),
        event(INSURANCE, -20, -20, cause=1),
        event(SOCIALISED, 25, 25),
        event(INSURANCE, -25, -25, cause=3),
    )
    assert who_bears(*rows) == {
        "insurance funds": 5,
        "auto-deleveraged winners": 20,
        "all participants (socialised)": 25,
    }


def test_no_fund_is_relieved_by_the_winners_of_another_venue() -> None:
    rows = event(INSURANCE, 50, 50), event(INSURANCE, -20, -20, venue=2)
    assert who_bears(*rows) == {"insurance funds": 50}


def test_insurance_of_a_lender_relieves_its_suppliers() -> None:
    found = who_bears(event(BAD_DEBT, 80, 80, venue=1), event(INSURANCE, 30, 30, cause=0, venue=1))
    assert found == {"insurance funds": 30, "lenders (bad debt)": 50}


def test_a_default_that_suppliers_bear_is_theirs_alone() -> None:
    rows = event(DEFAULT, 40, 40, venue=-1), event(SOCIALISED, 40, 40, cause=0, venue=1)
    assert who_bears(*rows) == {"all participants (socialised)": 40}


def test_a_disposal_at_a_loss_falls_on_the_fund() -> None:
    assert who_bears(event(TAKEOVER, 90, 9), event(DISPOSAL, 90, 4, cause=0)) == {
        "liquidated traders": 9,
        "insurance funds": 4,
    }


def test_no_event_and_no_loss_give_an_empty_ledger() -> None:
    assert who_bears() == {}
    assert who_bears(event(LIQUIDATION, 100, 0)) == {}


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_nobody_is_relieved_of_more_than_he_bore(data: st.DataObject) -> None:
    kinds = [kind for kind in EventKind if kind.name.lower() in SUFFERED_BY]
    amounts = st.floats(-1e6, 1e6)
    rows = [
        event(
            data.draw(st.sampled_from(kinds)),
            data.draw(amounts),
            data.draw(amounts),
            cause=data.draw(st.integers(-1, i - 1)),
            venue=data.draw(st.integers(0, 2)),
            account=data.draw(st.integers(4, 6)),
        )
        for i in range(data.draw(st.integers(0, 12)))
    ]
    run = with_events(hand_made_run(), log_of(rows))
    sums = ledger(run).groupby("bearer")["usd"].sum()
    assert (sums >= -1e-6).all()
    assert borne(run).sum() == pytest.approx(sums.sum())


def test_bearers_add_up_to_the_loss() -> None:
    run = sample_run()
    assert sum(bearers(run).values()) == pytest.approx(loss_usd(run))
