"""Money moves in and out of accounts as far as it goes, and no further."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts import Standing
from sim.attribution import attribute
from sim.events import Channel, EventKind
from sim.orders import Transfers
from sim.step import drift, mark
from sim.transfers import transfer
from sim.valuation import initial_requirement, margin
from sim.world import Venue, World
from tests.sim.worlds import (
    BTC,
    FIRST,
    PRICE,
    USD,
    data,
    exchange,
    give,
    lend,
    lender,
    make,
    of_kind,
    one_exchange,
    weigh,
)


def move(world: World, venue: Venue, amount: float, row: int = FIRST) -> float:
    """Move money between an account and its reserve; return what came into the account."""
    before = venue.accounts.balances[USD, row]
    transfer(world, venue, Transfers(venue.index, np.array([row]), np.array([amount])))
    return float(venue.accounts.balances[USD, row] - before)


def start() -> tuple[World, Venue]:
    """Return a world with one exchange, marked once, whose first trader has a reserve."""
    built = one_exchange()
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.reserve[FIRST] = 500.0
    mark(world, built.model.cast)
    return world, venue


@given(amount=st.floats(0.0, 2000.0))
def test_a_deposit_comes_out_of_the_reserve_as_far_as_it_goes(amount: float) -> None:
    world, venue = start()
    before = world.totals()
    paid = move(world, venue, amount)
    assert paid == min(amount, 500.0)
    assert venue.accounts.reserve[FIRST] == 500.0 - paid
    assert world.totals() == pytest.approx(before)


def test_an_institution_adds_what_is_in_its_wallet() -> None:
    world, venue = start()
    venue.accounts.entity[FIRST] = 1
    world.wallets[USD, 1] = 300.0
    assert move(world, venue, 900.0) == 800.0
    assert world.wallets[USD, 1] == 0.0
    assert venue.accounts.reserve[FIRST] == 0.0


def test_a_deposit_that_answers_a_call_is_written_down() -> None:
    world, venue = start()
    called = int(world.events.add(0, EventKind.MARGIN_CALL)[0])
    venue.accounts.deadline[FIRST] = 7
    venue.accounts.standing[FIRST] = Standing.CALLED
    venue.accounts.trigger[FIRST] = called
    move(world, venue, 200.0)
    assert of_kind(world, EventKind.CURE, "usd").tolist() == [200.0]
    assert of_kind(world, EventKind.CURE, "cause").tolist() == [called]
    assert of_kind(world, EventKind.CURE, "channel").tolist() == [Channel.BEHAVIOUR]
    assert venue.cured_usd == 200.0


@pytest.mark.parametrize("side", [1.0, -1.0])
@given(wanted=st.floats(0.0, 5000.0))
def test_a_withdrawal_leaves_the_initial_requirement(side: float, wanted: float) -> None:
    world, venue = start()
    give(venue, FIRST, 100.0 * side, 2000.0)
    assert move(world, venue, -wanted) == pytest.approx(-min(wanted, 2000.0 - 0.1 * 0.1 * PRICE))


def test_only_money_can_be_withdrawn_and_not_what_collateral_is_worth() -> None:
    world, venue = start()
    venue.accounts.balances[:, FIRST] = 100.0, 1.0
    assert move(world, venue, -1e6) == -100.0
    assert venue.accounts.balances[BTC, FIRST] == 1.0


def test_a_withdrawal_that_a_shock_causes_is_remembered_and_blamed() -> None:
    world, venue = start()
    drift(world)
    give(venue, FIRST, 100.0, 2000.0)
    shock = int(world.events.add(0, EventKind.SHOCK)[0])
    rows = np.array([FIRST])
    transfer(world, venue, Transfers(0, rows, np.array([-1e6]), shock))
    left, _ = margin(venue.accounts, venue.valuation, rows)
    assert left == pytest.approx(initial_requirement(venue.accounts, venue.valuation, rows))
    assert of_kind(world, EventKind.WITHDRAWAL, "cause").tolist() == [shock]
    assert of_kind(world, EventKind.WITHDRAWAL, "usd") == pytest.approx([2000.0 - left[0]])
    causes, channels = attribute(world, venue, rows)
    assert causes.tolist() == [int(world.events.count - 1)]
    assert channels.tolist() == [Channel.SHOCK]


def test_at_a_lender_a_deposit_pays_back_debt_and_the_rest_stays() -> None:
    built = make(data({"l": lender()}))
    world, venue = built.model.world, built.model.world.venues[0]
    lend(venue, FIRST, 1.0, 400.0)
    venue.accounts.reserve[FIRST] = 500.0
    balance = weigh(built)
    move(world, venue, 300.0)
    assert venue.accounts.positions[0, FIRST] == -100.0
    move(world, venue, 300.0)
    assert venue.accounts.positions[0, FIRST] == 0.0
    assert venue.accounts.balances[USD, FIRST] == 100.0
    balance(world)


def test_a_closed_venue_takes_no_transfers() -> None:
    plain = data({"x": exchange()})
    traders = plain["crowd"]["idle_x"] | {"top_up_share": 1.0, "delay_seconds": 0.0}
    shut = [{"at_seconds": 0.0, "kind": "venue_outage", "venue": "x", "minutes": 2}]
    answered = {}
    for shocks in ([], shut):
        venue_ = exchange(margin={"policy": "fixed", "call_ratio": 2.0, "grace_seconds": 600.0})
        built = make(plain | {"venues": {"x": venue_}, "crowd": {"t": traders}, "shocks": shocks})
        venue = built.model.world.venues[0]
        give(venue, FIRST, 100.0, 200.0)
        venue.accounts.reserve[FIRST] = 500.0
        weigh(built)
        built.model.step()
        assert venue.open_calls.tolist() == [FIRST]
        answered[bool(shocks)] = venue.accounts.reserve[FIRST] < 500.0
    assert answered == {False: True, True: False}
