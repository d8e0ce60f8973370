"""Orders into markets: fees, margin, limits, and forced trades with and without impact."""

import numpy as np
import pytest

from sim.accounts import FEES, OUTSIDE, POOL
from sim.closing import close_failing
from sim.events import EventKind
from sim.orders import OrderKind, Orders
from sim.step import call, mark
from sim.trade import admit, trade, trade_forced
from sim.world import Venue, World
from tests.sim.worlds import (
    BTC,
    FIRST,
    FLAT,
    PRICE,
    USD,
    Value,
    count,
    data,
    exchange,
    give,
    make,
    of_kind,
    one_exchange,
    reprice,
    weigh,
)

THIN = FLAT | {"depth_usd": 1e5}


def buys(
    venue: Venue, *quantity: float, row: int = FIRST, kind: OrderKind = OrderKind.MARKET
) -> Orders:
    """Return orders of one account, negative to sell."""
    return Orders.of(venue.index, [row] * len(quantity), 0, list(quantity), kind=kind, price=1e9)


def start(**other: Value) -> tuple[World, Venue]:
    """Return a world with one exchange, marked once."""
    built = one_exchange(**other)
    mark(built.model.world, built.model.cast)
    return built.model.world, built.model.world.venues[0]


def test_fees_go_from_who_takes_to_the_venue() -> None:
    world, venue = start(fees={"taker": 0.001, "maker": 0.0, "liquidation": 0.0})
    done = trade(world, venue, buys(venue, 20.0))
    assert done.usd == pytest.approx([20 * 0.001 * PRICE])
    assert venue.accounts.balances[USD, FEES] == pytest.approx(0.001 * done.usd[0])
    assert done.realised == pytest.approx([-0.001 * done.usd[0]])
    assert venue.markets[0].volume_usd == pytest.approx(done.usd[0])


@pytest.mark.parametrize("kind", ["linear_perpetual", "inverse_perpetual"])
def test_what_is_realised_is_what_was_closed(kind: str) -> None:
    size = 0.001 if kind == "linear_perpetual" else 50.0
    built = one_exchange(kind=kind, size=size)
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 3000.0)
    reprice(built, 0.9)
    mark(world, built.model.cast)
    done = trade(world, venue, buys(venue, -40.0))
    now = 0.9 * PRICE
    linear, inverse = 40 * 0.001 * (now - PRICE), 40 * 50.0 * (1 / PRICE - 1 / now) * now
    assert done.realised == pytest.approx([linear if kind == "linear_perpetual" else inverse])


def test_admission_cuts_what_margin_does_not_cover_and_lets_closing_through() -> None:
    world, venue = start()
    venue.accounts.balances[USD, FIRST] = 100.0
    give(venue, FIRST + 1, 50.0, -10.0)
    worth = 0.001 * PRICE
    opened = admit(venue, buys(venue, 1000.0))
    assert opened.quantity == [np.floor(100.0 / (0.1 * worth))]
    closed = admit(venue, buys(venue, -80.0, row=FIRST + 1))
    assert closed.quantity == [-50.0], "closing needs no margin, and the rest has none"
    assert admit(venue, buys(venue, 5.0, row=FIRST + 2)).size == 0
    assert admit(venue, buys(venue, 5.0, row=POOL)).quantity == [5.0]
    kept = admit(venue, buys(venue, 0.0, row=FIRST + 2, kind=OrderKind.CANCEL_ALL))
    assert kept.size == 1
    assert world.events.count == 0


def test_nobody_may_hold_more_than_the_venue_allows() -> None:
    _, venue = start(max_position_usd=1000.0)
    venue.accounts.balances[USD, FIRST] = 1e6
    assert admit(venue, buys(venue, 500.0)).quantity == [20.0]
    assert admit(venue, buys(venue, -500.0)).quantity == [-20.0]
    give(venue, FIRST, 15.0, 0.0)
    assert admit(venue, buys(venue, 500.0)).quantity == [5.0]
    assert admit(venue, buys(venue, -500.0)).quantity == [-35.0]
    give(venue, FIRST, 30.0, 0.0)
    assert admit(venue, buys(venue, 1.0)).size == 0
    assert admit(venue, buys(venue, -45.0)).quantity == [-45.0]


def test_an_order_that_finds_nothing_left_says_so_and_does_not_crash() -> None:
    world, venue = start(mechanism={"kind": "order_book"}, tick=0.5)
    venue.accounts.balances[USD, FIRST] = 1e6
    done = trade(world, venue, buys(venue, 20.0))
    assert done.filled == [0.0]
    assert done.exhausted == [True]
    assert np.isnan(done.price[0])


def pool(**other: Value) -> tuple[World, Venue]:
    """Return a world with an AMM for BTC itself."""
    spot = {
        "kind": "spot",
        "underlying": "BTC",
        "contract_size": 0.001,
        "tick": 1e-6,
        "mechanism": {"kind": "constant_product", "depth_usd": 1e6},
        "mark": {"kind": "mid"},
    }
    venue = exchange(**other) | {"instruments": {"S": spot}}
    crowd = {"noise": {"kind": "noise", "venue": "x", "instrument": "S", "accounts": 4}}
    built = make(data({"x": venue}) | {"crowd": crowd})
    weigh(built)
    world = built.model.world
    mark(world, built.model.cast)
    return world, world.venues[0]


@pytest.mark.parametrize("maker", [0.0, 0.0002, -0.0001])
def test_the_pool_account_holds_what_the_pool_says_it_has(maker: float) -> None:
    """Whoever provides the pool pays no maker fee: its fee is in the price."""
    world, venue = pool(fees={"taker": 0.0005, "maker": maker, "liquidation": 0.0})
    venue.accounts.balances[USD, FIRST] = 1e6
    live = venue.markets[0].mechanism
    for quantity in (500.0, -200.0, 900.0):
        trade(world, venue, buys(venue, quantity))
        base, quote = live.reserves  # type: ignore[union-attr]  # a constant-product pool
        assert venue.accounts.balances[BTC, POOL] == pytest.approx(base, rel=1e-12)
        assert venue.accounts.balances[USD, POOL] == pytest.approx(quote, rel=1e-12)


@pytest.mark.parametrize("cut", [False, True])
def test_forced_trades_leave_the_market_alone_when_impact_is_cut(cut: bool) -> None:
    plain = data({"x": exchange(mechanism=THIN)}, without=["impact"] if cut else [])
    built = make(plain)
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 1000.0)
    mark(world, built.model.cast)
    before = venue.markets[0].mechanism.quote()  # type: ignore[union-attr]  # it has a market
    dealt = float(venue.accounts.positions[0, OUTSIDE])
    done = trade_forced(world, venue, buys(venue, -60.0))
    assert done.filled == [-60.0]
    assert venue.accounts.positions[0, OUTSIDE] == dealt + 60.0
    after = venue.markets[0].mechanism.quote()  # type: ignore[union-attr]  # it has a market
    assert (after == before) == cut
    assert (done.price[0] == PRICE) == cut


def liquidated(*, without: list[str], **other: Value) -> tuple[World, Venue]:
    """Let a long with 6 % of own money lose 3 %, and close it by the venue's rule."""
    built = make(data({"x": exchange(**other)}, without=without))
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 300.0)
    weigh(built)
    reprice(built, 0.97)
    mark(world, built.model.cast)
    call(world, built.model.cast)
    assert venue.failing.tolist() == [FIRST]
    close_failing(world, venue)
    assert built.model.check is not None
    built.model.check(world)
    return world, venue


def test_liquidations_are_logged_with_what_they_cost_and_remembered_as_causes() -> None:
    world, venue = liquidated(without=[])
    now = 0.97 * PRICE
    assert of_kind(world, EventKind.LIQUIDATION, "quantity") == pytest.approx([-100.0])
    assert of_kind(world, EventKind.LIQUIDATION, "loss") == pytest.approx([0.1 * 0.03 * PRICE])
    assert venue.markets[0].forced_usd == pytest.approx(0.1 * now)
    assert venue.markets[0].ripples.net() == pytest.approx(-0.1 * now)
    assert venue.markets[0].waiting.net() == pytest.approx(-0.1 * now)


def test_with_impact_cut_no_liquidation_is_remembered_as_a_cause() -> None:
    world, venue = liquidated(without=["impact"])
    assert count(world, EventKind.LIQUIDATION) == 1
    assert venue.markets[0].ripples.net() == venue.markets[0].waiting.net() == 0.0


def test_the_liquidation_fee_is_taken_as_far_as_there_is_equity() -> None:
    fees = {"taker": 0.0, "maker": 0.0, "liquidation": 0.01}
    _, venue = liquidated(without=[], fees=fees)
    assert venue.accounts.balances[USD, 1] == pytest.approx(0.01 * 0.1 * 0.97 * PRICE)
    fees["liquidation"] = 0.5
    _, venue = liquidated(without=[], fees=fees)
    assert venue.accounts.balances[USD, 1] == pytest.approx(300.0 - 0.1 * 0.03 * PRICE)
    assert venue.accounts.balances[USD, FIRST] == pytest.approx(0.0)


def test_a_partial_liquidation_leaves_a_sound_account_in_good_standing() -> None:
    rule = {"rule": "partial", "rounds": 3, "target_ratio": 1.2, "cost": 0.0}
    _, venue = liquidated(without=[], liquidation=rule)
    left = venue.accounts.positions[0, FIRST]
    equity, now = 150.0, 0.97 * PRICE
    assert left == np.floor(equity / (1.2 * 0.05 * 0.001 * now))
    assert not venue.failing.size


def test_collateral_of_who_still_owes_money_is_sold() -> None:
    built = one_exchange()
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 0.0)
    venue.accounts.balances[BTC, FIRST] = 0.0055
    weigh(built)
    reprice(built, 0.97)
    mark(world, built.model.cast)
    call(world, built.model.cast)
    close_failing(world, venue)
    # The position lost 150 USD, which 0.0055 coins at 48 500 USD cover.
    assert venue.accounts.balances[USD, FIRST] == pytest.approx(0.0, abs=1e-9)
    assert venue.accounts.balances[BTC, FIRST] == pytest.approx(0.0055 - 150.0 / (0.97 * PRICE))
    assert built.model.check is not None
    built.model.check(world)


def test_where_the_book_is_empty_the_market_runs_dry_and_nothing_is_sold() -> None:
    built = one_exchange(mechanism={"kind": "order_book"}, tick=0.5)
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 300.0)
    weigh(built)
    reprice(built, 0.97)
    mark(world, built.model.cast)
    call(world, built.model.cast)
    close_failing(world, venue)
    assert count(world, EventKind.LIQUIDATION) == 0
    assert of_kind(world, EventKind.BOOK_EXHAUSTED, "quantity") == pytest.approx([100.0])
    assert venue.markets[0].dry
    assert venue.failing.tolist() == [FIRST]
