"""Buy cheap, sell dear, hedge flat, and stop where capital does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.arbitrageur import Arbitrageur
from agents.institution import exposure
from sim.accounts import HOUSE_ROWS
from sim.orders import OrderKind, Orders, Quote
from sim.view import View
from tests.agents.stage import (
    BTC,
    EXCHANGE,
    MARKET,
    PERP,
    PRICE,
    XBT,
    desk_of,
    draws_at,
    fill,
    give,
    seat_of,
    venue_of,
    view_of,
    world,
)

ROW = np.array([HOUSE_ROWS])


def scene(gap: float, equity: float = 1e7) -> View:
    """Return a view whose perpetual trades ``gap`` (a fraction) away from outside."""
    view = world(1)
    mid = PRICE * (1 + gap)
    view.venues[EXCHANGE].quotes[0] = Quote(mid - 0.5, mid + 0.5, mid)
    give(view.venues[EXCHANGE], ROW, equity, 0.0)
    return view


def arbitrageur(view: View, *venues: int, **settings: object) -> Arbitrageur:
    seats = [seat_of(view.venues[venue]) for venue in venues or (EXCHANGE,)]
    return desk_of(Arbitrageur, seats, **settings)


def order(made: Arbitrageur, view: View) -> Orders:
    (batch,) = made.orders(view, draws_at())
    return batch


@pytest.mark.parametrize(("gap", "side"), [(-0.02, 1.0), (0.02, -1.0)])
def test_it_buys_what_is_cheap_and_sells_what_is_dear(gap: float, side: float) -> None:
    view = scene(gap)
    batch = order(arbitrageur(view), view)
    assert batch.quantity[0] * side > 0
    assert batch.kind[0] == OrderKind.IOC
    worst = PRICE * (1 - side * 8e-4)
    assert batch.price[0] == pytest.approx(worst, abs=0.5)
    assert (batch.price[0] - worst) * side <= 0


def test_within_costs_it_does_nothing() -> None:
    for gap in (-5e-4, 0.0, 5e-4):
        view = scene(gap)
        assert not arbitrageur(view).orders(view, draws_at())


def test_a_side_without_quotes_is_left_alone() -> None:
    view = scene(0.0)
    view.venues[EXCHANGE].quotes[0] = Quote(np.nan, np.nan, PRICE)
    assert not arbitrageur(view).orders(view, draws_at())


def test_size_grows_with_the_dislocation_up_to_what_capital_carries() -> None:
    sizes = []
    for gap in (-0.002, -0.004, -0.2):
        view = scene(gap, equity=1e5)
        made = arbitrageur(view, usd_per_bp=10_000.0, leverage=5.0)
        sizes.append(float(order(made, view).quantity[0]) * PRICE * 0.001)
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[2] == pytest.approx(5e5, rel=1e-3)


def test_without_capital_it_only_reduces() -> None:
    view = scene(-0.02)
    made = arbitrageur(view)
    view.venues[EXCHANGE].accounts.balances[0, ROW] = -10.0
    assert not made.orders(view, draws_at())


def test_the_hedge_flattens_a_linear_position() -> None:
    view = scene(-0.02)
    made = arbitrageur(view)
    order(made, view)
    fill(view, made.seats[0], 5_000.0, 0.98 * PRICE)
    (hedge,) = made.outside(view, draws_at())
    assert (hedge.asset, hedge.entity, hedge.forced) == (BTC, 2, False)
    assert hedge.quantity == pytest.approx(-5.0)
    view.wallets[:, 2] += [5.0 * PRICE, -5.0]
    assert not made.outside(view, draws_at())


@given(contracts=st.integers(-100_000, 100_000), price=st.floats(0.5, 2.0))
def test_the_hedge_of_a_coin_margined_position_kills_its_slope(
    contracts: int, price: float
) -> None:
    """Worth in USD is p (b - Q/p) + p w: the same at any two prices once hedged."""
    view = view_of(venue_of(0, XBT, 1))
    seat = seat_of(view.venues[0])
    made = desk_of(Arbitrageur, [seat], min_hedge_usd=0.0)
    made.remember(view)
    fill(view, seat, float(contracts), PRICE * price)
    for hedge in made.outside(view, draws_at()):
        view.wallets[BTC, 2] += hedge.quantity
    coins = view.venues[0].accounts.balances[BTC, HOUSE_ROWS] + view.wallets[BTC, 2]
    worth = [p * coins - contracts for p in (0.5 * PRICE, 2 * PRICE)]
    assert worth[0] == pytest.approx(worth[1], abs=1e-3)


def test_only_what_came_after_the_start_is_hedged() -> None:
    view = scene(0.0)
    view.wallets[BTC, 2] = 7.0
    give(view.venues[EXCHANGE], ROW, 1e7, 300.0)
    made = arbitrageur(view)
    made.orders(view, draws_at())
    assert not made.outside(view, draws_at())


def test_two_venues_are_hedged_as_one() -> None:
    view = scene(-0.02)
    made = arbitrageur(view, EXCHANGE, MARKET)
    made.orders(view, draws_at())
    fill(view, made.seats[0], 1_000.0, PRICE)
    fill(view, made.seats[1], -1_000.0, PRICE)
    assert not made.outside(view, draws_at())


def test_a_full_inventory_is_released_before_the_dislocation_has_turned() -> None:
    bid = PRICE * 1.0002
    view = scene(0.0, equity=1e7)
    view.venues[EXCHANGE].quotes[0] = Quote(bid, bid + 1, bid)
    made = arbitrageur(view, inventory_limit_usd=1e6)
    assert not made.orders(view, draws_at())
    give(view.venues[EXCHANGE], ROW, 1e7, 20_000.0)
    assert order(made, view).quantity[0] < 0


def test_spot_trades_stay_within_money_and_goods() -> None:
    view = scene(0.0)
    view.venues[MARKET].accounts.balances[:, ROW] = [[10_000.0], [0.1]]
    for gap, most in ((-0.1, 222.0), (0.1, 100.0)):
        mid = PRICE * (1 + gap)
        view.venues[MARKET].quotes[0] = Quote(mid - 0.5, mid + 0.5, mid)
        size = abs(float(order(arbitrageur(view, MARKET), view).quantity[0]))
        assert 0 < size <= most


def test_exposure_counts_an_account_once_however_many_seats_it_has() -> None:
    view = view_of(venue_of(0, PERP, 1))
    seat = seat_of(view.venues[0])
    view.venues[0].accounts.balances[BTC, HOUSE_ROWS] = 2.0
    assert exposure(view, (seat,), 2)[BTC] == 2.0
    fill(view, seat, 500.0, PRICE)
    assert exposure(view, (seat,), 2)[BTC] == pytest.approx(2.5)
