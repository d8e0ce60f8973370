"""Institutions that cannot pay: found at true prices, declared once, closed out everywhere."""

from collections.abc import Sequence

import numpy as np
import pytest

from scenarios.build import Built
from sim.accounts import INSURANCE, OUTSIDE, Standing
from sim.arrays import NONE
from sim.attribution import blame_for_holdings
from sim.blame import heaviest_blow
from sim.closing import take_over
from sim.default import at_outside, settle_defaults, worths
from sim.events import Channel, EventKind
from sim.margin.schedule import flat
from sim.step import mark
from sim.world import World
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
    reprice,
    weigh,
)


def with_whale(
    *, cash: float = 20_000.0, usd: float = 50_000.0, shocks: Sequence[Plain] = (), **other: Value
) -> Built:
    """Return an exchange with a whale, half of whose cash is in its wallet."""
    plain: Plain = data({"x": exchange(**other)}, accounts=3, shocks=list(shocks))
    whale = {
        "kind": "whale",
        "venue": "x",
        "instrument": "P",
        "cash_usd": cash,
        "position_usd": usd,
    }
    carry = {"kind": "carry", "venue": "x", "instrument": "P", "accounts": 2, "cash_share": 1.0}
    plain |= {"institutions": {"whale": whale}}
    plain["crowd"]["carry"] = carry
    return make(plain)


def whale_of(world: World) -> int:
    """Return the entity of the whale."""
    return world.entities.index("whale")


def test_an_institution_is_worth_what_it_has_everywhere_at_outside_prices() -> None:
    built = with_whale()
    world = built.model.world
    me = whale_of(world)
    assert worths(world)[me] == pytest.approx(20_000.0)
    world.wallets[BTC, me] = 0.1
    world.venues[0].accounts.reserve[FIRST] = 70.0
    assert worths(world)[me] == pytest.approx(20_000.0 + 0.1 * PRICE + 70.0)
    world.outside.price[BTC] = 0.8 * PRICE
    assert worths(world)[me] == pytest.approx(20_070.0 + 0.08 * PRICE - 0.2 * 50_000.0)


def test_a_false_price_alone_makes_nobody_insolvent() -> None:
    built = with_whale()
    world = built.model.world
    world.feeds[0].price = 0.1 * PRICE
    venue = world.venues[0]
    venue.valuation.prices[BTC] = 0.1 * PRICE
    venue.valuation.values[0] = 0.001 * 0.1 * PRICE
    settle_defaults(world)
    assert not world.defaulted
    assert at_outside(world, venue).values[0] == pytest.approx(0.001 * PRICE)
    assert venue.valuation.values[0] == pytest.approx(0.0001 * PRICE), "the venue is left alone"


def test_an_insolvent_institution_defaults_once_with_what_is_missing() -> None:
    built = with_whale()
    world = built.model.world
    me = whale_of(world)
    reprice(built, 0.5)
    settle_defaults(world)
    settle_defaults(world)
    assert list(world.defaulted) == [me]
    assert of_kind(world, EventKind.DEFAULT, "usd") == pytest.approx([5_000.0])
    assert of_kind(world, EventKind.DEFAULT, "entity").tolist() == [me]


@pytest.mark.parametrize("rule", ["whole", "partial", "tiered", "paced"])
def test_whoever_has_defaulted_is_closed_out_whatever_the_margin(rule: str) -> None:
    """The position is sound, and would stay so for ever."""
    shocks = [{"at_minutes": 2, "kind": "whale_default", "institution": "whale"}]
    built = with_whale(usd=20_000.0, shocks=shocks, liquidation={"rule": rule, "rounds": 1})
    world, venue = built.model.world, built.model.world.venues[0]
    for _ in range(6):
        built.model.step()
    assert list(world.defaulted) == [whale_of(world)]
    assert venue.accounts.positions[0, FIRST] == 0.0
    assert venue.accounts.standing[FIRST] == Standing.CLOSED
    assert not venue.failing.size
    kind = EventKind.TAKEOVER if rule == "paced" else EventKind.LIQUIDATION
    default = np.flatnonzero(world.events.column("kind") == EventKind.DEFAULT)
    assert np.unique(of_kind(world, kind, "cause")).tolist() == default.tolist()
    assert (of_kind(world, kind, "channel") == Channel.COUNTERPARTY).all()
    shock = np.flatnonzero(world.events.column("kind") == EventKind.SHOCK)
    assert world.events.column("cause")[default].tolist() == shock.tolist()


def test_the_off_book_dealer_is_nobody_in_the_model() -> None:
    """What who takes the other side off the book loses is not the venue's loss."""
    built = with_whale()
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST + 1, -1000.0, 1e6)
    weigh(built)
    assert venue.accounts.positions[0, OUTSIDE] == 1000.0
    jump(built, 0.7)
    for _ in range(3):
        built.model.step()
    assert venue.owner not in world.defaulted
    assert venue.accounts.entity[OUTSIDE] == 0
    assert venue.accounts.positions[0, OUTSIDE] > 0.0
    assert not (of_kind(world, EventKind.LIQUIDATION, "account") == OUTSIDE).any()


def test_a_venue_whose_fund_is_under_water_is_insolvent() -> None:
    built = with_whale()
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.balances[USD, INSURANCE] = -100.0
    settle_defaults(world)
    assert list(world.defaulted) == [venue.owner]
    assert count(world, EventKind.SOCIALISED_LOSS) == 0


def test_a_default_descends_from_what_hurt_it_most() -> None:
    built = with_whale(cash=20_000.0, usd=90_000.0)
    world, venue = built.model.world, built.model.world.venues[0]
    world.wallets[USD, whale_of(world)] -= 15_000.0
    weigh(built)
    jump(built, 0.6)
    for _ in range(3):
        built.model.step()
    assert list(world.defaulted) == [whale_of(world)]
    cause = of_kind(world, EventKind.DEFAULT, "cause")[0]
    assert world.events.column("entity")[cause] == whale_of(world)
    assert venue.accounts.positions[0, FIRST] == 0.0


@pytest.mark.parametrize("sale", [0.0, 30.0])
def test_a_default_by_the_price_descends_from_what_moved_it(sale: float) -> None:
    """A sale that cost next to nothing is not what a large fall did."""
    shocks = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -0.3}]
    built = with_whale(cash=20_000.0, usd=90_000.0, shocks=shocks)
    world, venue = built.model.world, built.model.world.venues[0]
    venue.valuation.schedule = flat([0.0], [0.0])
    built.model.cast.requirements[0].schedule = venue.valuation.schedule
    built.model.cast.engines[0].revise = lambda *_: None  # type: ignore[method-assign]
    venue.accounts.balances[USD, FIRST] += 20_000.0
    world.wallets[USD, whale_of(world)] -= 20_000.0
    if sale:
        whale = whale_of(world)
        world.events.add(0, EventKind.LIQUIDATION, venue=0, entity=whale, account=FIRST, loss=sale)
    for _ in range(4):
        built.model.step()
    assert list(world.defaulted) == [whale_of(world)]
    shock = np.flatnonzero(world.events.column("kind") == EventKind.SHOCK)
    assert of_kind(world, EventKind.DEFAULT, "cause").tolist() == shock.tolist()


def test_a_venue_fails_by_what_its_fund_had_to_bear() -> None:
    rule = {"rule": "whole", "rounds": 1, "adl": False}
    built = with_whale(liquidation=rule)
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST + 1, 100.0, 300.0)
    weigh(built)
    reprice(built, 0.9)
    venue.markets[0].mechanism = None
    venue.failing = np.array([FIRST + 1])
    venue.markets[0].dry_seconds = 1e9
    mark(world, built.model.cast)
    take_over(world, venue, np.array([FIRST + 1]))
    venue.accounts.balances[USD, INSURANCE] -= 500.0
    settle_defaults(world)
    assert list(world.defaulted) == [venue.owner]
    kind, cause = world.events.column("kind"), world.events.column("cause")
    blow = of_kind(world, EventKind.DEFAULT, "cause")[0]
    assert kind[blow] == EventKind.INSURANCE
    assert kind[cause[blow]] == EventKind.TAKEOVER


def test_coins_outside_venues_sink_who_holds_them() -> None:
    """Nothing of it is on a venue, and the shock is the cause all the same."""
    shocks = [{"at_minutes": 1, "kind": "price_jump", "asset": "BTC", "size": -0.3}]
    built = with_whale(shocks=shocks)
    world = built.model.world
    world.wallets[BTC, whale_of(world)] = 100.0
    built.model.step()
    built.model.step()
    usd, event = blame_for_holdings(world, world.wallets[:, whale_of(world)])
    assert usd == pytest.approx(100.0 * 0.7 * PRICE * -np.log(0.7))
    assert world.events.column("kind")[event] == EventKind.SHOCK


def test_a_trifle_is_not_blamed_for_a_fall_that_nobody_caused() -> None:
    built = with_whale(usd=150_000.0)
    world = built.model.world
    whale = whale_of(world)
    world.events.add(0, EventKind.CONTAGION_LOSS, entity=whale, usd=0.02, loss=0.02)
    reprice(built, 0.85)
    mark(world, built.model.cast)
    assert heaviest_blow(world, whale) == NONE


def test_an_exchange_does_not_fail_by_what_its_vault_has_lost() -> None:
    built = with_whale()
    world, venue = built.model.world, built.model.world.venues[0]
    own = world.events.add(0, EventKind.INSURANCE, venue=0, account=FIRST, usd=100.0, loss=100.0)
    world.events.add(
        0, EventKind.DISPOSAL, venue=0, entity=whale_of(world), account=FIRST, loss=5_000.0
    )
    assert heaviest_blow(world, venue.owner) == own[0]
    sold = world.events.add(0, EventKind.DISPOSAL, venue=0, account=INSURANCE, loss=500.0)
    assert heaviest_blow(world, venue.owner) == sold[0]
