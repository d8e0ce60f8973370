"""Contracts that end: settled in cash, in coin too, with books that balance."""

import numpy as np
import pytest

from agents.seats import Seat, fair_of, price_of
from scenarios.build import Built
from sim.accounts import HOUSE_ROWS, OUTSIDE, Standing
from sim.attribution import attribute
from sim.events import Channel, EventKind
from sim.valuation import margin, net_equity
from tests.sim.worlds import (
    BTC,
    FIRST,
    PRICE,
    USD,
    Plain,
    Value,
    count,
    data,
    exchange,
    give,
    jump,
    make,
    of_kind,
    weigh,
)

FUTURE: Plain = {"kind": "dated_future", "size": 0.001}
COIN_FUTURE: Plain = {"kind": "dated_future", "size": 10.0}
PUT: Plain = {"kind": "european_option", "size": 0.01}


def ending(shape: Plain, hours: float = 0.1, **terms: Value) -> Built:
    """Build an exchange for one contract that ends after six steps, with two idle traders."""
    shape, coin = dict(shape), terms.pop("coin", False)
    venue = exchange(**shape, **terms.pop("venue", {}))
    contract = venue["instruments"]["P"] | {"expiry_hours": hours} | terms
    if coin:
        contract["settlement"] = "BTC"
    if shape["kind"] == "european_option":
        contract = {"right": "put", "strike": 55_000.0} | contract
        venue["surfaces"] = {"BTC": {"kind": "flat", "volatility": 0.8, "response": 0.0}}
    venue["instruments"]["P"] = contract
    return make(data({"x": venue}, accounts=2))


def held_to_the_end(built: Built, long_usd: float = 5_000.0) -> tuple[np.ndarray, np.ndarray]:
    """Let one trader be long and one short, and return both equities before and after the end."""
    venue = built.model.world.venues[0]
    give(venue, FIRST, 10.0, long_usd)
    give(venue, FIRST + 1, -10.0, 5_000.0)
    weigh(built)
    rows = np.array([FIRST, FIRST + 1])
    before = net_equity(venue.accounts, venue.valuation, rows)
    for _ in range(8):
        built.model.step()
    return before, net_equity(venue.accounts, venue.valuation, rows)


def test_a_future_is_paid_at_the_index_and_positions_go() -> None:
    built = ending(FUTURE)
    jump(built, 1.1)
    before, after = held_to_the_end(built)
    gain = 10 * 0.001 * 0.1 * PRICE
    np.testing.assert_allclose(after - before, [gain, -gain])
    world = built.model.world
    accounts = world.venues[0].accounts
    assert not accounts.positions.any()
    assert not accounts.entry.any()
    assert world.venues[0].markets[0].expired
    assert of_kind(world, EventKind.EXPIRY, "price") == pytest.approx([1.1 * PRICE])
    assert of_kind(world, EventKind.EXPIRY, "step").tolist() == [6]
    assert of_kind(world, EventKind.EXPIRY, "quantity").tolist() == [10.0]


def test_a_future_in_coin_is_paid_in_coin() -> None:
    built = ending(COIN_FUTURE, coin=True)
    jump(built, 1.25)
    held_to_the_end(built)
    accounts = built.model.world.venues[0].accounts
    coins = 100.0 * (1 / PRICE - 1 / (1.25 * PRICE))
    np.testing.assert_allclose(accounts.balances[BTC, FIRST], 5_000.0 / PRICE + coins)
    np.testing.assert_allclose(accounts.balances[BTC, FIRST + 1], 5_000.0 / PRICE - coins)


@pytest.mark.parametrize(("factor", "paid"), [(0.9, 10_000.0), (1.0, 5_000.0), (1.2, 0.0)])
def test_a_put_pays_what_it_is_in_the_money(factor: float, paid: float) -> None:
    built = ending(PUT)
    jump(built, factor)
    premium = built.model.world.venues[0].markets[0].mark
    before, after = held_to_the_end(built)
    gain = 10 * 0.01 * (paid - premium)
    np.testing.assert_allclose(after - before, [gain, -gain], atol=1e-6)


def test_an_option_in_coin_is_paid_in_coin() -> None:
    built = ending(PUT, coin=True, tick=1e-6)
    jump(built, 0.8)
    premium = built.model.world.venues[0].markets[0].mark
    assert premium == pytest.approx(0.1, rel=0.05)
    held_to_the_end(built)
    balances = built.model.world.venues[0].accounts.balances
    paid = 15_000.0 / 40_000.0
    assert balances[BTC, FIRST] == pytest.approx(0.1 + 10 * 0.01 * (paid - premium))
    assert balances[USD, FIRST] == 0.0


def test_the_settlement_price_is_a_mean_of_the_last_minutes() -> None:
    built = ending(FUTURE, settlement_seconds=120.0)
    weigh(built)
    for step in range(7):
        if step in (5, 6):
            jump(built, 1.1)
        built.model.step()
    paid = of_kind(built.model.world, EventKind.EXPIRY, "price")
    assert paid == pytest.approx([PRICE * (1 + 1.1 + 1.21) / 3])


def test_who_cannot_pay_at_the_end_is_settled_by_the_waterfall() -> None:
    easy = {"policy": "fixed", "maintenance": 1e-6, "initial": 1e-6, "grace_seconds": 0.0}
    built = ending(PUT, venue={"insurance_fund_usd": 300.0, "margin": easy})
    world = built.model.world
    venue = world.venues[0]
    give(venue, FIRST, 10.0, 5_000.0)
    give(venue, FIRST + 1, -10.0, 50.0)
    weigh(built)
    for step in range(10):
        if step == 6:
            jump(built, 0.9)
        built.model.step()
    assert not venue.accounts.positions.any()
    assert venue.accounts.standing[FIRST + 1] == Standing.CLOSED
    assert count(world, EventKind.SETTLEMENT) == 1
    assert of_kind(world, EventKind.INSURANCE, "loss").sum() > 300.0 - 1e-6
    assert (net_equity(venue.accounts, venue.valuation, np.arange(HOUSE_ROWS)) > -1e-6)[
        :OUTSIDE
    ].all()


def test_nothing_trades_after_the_end() -> None:
    plain = data({"x": exchange(kind="dated_future", mechanism={"kind": "order_book"}, tick=0.5)})
    plain["venues"]["x"]["instruments"]["P"]["expiry_hours"] = 0.1
    plain["crowd"]["noise"] = {"kind": "noise", "venue": "x", "instrument": "P", "accounts": 40}
    plain["crowd"]["noise"] |= {"cash_usd": 5_000.0, "trades_per_hour": 60.0}
    plain["institutions"] = {"maker": {"kind": "market_maker", "venue": "x", "cash_usd": 1e6}}
    plain["institutions"]["arb"] = {"kind": "arbitrageur", "venues": ["x"], "cash_usd": 1e6}
    built = make(plain)
    weigh(built)
    volumes = []
    for _ in range(20):
        built.model.step()
        volumes.append(built.model.world.venues[0].markets[0].volume_usd)
    assert sum(volumes[:6]) > 0.0
    assert volumes[7:] == [0.0] * 13
    assert not built.model.world.halted


def test_agents_see_what_a_contract_should_cost() -> None:
    built = ending(FUTURE, hours=365 * 24.0, carry=0.1)
    view = built.model.cast.sight.view
    seat = Seat(
        venue=0,
        instrument=0,
        rows=np.array([FIRST]),
        underlying=BTC,
        contract_size=0.001,
        kind="dated_future",
    )
    assert fair_of(view, seat) == pytest.approx(1.1051709 * PRICE)
    assert price_of(view, seat) == pytest.approx(1.1051709 * PRICE)
    assert seat.usd(PRICE) == 50.0


def test_a_fall_that_hurts_writers_of_puts_is_put_down_to_the_fall() -> None:
    built = ending(PUT, hours=24.0)
    world = built.model.world
    venue = world.venues[0]
    built.model.step()
    give(venue, FIRST, -10.0, 300.0)
    jump(built, 0.95)
    built.model.step()
    causes, channels = attribute(world, venue, np.array([FIRST]))
    assert channels.tolist() == [Channel.EXOGENOUS]
    assert causes.tolist() == [-1]
    equity, _ = margin(venue.accounts, venue.valuation, np.array([FIRST]))
    delta = venue.markets[0].delta
    assert -1.0 < delta < -0.8
    assert equity[0] < 300.0


def test_a_jump_of_implied_volatility_is_what_calls_are_put_down_to() -> None:
    built = ending(PUT, hours=24.0)
    world = built.model.world
    venue = world.venues[0]
    built.model.step()
    give(venue, FIRST, -10.0, 300.0)
    event = int(world.events.add(world.step, EventKind.SHOCK, channel=Channel.SHOCK)[0])
    venue.implied_shock = event
    world.dials.implied[0] = 2.0
    before = venue.markets[0].mark
    built.model.step()
    assert venue.markets[0].mark > before
    causes, channels = attribute(world, venue, np.array([FIRST]))
    assert channels.tolist() == [Channel.SHOCK]
    assert causes.tolist() == [event]
