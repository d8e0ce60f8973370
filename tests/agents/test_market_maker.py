"""A ladder on both sides that shifts, widens, thins and vanishes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.market_maker import MarketMaker
from sim.accounts import HOUSE_ROWS
from sim.orders import OrderKind, Orders, Quote
from sim.view import View
from tests.agents.stage import (
    EXCHANGE,
    MARKET,
    PRICE,
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


def calm() -> View:
    """Return a calm view in which the maker has two millions."""
    view = world(1)
    give(view.venues[EXCHANGE], ROW, 2e6, 0.0)
    return view


def maker(view: View, venue: int = EXCHANGE, **settings: object) -> MarketMaker:
    return desk_of(MarketMaker, [seat_of(view.venues[venue])], **settings)


def ladder(made: MarketMaker, view: View) -> Orders:
    (batch,) = made.orders(view, draws_at())
    return batch


def sides(batch: Orders) -> tuple[Orders, Orders]:
    """Return the bids and the asks of a ladder."""
    return (
        batch.take(np.flatnonzero(batch.quantity > 0)),
        batch.take(np.flatnonzero(batch.quantity < 0)),
    )


def spread(batch: Orders) -> float:
    bids, asks = sides(batch)
    return float(asks.price.min() - bids.price.max())


def test_a_ladder_replaces_the_old_one_and_straddles_the_outside_price() -> None:
    view = calm()
    batch = ladder(maker(view, own_weight=0.0), view)
    assert batch.kind[0] == OrderKind.CANCEL_ALL
    assert (batch.kind[1:] == OrderKind.LIMIT).all()
    bids, asks = sides(batch)
    assert bids.price.max() < PRICE < asks.price.min()
    assert (np.diff(bids.price) < 0).all()
    assert (np.diff(asks.price) > 0).all()


def test_levels_grow_with_distance() -> None:
    view = calm()
    bids, asks = sides(ladder(maker(view, size_usd=10_000.0, growth=2.0, levels=4), view))
    assert bids.quantity == pytest.approx([200, 400, 800, 1600], rel=0.01)
    assert asks.quantity == pytest.approx([-200, -400, -800, -1600], rel=0.01)


def test_stress_widens_the_spread_and_thins_the_sizes() -> None:
    view = calm()
    quiet = ladder(maker(view), view)
    view.venues[EXCHANGE].volatility[:] = 4 * view.venues[EXCHANGE].calm_volatility
    storm = ladder(maker(view), view)
    assert spread(storm) == pytest.approx(4 * spread(quiet), rel=0.1)
    assert np.abs(storm.quantity).sum() == pytest.approx(np.abs(quiet.quantity).sum() / 4, rel=0.05)


def test_without_behaviour_stress_and_losses_leave_the_calm_ladder() -> None:
    view = calm()
    quiet = ladder(maker(view), view)
    view.behaviour = False
    view.venues[EXCHANGE].volatility[:] *= 10
    made = maker(view)
    made.equity_share(view, made.seats[0])
    view.venues[EXCHANGE].accounts.balances[0, ROW] = 1e5
    assert (ladder(made, view).quantity == quiet.quantity).all()


def test_a_shock_to_liquidity_thins_the_ladder_even_without_behaviour() -> None:
    view = calm()
    full = np.abs(ladder(maker(view), view).quantity).sum()
    view.behaviour = False
    view.venues[EXCHANGE].liquidity = 0.25
    assert np.abs(ladder(maker(view), view).quantity).sum() == pytest.approx(full / 4, rel=0.05)


def test_no_liquidity_leaves_nothing_but_the_cancellation() -> None:
    view = calm()
    made = maker(view)
    ladder(made, view)
    view.venues[EXCHANGE].liquidity = 0.0
    assert ladder(made, view).kind.tolist() == [OrderKind.CANCEL_ALL]
    assert not made.orders(view, draws_at())


def test_a_long_inventory_shifts_prices_down() -> None:
    view = calm()
    flat_bids, _ = sides(ladder(maker(view), view))
    give(view.venues[EXCHANGE], ROW, 2e6, 20_000.0)
    long_bids, long_asks = sides(ladder(maker(view), view))
    assert long_bids.price.max() < flat_bids.price.max()
    assert long_asks.price.min() < PRICE


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_full_inventory_stops_one_side(side: float) -> None:
    view = calm()
    give(view.venues[EXCHANGE], ROW, 4e6, side * 40_000.0)
    batch = ladder(maker(view, inventory_limit_usd=2e6), view)
    assert (batch.quantity * side <= 0).all()
    assert (batch.quantity * side < 0).any()


@given(held=st.integers(-45_000, 45_000), limit=st.floats(1e4, 3e6))
def test_a_filled_ladder_never_ends_beyond_the_limit(held: int, limit: float) -> None:
    view = calm()
    give(view.venues[EXCHANGE], ROW, 4e6, float(held))
    batches = maker(view, inventory_limit_usd=limit).orders(view, draws_at())
    quantity = np.concatenate([batch.quantity for batch in batches])
    bought = held + quantity[quantity > 0].sum()
    sold = held + quantity[quantity < 0].sum()
    contract = PRICE * 0.001
    assert bought * contract <= max(limit, held * contract) + 1e-6
    assert sold * contract >= min(-limit, held * contract) - 1e-6


def test_losses_end_quoting_at_the_floor() -> None:
    view = calm()
    made = maker(view, equity_floor=0.5)
    ladder(made, view)
    view.venues[EXCHANGE].accounts.balances[0, ROW] = 0.99e6
    assert ladder(made, view).kind.tolist() == [OrderKind.CANCEL_ALL]


def test_a_quiet_step_costs_no_message_until_time_is_up() -> None:
    view = calm()
    made = maker(view, refresh_seconds=60.0)
    ladder(made, view)
    view.step += 5
    assert not made.orders(view, draws_at())
    view.step += 1
    assert made.orders(view, draws_at())


@pytest.mark.parametrize("what", ["price", "liquidity", "trade"])
def test_a_change_renews_the_ladder_at_once(what: str) -> None:
    view = calm()
    made = maker(view)
    ladder(made, view)
    if what == "price":
        view.outside[1] *= 1.001
    elif what == "liquidity":
        view.venues[EXCHANGE].liquidity = 0.5
    else:
        fill(view, made.seats[0], 300.0, PRICE)
    assert made.orders(view, draws_at())


def test_the_reference_leans_on_the_venues_own_mid() -> None:
    mid = 0.96 * PRICE
    view = view_of(venue_of(0, calm().venues[0].instruments[0], 1, Quote(mid - 1, mid + 1, mid)))
    give(view.venues[0], ROW, 2e6, 0.0)
    bids, asks = sides(ladder(maker(view, own_weight=0.5), view))
    middle = 0.5 * (bids.price.max() + asks.price.min())
    assert middle == pytest.approx(PRICE * 0.96**0.5, rel=1e-4)


def test_an_empty_book_is_quoted_from_outside() -> None:
    nothing = Quote(np.nan, np.nan, np.nan)
    view = view_of(venue_of(0, calm().venues[0].instruments[0], 1, nothing))
    give(view.venues[0], ROW, 2e6, 0.0)
    bids, asks = sides(ladder(maker(view), view))
    assert bids.price.max() < PRICE < asks.price.min()


def test_on_a_spot_venue_it_sells_what_it_has_and_spends_what_it_has() -> None:
    view = world(1)
    view.venues[MARKET].accounts.balances[:, ROW] = [[30_000.0], [1.0]]
    bids, asks = sides(ladder(maker(view, MARKET), view))
    assert (bids.quantity * bids.price * 0.001).sum() <= 30_000.0
    assert asks.quantity.sum() * 0.001 >= -1.0
