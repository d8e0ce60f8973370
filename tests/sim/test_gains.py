"""Losses that winners share: out of profit first, and never out of the same profit twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.build import Built
from sim.accounts import HOUSE_ROWS, INSURANCE
from sim.closing import unrealised
from sim.credit.waterfall import _recovery
from sim.events import EventKind
from sim.gains import forget_closed, give_up, open_gains
from sim.losses import absorb_losses, socialise
from sim.step import mark
from sim.valuation import net_equity
from tests.sim.credit.test_house import cleared, house_of
from tests.sim.test_losses import INVERSE, LINEAR, equities
from tests.sim.worlds import FIRST, PRICE, USD, count, give, of_kind, one_exchange, reprice, weigh


def shared_out(deficit: float) -> tuple[np.ndarray, Built]:
    """Return what a winner of all it has, 1,000, and an idle account with 9,000 pay."""
    built = one_exchange(accounts=2)
    venue = built.model.world.venues[0]
    give(venue, FIRST, -100.0, 5000.0)
    reprice(built, 0.8)
    mark(built.model.world, built.model.cast)
    two = np.array([FIRST, FIRST + 1])
    venue.accounts.balances[0, two] += np.array([1000.0, 9000.0]) - equities(venue)[two]
    weigh(built)
    assert unrealised(venue, two) == pytest.approx([1000.0, 0.0])
    before = equities(venue)
    socialise(built.model.world, venue, deficit)
    return (before - equities(venue))[two], built


def test_profit_is_spent_before_equity_is_asked_for() -> None:
    assert shared_out(999.0)[0] == pytest.approx([999.0, 0.0])
    assert shared_out(1001.0)[0] == pytest.approx([1000.0, 1.0])
    assert shared_out(20_000.0)[0] == pytest.approx([1000.0, 9000.0])


@settings(max_examples=25, deadline=None)
@given(deficit=st.floats(1.0, 9_900.0), more=st.floats(0.0, 50.0))
def test_what_each_pays_grows_with_the_deficit_and_never_jumps(deficit: float, more: float) -> None:
    less, most = shared_out(deficit)[0], shared_out(deficit + more)[0]
    assert (most >= less - 1e-6).all()
    assert (most - less).sum() == pytest.approx(more, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from([LINEAR, INVERSE]),
    rounds=st.lists(st.tuples(st.floats(0.75, 1.3), st.floats(0.0, 1.0)), min_size=2, max_size=6),
)
def test_nobody_gives_up_more_profit_than_there_was(
    kind: str, rounds: list[tuple[float, float]]
) -> None:
    """However often profits are shared, and whatever the price does in between."""
    size = 0.001 if kind == LINEAR else 50.0
    built = one_exchange(kind=kind, size=size, accounts=3)
    world, venue = built.model.world, built.model.world.venues[0]
    for i, contracts in enumerate((-100.0, -40.0, 70.0)):
        give(venue, FIRST + i, contracts, 1e6)
    rows = np.arange(FIRST, FIRST + 3)
    most, paid = np.zeros(3), np.zeros(3)
    for factor, share in rounds:
        reprice(built, factor)
        mark(world, built.model.cast)
        most = np.maximum(most, unrealised(venue, rows))
        left = open_gains(venue, rows)
        before = equities(venue)[rows]
        socialise(world, venue, share * float(left.sum()))
        paid += before - equities(venue)[rows]
        assert open_gains(venue, rows) == pytest.approx((1.0 - share) * left, abs=1e-4)
    assert (paid <= most + 1e-4).all()


def test_what_was_given_up_is_forgotten_with_the_position() -> None:
    _, built = shared_out(900.0)
    venue = built.model.world.venues[0]
    row = np.array([FIRST])
    forget_closed(venue)
    assert open_gains(venue, row) == pytest.approx([100.0])
    venue.accounts.positions[0, FIRST] = 0.0
    forget_closed(venue)
    assert not venue.given[:, FIRST].any()


def test_what_was_given_up_goes_with_the_part_that_is_closed() -> None:
    """400 of 500 given on 100 contracts: of 20 that are left, 80 of 100."""
    built = one_exchange(accounts=3)
    venue, row = built.model.world.venues[0], np.array([FIRST])
    give(venue, FIRST, 100.0, 5_000.0, entry=0.9 * PRICE)
    give_up(venue, row, np.array([400.0]))
    assert open_gains(venue, row) == pytest.approx([100.0])
    venue.accounts.positions[0, FIRST] = 20.0
    forget_closed(venue)
    assert open_gains(venue, row) == pytest.approx([20.0])


def test_a_position_that_is_turned_round_has_given_up_nothing() -> None:
    built = one_exchange(accounts=3)
    venue, row = built.model.world.venues[0], np.array([FIRST])
    give(venue, FIRST, 100.0, 5_000.0, entry=0.9 * PRICE)
    give_up(venue, row, np.array([400.0]))
    venue.accounts.positions[0, FIRST] = -100.0
    venue.accounts.entry[0, FIRST] = 1.1 * PRICE
    venue.accounts.balances[USD, FIRST] += 200.0 * venue.valuation.values[0]
    forget_closed(venue)
    assert open_gains(venue, row) == pytest.approx([500.0])


def test_less_than_a_cent_is_rounding_and_no_loss() -> None:
    built = one_exchange(accounts=1)
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.balances[0, FIRST] = 100.0
    venue.accounts.balances[0, INSURANCE] = -0.009
    absorb_losses(world, venue)
    assert count(world, EventKind.SOCIALISED_LOSS) == 0
    venue.accounts.balances[0, INSURANCE] = -0.02
    absorb_losses(world, venue)
    assert of_kind(world, EventKind.SOCIALISED_LOSS, "usd") == pytest.approx([0.02])


@settings(max_examples=25, deadline=None)
@given(moves=st.lists(st.tuples(st.floats(0.8, 1.25), st.floats(0.0, 1.0)), min_size=2, max_size=6))
def test_gains_are_never_cut_by_more_than_there_were(moves: list[tuple[float, float]]) -> None:
    """However often they are cut, and whatever the price does in between."""
    built = cleared(own=0.0, least_usd=0.0, stress=[0.0], assessment_cap=0.0, tear_up=False)
    world, venue = built.model.world, built.model.world.venues[0]
    rows = np.arange(HOUSE_ROWS, venue.accounts.count)
    venue.accounts.balances[USD, rows] += 1e6
    most, paid = np.zeros(rows.size), np.zeros(rows.size)
    for factor, share in moves:
        reprice(built, factor)
        mark(world, built.model.cast)
        most = np.maximum(most, unrealised(venue, rows))
        loss = share * float(open_gains(venue, rows).sum())
        before = net_equity(venue.accounts, venue.valuation, rows)
        _recovery(world, venue, house_of(built), loss)
        paid += before - net_equity(venue.accounts, venue.valuation, rows)
    assert (paid <= most + 1e-4).all()
