"""The commands ``marginquake run`` and ``marginquake report``."""

from argparse import ArgumentParser, Namespace
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.record import Run
    from scenarios.schema import Scenario

CHANNELS = (
    *("impact", "oracle_error", "margin_update", "behaviour", "rehypothecation"),
    "network",
)
"""The channels that can be cut, named here too so that help needs nothing heavy."""
DESCRIPTION = "Run a scenario of the library or a file, and write results and report."
EPILOG = """\
examples:
  marginquake run oracle_compromise --seed 7 --set margin.policy=ewma
  marginquake run volatility_spike --without impact
  marginquake run black_thursday --prices bars.csv --start 2020-03-11 --end 2020-03-15"""
REPORT_DESCRIPTION = "Rebuild report.html, the figures and the summary of a finished run."
REPORT_EPILOG = "example:\n  marginquake report results/calm/1f0c9a2b3d4e-0"


def add_run(parser: ArgumentParser) -> None:
    """Add the arguments of ``run``."""
    add = parser.add_argument
    add("scenario", help="name in the library, or path of a YAML file")
    add("--seed", type=int, default=0, help="of all randomness (default 0)")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change a value, e.g. margin.policy=ewma; may be repeated",
    )
    add(
        "--without",
        action="append",
        default=[],
        metavar="CHANNEL",
        help=f"cut a channel: {', '.join(CHANNELS)}; may be repeated",
    )
    add(
        "--prices",
        type=Path,
        metavar="FILE",
        help="CSV of bars (timestamp, open, high, low, close; UTC) for the outside price",
    )
    add("--start", help="first moment of the bars to use, UTC")
    add("--end", help="end of the bars to use, UTC, not included")
    add("--asset", help="asset that the bars price (default: the first)")
    add(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="FOLDER",
        help="where results go (default results/)",
    )
    add("--no-twin", action="store_true", help="do not run the twin without impact")
    add("--no-report", action="store_true", help="write tables and summary only")
    add("--check", action="store_true", help="check after every step that books balance")
    add("--quiet", action="store_true", help="show no progress")
    parser.set_defaults(command=run_scenario)


def add_report(parser: ArgumentParser) -> None:
    """Add the arguments of ``report``."""
    parser.add_argument("folder", type=Path, help="folder of the run")
    parser.set_defaults(command=rebuild_report)


def run_scenario(options: Namespace) -> None:
    """Run a scenario, save it, and print what came of it."""
    from experiments.progress import Bar
    from experiments.run import prepare, run
    from experiments.store import folder_of, refuse_taken
    from experiments.summary_text import summary_text

    scenario = _with_prices(
        prepare(options.scenario, settings=options.settings, without=options.without), options
    )
    refuse_taken(options.out)
    with Bar(quiet=options.quiet) as bar:
        done = run(
            scenario,
            options.seed,
            twin=not options.no_twin,
            check=options.check,
            progress=bar.show,
            workers=cpu_count() or 1,
        )
        bar.say("writing results")
        folder = done.save(folder_of(done, options.out), report=not options.no_report)
    print(summary_text(done))
    _print_places(folder, done)


def rebuild_report(options: Namespace) -> None:
    """Rebuild what is derived from a finished run."""
    from experiments.record import load
    from experiments.store import refuse_taken
    from experiments.summary_text import summary_text

    run = load(options.folder)
    refuse_taken(options.folder.absolute().parent, "the run's folder stands in")
    run.save(options.folder)
    print(summary_text(run))
    _print_places(options.folder, run)


def _with_prices(scenario: "Scenario", options: Namespace) -> "Scenario":
    """Replace the outside price by bars of a file, where one is given."""
    from scenarios.prices import with_prices
    from sim.errors import ConfigError

    if options.prices is None:
        stray = [name for name in ("start", "end", "asset") if getattr(options, name) is not None]
        if stray:
            raise ConfigError(f"--{', --'.join(stray)}: only together with --prices FILE")
        return scenario
    return with_prices(scenario, options.prices, options.start, options.end, options.asset)


def _print_places(folder: Path, run: "Run") -> None:
    """Say where things are."""
    print(f"\nresults  {folder}/")
    if (folder / "report.html").exists():
        print(f"report   {folder / 'report.html'}")
    print(f"state    {str(run.manifest['state_hash'])[:16]}")
