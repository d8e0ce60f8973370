"""The whole model of a scenario, ready to run."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agents.base import Desk
from scenarios.build.credit import make_credit
from scenarios.build.outside import FeedPair, make_feed, make_outside
from scenarios.build.people import (
    Setting,
    balance_positions,
    make_crowd,
    make_institution,
    make_pledges,
)
from scenarios.build.plan import Plan
from scenarios.build.strikes import Strikes
from scenarios.build.venues import make_venue
from scenarios.schema import Scenario
from scenarios.shocks.roles import Stage
from scenarios.shocks.timeline import ShockTimeline
from sim.balance import Balance
from sim.causes import Ripples
from sim.dials import Dials
from sim.events import EventLog
from sim.model import MarketModel
from sim.outside import Outside
from sim.record import Recorder
from sim.rules import Cuts
from sim.sight import Sight
from sim.step import Actor, Cast
from sim.streams import Streams
from sim.world import History, World


@dataclass(frozen=True, slots=True)
class Built:
    """A model and what is needed to read its results.

    Parameters
    ----------
    model : ready to run.
    plan : the indices that names have got.
    strikes : shocks as they happen.
    desks : agents by name.
    """

    model: MarketModel
    plan: Plan
    strikes: Strikes
    desks: Mapping[str, Desk[object]]


def build(scenario: Scenario, seed: int, *, check: bool = False) -> Built:
    """Return the model of a scenario under a seed.

    Parameters
    ----------
    scenario : what to build.
    seed : of all randomness.
    check : whether books are checked after every step; slow, for tests and debugging.

    Raises
    ------
    ConfigError
        Where the numbers of the scenario do not go together.
    """
    plan, streams = Plan(scenario), Streams(seed)
    cuts = Cuts(**dict.fromkeys(scenario.without, True))
    model = MarketModel()
    outside = make_outside(plan, streams)
    venues = [make_venue(model, plan, outside, name) for name in scenario.venues]
    feeds = [
        make_feed(
            model,
            plan,
            streams,
            name,
            float(outside.price[plan.assets[feed.asset]]),
            exact=cuts.oracle_error,
        )
        for name, feed in scenario.feeds.items()
    ]
    for parts in venues:
        parts.requirements.frozen = cuts.margin_update
    wallets = np.zeros((len(plan.assets), len(plan.entities)))
    here = Setting(plan, outside, streams, tuple(parts.venue for parts in venues), wallets)
    desks = {name: make_institution(model, here, name) for name in scenario.institutions}
    desks |= {name: make_crowd(model, here, name) for name in scenario.crowd}
    balance_positions(here)
    world = _make_world(plan, streams, cuts, here, feeds)
    world.pledges = make_pledges(here, cut=cuts.rehypothecation)
    make_credit(here, world)
    strikes = _make_strikes(world, plan, feeds, desks)
    model.world = world
    model.cast = Cast(
        actors=tuple[Actor, ...](desks.values()),
        engines=tuple(parts.engine for parts in venues),
        requirements=tuple(parts.requirements for parts in venues),
        feeds=tuple(pair.feed for pair in feeds),
        shocks=strikes,
        sight=Sight.of(world),
        recorder=Recorder.of(world, scenario.record_every_steps),
    )
    if check:
        model.check = Balance.of(world)
    return Built(model, plan, strikes, desks)


def _make_world(
    plan: Plan, streams: Streams, cuts: Cuts, here: Setting, feeds: list[FeedPair]
) -> World:
    """Return the world before its first step."""
    clock = plan.scenario.clock
    outside: Outside = here.outside
    n = len(plan.assets)
    return World(
        clock=clock,
        streams=streams,
        cuts=cuts,
        assets=tuple(plan.assets),
        outside=outside,
        entities=plan.entities,
        wallets=here.wallets,
        venues=here.venues,
        feeds=tuple(pair.state for pair in feeds),
        pledges=(),
        dials=Dials.neutral(n, len(here.venues)),
        events=EventLog(),
        pressure=tuple(Ripples(3600.0 * asset.depth.half_life_hours) for asset in outside.assets),
        history=History(
            np.zeros((clock.steps, n)),
            tuple(np.zeros((clock.steps, len(venue.markets))) for venue in here.venues),
        ),
    )


def _make_strikes(
    world: World, plan: Plan, feeds: list[FeedPair], desks: Mapping[str, Desk[object]]
) -> Strikes:
    """Return the shocks of a scenario, with the strings that they pull."""
    failing: list[str] = []
    stage = Stage(
        dials=world.dials,
        outside=world.outside.price,
        assets=plan.assets,
        venues=plan.venues,
        feeds={pair.state.name: pair.feed for pair in feeds},
        desks={name: desks[name] for name in plan.scenario.institutions},
        default=failing.append,
    )
    timeline = ShockTimeline(plan.scenario.timed_shocks(), plan.scenario.clock)
    return Strikes(world, plan.scenario, stage, timeline, failing, plan.entity)
