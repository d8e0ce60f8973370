"""Keepers come for the profit, not for the protocol."""

import numpy as np
import pytest

from agents.keeper import Keeper
from sim.accounts import HOUSE_ROWS
from sim.orders import Bids
from sim.view import View
from tests.agents.stage import BTC, LENDER, PRICE, desk_of, draws_at, lend, seat_of, world

KEEPER = np.array([HOUSE_ROWS])
LOANS = np.arange(HOUSE_ROWS + 1, HOUSE_ROWS + 5)
DEBTS = np.array([10_000.0, 40_000.0, 20_000.0, 30_000.0])


def scene(capital: float = 1e6) -> View:
    """Return a view with four loans of different sizes that can all be liquidated."""
    view = world(5)
    venue = view.venues[LENDER]
    lend(venue, LOANS, DEBTS / (0.85 * PRICE), DEBTS)
    venue.accounts.balances[0, KEEPER] = capital
    venue.liquidatable = LOANS.copy()
    return view


def keeper(view: View, **settings: object) -> Keeper:
    chosen = {"latency_seconds": 0.0} | settings
    return desk_of(Keeper, [seat_of(view.venues[LENDER])], **chosen)


def bid(made: Keeper, view: View) -> Bids:
    (found,) = made.bids(view)
    return found


def test_it_repays_the_close_factor_of_the_largest_loans_first() -> None:
    view = scene()
    found = bid(keeper(view), view)
    assert found.keeper == HOUSE_ROWS
    assert found.target.tolist() == LOANS[[1, 3, 2, 0]].tolist()
    assert found.amount == pytest.approx([20_000, 15_000, 10_000, 5_000])


def test_it_refuses_what_does_not_pay() -> None:
    """At an oracle price 6 % too high a bonus of 5 % is a loss."""
    view = scene()
    view.outside[BTC] = PRICE / 1.06
    assert not keeper(view).bids(view)
    view.outside[BTC] = PRICE / 1.02
    assert keeper(view, slippage_bps_per_million=0.0).bids(view)


def test_an_oracle_that_is_too_low_makes_it_eager() -> None:
    view = scene()
    assert not keeper(view, min_profit_bps=1_000.0).bids(view)
    view.outside[BTC] = 1.2 * PRICE
    assert keeper(view, min_profit_bps=1_000.0).bids(view)


def test_gas_makes_small_loans_not_worth_it_and_congestion_more_of_them() -> None:
    view = scene()
    assert bid(keeper(view, gas_usd=300.0), view).target.size == 3
    view.congestion = 2.0
    assert bid(keeper(view, gas_usd=300.0), view).target.size == 2


def test_slippage_limits_what_is_seized_at_once() -> None:
    view = scene()
    sizes = [
        keeper(view, slippage_bps_per_million=slippage).bids(view)
        for slippage in (0.0, 10_000.0, 1e6)
    ]
    assert [found[0].target.size if found else 0 for found in sizes] == [4, 2, 0]


def test_capital_is_the_end_of_it() -> None:
    view = scene(capital=22_000.0)
    found = bid(keeper(view), view)
    assert found.amount == pytest.approx([20_000, 2_000])
    assert not keeper(scene(0.0)).bids(scene(0.0))


def test_it_is_as_fast_as_its_latency_times_congestion() -> None:
    view = scene()
    view.congestion = 2.0
    made = keeper(view, latency_seconds=20.0)
    waited = 0
    while not made.bids(view):
        view.step += 1
        waited += 1
    assert waited * view.step_seconds == 40.0


def test_a_loan_that_came_right_starts_anew() -> None:
    view = scene()
    made = keeper(view, latency_seconds=10.0)
    made.bids(view)
    view.step += 1
    view.venues[LENDER].liquidatable = LOANS[:0]
    made.bids(view)
    view.step += 1
    view.venues[LENDER].liquidatable = LOANS.copy()
    assert not made.bids(view)
    view.step += 1
    assert made.bids(view)


def test_it_never_offers_more_than_the_collateral_covers() -> None:
    view = scene()
    view.venues[LENDER].accounts.balances[BTC, LOANS] = 0.01
    found = bid(keeper(view), view)
    assert found.amount == pytest.approx(0.01 * PRICE / 1.05)


def test_it_sells_what_it_seized_by_force_and_puts_the_money_back() -> None:
    view = scene()
    made = keeper(view)
    made.bids(view)
    view.wallets[BTC, 2] += 0.4
    (sale,) = made.outside(view, draws_at())
    assert (sale.asset, sale.forced) == (BTC, True)
    assert sale.quantity == pytest.approx(-0.4)
    view.wallets[:, 2] = [0.4 * PRICE, 0.0]
    assert not made.outside(view, draws_at())
    view.step = 6
    (deposit,), orders = made.cure(view, draws_at())
    assert not orders
    assert deposit.account.tolist() == KEEPER.tolist()
    assert deposit.amount == pytest.approx([0.4 * PRICE])
    view.step = 7
    assert made.cure(view, draws_at()) == ((), ())
