"""Closing just enough: what is left is sound, and no more was sold than that took."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts import Accounts
from sim.arrays import Floats
from sim.liquidation.distress import distress
from sim.liquidation.partial import Partial
from sim.margin.schedule import flat, requirements, tiered
from sim.roles import Schedule
from sim.valuation import Valuation, margin

DEEP = np.full(2, 1e9)


def schedules(shape: str) -> Schedule:
    """Return a flat requirement, or one whose marginal rates rise."""
    if shape == "flat":
        return flat([0.01, 0.04], [0.02, 0.08])
    return tiered([0, 1e4, 1e5, 1e6], [0.005, 0.01, 0.05, 0.2], [0.01, 0.02, 0.1, 0.4], 2)


def after(accounts: Accounts, now: Valuation, trades: Floats, cost: float) -> tuple[Floats, Floats]:
    """Return equity and requirement once trades were done at the mark, at a cost."""
    paid = cost * (np.abs(trades) * now.notionals[:, None]).sum(axis=0)
    accounts.balances[0] -= (trades * now.values[:, None]).sum(axis=0) + paid
    accounts.positions += trades
    return margin(accounts, now, np.arange(accounts.count))


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.sampled_from(["flat", "tiered"]),
    target=st.sampled_from([1.0, 1.2, 2.0]),
    cost=st.sampled_from([0.0, 0.001, 0.02]),
)
def test_the_target_is_met_where_the_price_does_not_move(
    seed: int, shape: str, target: float, cost: float
) -> None:
    rng = np.random.default_rng(seed)
    accounts = Accounts.empty(40, n_assets=1, n_instruments=2)
    accounts.positions[:] = np.round(rng.normal(0, 3000, (2, 40)))
    worth = np.array([500.0, 20.0])
    now = Valuation(np.zeros(2, int), worth, worth, np.ones(1), np.zeros(1), schedules(shape))
    exposure = accounts.positions * worth[:, None]
    required = requirements(now.schedule, np.abs(exposure)).sum(axis=0)
    accounts.balances[0] = required * rng.uniform(0.0, 1.0, 40) - exposure.sum(axis=0)
    failing = distress(accounts, now, np.arange(40), DEEP, DEEP)
    np.testing.assert_allclose(failing.required, required)
    trades = Partial(target_ratio=target, cost=cost).close(failing)
    equity, left = after(accounts, now, trades, cost)
    closed = np.all(accounts.positions == 0, axis=0)
    one_contract = cost * worth.sum() + 1e-6
    assert np.all(closed | (equity >= target * left - one_contract))
    solvable = failing.equity >= cost * failing.notional.sum(axis=0)
    assert np.all(equity[solvable] >= -one_contract)


@settings(max_examples=40, deadline=None)
@given(contracts=st.integers(10, 10**6), health=st.floats(0.3, 0.99), target=st.floats(1.0, 1.5))
def test_at_a_flat_rate_one_contract_less_would_not_do(
    contracts: int, health: float, target: float
) -> None:
    accounts = Accounts.empty(1, n_assets=1, n_instruments=1)
    accounts.positions[0] = contracts
    one = np.array([100.0])
    now = Valuation(np.zeros(1, int), one, one, np.ones(1), np.zeros(1), flat([0.05], [0.1]))
    accounts.balances[0] = health * 5.0 * contracts - 100.0 * contracts
    rule = Partial(target_ratio=target, cost=0.001)
    trades = rule.close(distress(accounts, now, np.arange(1), DEEP[:1], DEEP[:1]))
    spared = trades + 1.0
    equity, left = after(accounts, now, spared, rule.cost)
    assert equity[0] < target * left[0] + 1e-6


def test_a_sound_account_is_left_alone() -> None:
    rule = Partial(target_ratio=1.2)
    assert rule.share(np.array([120.0]), np.array([100.0]), np.array([1e4])) == 0.0


def test_where_closing_costs_more_than_it_frees_all_is_closed() -> None:
    rule = Partial(target_ratio=1.0, cost=0.05)
    assert rule.share(np.array([300.0]), np.array([400.0]), np.array([1e4])) == 1.0


def test_what_is_owed_without_any_requirement_is_closed_in_full() -> None:
    assert Partial().share(np.array([-1.0]), np.array([0.0]), np.array([100.0])) == 1.0


@pytest.mark.parametrize("leverage", [5.0, 10.0, 20.0])
def test_one_round_of_forced_sales_is_the_closed_form(leverage: float) -> None:
    """Share 1 - [(1/L - r) / m] / (1 - r), m being the margin once volatility is updated."""
    fall, calm, decay, margin_rate = 0.03, 0.01, 0.94, 1 / leverage
    updated = margin_rate * np.sqrt(decay + (1 - decay) * (fall / calm) ** 2)
    notional = np.array([1.0 - fall])
    share = Partial(target_ratio=1.0, cost=0.0).share(
        np.array([1 / leverage - fall]), updated * notional, notional
    )
    assert share[0] == pytest.approx(1 - (1 / leverage - fall) / updated / (1 - fall))


@pytest.mark.parametrize(
    ("leverage", "kappa", "amplification"),
    [(2.0, 0.2, 1.25), (5.0, 0.4, 1 / 0.6), (10.0, 0.6, 2.5), (20.0, 0.9, 10.0)],
)
def test_holders_at_target_leverage_amplify_a_shock_by_one_over_one_less_kappa(
    leverage: float, kappa: float, amplification: float
) -> None:
    """Each sale moves the price by its size over the depth, kappa = (L - 1) A / D."""
    shock, rule = 1e-6, Partial(target_ratio=1.0, cost=0.0)
    depth = (leverage - 1.0) / kappa
    assets, debt, price, fall = 1.0, 1.0 - 1.0 / leverage, 1.0, shock
    for _ in range(400):
        price *= 1.0 - fall
        assets *= 1.0 - fall
        equity = np.array([assets - debt])
        share = float(rule.share(equity, np.array([assets / leverage]), np.array([assets]))[0])
        sold = share * assets
        assets, debt, fall = assets - sold, debt - sold, sold / depth
    assert (1.0 - price) / shock == pytest.approx(amplification, rel=0.01)
