"""What each kind of trader means by what it does."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.borrower import Borrowers
from agents.carry import CarryTraders
from agents.directional import DirectionalTraders
from agents.momentum import MomentumTraders
from agents.noise import NoiseTraders
from agents.population import Population
from agents.value import ValueTraders
from sim.accounts import HOUSE_ROWS
from sim.orders import OrderKind, Orders, Quote
from sim.view import View
from tests.agents.stage import (
    EXCHANGE,
    LENDER,
    MAINTENANCE,
    MARKET,
    PRICE,
    called,
    desk_of,
    draws_at,
    give,
    lend,
    seat_of,
    world,
)

TRADERS = 2000
ROWS = np.arange(HOUSE_ROWS, HOUSE_ROWS + TRADERS)
CONTRACT = 0.001 * PRICE


def scene(gap: float = 0.0, equity: float = 1000.0, contracts: float = 0.0) -> View:
    """Return a view whose perpetual trades ``gap`` (a fraction) away from outside."""
    view = world(TRADERS)
    mid = PRICE * (1 + gap)
    view.venues[EXCHANGE].quotes[0] = Quote(mid - 0.5, mid + 0.5, mid)
    give(view.venues[EXCHANGE], ROWS, equity, contracts)
    return view


def crowd[P: Population[Any]](
    kind: type[P], view: View, venue: int = EXCHANGE, **settings: object
) -> P:
    return desk_of(kind, [seat_of(view.venues[venue], TRADERS)], **settings)


def orders(made: Population[Any], view: View, step: int = 5) -> Orders:
    view.step = step
    (batch,) = made.orders(view, draws_at(step))
    return batch


def asks_for(batch: Orders) -> Orders:
    """Return the orders that are no cancellations."""
    return batch.take(np.flatnonzero(batch.kind <= OrderKind.IOC))


def test_noise_trades_as_often_as_it_says_and_on_both_sides_alike() -> None:
    view = scene()
    made = crowd(NoiseTraders, view, trades_per_hour=2.0)
    batch = [asks_for(orders(made, view, step)) for step in range(60)]
    quantity = np.concatenate([sent.quantity for sent in batch])
    expected = TRADERS * 60 * (1 - np.exp(-2.0 / 360))
    assert quantity.size == pytest.approx(expected, rel=0.15)
    assert (quantity > 0).mean() == pytest.approx(0.5, abs=0.07)


def test_noise_waits_behind_the_touch_or_takes() -> None:
    view = scene()
    batch = asks_for(orders(crowd(NoiseTraders, view, trades_per_hour=200.0), view))
    waits = batch.kind == OrderKind.LIMIT
    assert waits.mean() == pytest.approx(0.5, abs=0.06)
    quote = view.venues[EXCHANGE].quotes[0]
    assert (batch.price[waits & (batch.quantity > 0)] <= quote.bid).all()
    assert (batch.price[waits & (batch.quantity < 0)] >= quote.ask).all()


def test_noise_cancels_what_has_waited_long_enough() -> None:
    view = scene()
    made = crowd(NoiseTraders, view, trades_per_hour=1.0, lifetime_seconds=50.0, limit_share=1.0)
    sent = asks_for(orders(made, view, 0)).account
    batch = orders(made, view, 5)
    gone = batch.account[batch.kind == OrderKind.CANCEL_ALL]
    assert sent.size
    assert np.isin(sent, gone).all()


def test_noise_stays_within_its_leverage() -> None:
    view = scene(contracts=39.0)
    batch = asks_for(orders(crowd(NoiseTraders, view, trades_per_hour=200.0, leverage=2.0), view))
    assert batch.quantity.max() == 1.0
    assert batch.quantity.min() < -1.0


def test_noise_takes_nothing_where_nothing_is_offered() -> None:
    view = scene()
    view.venues[EXCHANGE].quotes[0] = Quote(np.nan, np.nan, PRICE)
    batch = asks_for(orders(crowd(NoiseTraders, view, trades_per_hour=200.0), view))
    assert batch.size
    assert (batch.kind == OrderKind.LIMIT).all()


def test_spot_noise_sells_only_what_it_has() -> None:
    view = scene()
    view.venues[MARKET].accounts.balances[:, ROWS] = [[60.0], [0.0012]]
    batch = asks_for(orders(crowd(NoiseTraders, view, MARKET, trades_per_hour=200.0), view))
    assert set(batch.quantity.tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize(("gap", "side"), [(-0.03, 1.0), (0.03, -1.0)])
def test_value_leans_against_a_mispricing(gap: float, side: float) -> None:
    view = scene(gap)
    batch = orders(crowd(ValueTraders, view, checks_per_hour=200.0), view)
    assert (batch.quantity * side > 0).all()


def test_value_traders_differ_in_what_moves_them_and_stay_the_same() -> None:
    view = scene(-0.006)
    made = crowd(ValueTraders, view, checks_per_hour=1e6, threshold=0.006)
    first = orders(made, view, 5).account
    assert 0.2 * TRADERS < first.size < 0.8 * TRADERS
    assert orders(made, view, 6).account.tolist() == first.tolist()


def test_value_gets_out_when_the_price_has_crossed_and_not_before() -> None:
    held = scene(-0.0005, contracts=10.0)
    assert not crowd(ValueTraders, held, checks_per_hour=1e6).orders(held, draws_at())
    over = scene(0.0005, contracts=10.0)
    assert (orders(crowd(ValueTraders, over, checks_per_hour=1e6), over).quantity == -10.0).all()


@given(gap=st.floats(-0.2, 0.2), held=st.integers(-15, 15))
def test_value_never_goes_beyond_its_leverage(gap: float, held: int) -> None:
    view = scene(gap, contracts=float(held))
    made = crowd(ValueTraders, view, checks_per_hour=200.0, leverage=1.0)
    for batch in made.orders(view, draws_at()):
        worth = np.abs(held + batch.quantity) * CONTRACT * (1 + gap)
        assert (worth <= max(1000.0, abs(held) * CONTRACT * (1 + gap)) + 1e-6).all()


@pytest.mark.parametrize("trend", [0.04, -0.04])
def test_momentum_goes_with_the_trend(trend: float) -> None:
    view = scene()
    view.venues[EXCHANGE].trend[:] = trend
    batch = orders(crowd(MomentumTraders, view, checks_per_hour=200.0), view)
    assert (batch.quantity * trend > 0).all()


def test_momentum_without_a_trend_wants_no_position() -> None:
    flat = scene()
    made = crowd(MomentumTraders, flat, checks_per_hour=1e6)
    flat.venues[EXCHANGE].trend[:] = 0.001
    assert not made.orders(flat, draws_at())
    long = scene(contracts=10.0)
    made = crowd(MomentumTraders, long, checks_per_hour=1e6)
    assert (orders(made, long).quantity == -10.0).all()


def test_momentum_hears_nothing_where_behaviour_is_cut() -> None:
    view = scene()
    view.venues[EXCHANGE].trend[:] = -0.2
    view.behaviour = False
    assert not crowd(MomentumTraders, view, checks_per_hour=1e6).orders(view, draws_at())


def test_directional_traders_hold_on_while_margin_is_comfortable() -> None:
    view = scene(contracts=100.0)
    made = crowd(DirectionalTraders, view, nervous_per_hour=1e6)
    assert not made.orders(view, draws_at())
    assert made.cure(view, draws_at()) == ([], [])


def test_panic_cuts_a_position_back_to_its_target() -> None:
    view = scene(equity=300.0, contracts=100.0)
    made = crowd(DirectionalTraders, view, nervous_per_hour=1e6, target_ratio=2.0)
    batch = orders(made, view)
    left = 100.0 + batch.quantity
    assert batch.account.size == TRADERS
    assert (2.0 * MAINTENANCE * left * CONTRACT <= 300.0).all()
    assert (2.0 * MAINTENANCE * (left + 1) * CONTRACT > 300.0).all()


def test_calls_are_met_by_the_shares_that_the_rule_says() -> None:
    view = scene(equity=280.0, contracts=-100.0)
    called(view.venues[EXCHANGE], ROWS)
    made = crowd(DirectionalTraders, view, top_up_share=0.5, cut_share=0.2, delay_seconds=0.0)
    (paid,), (cut,) = made.cure(view, draws_at())
    assert paid.account.size / TRADERS == pytest.approx(0.5, abs=0.04)
    assert cut.account.size / TRADERS == pytest.approx(0.2, abs=0.03)
    assert not np.isin(paid.account, cut.account).any()
    assert paid.amount == pytest.approx(2.0 * MAINTENANCE * 100 * CONTRACT - 280.0)
    assert (cut.quantity > 0).all()
    assert (cut.cause == 17).all()
    again, _ = made.cure(view, draws_at(step=6))
    assert again[0].account.tolist() == paid.account.tolist()


def test_a_reserve_that_is_too_small_is_paid_in_full() -> None:
    view = scene(equity=280.0, contracts=100.0)
    called(view.venues[EXCHANGE], ROWS[:10], reserve=30.0)
    view.venues[EXCHANGE].accounts.reserve[ROWS[:3]] = 0.0
    made = crowd(DirectionalTraders, view, top_up_share=1.0, cut_share=0.0, delay_seconds=0.0)
    (paid,), _ = made.cure(view, draws_at())
    assert paid.account.tolist() == ROWS[3:10].tolist()
    assert (paid.amount == 30.0).all()


def test_answers_take_their_time_and_deposits_longer_in_congestion() -> None:
    view = scene(equity=280.0, contracts=100.0)
    called(view.venues[EXCHANGE], ROWS)
    made = crowd(DirectionalTraders, view, top_up_share=0.5, cut_share=0.5, delay_seconds=100.0)
    (paid,), (cut,) = made.cure(view, draws_at())
    view.congestion = 10.0
    (late,), (still,) = made.cure(view, draws_at())
    assert paid.account.size / TRADERS == pytest.approx(0.5 * (1 - np.exp(-0.1)), abs=0.02)
    assert late.account.size < 0.3 * paid.account.size
    assert still.account.tolist() == cut.account.tolist()


def test_only_called_accounts_of_the_own_rows_are_answered_for() -> None:
    view = scene(equity=280.0, contracts=100.0)
    seat = seat_of(view.venues[EXCHANGE], 100, first=HOUSE_ROWS + 50)
    made = desk_of(DirectionalTraders, [seat], top_up_share=1.0, cut_share=0.0, delay_seconds=0.0)
    called(view.venues[EXCHANGE], ROWS[::7])
    (paid,), _ = made.cure(view, draws_at())
    assert paid.account.tolist() == [row for row in ROWS[::7].tolist() if row in seat.rows]


def test_carry_is_passive_unless_told_otherwise() -> None:
    view = scene(-0.05, contracts=-100.0)
    assert not crowd(CarryTraders, view).orders(view, draws_at())


def test_carry_unwinds_where_it_pays_the_funding() -> None:
    adverse = scene(-0.05, contracts=-100.0)
    batch = orders(crowd(CarryTraders, adverse, unwind_per_hour=1e6), adverse)
    assert (batch.quantity == 25.0).all()
    for gap in (0.05, -0.001):
        kind = scene(gap, contracts=-100.0)
        assert not crowd(CarryTraders, kind, unwind_per_hour=1e6).orders(kind, draws_at())


def test_carry_meets_calls_from_the_reserve() -> None:
    view = scene(equity=280.0, contracts=-100.0)
    called(view.venues[EXCHANGE], ROWS[:5])
    (paid,), cut = crowd(CarryTraders, view, delay_seconds=0.0).cure(view, draws_at())
    assert paid.account.tolist() == ROWS[:5].tolist()
    assert not cut


def test_borrowers_repay_up_to_their_target_when_they_look() -> None:
    view = scene()
    venue = view.venues[LENDER]
    lend(venue, ROWS, 1.0, 39_000.0)
    venue.accounts.reserve[ROWS] = 1e6
    made = crowd(
        Borrowers, view, LENDER, checks_per_hour=1e6, repay_share=0.5, alarm=0.05, target=0.15
    )
    (paid,), _ = made.cure(view, draws_at())
    assert paid.account.size / TRADERS == pytest.approx(0.5, abs=0.04)
    debt = 39_000.0 - paid.amount
    assert 0.8 * PRICE - debt == pytest.approx(0.15 * debt)


def test_borrowers_who_stand_well_or_do_not_look_do_nothing() -> None:
    view = scene()
    lend(view.venues[LENDER], ROWS, 1.0, 30_000.0)
    view.venues[LENDER].accounts.reserve[ROWS] = 1e6
    looking = crowd(Borrowers, view, LENDER, checks_per_hour=1e6, repay_share=1.0)
    assert looking.cure(view, draws_at()) == ([], [])
    lend(view.venues[LENDER], ROWS, 1.0, 39_000.0)
    asleep = crowd(Borrowers, view, LENDER, checks_per_hour=0.0, repay_share=1.0)
    assert asleep.cure(view, draws_at()) == ([], [])


def test_a_second_seat_draws_numbers_of_its_own() -> None:
    view = scene()
    first, second = view.venues[EXCHANGE], view.venues[MARKET]
    second.accounts.balances[:, ROWS] = [[1e6], [1e3]]
    made = desk_of(
        NoiseTraders,
        [seat_of(first, TRADERS), seat_of(second, TRADERS)],
        trades_per_hour=20.0,
    )
    one, two = made.orders(view, draws_at())
    assert (one.venue, two.venue) == (EXCHANGE, MARKET)
    assert one.account.tolist() != two.account.tolist()
