"""The outside market and the feeds that read it."""

from dataclasses import dataclass

from oracles.base import Model
from oracles.feed import Feed, FeedSettings
from oracles.reporters import Panel, Reporter
from scenarios.build.plan import Plan
from scenarios.schema import Feed as FeedSection
from sim.arrays import NONE
from sim.outside import Outside, OutsideAsset, OutsideDepth
from sim.streams import Streams
from sim.world import FeedState

OUTSIDE = "outside"


def make_outside(plan: Plan, streams: Streams) -> Outside:
    """Return the outside market with all paths drawn."""
    clock = plan.scenario.clock
    assets = [OutsideAsset("USD", None, OutsideDepth())]
    for name, asset in plan.scenario.assets.items():
        path = asset.price.build().open()
        path.prepare(streams, f"price/{name}", clock.steps, clock.step_seconds)
        peg = NONE if asset.peg is None else plan.assets[asset.peg]
        assets.append(OutsideAsset(name, path, asset.outside, peg))
    return Outside(tuple(assets))


@dataclass(frozen=True, slots=True)
class FeedPair:
    """A feed as an agent, and what the world remembers of it."""

    feed: Feed
    state: FeedState


def make_feed(
    model: Model, plan: Plan, streams: Streams, name: str, price: float, *, exact: bool
) -> FeedPair:
    """Return one feed, registered with the model, as it stands before the first step."""
    section = plan.scenario.feeds[name]
    markets = sorted({source.market for source in section.sources.values()})
    panel = Panel(name, _reporters(section), markets, plan.scenario.clock, streams)
    settings = FeedSettings(
        heartbeat_seconds=section.heartbeat_seconds,
        deviation=section.deviation,
        lag_steps=section.lag_steps,
        quorum=section.quorum,
    )
    feed = Feed(model, panel, section.aggregator.build(), settings, exact=exact)
    sources = tuple(_source(plan, market) for market in markets)
    return FeedPair(feed, FeedState(name, plan.assets[section.asset], sources, price))


def _reporters(section: FeedSection) -> list[Reporter]:
    """Return the reporters of a feed."""
    return [
        Reporter(
            name=name,
            source=source.market,
            noise=source.noise,
            delay_seconds=source.delay_seconds,
            outage_probability=source.outage_probability,
            outage_seconds=source.outage_seconds,
            stake=source.stake,
        )
        for name, source in section.sources.items()
    ]


def _source(plan: Plan, market: str) -> tuple[int, int]:
    """Return venue and instrument of what a reporter reads, ``NONE`` twice for the outside."""
    if market == OUTSIDE:
        return NONE, NONE
    venue, instrument = market.split("/", 1)
    return plan.venues[venue], plan.instrument(venue, instrument)
