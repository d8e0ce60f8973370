"""A day of a whole market on one core: ``python -m benchmarks.whole_loop``.

The library's oracle compromise with its 20,000 traders split into 100,000 smaller ones, and a
day of 10 s steps: three venues, two of them with order books, the attack and its cascade in
it. Seconds are the process's own, which others on the machine lengthen less than those on
the wall; the plain loop is measured in the same process, at fewer traders and steps.
"""

from argparse import ArgumentParser
from dataclasses import dataclass
from time import perf_counter, process_time

import numpy as np

from benchmarks.plain_loop import plain_seconds
from scenarios.build import build
from scenarios.load import load
from scenarios.schema import Scenario

NAME = "oracle_compromise"
TRADERS, STEPS = 100_000, 8_640
WARM_UP_STEPS = 30


@dataclass(frozen=True, slots=True)
class Day:
    """What a run took.

    Parameters
    ----------
    seconds, wall : of all steps, the process's own and on the wall.
    steps : milliseconds of each step.
    traders, accounts, events : how many there were.
    """

    seconds: float
    wall: float
    steps: np.ndarray
    traders: int
    accounts: int
    events: int


def scenario_of(traders: int, steps: int) -> Scenario:
    """Return the scenario with each trader split into smaller ones, and so many steps.

    Money is split with the traders, so that the market as a whole stays the same.
    """
    base = load(NAME)
    factor = traders / sum(crowd.accounts for crowd in base.crowd.values())
    settings = [f"steps={steps}"]
    for name, crowd in base.model_dump()["crowd"].items():
        settings.append(f"crowd.{name}.accounts={round(crowd['accounts'] * factor)}")
        match crowd["cash_usd"]:
            case {"lognormal": [median, sigma]}:
                settings.append(
                    f"crowd.{name}.cash_usd={{lognormal: [{median / factor}, {sigma}]}}"
                )
            case _:
                pass  # carry traders have what they carry
    return load(NAME, settings)


def run_day(scenario: Scenario, seed: int = 7) -> Day:
    """Run every step and time it."""
    warm = build(scenario, seed).model
    for _ in range(WARM_UP_STEPS):
        warm.step()
    model = build(scenario, seed).model
    world = model.world
    spans = np.empty(scenario.steps)
    begun = perf_counter()
    for step in range(scenario.steps):
        start = process_time()
        model.step()
        spans[step] = process_time() - start
    return Day(
        seconds=float(spans.sum()),
        wall=perf_counter() - begun,
        steps=1e3 * spans,
        traders=sum(crowd.accounts for crowd in scenario.crowd.values()),
        accounts=sum(venue.accounts.count for venue in world.venues),
        events=world.events.count,
    )


def main() -> None:
    """Measure and print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of the whole loop")
    parser.add_argument("--traders", type=int, default=TRADERS)
    parser.add_argument("--plain-traders", type=int, default=10_000)
    parser.add_argument("--plain-steps", type=int, default=50)
    options = parser.parse_args()
    day = run_day(scenario_of(options.traders, options.steps))
    plain = float(
        np.median([plain_seconds(options.plain_traders, options.plain_steps) for _ in range(3)])
    )
    one = day.seconds / (day.traders * options.steps)
    whole = plain * TRADERS * STEPS
    print(f"{day.traders:,} traders, 3 venues, {options.steps:,} steps of 10 s, one core")
    rows = [
        ("seconds (process)", f"{day.seconds:.1f}"),
        ("seconds on the wall, with others on the machine", f"{day.wall:.1f}"),
        (f"seconds for {TRADERS:,} x {STEPS:,}, at this pace", f"{one * TRADERS * STEPS:.1f}"),
        ("milliseconds a step, median", f"{np.median(day.steps):.2f}"),
        ("milliseconds a step, 99 of 100 below", f"{np.quantile(day.steps, 0.99):.2f}"),
        ("milliseconds of the longest step", f"{day.steps.max():.1f}"),
        ("events", f"{day.events:,}"),
        ("trader-steps a second", f"{1.0 / one:,.0f}"),
        ("trader-steps a second, one mesa object a trader", f"{1.0 / plain:,.0f}"),
        ("  that loop for the whole, seconds", f"{whole:,.0f}"),
        ("  times slower, with no book, oracle, lender or record", f"{plain / one:.1f}"),
    ]
    for what, number in rows:
        print(f"  {what:<56}{number:>16}")
    print("\nwanted: at most 60 s on one core")


if __name__ == "__main__":
    main()
