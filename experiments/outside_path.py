"""Prices on the outside market as they would be without anybody in the model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scenarios.build.outside import make_outside
from scenarios.build.plan import Plan
from scenarios.schema import Scenario
from scenarios.shocks.roles import DeskLike, FeedLike, Stage
from scenarios.shocks.timeline import ShockTimeline
from sim.arrays import Floats
from sim.dials import Dials
from sim.outside import Outside
from sim.streams import Streams


@dataclass(frozen=True, slots=True, eq=False)
class OutsidePath:
    """The exogenous world of a scenario under a seed.

    Parameters
    ----------
    assets : row of each asset in the columns of ``prices``.
    venues : row of each venue in the columns of ``margin``.
    prices : (steps, n_assets) USD after each step, shocks to prices included.
    initial : (n_assets,) USD before step 0.
    margin : (steps, n_venues) by what shocks multiply requirements.
    outside : the market itself, to be asked for what was before the run.
    """

    assets: Mapping[str, int]
    venues: Mapping[str, int]
    prices: Floats
    initial: Floats
    margin: Floats
    outside: Outside

    def past(self, asset: str, count: int, interval_seconds: float) -> Floats:
        """Return log returns of an asset from before the run, oldest first, (count,)."""
        path = self.outside.assets[self.assets[asset]].path
        return (
            path.history(count, interval_seconds) if path is not None and count else np.zeros(count)
        )


class _Deaf:
    """A feed or an institution on which no shock has any effect."""

    def attack(self, attack: object) -> None:
        """Go on as before."""

    def release(self, attack: object) -> None:
        """Go on as before."""

    def command(self, order: str, **values: object) -> None:
        """Go on as before."""


def outside_prices(scenario: Scenario, seed: int) -> OutsidePath:
    """Return the outside prices of a run with every channel of feedback cut, bit for bit.

    No agent is asked, no order is matched: the price paths are drawn, and what shocks do to
    prices and requirements is done to them.

    Parameters
    ----------
    scenario : whose world.
    seed : of all randomness.
    """
    plan = Plan(scenario)
    outside = make_outside(plan, Streams(seed))
    dials = Dials.neutral(len(plan.assets), len(plan.venues))
    deaf = _Deaf()
    feeds: dict[str, FeedLike] = dict.fromkeys(scenario.feeds, deaf)
    desks: dict[str, DeskLike] = dict.fromkeys(scenario.institutions, deaf)
    stage = Stage(
        dials=dials,
        outside=outside.price,
        assets=plan.assets,
        venues=plan.venues,
        feeds=feeds,
        desks=desks,
        default=lambda _: None,
    )
    timeline = ShockTimeline(scenario.timed_shocks(), scenario.clock)
    initial = outside.price.copy()
    prices = np.empty((scenario.steps, len(plan.assets)))
    margin = np.empty((scenario.steps, len(plan.venues)))
    for step in range(scenario.steps):
        timeline.strike(step, stage)
        outside.drift(step, scenario.step_seconds, dials.jump, dials.volatility, dials.peg)
        dials.jump[:] = 0.0
        prices[step], margin[step] = outside.price, dials.margin
    return OutsidePath(plan.assets, plan.venues, prices, initial, margin, outside)
