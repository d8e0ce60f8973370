"""The step in which a fifth of 100,000 accounts fails: ``python -m benchmarks.crash_step``.

Their positions are closed by orders in the book, with every call, order, fill, fee and event
that belongs to it. Milliseconds are the process's own; the median of several worlds.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np

from scenarios.build import build
from scenarios.load import load
from sim import step
from sim.events import EventKind
from sim.step import Cast
from sim.world import World

SCENARIO = Path(__file__).with_name("crash_step.yaml")
CRASH_STEP = 30
PHASES: dict[str, Callable[[World, Cast], None]] = {
    "publish": step.publish,
    "mark": step.mark,
    "call": step.call,
    "cure": step.cure,
    "liquidate": step.liquidate,
    "respond": step.respond,
    "absorb": lambda world, _: step.absorb(world),
    "clear": lambda world, _: step.clear(world),
    "record": step.record,
}
CRASH = ("call", "liquidate")
"""Phases that find who fails, and close them."""


def crash(seed: int) -> tuple[dict[str, float], int, int, int]:
    """Return milliseconds a phase, accounts, accounts liquidated, and fills of the book."""
    model = build(load(SCENARIO), seed).model
    world, cast = model.world, model.cast
    for _ in range(CRASH_STEP):
        model.step()
    first = world.events.count
    spans = {}
    begun = process_time()
    cast.shocks.strike(world.step)
    step.drift(world)
    spans["strike and drift"] = 1e3 * (process_time() - begun)
    for name, phase in PHASES.items():
        begun = process_time()
        phase(world, cast)
        spans[name] = 1e3 * (process_time() - begun)
    kinds = world.events.column("kind")[first:]
    traded = kinds == int(EventKind.LIQUIDATION)
    accounts = world.events.column("account")[first:][traded]
    return spans, world.venues[0].accounts.count, np.unique(accounts).size, int(traded.sum())


def main() -> None:
    """Measure and print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    crash(0)  # compile, or read the compiled code
    found = [crash(seed) for seed in range(1, options.repeats + 1)]
    accounts, liquidated = found[0][1], int(np.median([each[2] for each in found]))
    orders = int(np.median([each[3] for each in found]))
    print(f"{accounts:,} accounts, {liquidated:,} of them liquidated by {orders:,} trades")
    totals = np.array([list(spans.values()) for spans, _, _, _ in found])
    for name, span in zip(found[0][0], np.median(totals, axis=0), strict=True):
        print(f"  {name:<40}{span:>10.2f} ms")
    margin = np.median([sum(spans[name] for name in CRASH) for spans, _, _, _ in found])
    print(f"  {'whole step':<40}{np.median(totals.sum(axis=1)):>10.2f} ms")
    print(f"  {'of it: calls and liquidations':<40}{margin:>10.2f} ms")
    print("\nwanted: at most 50 ms; a published C++ engine: 195 ms")


if __name__ == "__main__":
    main()
