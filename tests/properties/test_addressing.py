"""Common random numbers: whoever is added moves nobody else's draws, and twins stay twins."""

import numpy as np
import pytest

from agents.population import Population
from scenarios.build import Built, build
from scenarios.load import checked, load
from scenarios.schema import Scenario
from sim.events import EventKind
from sim.record import FIELDS
from tests.sim.worlds import Plain, data, exchange

SEED = 11
STEPS = 120


def plain(**numbers: int) -> Plain:
    """Return an exchange and its crowds, as many of each as is said."""
    crowd: Plain = {
        "longs": {"kind": "directional", "side": "long", "leverage": {"lognormal": [6, 0.5]}}
        | {"reserve_share": 0.2},
        "noise": {"kind": "noise"},
        "momentum": {"kind": "momentum"},
        "value": {"kind": "value"},
        "carry": {"kind": "carry", "cash_share": 0.5},
    }
    made = {
        name: section
        | {"venue": "x", "instrument": "P", "accounts": numbers.get(name, 30)}
        | ({} if name == "carry" else {"cash_usd": {"lognormal": [3000, 1.0]}})
        for name, section in crowd.items()
    }
    book = exchange(mechanism={"kind": "order_book"}, tick=0.5, insurance_fund_usd=1e4)
    maker = {"kind": "market_maker", "venue": "x", "instrument": "P", "cash_usd": 1e6}
    whole = data({"x": book}, crowd=made, institutions={"maker": maker}, steps=STEPS)
    whole["assets"]["BTC"]["price"]["volatility"] = 0.6
    return whole


def of(scenario: Plain) -> Built:
    """Build under the one seed of these tests."""
    return build(checked(scenario, {}), SEED)


def asked(built: Built, name: str, step: int) -> np.ndarray:
    """Return who of the first 30 of a crowd orders what, in the world as it stands now."""
    desk, first = built.desks[name], int(built.plan.rows[name][0])
    draws = built.model.world.streams.at(f"desk/{desk.name}", step)
    told = [np.empty((4, 0))]
    for batch in desk.orders(built.model.view, draws):
        number = batch.account - first
        columns = np.array([number, batch.quantity, batch.kind, batch.arrival])
        told.append(columns[:, number < 30])
    return np.concatenate(told, axis=1)


CROWDS = ("longs", "noise", "momentum", "value")


@pytest.mark.parametrize("grown", CROWDS)
@pytest.mark.parametrize("watched", CROWDS)
def test_one_more_trader_changes_nobody_elses_money_and_position(grown: str, watched: str) -> None:
    few, many = of(plain()), of(plain(**{grown: 31}))
    for column in ("address", "balances", "positions", "entry", "reserve"):
        before, after = (
            getattr(each.model.world.venues[0].accounts, column)[..., each.plan.rows[watched][:30]]
            for each in (few, many)
        )
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("grown", CROWDS)
def test_one_more_trader_changes_nobody_elses_orders_until_it_trades(grown: str) -> None:
    """Both worlds are looked at as they stand before the first step: nothing has parted them."""
    few, many = of(plain()), of(plain(**{grown: 31}))
    for each in (few, many):
        world = each.model.world
        each.model.cast.sight.refresh(world)
        each.model.view.venues[0].trend[:] = 0.02
    sent = 0
    for name in CROWDS:
        for step in range(1, 40):
            one, other = (asked(each, name, step) for each in (few, many))
            np.testing.assert_array_equal(one, other)
            sent += one.shape[1]
    assert sent > 20, "there is something to compare"


def test_one_more_institution_moves_no_ones_draws() -> None:
    """The number that names an account in draws does not depend on who else is there."""
    one, two = plain(), plain()
    extra = {"kind": "whale", "venue": "x", "instrument": "P", "cash_usd": 1.0}
    two["institutions"] = {"aaa": extra} | two["institutions"]
    for label, built in (("one", of(one)), ("two", of(two))):
        accounts, plan = built.model.world.venues[0].accounts, built.plan
        named = {"maker": accounts.address[plan.seats["maker", "x"]]}
        named |= {name: accounts.address[plan.rows[name]].tolist() for name in CROWDS}
        if label == "one":
            told = named
    assert named == told


def test_no_two_accounts_of_a_venue_share_an_address() -> None:
    for name in ("calm", "oracle_compromise", "october_2025"):
        for venue in build(load(name), seed=0).model.world.venues:
            addresses = venue.accounts.address
            assert np.unique(addresses).size == addresses.size
            assert (addresses >= 0).all()
            assert (addresses < 2**32).all()


def compared(scenario: Scenario) -> Built:
    """Run a scenario of the library under one seed."""
    built = build(scenario, 7)
    built.model.run()
    return built


def recorded(built: Built, *fields: str) -> np.ndarray:
    """Return some fields of every record and market, (n_records, n_markets, n_fields)."""
    recorder = built.model.cast.recorder
    return recorder.columns[: len(recorder.steps), :, [FIELDS.index(each) for each in fields]]


def first_difference(one: np.ndarray, other: np.ndarray) -> int:
    """Return the first record in which two runs differ, their number if they never do."""
    n = min(len(one), len(other))
    same = (one[:n] == other[:n]) | (np.isnan(one[:n]) & np.isnan(other[:n]))
    parted = np.flatnonzero(~same.reshape(n, -1).all(axis=1))
    return int(parted[0]) if parted.size else n


def first_step(built: Built, *kinds: EventKind) -> int:
    """Return the step of the first event of some kinds, the last step if there is none."""
    events = built.model.world.events
    found = np.flatnonzero(np.isin(events.column("kind"), kinds))
    return int(events.column("step")[found[0]]) if found.size else built.model.world.step


def smaller(name: str, *changes: str) -> Scenario:
    """Return a scenario of the library with fewer traders and longer steps."""
    crowd = load(name).crowd
    fewer = [f"crowd.{each}.accounts={max(3, c.accounts // 15)}" for each, c in crowd.items()]
    seconds = load(name).steps * load(name).step_seconds / STEPS
    return load(
        name,
        [*fewer, f"steps={STEPS}", f"step_seconds={seconds}", "record_every_steps=1", *changes],
    )


PRICES = ("outside", "exogenous", "index", "mark", "last", "bid", "ask", "volume_usd")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "{policy: fixed, maintenance: 0.005, initial: 0.02}",
            "{policy: fixed, maintenance: 0.015, initial: 0.02}",
        ),
        (
            "{policy: fixed, maintenance: 0.01, initial: 0.02}",
            "{policy: ewma, floor: 0.01, cap: 0.2, initial_multiple: 2.0, horizon_hours: 0.1}",
        ),
    ],
    ids=["two rates", "two policies"],
)
def test_two_policies_meet_the_same_world_until_margin_parts_them(one: str, other: str) -> None:
    """Same outside world for ever; same orders and trades until an account is called or cut.

    Nervous traders look at their margin before anybody calls: they are told to be calm.
    """
    runs = [
        compared(smaller("oracle_compromise", f"perp_a.margin={policy}", "without=[behaviour]"))
        for policy in (one, other)
    ]
    path, same = (recorded(run, "exogenous") for run in runs)
    np.testing.assert_array_equal(path, same)
    parted = first_difference(*(recorded(run, *PRICES) for run in runs))
    margin_driven = min(
        first_step(
            run,
            EventKind.MARGIN_CALL,
            EventKind.MARGIN_UPDATE,
            EventKind.LIQUIDATION,
            EventKind.TAKEOVER,
        )
        for run in runs
    )
    assert 0 < margin_driven <= parted
    assert parted < STEPS, "in the end they do differ"


@pytest.mark.parametrize("name", ["oracle_compromise", "october_2025", "whale_default"])
def test_the_twin_without_impact_is_the_run_itself_until_the_first_forced_trade(name: str) -> None:
    main, twin = (compared(smaller(name, *each)) for each in ((), ("without=[impact]",)))
    parted = first_difference(*(recorded(run, *PRICES) for run in (main, twin)))
    forced = first_step(
        main,
        EventKind.LIQUIDATION,
        EventKind.TAKEOVER,
        EventKind.COLLATERAL_SALE,
        EventKind.DELEVERAGING,
        EventKind.ATTACK_TRADE,
    )
    assert 0 < forced <= parted
    assert parted < STEPS, "forced trades do matter"


def test_populations_are_what_is_compared_here() -> None:
    desks = of(plain()).desks
    assert all(isinstance(desks[name], Population) for name in CROWDS)
