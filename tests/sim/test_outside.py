"""The outside market: the laws of impact, what fades and what stays, and tokens with a peg."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.arrays import NONE
from sim.carry import execute_outside, sell_outside, trade_outside
from sim.errors import ConfigError
from sim.events import EventKind
from sim.orders import OutsideTrade
from sim.outside import Outside, OutsideAsset, OutsideDepth
from sim.price.diffusion import Diffusion
from sim.price.pegged import Pegged
from sim.streams import Streams
from tests.sim.worlds import BTC, FIRST, PRICE, USD, data, exchange, lender, make, of_kind, weigh

STEPS = 40


def market(depth: OutsideDepth, *, token: OutsideDepth | None = None) -> Outside:
    """Return dollars, a coin, and a token that is pegged to it."""
    coin, ratio = Diffusion(volatility=0.8).open(), Pegged(peg="BTC", ratio=1.1).open()
    coin.prepare(Streams(3), "price/BTC", STEPS, 60.0)
    ratio.prepare(Streams(3), "price/ST", STEPS, 60.0)
    return Outside(
        (
            OutsideAsset("USD", None, OutsideDepth()),
            OutsideAsset("ST", ratio, token or depth, peg=2),
            OutsideAsset("BTC", coin, depth),
        )
    )


ST, COIN = 1, 2
NOTHING = (np.zeros(3), np.ones(3), np.zeros(3))
SQUARE_ROOT = OutsideDepth(permanent_share=0.3, half_life_hours=2.0)


@given(flow=st.floats(-1e10, 1e10).filter(lambda usd: abs(usd) > 1e-3))
def test_the_square_root_law_is_what_it_is_called(flow: float) -> None:
    depth = OutsideDepth(impact=0.9, daily_volatility=0.04, daily_volume_usd=1e10)
    moved = depth.log_move(flow)
    assert moved == pytest.approx(np.sign(flow) * 0.9 * 0.04 * sqrt(abs(flow) / 1e10))
    assert depth.log_move(-flow) == -moved
    assert depth.log_move(4.0 * flow) == pytest.approx(2.0 * moved)


@given(flow=st.floats(-0.99e9, 1e10))
def test_the_linear_law_moves_the_price_by_flow_over_depth(flow: float) -> None:
    depth = OutsideDepth(law="linear", depth_usd=1e9)
    assert exp(depth.log_move(flow)) - 1.0 == pytest.approx(flow / 1e9, abs=1e-12)


@given(flow=st.floats(-1e15, -1e9))
def test_no_flow_takes_the_price_to_zero_or_below(flow: float) -> None:
    assert 0.0 < exp(OutsideDepth(law="linear", depth_usd=1e9).log_move(flow)) < 1e-8


def test_no_flow_moves_nothing() -> None:
    for law in ("linear", "square_root"):
        assert OutsideDepth(law=law).log_move(0.0) == 0.0


def test_impossible_depths_are_all_named() -> None:
    with pytest.raises(ConfigError) as caught:
        OutsideDepth(law="cubic", impact=-1, depth_usd=0, half_life_hours=0, permanent_share=2)
    assert len(caught.value.problems) == 5


def test_a_share_stays_and_the_rest_halves_in_its_half_life() -> None:
    outside = market(SQUARE_ROOT)
    outside.push(COIN, -1e8)
    assert outside.permanent[COIN] == pytest.approx(-3e7)
    for step in range(STEPS):
        outside.drift(step, 2.0 * 3600.0 / STEPS, *NOTHING)
    assert outside.transient[COIN] == pytest.approx(-3.5e7)
    assert outside.permanent[COIN] == pytest.approx(-3e7)
    assert log(outside.price[COIN] / outside.exogenous[COIN]) == pytest.approx(
        SQUARE_ROOT.log_move(-6.5e7)
    )


def test_without_forced_flow_the_price_is_the_path_to_the_last_bit() -> None:
    outside = market(SQUARE_ROOT)
    coin, ratio = Diffusion(volatility=0.8).open(), Pegged(peg="BTC", ratio=1.1).open()
    coin.prepare(Streams(3), "price/BTC", STEPS, 60.0)
    ratio.prepare(Streams(3), "price/ST", STEPS, 60.0)
    alone, token = coin.initial_price, ratio.initial_price
    for step in range(STEPS):
        outside.drift(step, 60.0, *NOTHING)
        alone *= exp(coin.step_return(step, 1.0))
        token *= exp(ratio.step_return(step, 1.0))
        assert outside.price.tolist() == [1.0, token * alone, alone]


def test_a_pegged_token_follows_its_coin_and_not_the_other_way_round() -> None:
    outside = market(SQUARE_ROOT)
    ratio = outside.price[ST] / outside.price[COIN]
    outside.push(COIN, -1e8)
    assert outside.price[ST] / outside.price[COIN] == pytest.approx(ratio)
    coin = outside.price[COIN]
    outside.push(ST, -1e8)
    assert outside.price[COIN] == coin
    assert outside.price[ST] / coin == pytest.approx(ratio * exp(SQUARE_ROOT.log_move(-1e8)))


def test_a_broken_peg_is_a_discount_for_as_long_as_it_is_broken() -> None:
    outside = market(SQUARE_ROOT)
    whole = market(SQUARE_ROOT)
    off = np.array([0.0, log(0.7), 0.0])
    for step in range(4):
        peg = off if step in {1, 2} else np.zeros(3)
        outside.drift(step, 60.0, np.zeros(3), np.ones(3), peg)
        whole.drift(step, 60.0, *NOTHING)
        factor = 0.7 if step in {1, 2} else 1.0
        assert outside.price[ST] == pytest.approx(factor * whole.price[ST])
        assert outside.price[COIN] == whole.price[COIN]


def test_a_jump_moves_the_price_once_and_stays() -> None:
    outside, quiet = market(SQUARE_ROOT), market(SQUARE_ROOT)
    for step in range(3):
        move = np.array([0.0, 0.0, log(0.9) if step == 1 else 0.0])
        outside.drift(step, 60.0, move, np.ones(3), np.zeros(3))
        quiet.drift(step, 60.0, *NOTHING)
    assert outside.price[COIN] == pytest.approx(0.9 * quiet.price[COIN])


def test_outside_trades_are_exchanges_with_the_rest_of_the_world() -> None:
    world = make(data({"x": exchange(), "y": lender()})).model.world
    before = world.totals()
    assert trade_outside(world, 1, BTC, -2.0) == -2.0 * PRICE
    assert world.wallets[:, 1].tolist() == [2.0 * PRICE, -2.0]
    assert world.totals() == pytest.approx(before)


@pytest.mark.parametrize("cut", [False, True])
def test_forced_sales_move_the_price_unless_impact_is_cut(cut: bool) -> None:
    built = make(data({"x": exchange()}, without=["impact"] if cut else []))
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.balances[BTC, FIRST] = 5.0
    weigh(built)(world)
    sell_outside(world, venue, np.array([FIRST]), BTC, np.array([4.0]))
    assert venue.accounts.balances[:, FIRST].tolist() == [4.0 * PRICE, 1.0]
    assert of_kind(world, EventKind.COLLATERAL_SALE, "usd") == pytest.approx([4.0 * PRICE])
    assert (world.outside.price[BTC] < PRICE) == (not cut)
    assert (world.outside.impact[BTC] == 0.0) == cut
    weigh(built)(world)


def test_ordinary_outside_trades_move_nothing() -> None:
    world = make(data({"x": exchange()})).model.world
    execute_outside(world, [OutsideTrade(1, BTC, -3.0)])
    assert world.outside.price[BTC] == PRICE
    assert world.wallets[USD, 1] == 3.0 * PRICE


def test_an_arbitrageur_carries_forced_flow_outside_but_no_more_than_is_waiting() -> None:
    world = make(data({"x": exchange()})).model.world
    market_ = world.venues[0].markets[0]
    parent = world.events.add(0, EventKind.LIQUIDATION)
    market_.waiting.add(parent, np.array([-80_000.0]))
    execute_outside(world, [OutsideTrade(1, BTC, 1.0)])
    assert world.outside.price[BTC] == PRICE, "a purchase carries no sales"
    execute_outside(world, [OutsideTrade(1, BTC, -1.0)])
    execute_outside(world, [OutsideTrade(1, BTC, -1.0)])
    assert of_kind(world, EventKind.ARBITRAGE, "usd") == pytest.approx([50_000.0, 30_000.0])
    assert (of_kind(world, EventKind.ARBITRAGE, "cause") == parent[0]).all()
    flow = float(world.outside.transient[BTC] + world.outside.permanent[BTC])
    assert flow == pytest.approx(-80_000.0)


def test_only_what_was_seized_and_not_sold_is_a_forced_sale() -> None:
    world = make(data({"x": exchange()})).model.world
    execute_outside(world, [OutsideTrade(1, BTC, -3.0, forced=True)])
    assert world.wallets[BTC, 1] == 0.0, "nothing is sold that is not there"
    world.wallets[BTC, 1] = 1.0
    execute_outside(world, [OutsideTrade(1, BTC, -3.0, forced=True, cause=NONE)])
    assert world.wallets[:, 1].tolist() == [PRICE, 0.0]
    assert world.outside.price[BTC] == PRICE
