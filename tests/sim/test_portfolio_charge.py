"""Charges on whole portfolios, honoured by everything that asks accounts for margin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts import Accounts
from sim.arrays import Floats
from sim.instruments import InversePerpetual, LinearPerpetual
from sim.liquidation.distress import distress
from sim.liquidation.partial import Partial
from sim.liquidation.portfolios import reducing
from sim.liquidation.tiered import Tiered
from sim.liquidation.whole import Whole
from sim.liquidation_price import Brackets, isolated_balance, liquidation_price
from sim.margin.schedule import asked_rates, flat
from sim.portfolios import allowed_by_portfolio
from sim.roles import LiquidationRule
from sim.valuation import Valuation, initial_requirement, margin, margin_all, net_equity
from sim.watch import Watch, breaches

PRICE = 100.0
FIRST = 4
NOBODY = np.array([], dtype=np.int64)


@dataclass(frozen=True)
class Net:
    """Charges the net of all contracts, USD each, and so gives full credit to hedges."""

    usd: float
    initial_multiple: float = 2.0

    def required(self, positions: Floats) -> Floats:
        """Return the requirement of portfolios, USD."""
        total = positions[0].copy()
        for each in positions[1:]:
            total = total + each
        return np.asarray(self.usd * np.abs(total))


def valuation(instruments: int = 2, usd: float = 10.0, rate: float = 0.0) -> Valuation:
    """Value so many linear contracts on one underlying, at ``PRICE``."""
    price = np.full(instruments, PRICE)
    rates = np.full(instruments, rate)
    return Valuation(
        settlement=np.zeros(instruments, dtype=np.int64),
        values=price,
        notionals=price.copy(),
        prices=np.array([1.0, PRICE]),
        haircuts=np.zeros(2),
        schedule=replace(flat(rates, rates), charge=Net(usd)),
    )


def holding(positions: list[list[float]], equity: list[float]) -> Accounts:
    """Return accounts with positions (n, K) that are worth so much, USD."""
    held = np.array(positions).T
    accounts = Accounts.empty(FIRST + held.shape[1], 2, held.shape[0])
    accounts.positions[:, FIRST:] = held
    accounts.balances[0, FIRST:] = np.array(equity) - PRICE * held.sum(axis=0)
    return accounts


def test_a_hedged_account_needs_nothing_and_an_outright_one_the_whole_charge() -> None:
    accounts = holding([[5, -5], [5, 0], [5, 5]], [60, 60, 60])
    rows = np.arange(FIRST, FIRST + 3)
    equity, required = margin(accounts, valuation(), rows)
    assert equity.tolist() == [60, 60, 60]
    assert required.tolist() == [0, 50, 100]
    assert initial_requirement(accounts, valuation(), rows).tolist() == [0, 100, 200]
    every = margin_all(accounts, valuation())
    assert every[1][FIRST:].tolist() == [0, 50, 100]


def test_a_charge_comes_on_top_of_brackets() -> None:
    accounts = holding([[5, -4]], [60])
    _, required = margin(accounts, valuation(rate=0.01), np.array([FIRST]))
    assert required[0] == pytest.approx(0.01 * 900 + 10)
    maintenance, initial = asked_rates(valuation(rate=0.01).schedule, np.full(2, PRICE))
    assert maintenance.tolist() == pytest.approx([0.11, 0.11])
    assert initial.tolist() == pytest.approx([0.21, 0.21])


def test_the_watch_reports_what_the_full_sweep_does_under_a_charge() -> None:
    rng = np.random.default_rng(5)
    held = np.round(rng.normal(0, 5, (200, 3)))
    accounts = holding(held.tolist(), rng.uniform(-5, 150, 200).tolist())
    now = valuation(3)
    found = Watch().below(accounts, now, 1.2, NOBODY)
    equity, required = margin_all(accounts, now)
    expected = np.flatnonzero(equity < 1.2 * required)
    expected = np.union1d(expected, np.flatnonzero(equity < 0))
    np.testing.assert_array_equal(found.account, expected)
    np.testing.assert_array_equal(found.required, required[expected])
    np.testing.assert_array_equal(found.bankrupt, net_equity(accounts, now, expected) < 0)
    again = breaches(accounts, now, 1.2)
    np.testing.assert_array_equal(again.account, expected)
    assert 0 < expected.size < 200


def test_the_watch_forgets_its_rings_when_a_charge_comes_and_goes() -> None:
    accounts = holding([[5, 0], [5, -5]], [4, 4])
    watch, charged = Watch(), valuation()
    plain = replace(charged, schedule=flat(np.full(2, 0.01), np.full(2, 0.01)))
    assert watch.below(accounts, plain, 1.0, NOBODY).account.tolist() == [FIRST, FIRST + 1]
    assert watch.below(accounts, charged, 1.0, NOBODY).account.tolist() == [FIRST]
    accounts.balances[0, FIRST + 1] += 100
    assert watch.below(accounts, plain, 1.0, NOBODY).account.tolist() == [FIRST]


def allowed(
    held: list[list[float]], orders: Sequence[tuple[int, int, float]], equity: float
) -> Floats:
    """Return what one or several accounts of the same equity may trade."""
    place, instrument, wanted = (np.array(column) for column in zip(*orders, strict=True))
    own = np.array(held, dtype=np.float64).T
    have = np.full(own.shape[1], equity)
    return allowed_by_portfolio(
        valuation(), own, place, instrument, wanted.astype(np.float64), have
    )


def test_an_order_is_cut_to_what_initial_margin_covers() -> None:
    assert allowed([[0, 0]], [(0, 0, 8)], 100.0).tolist() == [5]
    assert allowed([[0, 0]], [(0, 1, -8)], 199.0).tolist() == [-8]
    assert allowed([[0, 0]], [(0, 1, -8)], 19.0).tolist() == [0]


def test_a_hedge_is_always_welcome_and_closing_one_is_not() -> None:
    assert allowed([[5, 0]], [(0, 1, -5)], -7.0).tolist() == [-5]
    assert allowed([[5, -5]], [(0, 0, -5)], 40.0).tolist() == [-2]
    assert allowed([[5, 0]], [(0, 0, -5)], -7.0).tolist() == [-5]


def test_orders_of_one_account_share_its_margin_first_come_first_served() -> None:
    orders = [(0, 0, 4), (1, 0, 3), (0, 0, 4), (0, 1, -2), (1, 1, -1)]
    assert allowed([[0, 0], [0, 0]], orders, 100.0).tolist() == [4, 3, 1, -2, -1]


def test_who_is_not_checked_may_trade_anything() -> None:
    assert allowed([[0, 0]], [(0, 0, 1e6)], np.inf).tolist() == [1e6]


@given(
    held=st.lists(st.integers(-20, 20), min_size=2, max_size=2),
    wanted=st.integers(-40, 40).filter(bool),
    equity=st.floats(-50, 500),
)
def test_what_is_allowed_is_covered_or_reduces_and_one_more_would_not(
    held: list[int], wanted: int, equity: float
) -> None:
    got = float(allowed([[float(q) for q in held]], [(0, 0, wanted)], equity)[0])
    need = 20.0 * abs(sum(held))
    after = 20.0 * abs(sum(held) + got)
    assert got * wanted >= 0
    assert abs(got) <= abs(wanted)
    assert got == 0 or after <= max(equity, need)
    if abs(got) < abs(wanted):
        more = 20.0 * abs(sum(held) + got + np.sign(wanted))
        assert need > equity or more > equity


@pytest.mark.parametrize("rule", [Whole(), Partial(), Tiered(large_usd=900.0, share=0.1)])
def test_no_liquidation_leaves_a_larger_requirement_behind(rule: LiquidationRule) -> None:
    rng = np.random.default_rng(2)
    held = np.round(rng.normal(0, 20, (100, 3)))
    held[:, 2] = np.round(-held[:, :2].sum(axis=1) + rng.integers(1, 4, 100))
    accounts = holding(held.tolist(), rng.uniform(-5, 9, 100).tolist())
    now = valuation(3)
    rows = breaches(accounts, now, 1.0).account
    failing = distress(accounts, now, rows, np.zeros(3), np.zeros(3))
    trades = reducing(now, failing, rule.close(failing))
    charge = Net(10.0)
    before, after = charge.required(failing.positions), charge.required(failing.positions + trades)
    traded = trades.any(axis=0)
    assert traded.any()
    assert (after[traded] < before[traded]).all()
    assert (np.abs(trades) <= np.abs(failing.positions)).all()
    assert (trades * failing.positions <= 0).all()


def test_closing_the_small_leg_of_a_hedge_is_spread_over_both() -> None:
    accounts = holding([[100, -80]], [10])
    now = valuation()
    failing = distress(accounts, now, np.array([FIRST]), np.zeros(2), np.zeros(2))
    rule = Tiered(large_usd=9_000.0, share=0.2)
    assert rule.close(failing)[:, 0].tolist() == [-20, 80]
    assert reducing(now, failing, rule.close(failing))[:, 0].tolist() == [-56, 45]


def test_distress_shows_what_closing_an_outright_position_sets_free() -> None:
    accounts = holding([[5, 0]], [10])
    now = valuation(rate=0.01)
    failing = distress(accounts, now, np.array([FIRST]), np.zeros(2), np.zeros(2))
    assert failing.rate[:, 0].tolist() == pytest.approx([0.11, 0.11])


@pytest.mark.parametrize("kind", [LinearPerpetual, InversePerpetual])
def test_at_the_liquidation_price_equity_equals_brackets_and_charge(
    kind: type[LinearPerpetual | InversePerpetual],
) -> None:
    inverse = kind is InversePerpetual
    perp = kind(name="P", underlying=1, settlement=int(inverse), contract_size=2.0, tick=0.5)
    quantity = np.array([10.0, -10.0])
    balance = isolated_balance(perp, quantity, 100.0, leverage=4.0)
    charged = np.array([1.5, 0.5])
    brackets = Brackets.flat(0.02)
    price = liquidation_price(perp, balance, quantity, brackets, charged)
    for q, b, c, p in zip(quantity, balance, charged, price, strict=True):
        money = p if inverse else 1.0
        equity = money * (b + q * perp.value(p))
        assert equity == pytest.approx(0.02 * abs(q) * perp.notional(p) + c)
