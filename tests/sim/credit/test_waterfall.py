"""What each layer of a clearing house pays, and what is told of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.events import EventKind
from tests.sim.credit.test_house import cleared, crash, house_of
from tests.sim.worlds import Plain, count, of_kind


def test_a_tear_up_is_told_by_what_the_winners_gave_up() -> None:
    built = cleared(depth_usd=1e4, least_usd=1.0, stress=[-0.1], haircut_gains=False)
    paid = crash(built, 0.6)[EventKind.TEAR_UP]
    assert paid == pytest.approx(of_kind(built.model.world, EventKind.ADL, "loss").sum())


def test_nothing_is_told_of_a_tear_up_that_tears_nothing() -> None:
    rules: Plain = {"stress": [-0.1], "haircut_gains": False}
    built = cleared(depth_usd=1e4, least_usd=1.0, deleveraging="none", **rules)
    assert crash(built, 0.8)[EventKind.TEAR_UP] == 0.0
    assert count(built.model.world, EventKind.ADL) == 0


def test_each_defaulter_is_named_with_what_its_share_pays() -> None:
    """A fall of 20 % takes 20,000 and 16,000 from two who have 15,000 each there."""
    built = cleared(small=80_000.0)
    crash(built, 0.8)
    world, house = built.model.world, house_of(built)
    kind = EventKind.DEFAULT_FUND
    who = [world.entities[int(each)] for each in of_kind(world, kind, "entity")]
    paid = dict(zip(who, of_kind(world, kind, "usd"), strict=True))
    assert paid == pytest.approx({"big": 5_000.0, "small": 1_000.0})
    accounts = world.venues[0].accounts
    rows = of_kind(world, kind, "account")
    assert [world.entities[int(accounts.entity[row])] for row in rows] == who
    assert set(rows) <= set(house.rows)


@settings(max_examples=8, deadline=None)
@given(factor=st.floats(0.5, 0.84))
def test_no_layer_pays_before_the_one_above_is_spent(factor: float) -> None:
    built = cleared(own=2_000.0, least_usd=2_000.0, stress=[-0.1], tear_up=False)
    paid = crash(built, factor)
    house = house_of(built)
    if paid[EventKind.ASSESSMENT] > 0.0:
        assert house.total == pytest.approx(0.0, abs=1e-6)
    if paid[EventKind.GAINS_HAIRCUT] > 0.0:
        alive = house.assessed > 0.0
        assert house.assessed[alive] == pytest.approx(house.share[alive])
