"""A clearing house at work: how its fund is sized, and who pays when margin is spent."""

import numpy as np
import pytest

from scenarios.build import Built, build
from scenarios.load import load
from sim.accounts import INSURANCE
from sim.credit.contagion import settle_credit
from sim.credit.house import House, open_house, stressed
from sim.credit.waterfall import _draw_on
from sim.default import worths
from sim.errors import ConfigError
from sim.events import EventKind
from sim.instruments import EuropeanOption
from sim.valuation import net_equity
from tests.sim.credit.firms import firm, network
from tests.sim.worlds import (
    BTC,
    USD,
    Plain,
    Value,
    count,
    exchange,
    jump,
    make,
    of_kind,
    weigh,
)

LAYERS = (
    EventKind.DEFAULT_FUND,
    EventKind.ASSESSMENT,
    EventKind.GAINS_HAIRCUT,
    EventKind.TEAR_UP,
)


def cleared(
    *,
    own: float = 1_000.0,
    big: float = 100_000.0,
    small: float = 20_000.0,
    depth_usd: float = 1e15,
    deleveraging: str = "profit_leverage",
    **rules: Value,
) -> Built:
    """Return a cleared exchange with three members, one of them large and long."""
    members = {
        "big": firm(30_000.0, venue="x", instrument="P", position_usd=big),
        "small": firm(30_000.0, venue="x", instrument="P", position_usd=small),
        "short": firm(60_000.0, venue="x", instrument="P", position_usd=-40_000.0),
    }
    house = {"cover": 2, "stress": [-0.3, 0.3], "skin": 0.25} | rules
    plain: Plain = network(members, [], kind="clearing_house", house=house)
    rule = {"rule": "whole", "rounds": 1, "takeover_after_seconds": 0.0, "price_band": 0.5}
    rule |= {"deleveraging": {"policy": deleveraging}}
    plain["venues"] = {"x": exchange(liquidation=rule, insurance_fund_usd=own)}
    plain["venues"]["x"]["instruments"]["P"]["mechanism"] |= {"depth_usd": depth_usd}
    plain["crowd"]["carry"] = {
        "kind": "carry", "venue": "x", "instrument": "P", "accounts": 2, "cash_share": 1.0,
    }  # fmt: skip
    return make(plain)


def house_of(built: Built) -> House:
    """Return the clearing house."""
    credit = built.model.world.credit
    assert credit is not None
    return credit.houses[0]


def crash(built: Built, factor: float) -> dict[EventKind, float]:
    """Let the price jump, and return what each layer paid, with books checked."""
    weigh(built)
    jump(built, factor)
    for _ in range(4):
        built.model.step()
    world = built.model.world
    return {kind: float(of_kind(world, kind, "usd").sum()) for kind in LAYERS}


def test_the_fund_covers_the_two_members_that_lose_most_beyond_margin() -> None:
    """A fall of 30 % costs the two long ones three times their margin of a tenth."""
    built = cleared()
    fall = (0.3 - 0.1) * (100_000.0 + 20_000.0)
    assert house_of(built).total == pytest.approx(fall)
    alone = cleared(cover=1)
    assert house_of(alone).total == pytest.approx(0.2 * 100_000.0)


def test_shares_are_in_proportion_to_initial_margin_and_stay_the_members() -> None:
    built = cleared()
    house, world = house_of(built), built.model.world
    weight = house.share / house.share.sum()
    assert weight.max() == pytest.approx(100_000.0 / 240_000.0)
    worth = dict(zip(world.entities, worths(world), strict=True))
    assert worth["big"] == pytest.approx(30_000.0 + house.total * weight.max())
    assert worth["x"] == pytest.approx(1_000.0)


def test_a_fund_may_not_be_smaller_than_its_least_size() -> None:
    assert house_of(cleared(least_usd=90_000.0)).total == pytest.approx(90_000.0)


def test_a_loss_within_margin_touches_no_layer() -> None:
    assert crash(cleared(), 0.95) == dict.fromkeys(LAYERS, 0.0)


def test_the_defaulter_and_own_capital_pay_before_the_others() -> None:
    """The big member has 15,000 there: a fall of 20 % leaves 5,000 to its share of the fund."""
    built = cleared()
    house = house_of(built)
    before = house.paid.copy()
    paid = crash(built, 0.8)
    assert paid[EventKind.DEFAULT_FUND] == pytest.approx(5_000.0)
    big = int(before.argmax())
    assert before[big] - house.paid[big] == pytest.approx(5_000.0)
    np.testing.assert_array_equal(np.delete(house.paid, big), np.delete(before, big))
    assert paid[EventKind.ASSESSMENT] == 0.0


def test_each_of_two_defaulters_pays_with_its_own_share_and_nobody_else_does() -> None:
    """A fall of 20 % takes 20,000 and 16,000 from two who have 15,000 each there."""
    built = cleared(small=80_000.0)
    house, world = house_of(built), built.model.world
    before = house.paid.copy()
    assert crash(built, 0.8)[EventKind.DEFAULT_FUND] == pytest.approx(6_000.0)
    paid = {
        world.entities[int(who)]: usd
        for who, usd in zip(house.entity, before - house.paid, strict=True)
        if who < len(world.entities)
    }
    assert paid == pytest.approx({"big": 5_000.0, "small": 1_000.0, "short": 0.0})


def test_all_of_own_capital_pays_before_members_are_asked_for_more() -> None:
    """A fall of 22 % leaves 7,000 to a fund of 10 USD and 8,000 of own capital: 1,010 remain."""
    built = cleared(own=8_000.0, least_usd=10.0, stress=[-0.1])
    paid = crash(built, 0.78)
    assert paid[EventKind.DEFAULT_FUND] == pytest.approx(10.0)
    assert [paid[kind] for kind in LAYERS[1:]] == [0.0, 0.0, 0.0]
    venue = built.model.world.venues[0]
    equity = net_equity(venue.accounts, venue.valuation, np.array([INSURANCE]))[0]
    assert equity == pytest.approx(1_010.0)


def test_deeper_losses_reach_deeper_layers_in_order() -> None:
    """Margin of 15,000, own capital of 4,000 and a fund of 2,000 are spent at a fall of 21 %."""
    depths = [
        crash(cleared(own=4_000.0, least_usd=2_000.0, stress=[-0.1]), factor)
        for factor in (0.95, 0.83, 0.78, 0.75)
    ]
    reached = [[depth[kind] > 0.0 for kind in LAYERS] for depth in depths]
    assert [sum(layers) for layers in reached] == [0, 1, 2, 3]
    for layers in reached:
        assert layers == sorted(layers, reverse=True)


def test_what_gains_are_not_cut_for_is_torn_up_where_it_cannot_be_sold() -> None:
    """Nobody buys what the fund has taken over: it is closed against those on the other side."""
    built = cleared(depth_usd=1e4, least_usd=1.0, stress=[-0.1], haircut_gains=False)
    paid = crash(built, 0.8)
    assert paid[EventKind.GAINS_HAIRCUT] == 0.0
    assert paid[EventKind.TEAR_UP] > 1_000.0
    assert count(built.model.world, EventKind.ADL) > 0
    assert built.model.world.venues[0].accounts.positions[0, INSURANCE] == 0.0


def test_a_stress_reprices_options() -> None:
    """A fall of 30 % makes puts dearer, whatever they cost before; calls become cheap."""
    built = build(load("options_expiry", ["crowd.longs.accounts=5"]), 0)
    venue = built.model.world.venues[0]
    built.model.step()
    fall, rise = stressed(venue, -0.3), stressed(venue, 0.3)
    seen = set()
    for j, market in enumerate(venue.markets):
        now, down, up = (float(each.values[j]) for each in (venue.valuation, fall, rise))
        if isinstance(market.instrument, EuropeanOption):
            seen.add(market.instrument.right)
            assert (down < now < up) if market.instrument.call else (down > now > up)
        else:
            assert down == pytest.approx(0.7 * now)
    assert seen == {"call", "put"}


def test_no_member_is_assessed_beyond_the_cap() -> None:
    built = cleared(assessment_cap=0.5, stress=[-0.15])
    crash(built, 0.5)
    house = house_of(built)
    survived = house.share < house.share.max()
    assert house.assessed[survived] == pytest.approx(0.5 * house.share[survived])
    assert (house.assessed <= 0.5 * house.share + 1e-9).all()
    assert (house.paid >= -1e-9).all()


def test_what_is_paid_makes_the_fund_whole_as_far_as_it_reaches() -> None:
    built = cleared(stress=[-0.1, 0.1])
    crash(built, 0.7)
    venue = built.model.world.venues[0]
    equity = net_equity(venue.accounts, venue.valuation, np.array([INSURANCE]))[0]
    assert equity >= -1e-6


def test_a_loss_that_no_layer_covers_is_told_as_the_failure_of_the_house() -> None:
    """The big member has 15,000 for 30,000; 1,000 of own capital leave 14,000 to nobody."""
    built = cleared(stress=[-0.1, 0.1], haircut_gains=False)
    assert crash(built, 0.7) == dict.fromkeys(LAYERS, 0.0)
    world = built.model.world
    missing = of_kind(world, EventKind.DEFAULT, "usd")[
        of_kind(world, EventKind.DEFAULT, "entity") == house_of(built).owner
    ]
    assert missing == pytest.approx([14_000.0])


def test_a_house_fails_by_what_its_layers_leave_open_not_by_a_mark_that_lags() -> None:
    built = cleared()
    world, venue = built.model.world, built.model.world.venues[0]
    built.model.step()
    credit, owner = world.credit, venue.owner
    assert credit is not None
    worth = float(net_equity(venue.accounts, venue.valuation, np.array([INSURANCE]))[0])
    venue.accounts.positions[0, INSURANCE] = 1_000.0
    spent = worth + 1_000.0 * float(venue.valuation.values[0])
    venue.accounts.balances[USD, INSURANCE] -= spent
    world.outside.price[BTC] *= 0.9
    assert worths(world)[owner] < -1.0
    settle_credit(world, credit)
    assert owner not in credit.defaults
    venue.accounts.balances[USD, INSURANCE] -= 50.0
    settle_credit(world, credit)
    assert owner in credit.defaults


def test_there_is_no_auto_deleveraging_where_layers_are_left() -> None:
    built = cleared()
    crash(built, 0.8)
    assert not count(built.model.world, EventKind.ADL)
    assert not count(built.model.world, EventKind.SOCIALISED_LOSS)


def test_a_fund_without_members_is_empty() -> None:
    built = cleared()
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.positions[:] = 0.0
    before = world.wallets[USD].copy()
    assert open_house(world, venue, house_of(built).rules).total == 0.0
    assert world.wallets[USD].tolist() == before.tolist()


def test_rules_that_make_no_sense_are_all_named_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        cleared(cover=3, stress=[-1.5], skin=2.0, assessment_cap=-1.0, least_usd=-5.0)
    for word in ("cover", "stress", "skin", "assessment_cap", "least_usd"):
        assert word in str(told.value)


def test_each_defaulters_share_descends_from_its_own_takeover() -> None:
    built = cleared(small=80_000.0)
    crash(built, 0.8)
    log = built.model.world.events
    paid = np.flatnonzero(log.column("kind") == EventKind.DEFAULT_FUND)
    own = paid[log.column("account")[paid] >= 0]
    account, cause = log.column("account"), log.column("cause")
    assert own.size == 2
    assert (account[cause[own]] == account[own]).all()


def test_a_fund_of_coins_is_never_drawn_below_nothing() -> None:
    """Shares that go to dollars and back come out a last digit larger now and then."""
    built = cleared()
    house, price = house_of(built), float(built.model.world.venues[0].valuation.prices[USD])
    rng = np.random.default_rng(3)
    for _ in range(200):
        house.paid = rng.uniform(1e2, 1e4, house.rows.size)
        odd = price * rng.uniform(2e4, 6e4)
        _draw_on(built.model.world, built.model.world.venues[0], house, house.paid * odd / odd)
        assert (house.paid >= 0.0).all()
