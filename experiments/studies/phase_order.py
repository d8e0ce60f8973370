"""What becomes of a crash if traders act before liquidations, and not after."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from os import cpu_count

import numpy as np
import pandas as pd

from experiments.figures.style import (
    BLUE,
    GREY,
    Picture,
    headline,
    in_percent,
    in_style,
    in_usd,
    picture,
)
from experiments.studies.compromise import compromise
from experiments.studies.intervals import interval
from experiments.studies.study import Claim, Effort, Findings
from scenarios.build import build
from scenarios.schema import Scenario
from sim import step
from sim.arrays import Floats
from sim.events import BREEDING
from sim.step import Cast
from sim.world import World

QUESTION = "What does it change if traders and makers act before liquidations, and not after?"
SEEDS = 12
ALIKE = 0.2
"""Sizes of the cascade that differ by less than this share tell the same story."""
READ = {
    "liquidated_usd": ("liquidated, m USD", 1e-6),
    "loss_usd": ("booked losses of the liquidated, m USD", 1e-6),
    "price_fall": ("fall of the price, %", 100.0),
    "generations": ("generations", 1.0),
}

type Phases = Callable[[World, Cast], None]


def liquidate_first(world: World, cast: Cast) -> None:
    """Run the market phases in the order of ``sim.step``."""
    step.liquidate(world, cast)
    step.respond(world, cast)


def respond_first(world: World, cast: Cast) -> None:
    """Run the market phases the other way round."""
    step.respond(world, cast)
    step.liquidate(world, cast)


ORDERS: dict[str, Phases] = {"liquidate first": liquidate_first, "respond first": respond_first}


def advance(world: World, cast: Cast, market_phases: Phases) -> None:
    """Let one step pass as ``sim.step.advance`` does, the market phases in a given order."""
    cast.shocks.strike(world.step)
    step.drift(world)
    step.publish(world, cast)
    step.mark(world, cast)
    if world.halted:
        return
    step.call(world, cast)
    step.cure(world, cast)
    market_phases(world, cast)
    step.absorb(world)
    step.clear(world)
    step.record(world, cast)
    world.step += 1


def conduct(effort: Effort) -> Findings:
    """Run the same seeds in both orders."""
    jobs = [(order, seed) for order in ORDERS for seed in effort.seeds(SEEDS)]
    found = _all(partial(play_in_order, compromise()), jobs, effort)
    runs = pd.DataFrame(found)
    return Findings(runs, _table(runs), _claims(runs), draw(runs))


def play_in_order(scenario: Scenario, job: tuple[str, int]) -> dict[str, object]:
    """Run a scenario with the market phases in one order; return what came of it."""
    order, seed = job
    built = build(scenario, seed)
    world, cast = built.model.world, built.model.cast
    asset = built.plan.assets[scenario.main_asset]
    prices = [float(world.outside.price[asset])]
    while world.step < world.clock.steps and not world.halted:
        advance(world, cast, ORDERS[order])
        prices.append(float(world.outside.price[asset]))
    events = world.events
    taken = np.isin(events.column("kind"), [int(kind) for kind in BREEDING])
    fall = 1.0 - np.array(prices) / np.maximum.accumulate(prices)
    return {
        "order": order,
        "seed": seed,
        "liquidated_usd": float(events.column("usd")[taken].sum()),
        "loss_usd": float(events.column("loss")[taken].sum()),
        "price_fall": float(fall.max()),
        "generations": float(events.column("generation")[taken].max(initial=0)),
    }


def _all(
    one: Callable[[tuple[str, int]], dict[str, object]],
    jobs: Sequence[tuple[str, int]],
    effort: Effort,
) -> list[dict[str, object]]:
    """Run all jobs over the workers, in their order."""
    workers = effort.workers or cpu_count() or 1
    if workers == 1:
        return [one(job) for job in jobs]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        found = []
        for result in pool.map(one, jobs):
            found.append(result)
            if effort.progress is not None:
                effort.progress("runs", len(found), len(jobs))
        return found


def _of(runs: pd.DataFrame, order: str, column: str) -> Floats:
    """Return a column of one order, by seed."""
    return runs[runs["order"] == order].sort_values("seed")[column].to_numpy(np.float64)


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return both orders and their paired difference."""
    rows = []
    for column, (text, scale) in READ.items():
        first, other = (_of(runs, order, column) for order in ORDERS)
        rows.append(
            {"": text}
            | {
                order: interval(values).write(".2f", scale)
                for order, values in zip(ORDERS, (first, other), strict=True)
            }
            | {"difference, paired": interval(other - first).write("+.2f", scale)}
        )
    return pd.DataFrame(rows)


def _claims(runs: pd.DataFrame) -> tuple[Claim, ...]:
    """Judge whether the order is a detail."""
    first, other = (_of(runs, order, "liquidated_usd") for order in ORDERS)
    change = interval((other - first) / first.mean())
    return (
        Claim(
            f"The order of the two phases moves the mean cascade by less than {100 * ALIKE:.0f} %.",
            change.low > -ALIKE and change.high < ALIKE,
            f"respond first against liquidate first, paired: {change.write('+.1f', 100, ' %')}",
        ),
    )


def draw(runs: pd.DataFrame) -> Picture:
    """Draw each seed in both orders."""
    with in_style():
        figure = picture(2.6)
        headline(figure, "Traders before or after liquidations: the same seeds, both orders")
        for ax, column in zip(figure.subplots(1, 2), ("liquidated_usd", "price_fall"), strict=True):
            first, other = (_of(runs, order, column) for order in ORDERS)
            ax.plot(first, other, "o", ms=4, color=BLUE, mew=0, alpha=0.7)
            ends = [float(min(first.min(), other.min())), float(max(first.max(), other.max()))]
            ax.plot(ends, ends, "--", color=GREY, lw=0.8)
            ax.set_xlabel("liquidate first (as it is)")
            ax.set_ylabel("respond first")
            ax.locator_params(nbins=4)
        for ax, title, form in zip(
            figure.axes, ("liquidated, USD", "fall of the price"), (in_usd, in_percent), strict=True
        ):
            ax.set_title(title)
            form(ax.xaxis)
            form(ax.yaxis)
    return figure
