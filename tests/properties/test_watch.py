"""The watch against the full sweep: same accounts, same bits, fewer visits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts import HOUSE_ROWS, Accounts
from sim.arrays import Ints
from sim.errors import ConfigError
from sim.margin.schedule import flat, scaled, tiered
from sim.roles import Breach, Schedule
from sim.valuation import Valuation, margin_all, net_equity
from sim.watch import Watch, breaches

ASSETS, KINDS = 3, 4
"""USD, a coin and a haircut token; linear, inverse, loan in USD, loan in the coin."""
SIZES = np.array([0.01, 100.0, 1.0, 1.0])
NOBODY = np.array([], dtype=np.int64)


def valuation(
    coin: float, token: float, schedule: Schedule, haircut: float = 0.2, basis: float = 0.0
) -> Valuation:
    """Value a linear and an inverse perpetual on a coin, a USD loan and a coin loan."""
    mark = coin * (1.0 + basis)
    return Valuation(
        settlement=np.array([0, 1, 0, 1]),
        values=np.array([0.01 * mark, -100.0 / mark, 1.0, 1.0]),
        notionals=np.array([0.01 * mark, 100.0, 1.0, coin]),
        prices=np.array([1.0, coin, token]),
        haircuts=np.array([0.0, 0.05, haircut]),
        schedule=schedule,
    )


def schedules(kind: str, rng: np.random.Generator) -> Schedule:
    """Return a flat or a tiered requirement."""
    rates = np.sort(rng.uniform(0.002, 0.3, 4))
    if kind == "flat":
        return flat(rates, np.minimum(1.0, 2 * rates))
    edges = np.concatenate([[0.0], np.sort(rng.uniform(10.0, 40_000.0, 3))])
    return tiered(edges, rates, np.minimum(1.0, 2 * rates), KINDS)


def crowd(n: int, rng: np.random.Generator, coin: float) -> Accounts:
    """Return accounts of every sort, many of them close to trouble, some in it."""
    accounts = Accounts.empty(n, ASSETS, KINDS)
    reshuffle(accounts, np.arange(n), rng, coin)
    return accounts


def reshuffle(accounts: Accounts, rows: Ints, rng: np.random.Generator, coin: float) -> None:
    """Give ``rows`` new holdings: long or short each kind, with thin equity on top."""
    n = rows.size
    held = rng.random((KINDS, n)) < 0.4
    q = np.where(held, np.round(rng.normal(0.0, 60.0, (KINDS, n))), 0.0)
    accounts.positions[:, rows] = q
    exposure = np.abs(q * np.array([0.01 * coin, 100.0, 1.0, coin])[:, None]).sum(axis=0)
    spare = exposure * rng.uniform(-0.02, 0.4, n) / rng.integers(1, 3, n)
    lent = exposure * np.where(rng.random(n) < 0.3, rng.normal(0.0, 0.5, n), 0.0)
    usd = lent - (q[0] * 0.01 * coin + q[2])
    coins = q[1] * 100.0 / coin - q[3] - lent / coin
    paid_in = rng.integers(0, ASSETS, n)
    accounts.balances[0, rows] = usd + np.where(paid_in == 0, spare, 0.0)
    accounts.balances[1, rows] = coins + np.where(paid_in == 1, spare / coin, 0.0)
    accounts.balances[2, rows] = np.where(paid_in == 2, spare, 0.0)


def same(one: Breach, other: Breach) -> None:
    """Compare two findings to the last bit."""
    np.testing.assert_array_equal(one.account, other.account)
    np.testing.assert_array_equal(one.equity, other.equity)
    np.testing.assert_array_equal(one.required, other.required)
    np.testing.assert_array_equal(one.bankrupt, other.bankrupt)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from(["flat", "tiered"]),
    move=st.sampled_from([0.0, 1e-4, 2e-3, 2e-2, 0.3]),
    rings=st.integers(1, 4),
    band=st.sampled_from([0.005, 0.02, 0.2]),
)
def test_the_watch_reports_what_the_full_sweep_reports(
    seed: int, kind: str, move: float, rings: int, band: float
) -> None:
    rng = np.random.default_rng(seed)
    coin, token, haircut, basis, level = 50_000.0, 1.0, 0.2, 0.0, 1.0
    accounts, schedule = crowd(300, rng, coin), schedules(kind, rng)
    watch = Watch(band=band, rings=rings)
    touched = NOBODY
    for _ in range(12):
        now = valuation(coin, token, schedule, haircut, basis)
        same(watch.below(accounts, now, level, touched), breaches(accounts, now, level))
        touched = rng.integers(0, 300, rng.integers(0, 20))
        reshuffle(accounts, np.unique(touched), rng, coin)
        coin *= np.exp(move * rng.standard_normal())
        token *= np.exp(move * rng.standard_normal())
        basis = move * rng.standard_normal() if rng.random() < 0.5 else 0.0
        if rng.random() < 0.2:
            haircut = rng.uniform(0.0, 0.5)
        if rng.random() < 0.2:
            level = float(rng.choice([1.0, 1.1, 1.5]))
        if rng.random() < 0.2:
            schedule = scaled(schedule, float(rng.choice([0.9, 0.999, 1.001, 1.1])))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["flat", "tiered"]))
def test_the_bound_holds_at_every_corner_of_its_box(seed: int, kind: str) -> None:
    """Each value, notional and price goes to an end of its range on its own."""
    rng = np.random.default_rng(seed)
    accounts, schedule = crowd(400, rng, 50_000.0), schedules(kind, rng)
    centre = valuation(50_000.0, 1.0, schedule)
    watch = Watch(band=0.02, rings=1)
    watch.below(accounts, centre, 1.2, NOBODY)
    for _ in range(8):
        values, notionals, prices = (
            each * (1 + 0.02 * (1 - 1e-12) * rng.choice([-1.0, 1.0], each.size))
            for each in (centre.values, centre.notionals, centre.prices)
        )
        prices[0] = 1.0
        dearer = 1 + 0.02 * (1 - 1e-12) if kind == "flat" else 1.0
        charged = scaled(schedule, dearer)
        corner = Valuation(centre.settlement, values, notionals, prices, centre.haircuts, charged)
        same(watch.below(accounts, corner, 1.2, NOBODY), breaches(accounts, corner, 1.2))
        assert watch.visited < 400, "the corner must lie within the box"


def test_a_mark_that_moves_alone_is_noticed() -> None:
    """Prices of assets stay where they are; only the contract is worth less."""
    accounts, schedule = (
        Accounts.empty(9, ASSETS, KINDS),
        flat(np.full(KINDS, 0.01), np.ones(KINDS)),
    )
    accounts.positions[0, 8], accounts.balances[0, 8] = 100.0, -45_000.0
    watch = Watch()
    for basis, expected in ((0.0, []), (-0.3, [8]), (0.5, []), (-0.3, [8])):
        now = valuation(50_000.0, 1.0, schedule, basis=basis)
        assert watch.below(accounts, now, 1.0, NOBODY).account.tolist() == expected


def test_a_calm_step_visits_few_and_a_crash_visits_all() -> None:
    rng = np.random.default_rng(1)
    accounts, schedule = (
        crowd(20_000, rng, 50_000.0),
        flat(np.full(KINDS, 0.01), np.full(KINDS, 0.02)),
    )
    watch = Watch()
    watch.below(accounts, valuation(50_000.0, 1.0, schedule), 1.0, NOBODY)
    assert watch.visited >= 20_000 - HOUSE_ROWS
    watch.below(accounts, valuation(50_010.0, 1.0, schedule), 1.0, NOBODY)
    found = breaches(accounts, valuation(50_010.0, 1.0, schedule), 1.0).account.size
    assert watch.visited < found + 400
    watch.below(accounts, valuation(40_000.0, 1.0, schedule), 1.0, NOBODY)
    assert watch.visited >= 20_000 - HOUSE_ROWS


def test_a_change_that_was_not_told_is_found_after_invalidate() -> None:
    accounts = Accounts.empty(10, ASSETS, KINDS)
    accounts.balances[0] = 1000.0
    now = valuation(50_000.0, 1.0, flat(np.full(KINDS, 0.01), np.full(KINDS, 0.02)))
    watch = Watch()
    assert watch.below(accounts, now, 1.0, NOBODY).account.size == 0
    accounts.balances[0, 7] = -1.0
    assert watch.below(accounts, now, 1.0, NOBODY).account.size == 0
    watch.invalidate()
    found = watch.below(accounts, now, 1.0, NOBODY)
    assert found.account.tolist() == [7]
    assert found.bankrupt.tolist() == [True]


def test_accounts_that_join_are_seen() -> None:
    now = valuation(50_000.0, 1.0, flat(np.full(KINDS, 0.01), np.full(KINDS, 0.02)))
    watch = Watch()
    watch.below(Accounts.empty(8, ASSETS, KINDS), now, 1.0, NOBODY)
    more = Accounts.empty(9, ASSETS, KINDS)
    more.balances[0, 8] = -5.0
    assert watch.below(more, now, 1.0, NOBODY).account.tolist() == [8]


def test_the_house_is_never_reported_and_nor_is_an_idle_account() -> None:
    accounts = Accounts.empty(8, ASSETS, KINDS)
    accounts.balances[0, :HOUSE_ROWS] = -1e6
    now = valuation(50_000.0, 1.0, flat(np.full(KINDS, 0.01), np.full(KINDS, 0.02)))
    everyone = np.arange(8)
    watch = Watch()
    assert watch.below(accounts, now, 1.0, everyone).account.size == 0
    assert watch.below(accounts, now, 1.0, everyone).account.size == 0


def test_a_haircut_makes_a_breach_but_not_a_bankruptcy() -> None:
    """1000 tokens at a haircut of a fifth against 900 owed: -100 as margin, +100 in truth."""
    accounts = Accounts.empty(5, ASSETS, KINDS)
    accounts.balances[2, 4], accounts.positions[2, 4] = 1000.0, -900.0
    now = valuation(50_000.0, 1.0, flat(np.zeros(KINDS), np.zeros(KINDS)))
    found = Watch().below(accounts, now, 1.0, NOBODY)
    assert found.account.tolist() == [4]
    assert found.equity == pytest.approx([-100.0])
    assert found.bankrupt.tolist() == [False]
    assert net_equity(accounts, now, found.account) == pytest.approx([100.0])
    assert margin_all(accounts, now)[0][4] == found.equity[0]


def test_impossible_parameters_are_all_named() -> None:
    with pytest.raises(ConfigError, match=r"band.*rings.*narrowing"):
        Watch(band=1.0, rings=0, narrowing=1.0)
