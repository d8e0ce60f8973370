"""Marks, requirements and funding: taken over, scaled and paid as they should be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts import OUTSIDE
from sim.arrays import NONE
from sim.events import EventKind
from sim.instruments import InversePerpetual, LinearPerpetual
from sim.instruments.funding import Funding
from sim.marking import open_interest
from tests.sim.worlds import (
    BTC,
    FIRST,
    PRICE,
    count,
    data,
    exchange,
    give,
    jump,
    make,
    of_kind,
    one_exchange,
    weigh,
)

HOURLY = {"interval_hours": 1.0, "interest": 0.0008, "clamp": 0.0, "cap": 0.02}


def funded(kind: str, **terms: float) -> dict[str, object]:
    """Return an exchange whose contract pays funding every hour."""
    venue = exchange(kind=kind, size=100.0 if kind == "inverse_perpetual" else 0.001)
    venue["instruments"]["P"]["funding"] = HOURLY | terms
    return venue


@pytest.mark.parametrize("kind", ["linear_perpetual", "inverse_perpetual"])
@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("clamp", [0.0, 0.01])
def test_longs_pay_shorts_the_rate_on_the_worth_of_what_they_hold(
    kind: str, side: float, clamp: float
) -> None:
    """The mark is the index: without a clamp's width, no interest comes through either."""
    built = make(data({"x": funded(kind, clamp=clamp)}))
    world, venue = built.model.world, built.model.world.venues[0]
    contract = venue.markets[0].instrument
    assert isinstance(contract, LinearPerpetual | InversePerpetual)
    give(venue, FIRST, 30.0 * side, 40_000.0)
    give(venue, FIRST + 1, -20.0 * side, 40_000.0)
    weigh(built)
    before = venue.accounts.balances.copy()
    for _ in range(61):
        built.model.step()
    assert count(world, EventKind.FUNDING) == 1
    moved = venue.accounts.balances - before
    rate, worth = 0.0008 / 8.0 if clamp else 0.0, abs(contract.value(PRICE))
    owed = {FIRST: -30.0, FIRST + 1: 20.0, OUTSIDE: 10.0}
    expected = np.zeros_like(moved)
    for row, contracts in owed.items():
        expected[contract.settlement, row] = contracts * side * worth * rate
    np.testing.assert_allclose(moved, expected, rtol=1e-9, atol=1e-15 * np.abs(before).max())
    assert abs(moved.sum()) <= 1e-15 * np.abs(before).sum()
    paid = of_kind(world, EventKind.FUNDING, "usd")
    assert paid[0] == pytest.approx(30.0 * contract.notional(PRICE) * rate)


@given(
    premium=st.floats(-0.2, 0.2),
    interest=st.floats(-0.001, 0.001),
    clamp=st.floats(0.0, 0.002),
    cap=st.floats(0.0, 0.05),
    hours=st.sampled_from([1.0, 4.0, 8.0]),
)
def test_the_funding_rate_is_the_formula(
    premium: float, interest: float, clamp: float, cap: float, hours: float
) -> None:
    rate = Funding(interval_hours=hours, interest=interest, clamp=clamp, cap=cap).rate(premium)
    formula = np.clip(premium + np.clip(interest - premium, -clamp, clamp), -cap, cap)
    assert rate == pytest.approx(float(formula) * hours / 8.0, abs=1e-15)


def test_the_premium_that_funding_is_made_of_is_averaged_over_the_whole_interval() -> None:
    venue = funded("linear_perpetual", interest=0.0, cap=0.5)
    venue["instruments"]["P"] |= {  # type: ignore[index]  # a plain dict
        "mark": {"kind": "mid"},
        "mechanism": {"kind": "linear", "depth_usd": 1e6, "half_spread": 0.0},
    }
    venue["instruments"]["P"]["mechanism"]["half_life_seconds"] = 1e12  # type: ignore[index]
    built = make(data({"x": venue}))
    market = built.model.world.venues[0].markets[0]
    live = market.mechanism
    for step in range(60):
        if step == 30:
            live._flow[0] = 10_000.0  # type: ignore[union-attr]  # one per cent above the index
        built.model.step()
    assert market.premium_count == 60
    assert market.premium / 60 == pytest.approx(0.005, rel=1e-6)
    built.model.step()
    # The step that pays marks first, and adds one more premium of a hundredth.
    assert market.funding_rate == pytest.approx((30 * 0.01 + 0.01) / 61 / 8.0, rel=1e-6)


def test_open_interest_counts_every_contract_once() -> None:
    venue = one_exchange().model.world.venues[0]
    give(venue, FIRST, 30.0, 1e5)
    give(venue, FIRST + 1, -10.0, 1e5)
    assert open_interest(venue)[0] == pytest.approx(30 * 0.001 * PRICE)


def test_a_margin_hike_multiplies_requirements_and_is_the_cause_of_the_change() -> None:
    shocks = [
        {"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -0.01},
        {"at_minutes": 5, "kind": "margin_hike", "multiplier": 2.0, "minutes": 5},
    ]
    built = make(data({"x": exchange()}, shocks=shocks))
    world, venue = built.model.world, built.model.world.venues[0]
    for _ in range(6):
        built.model.step()
    assert venue.valuation.schedule.maintenance[0, 0] == pytest.approx(0.1)
    cause = of_kind(world, EventKind.MARGIN_UPDATE, "cause")
    hike = next(each for each in built.strikes.records if each.kind == "margin_hike")
    assert cause.tolist() == [hike.event]
    for _ in range(6):
        built.model.step()
    assert venue.valuation.schedule.maintenance[0, 0] == pytest.approx(0.05)
    assert of_kind(world, EventKind.MARGIN_UPDATE, "quantity") == pytest.approx([0.05, -0.05])
    assert (of_kind(world, EventKind.MARGIN_UPDATE, "cause") == hike.event).all()


def test_requirements_stay_where_they_were_when_updating_is_cut() -> None:
    ewma = {"policy": "ewma", "update_seconds": 60.0, "floor": 0.001, "decay": 0.9}
    moved = {}
    for without in ([], ["margin_update"]):
        plain = data({"x": exchange(margin=ewma)}, without=without)
        built = make(plain)
        first = built.model.world.venues[0].valuation.schedule.maintenance[0, 0]
        for step in range(10):
            jump(built, 0.97 if step % 2 else 1.02)
            built.model.step()
        rates = built.model.world.history.rates[0][:10, 0]
        assert rates[0] == first
        moved[bool(without)] = bool((rates != first).any())
    assert moved == {False: True, True: False}


def test_a_rise_of_requirements_descends_from_the_price_that_it_followed() -> None:
    ewma = {"policy": "ewma", "update_seconds": 60.0, "floor": 0.001, "decay": 0.9}
    built = make(data({"x": exchange(margin=ewma)}))
    world = built.model.world
    for _ in range(3):
        jump(built, 0.95)
        built.model.step()
    updates = np.flatnonzero(world.events.column("kind") == EventKind.MARGIN_UPDATE)
    causes = world.events.column("cause")[updates]
    assert updates.size
    assert (world.events.column("kind")[causes] == EventKind.ORACLE_UPDATE).all()


@settings(max_examples=10)
@given(price=st.floats(1.0, 1e6))
def test_a_contract_is_marked_at_what_is_published(price: float) -> None:
    built = one_exchange()
    world, market = built.model.world, built.model.world.venues[0].markets[0]
    jump(built, price / PRICE)
    built.model.step()
    assert market.mark == market.index == world.feeds[0].price == world.outside.price[BTC]
    assert world.feeds[0].event != NONE
