"""Writers of options: they sell in calm, stop when it is dear, and answer calls."""

import numpy as np
import pytest

from agents.option_writer import OptionWriters
from sim.errors import ConfigError
from sim.orders import Orders, Quote
from sim.view import View
from tests.agents.stage import EXCHANGE, PRICE, called, desk_of, draws_at, give, seat_of, world

WRITERS = 50
ROWS = np.arange(4, 4 + WRITERS)


def crowd(view: View, **settings: float) -> OptionWriters:
    """Return writers on the exchange who all look in every step."""
    seat = seat_of(view.venues[EXCHANGE], WRITERS)
    return desk_of(OptionWriters, [seat], checks_per_hour=1e9, **settings)


def ordered(view: View, **settings: float) -> Orders | None:
    """Return what writers order in a step."""
    batches = crowd(view, **settings).orders(view, draws_at())
    return batches[0] if batches else None


def test_a_short_that_has_grown_too_dear_is_bought_back_whole() -> None:
    view = world(WRITERS)
    venue = view.venues[EXCHANGE]
    give(venue, ROWS, 10_000.0, -20.0)
    venue.accounts.entry[0, ROWS[:10]] = PRICE / 3.0
    orders = ordered(view, stop_multiple=2.9)
    assert orders is not None
    assert sorted(orders.account.tolist()) == ROWS[:10].tolist()
    assert orders.quantity.tolist() == [20.0] * 10
    assert ordered(view, stop_multiple=3.1) is None


def test_writers_sell_more_until_their_limit() -> None:
    view = world(WRITERS)
    venue = view.venues[EXCHANGE]
    venue.quotes[0] = Quote(PRICE, PRICE, PRICE)
    give(venue, ROWS, 1_000.0, 0.0)
    size = venue.instruments[0].notional(PRICE)
    orders = ordered(view, write_usd=10 * size, exposure_limit=1e9)
    assert orders is not None
    assert orders.quantity.tolist() == [-10.0] * WRITERS
    full = np.floor(1_000.0 / size)
    give(venue, ROWS, 1_000.0, -full)
    assert ordered(view, write_usd=10 * size, exposure_limit=1.0) is None
    assert ordered(view) is None


def test_nobody_writes_or_stops_where_behaviour_is_cut() -> None:
    view = world(WRITERS)
    give(view.venues[EXCHANGE], ROWS, 1_000.0, -5.0)
    view.venues[EXCHANGE].accounts.entry[0, ROWS] = 1.0
    view.behaviour = False
    assert ordered(view, write_usd=1e6) is None


def test_calls_are_answered_by_deposits_and_purchases() -> None:
    view = world(WRITERS)
    venue = view.venues[EXCHANGE]
    give(venue, ROWS, 100.0, -100.0)
    called(venue, ROWS)
    venue.open_calls = ROWS
    made = crowd(view, top_up_share=0.5, cut_share=0.5, delay_seconds=0.0)
    transfers, orders = made.cure(view, draws_at(purpose="cure/desk"))
    payers, cutters = transfers[0].account, orders[0].account
    assert sorted([*payers.tolist(), *cutters.tolist()]) == ROWS.tolist()
    assert (orders[0].quantity > 0).all()


def test_impossible_settings_are_all_named() -> None:
    view = world(1)
    with pytest.raises(ConfigError) as caught:
        crowd(view, stop_multiple=1.0, write_usd=-1.0, top_up_share=0.8, cut_share=0.8)
    assert len(caught.value.problems) == 3
