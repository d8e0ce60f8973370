"""Each link of the mechanism is told apart from the others, in worlds where only it is at work."""

import numpy as np
import pytest

from scenarios.build import Built
from sim.arrays import NONE
from sim.attribution import attribute
from sim.events import Channel, EventKind
from sim.margin.schedule import flat
from sim.step import mark
from sim.world import Venue, World
from tests.sim.worlds import (
    BTC,
    FIRST,
    FLAT,
    PRICE,
    USD,
    Plain,
    Value,
    data,
    exchange,
    give,
    jump,
    lend,
    lender,
    make,
    reprice,
)

ROW = np.array([FIRST])
KINDS = pytest.mark.parametrize("kind", ["linear_perpetual", "inverse_perpetual"])


def start(kind: str = "linear_perpetual", side: float = 1.0, **scenario: Value) -> Built:
    """Return a world with one leveraged account that has been marked once."""
    size = 0.001 if kind == "linear_perpetual" else 50.0
    built = make(data({"x": exchange(kind=kind, size=size)}) | scenario)
    give(built.model.world.venues[0], FIRST, 100.0 * side, 1000.0)
    mark(built.model.world, built.model.cast)
    reprice(built, 1.0)
    return built


def worlds(built: Built) -> tuple[World, Venue]:
    """Return the world and its first venue, marked anew."""
    mark(built.model.world, built.model.cast)
    return built.model.world, built.model.world.venues[0]


def blame(world: World, venue: Venue) -> tuple[int, Channel]:
    """Return the event and the channel that the account's shortfall is owed to."""
    causes, channels = attribute(world, venue, ROW)
    return int(causes[0]), Channel(int(channels[0]))


@KINDS
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_when_nothing_has_happened_nothing_is_blamed(kind: str, side: float) -> None:
    world, venue = worlds(start(kind, side))
    assert blame(world, venue) == (NONE, Channel.EXOGENOUS)


@KINDS
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_price_that_moves_by_itself_is_nobodys_doing(kind: str, side: float) -> None:
    built = start(kind, side)
    built.model.world.step = 1
    reprice(built, 1.0 - 0.05 * side)
    world, venue = worlds(built)
    assert blame(world, venue) == (NONE, Channel.EXOGENOUS)


@KINDS
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_only_the_oracle_is_false(kind: str, side: float) -> None:
    built = start(kind, side)
    feed = built.model.world.feeds[0]
    feed.price *= 1.0 - 0.05 * side
    feed.event = int(built.model.world.events.add(0, EventKind.ORACLE_UPDATE)[0])
    world, venue = worlds(built)
    assert blame(world, venue) == (feed.event, Channel.ORACLE_ERROR)


def test_only_the_rate_has_risen() -> None:
    built = start()
    world, venue = worlds(built)
    world.step = 1
    reprice(built, 1.0)
    venue.valuation.schedule = flat([0.2], [0.4])
    venue.margin_event = int(world.events.add(0, EventKind.MARGIN_UPDATE)[0])
    assert blame(world, venue) == (venue.margin_event, Channel.MARGIN_UPDATE)


@KINDS
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_only_forced_flow_moved_the_outside_price(kind: str, side: float) -> None:
    built = start(kind, side)
    world = built.model.world
    sale = world.events.add(0, EventKind.COLLATERAL_SALE)
    world.outside.push(BTC, -side * 1e9)
    world.pressure[BTC].add(sale, np.array([-side * 1e9]))
    reprice(built, 1.0)
    world, venue = worlds(built)
    assert blame(world, venue) == (int(sale[0]), Channel.IMPACT)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_only_forced_flow_moved_the_venues_own_price(side: float) -> None:
    moved = exchange(mechanism=FLAT | {"depth_usd": 1e5})
    moved["instruments"]["P"]["mark"] = {"kind": "mid"}
    built = make(data({"x": moved}))
    world, venue = worlds(built)
    give(venue, FIRST, 100.0 * side, 1000.0)
    mark(world, built.model.cast)
    reprice(built, 1.0)
    live = venue.markets[0].mechanism
    live._flow[0] = -side * 5e3  # type: ignore[union-attr]  # five per cent of the depth
    world, venue = worlds(built)
    assert blame(world, venue) == (NONE, Channel.BEHAVIOUR), "nobody was forced to"
    sale = world.events.add(0, EventKind.LIQUIDATION)
    venue.markets[0].ripples.add(sale, np.array([-side * 5e3]))
    assert blame(world, venue) == (int(sale[0]), Channel.IMPACT)


def test_a_shock_to_the_price_is_blamed_while_it_can_have_mattered() -> None:
    shocks = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -0.05}]
    built = start(shocks=shocks)
    for _ in range(3):
        built.model.step()
    world, venue = built.model.world, built.model.world.venues[0]
    world.step -= 1
    event = built.strikes.records[0].event
    assert blame(world, venue) == (event, Channel.SHOCK)
    world.step += 1
    for _ in range(61):
        jump(built, 0.9999)
        built.model.step()
    world.step -= 1
    assert blame(world, venue) == (NONE, Channel.EXOGENOUS), "an hour later it is history"


def test_a_shock_to_one_asset_is_not_blamed_for_the_move_of_another() -> None:
    token: Plain = {"price": {"kind": "pegged", "peg": "BTC", "ratio": 1.0, "deviation_sd": 0.0}}
    shocks = [{"at_minutes": 1, "kind": "depeg", "asset": "ST", "size": -0.2}]
    plain = data({"x": exchange()}, shocks=shocks)
    plain["assets"]["ST"] = token
    plain["feeds"]["st"] = plain["feeds"]["btc"] | {"asset": "ST"}
    plain["venues"]["x"]["feeds"]["ST"] = "st"
    plain["venues"]["x"]["collateral"]["ST"] = {}
    built = make(plain)
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 1000.0)
    mark(world, built.model.cast)
    for step in range(3):
        if step == 2:
            jump(built, 0.95)
        built.model.step()
    world.step -= 1
    assert blame(world, venue) == (NONE, Channel.EXOGENOUS)
    venue.accounts.balances[2, FIRST] = 10.0
    assert blame(world, venue) == (built.strikes.records[0].event, Channel.SHOCK)


def test_a_shock_to_a_coin_is_blamed_for_the_fall_of_what_is_pegged_to_it() -> None:
    shocks = [{"at_minutes": 1, "kind": "price_jump", "asset": "BTC", "size": -0.1}]
    plain = data({"l": lender()}, shocks=shocks)
    plain["assets"]["ST"] = {"price": {"kind": "pegged", "peg": "BTC", "deviation_sd": 0.0}}
    plain["feeds"]["btc"]["asset"] = "ST"
    plain["venues"]["l"]["feeds"] = {"ST": "btc"}
    plain["venues"]["l"]["instruments"]["L"]["underlying"] = "ST"
    built = make(plain)
    world, venue = built.model.world, built.model.world.venues[0]
    lend(venue, FIRST, 1.0, 39_000.0)
    for _ in range(2):
        built.model.step()
    world.step -= 1
    assert blame(world, venue) == (built.strikes.records[0].event, Channel.SHOCK)


def test_the_largest_of_several_harms_is_blamed() -> None:
    built = start()
    world = built.model.world
    sale = world.events.add(0, EventKind.COLLATERAL_SALE)
    world.outside.push(BTC, -1e9)
    world.pressure[BTC].add(sale, np.array([-1e9]))
    reprice(built, 1.0)
    impact = -float(world.outside.impact[BTC])
    feed = world.feeds[0]
    feed.event = int(world.events.add(0, EventKind.ORACLE_UPDATE)[0])
    feed.price = world.outside.price[BTC] * np.exp(-0.9 * impact)
    world, venue = worlds(built)
    assert blame(world, venue) == (int(sale[0]), Channel.IMPACT)
    feed.price = world.outside.price[BTC] * np.exp(-1.1 * impact)
    world, venue = worlds(built)
    assert blame(world, venue) == (feed.event, Channel.ORACLE_ERROR)


def test_what_helps_an_account_is_not_blamed_for_its_trouble() -> None:
    built = start(side=-1.0)
    world = built.model.world
    world.outside.push(BTC, -1e9)
    world.pressure[BTC].add(world.events.add(0, EventKind.COLLATERAL_SALE), np.array([-1e9]))
    reprice(built, 1.0)
    world, venue = worlds(built)
    venue.accounts.balances[USD, FIRST] = -1e9
    assert blame(world, venue)[1] != Channel.IMPACT


def test_a_borrower_is_hurt_by_the_price_of_the_collateral() -> None:
    built = make(data({"l": lender()}))
    world, venue = built.model.world, built.model.world.venues[0]
    lend(venue, FIRST, 1.0, 39_000.0)
    mark(world, built.model.cast)
    reprice(built, 1.0)
    feed = world.feeds[0]
    feed.price = 0.9 * PRICE
    feed.event = int(world.events.add(0, EventKind.ORACLE_UPDATE)[0])
    mark(world, built.model.cast)
    assert blame(world, venue) == (feed.event, Channel.ORACLE_ERROR)
