"""Margin against published tables and closed forms, and the kernels against plain numpy."""

import json
from pathlib import Path

import numpy as np
import pytest

from sim.accounts import Accounts
from sim.kernels import margin as kernels
from sim.margin.ewma import Ewma, ewma_variance
from sim.margin.schedule import flat, requirements, tiered
from sim.margin.tiered import BTCUSDT_2021, Tiered
from sim.roles import MarketState, Schedule
from sim.valuation import Valuation, initial_requirement, margin, margin_all, net_equity, terms

CHECKS = Path(__file__).parents[2] / "../shared/reference/checks.json"
AMOUNTS = [0, 50, 1300, 16300, 266300, 1266300, 2516300, 5016300, 25016300, 100016300]
MAINTENANCE = {5e4: 200, 2e5: 950, 1e6: 8700, 5e6: 108700, 2.5e7: 1233700, 1.5e8: 17483700}
VARIANCES = [1e-4, 1.18e-4, 1.2442e-4, 1.709548e-4, 3.10697512e-4]
RETURNS = [0.01, -0.02, 0.015, 0.03, -0.05]


def nothing(n_instruments: int = 1, n_returns: int = 0) -> MarketState:
    """Return a market with nothing to see."""
    return MarketState(
        returns=np.zeros((n_returns, n_instruments)),
        interval_seconds=3600.0,
        index=np.ones(n_instruments),
        open_interest=np.ones(n_instruments),
    )


def check_named(name: str) -> dict[str, dict[str, object]]:
    """Return a check of the reference file, or skip where the file is not there."""
    if not CHECKS.exists():
        pytest.skip("reference/checks.json is not there")
    found: dict[str, dict[str, object]] = next(
        check for check in json.loads(CHECKS.read_text()) if check["name"] == name
    )
    return found


def test_published_tiers_give_the_published_amounts() -> None:
    schedule = Tiered().schedule(nothing())
    np.testing.assert_allclose(schedule.maintenance_amount[:, 0], AMOUNTS, atol=1e-6)
    sizes = np.array([list(MAINTENANCE)])
    np.testing.assert_allclose(requirements(schedule, sizes)[0], list(MAINTENANCE.values()))


def test_the_tiers_are_those_of_the_reference_file() -> None:
    check = check_named("binance_tiered_MM_2021_03_18")
    tiers = check["inputs"]["tiers"]
    assert isinstance(tiers, list)
    assert [(t["hi"], t["mmr"], t["max_lev"]) for t in tiers] == list(BTCUSDT_2021)
    assert check["expected"]["maintenance_amount"] == pytest.approx(AMOUNTS)
    assert check["expected"]["mm"] == {str(int(n)): mm for n, mm in MAINTENANCE.items()}


def test_above_the_last_tier_the_last_rate_goes_on() -> None:
    schedule = Tiered().schedule(nothing())
    over = requirements(schedule, np.array([[500e6, 600e6]]))[0]
    assert over[1] - over[0] == pytest.approx(0.5 * 100e6)


def test_the_ewma_recursion_gives_the_reference_variances() -> None:
    for n, expected in enumerate(VARIANCES, start=1):
        variance = ewma_variance(np.array(RETURNS[:n]).reshape(-1, 1), 0.94, 1e-4)
        assert variance[0] == pytest.approx(expected, abs=1e-15)


def test_the_reference_file_has_the_same_recursion() -> None:
    check = check_named("EWMA_recursion")
    assert check["inputs"]["returns"] == RETURNS
    assert check["expected"]["variances"] == pytest.approx(VARIANCES, abs=1e-15)


def test_the_policy_charges_the_quantile_of_the_recursion() -> None:
    """Half-hour returns over half an hour: 2.326 times the root of the recursion's variance."""
    seen = np.array(RETURNS).reshape(-1, 1)
    market = MarketState(
        returns=seen, interval_seconds=1800.0, index=np.ones(1), open_interest=np.ones(1)
    )
    policy = Ewma(decay=0.94, confidence=0.99, horizon_hours=0.5, floor=0.0)
    variance = ewma_variance(seen, 0.94, np.mean(seen**2))[0]
    charged = policy.schedule(market).maintenance[0, 0]
    assert charged == pytest.approx(2.3263478740408408 * np.sqrt(variance), rel=1e-12)
    reference = 2.3263478740408408 * np.sqrt(VARIANCES[-1])
    assert reference == pytest.approx(0.0410056354046031, rel=1e-12)


@pytest.mark.parametrize(
    ("decay", "half_life", "hundredth"),
    [
        (0.94, 11.202305583621158, 74.42650729148939),
        (0.97, 22.75657306277341, 151.19139880116785),
        (0.99, 68.96756393652842, 458.2105765533884),
    ],
)
def test_ewma_forgets_at_the_documented_pace(
    decay: float, half_life: float, hundredth: float
) -> None:
    forgotten = ewma_variance(np.zeros((1, 1)), decay, 1.0)[0]
    assert np.log(0.5) / np.log(forgotten) == pytest.approx(half_life, rel=1e-12)
    assert Ewma(decay=decay).history == int(np.ceil(hundredth))


@pytest.mark.parametrize(
    ("decay", "days", "response"),
    [
        (0.94, 1, 1.0862780491200217),
        (0.94, 20, 1.7690905224452524),
        (0.97, 5, 1.1932300377127625),
        (0.99, 60, 1.5357506545099424),
    ],
)
def test_margin_answers_a_doubling_of_volatility_as_the_closed_form_says(
    decay: float, days: int, response: float
) -> None:
    """The square root of lambda^n + (1 - lambda^n) 4, n returns after the step."""
    calm = np.full((2000, 1), 0.01)
    storm = np.concatenate([calm, np.full((days, 1), 0.02)])
    policy = Ewma(decay=decay, floor=0.0, cap=0.9)
    before, after = (
        policy.schedule(
            MarketState(
                returns=seen,
                interval_seconds=3600.0,
                index=np.ones(1),
                open_interest=np.ones(1),
            )
        ).maintenance[0, 0]
        for seen in (calm, storm)
    )
    assert after / before == pytest.approx(response, rel=1e-6)


def crowd(n: int, n_assets: int, n_instruments: int, seed: int) -> tuple[Accounts, np.ndarray]:
    """Return random accounts and the settlement assets of their instruments."""
    rng = np.random.default_rng(seed)
    accounts = Accounts.empty(n, n_assets, n_instruments)
    accounts.balances[:] = rng.normal(0.0, 1e4, (n_assets, n))
    accounts.positions[:] = np.round(rng.normal(0.0, 50.0, (n_instruments, n)))
    return accounts, rng.integers(0, n_assets, n_instruments)


def plain(accounts: Accounts, now: Valuation) -> tuple[np.ndarray, np.ndarray]:
    """Return equity and requirement by a few lines of numpy."""
    net = accounts.balances.copy()
    for j, asset in enumerate(now.settlement):
        net[asset] += accounts.positions[j] * now.values[j]
    kept = np.where(net > 0, 1.0 - now.haircuts[:, None], 1.0)
    equity = (net * now.prices[:, None] * kept).sum(axis=0)
    notional = np.abs(accounts.positions) * now.notionals[:, None]
    return equity, requirements(now.schedule, notional).sum(axis=0)


@pytest.mark.parametrize(
    ("n_assets", "n_instruments", "brackets"), [(1, 1, 1), (1, 1, 3), (2, 1, 1), (3, 4, 3)]
)
def test_every_way_of_asking_gives_what_plain_numpy_gives(
    n_assets: int, n_instruments: int, brackets: int
) -> None:
    accounts, settlement = crowd(2500, n_assets, n_instruments, seed=brackets)
    rates = np.array([0.01, 0.05, 0.2])[:brackets]
    schedule = tiered(np.array([0.0, 2e3, 1e4])[:brackets], rates, 2 * rates, n_instruments)
    value = np.linspace(50.0, 300.0, n_instruments) * np.where(np.arange(n_instruments) % 2, -1, 1)
    prices, haircuts = np.linspace(1.0, 9.0, n_assets), np.linspace(0.0, 0.4, n_assets)
    now = Valuation(settlement, value, np.abs(value), prices, haircuts, schedule)
    equity, required = margin_all(accounts, now)
    expected = plain(accounts, now)
    np.testing.assert_allclose(equity, expected[0], rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(required, expected[1], rtol=1e-12, atol=1e-9)
    rows = np.random.default_rng(0).permutation(2500)[:1500]
    some = margin(accounts, now, rows)
    np.testing.assert_array_equal(some[0], equity[rows])
    np.testing.assert_array_equal(some[1], required[rows])
    np.testing.assert_allclose(initial_requirement(accounts, now, rows), 2 * required[rows])
    bare = Valuation(settlement, value, np.abs(value), prices, np.zeros(n_assets), schedule)
    np.testing.assert_array_equal(net_equity(accounts, now, rows), margin(accounts, bare, rows)[0])


def small(brackets: int) -> tuple[Accounts, Valuation]:
    """Return few accounts in two assets, or one, for kernels run as plain Python."""
    size = 1 if brackets == 1 else 2
    accounts, _ = crowd(30, size, size, seed=9)
    schedule: Schedule = (
        flat([0.05], [0.1]) if brackets == 1 else tiered([0, 1e3], [0.05, 0.2], [0.1, 0.4], 2)
    )
    value = np.full(size, 100.0)
    return accounts, Valuation(
        np.arange(size), value, value, np.ones(size), np.full(size, 0.1), schedule
    )


@pytest.mark.parametrize("brackets", [1, 2])
def test_compiled_kernels_do_what_their_python_does(brackets: int) -> None:
    accounts, now = small(brackets)
    balances, positions, counted = accounts.balances, accounts.positions, terms(now)
    scratch, rows = np.empty((2, 30)), np.array([7, 3, 3, 29])
    expected = margin_all(accounts, now)
    out = np.empty(30), np.empty(30)
    kernels.fill_block.py_func(balances, positions, counted, 0, scratch, *out)
    np.testing.assert_array_equal(out, expected)
    kernels.fill_all.py_func(balances, positions, counted, *out)
    np.testing.assert_array_equal(out, expected)
    some = np.empty(4), np.empty(4)
    kernels.fill_rows.py_func(balances, positions, counted, rows, *some)
    np.testing.assert_array_equal(some, [column[rows] for column in expected])
    if brackets == 1:
        kernels.fill_single.py_func(balances[0], positions[0], counted, *out)
    else:
        size, need, total = np.empty(30), np.empty(30), np.zeros(30)
        for j in range(2):
            kernels.add_requirement.py_func(positions[j], counted, j, size, need, total)
        out[1][:] = total
    np.testing.assert_array_equal(out, expected)


def test_compiled_searches_do_what_their_python_does() -> None:
    accounts, now = small(2)
    balances, positions, counted = accounts.balances, accounts.positions, terms(now)
    equity, required = margin_all(accounts, now)
    short = np.flatnonzero(equity < 1.5 * required)
    assert 0 < short.size < 30
    for search in (kernels.all_below, kernels.all_below.py_func):
        found = np.empty(30, dtype=np.int64)
        count = search(balances, positions, counted, 1.5, 4, 30, found)
        assert found[:count].tolist() == short[short >= 4].tolist()
    rows = np.array([29, 5, 5, 12, 8])
    for rows_below in (kernels.rows_below, kernels.rows_below.py_func):
        found = np.empty(5, dtype=np.int64)
        count = rows_below(balances, positions, counted, 1.5, rows, found)
        assert found[:count].tolist() == [row for row in rows if row in short]


def test_the_compiled_list_does_what_its_python_does() -> None:
    accounts, now = small(2)
    columns, counted = (accounts.balances, accounts.positions), terms(now)
    equity, required = margin_all(accounts, now)
    rows = np.array([29, 5, 5, 12, 8, 14, 20])
    for enrol, refresh in (
        (kernels.enrol, kernels.refresh),
        (kernels.enrol.py_func, kernels.refresh.py_func),
    ):
        slots, members = np.full(30, -1, dtype=np.int32), np.zeros(9, dtype=np.int64)
        slots[12], members[0] = 0, 12
        count = enrol(*columns, counted, 1.5, rows, slots, members, 1)
        listed = [12] + [r for r in (29, 5, 8, 14, 20) if equity[r] < 1.5 * required[r] and r != 12]
        assert members[:count].tolist() == listed
        assert slots[members[:count]].tolist() == list(range(count))
        copies, inside = np.zeros((2, 9)), np.empty(7, dtype=np.int64)
        kept = refresh(accounts.balances, rows, slots, copies, inside)
        assert inside[:kept].tolist() == [row for row in rows if row in listed]
        np.testing.assert_array_equal(copies[:, :count], accounts.balances[:, listed])
