"""Money and contracts are moved, never made: in every scenario, and in random ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.build import Built, build
from scenarios.load import load, names
from scenarios.schema import Scenario
from sim.accounts import HOUSE_ROWS
from sim.balance import Balance, UnbalancedError
from sim.events import EventKind
from sim.liquidation import RULES
from sim.margin import POLICIES
from sim.market import MECHANISMS
from sim.world import World
from tests.properties.random_markets import MECHANISM, POLICY, RULE, markets
from tests.sim.test_portfolio_in_run import Net
from tests.sim.worlds import FIRST, data, exchange, give, jump, make, of_kind, weigh

every_scenario = pytest.mark.parametrize("name", names())


def small(name: str, steps: int = 150) -> Scenario:
    """Return a scenario of the library with a thirtieth of its traders and longer steps."""
    whole = load(name)
    seconds = whole.steps * whole.step_seconds / steps
    changes = [
        f"crowd.{crowd}.accounts={max(3, c.accounts // 30)}" for crowd, c in whole.crowd.items()
    ]
    return load(
        name, [*changes, f"steps={steps}", f"step_seconds={seconds}", "record_every_steps=10"]
    )


@every_scenario
def test_the_books_of_every_scenario_balance_after_every_step(name: str) -> None:
    built = build(small(name), seed=3, check=True)
    built.model.run()
    world = built.model.world
    assert world.step == 150 or world.halted
    assert_equities_add_up(world)


@pytest.mark.slow
@every_scenario
def test_the_books_of_every_scenario_balance_at_full_size(name: str) -> None:
    built = build(load(name), seed=7, check=True)
    built.model.run()
    assert_equities_add_up(built.model.world)


def assert_equities_add_up(world: World) -> None:
    """See that nothing is a number that is none, and that the house owes nobody secretly."""
    for venue in world.venues:
        accounts = venue.accounts
        for column in (accounts.balances, accounts.positions, accounts.entry, accounts.reserve):
            assert np.isfinite(column).all()
        assert (accounts.reserve >= 0.0).all()
        assert (accounts.entry >= 0.0).all()
        if venue.kind == "exchange":
            derivative = [j for j, market in enumerate(venue.markets) if market.derivative]
            held = accounts.positions[derivative]
            assert (held == np.round(held)).all(), "contracts are whole"
            assert (held.sum(axis=1) == 0.0).all()


def test_random_markets_are_made_of_everything_there_is() -> None:
    assert set(RULE) | {"bonus"} >= set(RULES)
    assert set(MECHANISM) | {"constant_product"} >= set(MECHANISMS)
    assert set(POLICY) >= set(POLICIES) & {"fixed", "tiered", "ewma"}


@settings(max_examples=60)
@given(scenario=markets(), seed=st.integers(0, 1000))
def test_the_books_of_random_markets_balance_through_any_shock(
    scenario: Scenario, seed: int
) -> None:
    built = build(scenario, seed, check=True)
    built.model.run()
    world = built.model.world
    assert world.step == scenario.steps or world.halted
    assert_equities_add_up(world)
    causes = world.events.column("cause")
    assert (causes < np.arange(causes.size)).all()


@settings(max_examples=25)
@given(scenario=markets(), seed=st.integers(0, 1000))
def test_the_books_of_random_markets_balance_where_portfolios_are_charged(
    scenario: Scenario, seed: int
) -> None:
    built = build(scenario, seed, check=True)
    built.model.cast.engines[0].policy = Net(rate=0.04)  # type: ignore[attr-defined]
    built.model.run()
    world = built.model.world
    assert world.step == scenario.steps or world.halted
    assert world.venues[0].valuation.schedule.charge is not None
    assert_equities_add_up(world)


def crash(factor: float) -> tuple[Built, Balance]:
    """Return an exchange full of leverage on a thin book, just before its price falls."""
    thin = {"kind": "linear", "depth_usd": 1e6, "half_spread": 0.001}
    built = make(data({"x": exchange(mechanism=thin, insurance_fund_usd=500.0)}, accounts=40))
    venue = built.model.world.venues[0]
    for i in range(20):
        give(venue, FIRST + i, 100.0, 500.0 + 50.0 * i)
        give(venue, FIRST + 20 + i, -100.0, 900.0)
    balance = weigh(built)
    jump(built, factor)
    return built, balance


@pytest.mark.parametrize("factor", [0.9, 0.5, 1.4])
def test_a_crash_leaves_total_cash_and_total_contracts_as_they_were(factor: float) -> None:
    built, _ = crash(factor)
    world = built.model.world
    accounts = world.venues[0].accounts
    customers = accounts.positions[0, HOUSE_ROWS:]
    cash, gross = world.totals(), np.abs(customers).sum()
    for _ in range(6):
        built.model.step()
    assert of_kind(world, EventKind.LIQUIDATION, "usd").sum() > 0.0
    assert np.abs(customers).sum() < gross
    np.testing.assert_allclose(world.totals(), cash, rtol=1e-12, atol=1e-6)
    assert accounts.positions.sum() == 0.0


@pytest.mark.parametrize(
    ("column", "row", "message"),
    [("balances", FIRST, "USD is out of balance"), ("positions", FIRST, "x/P positions sum to")],
)
@pytest.mark.parametrize("amount", [1.0, float("nan")])
def test_whatever_is_made_or_lost_is_found_at_once(
    column: str, row: int, message: str, amount: float
) -> None:
    built, _ = crash(0.9)
    built.model.step()
    world = built.model.world
    getattr(world.venues[0].accounts, column)[0, row] += amount
    with pytest.raises(UnbalancedError, match=message):
        built.model.step()


def test_money_that_only_changes_hands_is_not_found() -> None:
    built, balance = crash(0.9)
    balances = built.model.world.venues[0].accounts.balances
    balances[0, HOUSE_ROWS] -= 123.0
    balances[0, HOUSE_ROWS + 1] += 123.0
    balance(built.model.world)
