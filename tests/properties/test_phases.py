"""Feedback can be cut to the last bit, and every forced trade has a parent."""

from functools import cache
from math import exp, log1p

import numpy as np
import pytest

from scenarios.build import Built, build
from scenarios.load import load, names
from scenarios.schema import CHANNELS, Scenario
from scenarios.shocks.prices import PriceJump, VolatilityRegime
from sim.arrays import NONE
from sim.events import BREEDING, FORCED, Channel, EventKind
from sim.record import FIELDS
from sim.streams import Streams
from sim.world import World

STEPS = 150
SEED = 7
every_scenario = pytest.mark.parametrize("name", names())


def small(name: str, *changes: str) -> Scenario:
    """Return a scenario of the library with a fifteenth of its traders and longer steps."""
    whole = load(name)
    seconds = whole.steps * whole.step_seconds / STEPS
    fewer = [
        f"crowd.{crowd}.accounts={max(3, c.accounts // 15)}" for crowd, c in whole.crowd.items()
    ]
    clock = [f"steps={STEPS}", f"step_seconds={seconds}", "record_every_steps=1"]
    return load(name, [*fewer, *clock, *changes])


@cache
def played(name: str, without: tuple[str, ...] = ()) -> Built:
    """Return a small scenario that has run."""
    built = build(small(name, f"without=[{', '.join(without)}]"), SEED)
    built.model.run()
    return built


def recorded(built: Built, field: str) -> np.ndarray:
    """Return one field of every recorded step and market, (n_records, n_markets)."""
    recorder = built.model.cast.recorder
    return recorder.columns[: len(recorder.steps), :, FIELDS.index(field)]


def bare_path(built: Built, asset: int) -> np.ndarray:
    """Return the outside price of an asset by its path alone, with the shocks that struck it."""
    scenario, clock = built.plan.scenario, built.plan.scenario.clock
    name = built.model.world.assets[asset]
    path = scenario.assets[name].price.build().open()
    path.prepare(Streams(SEED), f"price/{name}", clock.steps, clock.step_seconds)
    price, prices = path.initial_price, []
    scale, jump = np.ones(clock.steps), np.zeros(clock.steps)
    for record in built.strikes.records:
        shock = built.plan.scenario.shocks[record.number].shock()
        if isinstance(shock, VolatilityRegime) and shock.asset == name:
            scale[record.start_step : record.end_step] *= shock.multiplier
        if isinstance(shock, PriceJump) and shock.asset == name:
            jump[record.start_step] += log1p(shock.size)
    for step in range(clock.steps):
        price *= exp(path.step_return(step, float(scale[step])) + float(jump[step]))
        prices.append(price)
    return np.array(prices)


@every_scenario
@pytest.mark.parametrize("without", [CHANNELS, ("impact",)], ids=["all cut", "impact cut"])
def test_without_feedback_the_outside_price_is_its_path_to_the_last_bit(
    name: str, without: tuple[str, ...]
) -> None:
    built = played(name, without)
    outside = recorded(built, "outside")
    np.testing.assert_array_equal(outside, recorded(built, "exogenous"))
    column = 0
    for venue in built.model.world.venues:
        for market in venue.markets:
            asset = market.instrument.underlying
            if built.model.world.outside.assets[asset].peg == NONE:
                np.testing.assert_array_equal(outside[:, column], bare_path(built, asset))
            column += 1


@every_scenario
def test_the_undisturbed_path_is_the_same_whatever_happens_in_the_model(name: str) -> None:
    whole = recorded(played(name), "exogenous")
    cut = recorded(played(name, ("impact",)), "exogenous")
    np.testing.assert_array_equal(whole, cut[: len(whole)])


def test_forced_trades_do_move_the_price_where_impact_is_on() -> None:
    built = played("oracle_compromise")
    assert (recorded(built, "outside") < 0.99 * recorded(built, "exogenous")).any()


def test_without_oracle_error_no_feed_is_ever_false() -> None:
    assert recorded(played("oracle_compromise"), "false_price").any()
    assert not recorded(played("oracle_compromise", ("oracle_error",)), "false_price").any()


def test_the_venue_that_never_used_the_bad_feed_is_hurt_through_impact_alone() -> None:
    def liquidated(built: Built) -> float:
        events = built.model.world.events
        mine = np.isin(events.column("kind"), (EventKind.LIQUIDATION, EventKind.TAKEOVER))
        other = built.plan.venues["perp_b"]
        return float(events.column("usd")[mine & (events.column("venue") == other)].sum())

    hurt, spared = played("oracle_compromise"), played("oracle_compromise", ("impact",))
    assert liquidated(hurt) > 5.0 * liquidated(spared)


@every_scenario
def test_causes_come_first_and_generations_follow_the_rule(name: str) -> None:
    events = played(name).model.world.events
    cause, kind = events.column("cause"), events.column("kind")
    generation, step = events.column("generation"), events.column("step")
    ids = np.arange(cause.size)
    assert (cause < ids).all()
    assert (np.diff(step) >= 0).all()
    caused = cause != NONE
    above = np.where(caused, generation[cause], 0)
    np.testing.assert_array_equal(generation, above + np.isin(kind, BREEDING))


SECOND_HAND = (
    EventKind.DISPOSAL,
    EventKind.ADL,
    EventKind.ARBITRAGE,
    EventKind.INSURANCE,
    EventKind.SOCIALISED_LOSS,
    EventKind.CURE,
)
"""Kinds that only pass on what an earlier event began: they cannot stand alone."""


@every_scenario
def test_what_passes_a_loss_or_a_position_on_has_a_parent(name: str) -> None:
    events = played(name).model.world.events
    kind, cause = events.column("kind"), events.column("cause")
    keepers = (kind == EventKind.COLLATERAL_SALE) & (events.column("venue") == NONE)
    assert (cause[np.isin(kind, SECOND_HAND) | keepers] != NONE).all()


def roots(world: World, ids: np.ndarray) -> np.ndarray:
    """Walk every event up to the first of its chain."""
    cause = world.events.column("cause")
    while (cause[ids] != NONE).any():
        ids = np.where(cause[ids] != NONE, cause[ids], ids)
    return ids


def test_every_forced_trade_of_a_compromise_ends_at_the_shock_or_in_the_world_outside() -> None:
    world = played("oracle_compromise").model.world
    kind, channel = world.events.column("kind"), world.events.column("channel")
    forced = np.flatnonzero(np.isin(kind, (*FORCED, EventKind.TAKEOVER)))
    first = roots(world, forced)
    by_shock = kind[first] == EventKind.SHOCK
    honest = kind[first] == EventKind.ORACLE_UPDATE
    exogenous = np.isin(channel[first], (Channel.EXOGENOUS, Channel.BEHAVIOUR))
    assert (by_shock | honest | exogenous).all()
    assert by_shock.mean() > 0.8, "nearly all of it is the attacker's work"
    attacked = np.flatnonzero(kind == EventKind.SHOCK)[0]
    early = forced[forced < attacked]
    assert not by_shock[: early.size].any()


def test_a_later_generation_is_caused_by_an_earlier_one() -> None:
    levered = "leverage={lognormal: [7, 0.6], between: [1, 40]}"
    thin = "assets.ALT.outside.daily_volume_usd=5.0e5"
    crowded = small("oracle_compromise", f"longs_a.{levered}", f"longs_b.{levered}", thin)
    built = build(crowded, SEED)
    built.model.run()
    events = built.model.world.events
    assert events.column("generation").max() >= 3
    liquidations = np.flatnonzero(events.column("kind") == EventKind.LIQUIDATION)
    deep = liquidations[events.column("generation")[liquidations] >= 2]
    parents = events.column("kind")[events.column("cause")[deep]]
    assert deep.size
    assert (parents != EventKind.SHOCK).all()
