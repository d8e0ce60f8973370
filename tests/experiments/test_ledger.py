"""Losses are counted once, wherever they are passed on to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.metrics.ledger import SUFFERED_BY, borne, ledger
from experiments.metrics.losses import bearers, loss_usd
from experiments.record import Run
from experiments.run import run
from experiments.summary_text import summary_text
from scenarios.load import checked
from sim.events import Channel, EventKind
from tests.experiments.sample_run import Told, hand_made_run, log_of, sample_run, with_events
from tests.sim.credit.firms import firm, network
from tests.sim.worlds import Plain, Value, exchange

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


def test_suppliers_have_not_lost_what_they_get_back_in_the_end() -> None:
    rows = (
        event(DEFAULT, 100, 100, venue=-1),
        event(SOCIALISED, 100, 100, cause=0, venue=1),
        event(SOCIALISED, -40, -40, cause=0, venue=1),
    )
    assert who_bears(*rows) == {"all participants (socialised)": 60}


def test_no_supplier_is_relieved_by_what_those_of_another_pool_get_back() -> None:
    rows = (
        event(DEFAULT, 100, 100, venue=-1),
        event(DEFAULT, 50, 50, venue=-1),
        event(SOCIALISED, 100, 100, cause=0, venue=1),
        event(SOCIALISED, 50, 50, cause=1, venue=2),
        event(SOCIALISED, -60, -60, cause=1, venue=2),
    )
    assert who_bears(*rows) == {"all participants (socialised)": 100}


def test_a_disposal_at_a_loss_falls_on_the_fund() -> None:
    assert who_bears(event(TAKEOVER, 90, 9), event(DISPOSAL, 90, 4, cause=0)) == {
        "liquidated traders": 9,
        "insurance funds": 4,
    }


def behind_a_house(fall: float, **rules: Value) -> dict[str, float]:
    """Return who bears it if a member fails there, as ``cleared`` says."""
    return bearers(cleared(fall, **rules))


def cleared(fall: float, **rules: Value) -> Run:
    """Return a run in which a member with margin of 15,000 fails long of 100,000.

    Initial margin of 10,000, 2,000 and 4,000, and of two carry accounts, makes its share of the
    fund 5 in 12; the clearing house has 1,000 of its own, 250 of it before the other members.
    """
    members = {
        "big": firm(30_000.0, venue="x", instrument="P", position_usd=100_000.0),
        "small": firm(30_000.0, venue="x", instrument="P", position_usd=20_000.0),
        "short": firm(60_000.0, venue="x", instrument="P", position_usd=-40_000.0),
    }
    house = {"cover": 2, "stress": [-0.3, 0.3], "skin": 0.25} | rules
    plain: Plain = network(members, [], kind="clearing_house", house=house) | {"steps": 6}
    rule = {"rule": "whole", "rounds": 1, "takeover_after_seconds": 0.0, "price_band": 0.5}
    plain["venues"] = {"x": exchange(liquidation=rule, insurance_fund_usd=1_000.0)}
    plain["crowd"]["carry"] = {
        "kind": "carry", "venue": "x", "instrument": "P", "accounts": 2, "cash_share": 1.0,
    }  # fmt: skip
    plain["shocks"] = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -fall}]
    return run(checked(plain, {}), seed=1, twin=False, check=True)


def test_what_a_defaulter_has_in_the_fund_is_told_from_what_others_have() -> None:
    """Its margin and 10,000 of a fund of 24,000 are its own; 5,000 more are not."""
    assert behind_a_house(0.3) == pytest.approx(
        {
            "liquidated traders": 15_000.0,
            "defaulters' fund shares": 10_000.0,
            "insurance funds": 250.0,
            "other members' fund shares": 4_750.0,
        }
    )


def test_every_layer_of_a_clearing_house_bears_its_own_part() -> None:
    """A fund of 24 USD, 10 of them the defaulter's, is soon spent, and so are assessments."""
    assert behind_a_house(0.3, stress=[-0.1], least_usd=24.0) == pytest.approx(
        {
            "liquidated traders": 15_000.0,
            "defaulters' fund shares": 10.0,
            "insurance funds": 1_000.0,
            "other members' fund shares": 14.0,
            "assessed members": 14.0,
            "winners with gains cut": 30_000.0 - 15_000.0 - 10.0 - 1_000.0 - 14.0 - 14.0,
        }
    )


def test_what_no_layer_covers_is_told() -> None:
    """Margin of 15,000 for 30,000, 1,000 of own capital and no member's money: 14,000 are left."""
    rules = {"stress": [-0.1, 0.1], "haircut_gains": False, "tear_up": False}
    done = cleared(0.3, **rules)
    assert done.summary["uncovered_usd"] == pytest.approx(14_000.0)
    assert "not covered by the clearing house $14 k" in summary_text(done)
    assert cleared(0.05).summary["uncovered_usd"] == 0.0


def test_winners_who_are_torn_up_are_told_from_those_whom_a_venue_deleverages() -> None:
    rows = (
        event(EventKind.TEAR_UP, 9, 0),
        event(ADL, 400, 20, cause=0),
        event(ADL, 100, 3, venue=2),
    )
    assert who_bears(*rows) == {"winners torn up": 20, "auto-deleveraged winners": 3}


def test_a_fund_pays_with_the_shares_of_others_unless_it_names_whose() -> None:
    named, other = (
        event(EventKind.DEFAULT_FUND, 12, 12),
        event(EventKind.DEFAULT_FUND, 7, 7, account=-1),
    )
    assert who_bears(named) == {"defaulters' fund shares": 12.0}
    assert who_bears(other) == {"other members' fund shares": 7.0}
    assert who_bears(event(INSURANCE, 12, 12, venue=2), other, named) == {
        "defaulters' fund shares": 12.0,
        "insurance funds": 12.0,
        "other members' fund shares": 7.0,
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
