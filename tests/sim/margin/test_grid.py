"""Portfolio margin by a grid: worst case, credit for hedges, floor of short options."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.arrays import Floats
from sim.black76 import premium
from sim.contracts import ContractKind, Contracts
from sim.errors import ConfigError
from sim.kernels.scan import BLOCK, SCRATCH, worst_of
from sim.margin.charges import outright
from sim.margin.grid import Grid
from sim.margin.scan import Scan
from sim.repricing import reprice
from sim.roles import MarketState

INDEX = 60_000.0


def contracts(volatility: float = 0.6) -> Contracts:
    """Return a perpetual, a coin-margined future, a put in money and a call in coin."""
    return Contracts(
        kind=np.array([0, 1, int(ContractKind.PUT), int(ContractKind.CALL)], dtype=np.int8),
        underlying=np.ones(4, dtype=np.int64),
        size=np.array([0.001, 10.0, 0.01, 0.01]),
        strike=np.array([np.nan, np.nan, 55_000.0, 65_000.0]),
        years=np.array([np.inf, 0.1, 7 / 365, 7 / 365]),
        index=np.full(4, INDEX),
        forward=np.array([INDEX, 1.01 * INDEX, INDEX, INDEX]),
        volatility=np.array([np.nan, np.nan, volatility, volatility]),
        in_coin=np.array([False, True, False, True]),
    )


def market(now: Contracts) -> MarketState:
    """Return a market in which nothing has moved."""
    n = now.count
    return MarketState(
        returns=np.zeros((0, n)),
        interval_seconds=300.0,
        index=now.index,
        open_interest=np.zeros(n),
        contracts=now,
    )


def test_gains_are_those_of_each_contract_in_its_own_money() -> None:
    now = contracts()
    moves, sigma = np.array([-0.1, 0.0]), np.full((2, 4), 0.9)
    gains = reprice(now, moves, sigma)
    assert gains[0, 0] == pytest.approx(-0.1 * 60.0)
    coins = 10.0 / (1.01 * INDEX) - 10.0 / (1.01 * 0.9 * INDEX)
    assert gains[0, 1] == pytest.approx(coins * 0.9 * INDEX)
    years = 7 / 365
    put = premium(0.9 * INDEX, 55_000.0, years, 0.9, call=False)
    before = premium(INDEX, 55_000.0, years, 0.6, call=False)
    assert gains[0, 2] == pytest.approx(0.01 * (put - before))
    call = premium(0.9 * INDEX, 65_000.0, years, 0.9, call=True) / (0.9 * INDEX)
    first = premium(INDEX, 65_000.0, years, 0.6, call=True) / INDEX
    assert gains[0, 3] == pytest.approx(0.01 * (call - first) * 0.9 * INDEX)
    assert (gains[1, :2] == 0).all()
    assert (gains[1, 2:] > 0).all()


def test_an_outright_future_is_charged_the_largest_move() -> None:
    charge = Grid().schedule(market(contracts())).charge
    assert charge is not None
    rates = outright(charge, np.array([60.0, 10.0, 600.0, 600.0]))
    assert rates[0] == pytest.approx(0.16)
    assert rates[1] == pytest.approx(0.16 / 1.01)
    assert 0.05 < rates[2] < 0.16


def test_offsetting_positions_get_their_credit_and_short_options_their_floor() -> None:
    charge = Grid().schedule(market(contracts())).charge
    assert charge is not None
    perp, put = np.array([3.0, 0, 0, 0]), np.array([0, 0, -1.0, 0])
    both = np.stack([perp, put, perp + put, -perp, put - perp], axis=1)
    long, short, worse, _, hedged = charge.required(both)
    assert hedged < short < worse <= long + short
    far = contracts(volatility=0.05)
    floor = Grid(volatility_floor=0.0, price_range=0.01, price_steps=1).schedule(market(far)).charge
    assert floor is not None
    assert floor.required(put[:, None])[0] == pytest.approx(0.01 * 600.0)
    assert floor.required(-put[:, None])[0] < 1.0


def test_a_rise_of_implied_volatility_makes_short_options_dearer() -> None:
    put = np.array([[0], [0], [-1.0], [0]])
    needs = []
    for volatility in (0.4, 0.8, 1.6):
        charge = Grid().schedule(market(contracts(volatility))).charge
        assert charge is not None
        needs.append(float(charge.required(put)[0]))
    assert needs[0] < needs[1] < needs[2]


@given(seed=st.integers(0, 1000), n=st.sampled_from([1, 5, BLOCK, BLOCK + 3]), k=st.integers(1, 9))
def test_the_kernel_finds_the_worst_scenario_bit_by_bit(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    positions, losses = rng.normal(0, 5, (k, n)), rng.normal(0, 9, (7, k))
    minimum = np.maximum(rng.normal(0, 1, k), 0.0)
    expected = np.zeros(n)
    for j in range(k):
        expected = expected + minimum[j] * np.maximum(-positions[j], 0.0)
    for s in range(7):
        total = np.zeros(n)
        for j in range(k):
            total = total + losses[s, j] * positions[j]
        expected = np.maximum(expected, total)
    found: list[Floats] = []
    for kernel in (worst_of, worst_of.py_func):
        out = np.empty(n)
        kernel(positions, losses, minimum, np.empty(SCRATCH), out)
        found.append(out)
    np.testing.assert_array_equal(found[0], expected)
    np.testing.assert_array_equal(found[0], found[1])


@given(seed=st.integers(0, 1000))
def test_a_portfolio_is_charged_the_same_whoever_is_asked_about_with_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scan = Scan(rng.normal(0, 9, (9, 4)), np.zeros(4), 1.2)
    positions = rng.normal(0, 5, (4, 700))
    some = rng.permutation(700)[:33]
    np.testing.assert_array_equal(scan.required(positions)[some], scan.required(positions[:, some]))


@given(seed=st.integers(0, 1000))
def test_two_portfolios_together_require_no_more_than_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    charge = Grid().schedule(market(contracts())).charge
    assert charge is not None
    one, other = rng.normal(0, 5, (2, 4, 50))
    apart = charge.required(one) + charge.required(other)
    assert (charge.required(one + other) <= apart * (1 + 1e-9)).all()
    np.testing.assert_allclose(charge.required(3 * one), 3 * charge.required(one), rtol=1e-9)


def test_impossible_parameters_are_all_named() -> None:
    with pytest.raises(ConfigError) as caught:
        Grid(price_range=1.0, volatility_down=1.0, initial_multiple=0.5, update_seconds=0.0)
    assert len(caught.value.problems) == 4
