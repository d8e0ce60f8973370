"""The command line: ``marginquake run``, ``compare``, ``margin`` and the others.

Nothing heavy is imported before it is known what is wanted, so that help comes at once.
"""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from experiments import compare_command, margin_command, network_command
from experiments.compare_command import add_compare
from experiments.margin_command import add_backtest, add_margin
from sim.errors import UserError

if TYPE_CHECKING:
    from experiments.record import Run
    from scenarios.schema import Scenario

USER_ERROR = 2
INTERRUPTED = 130
CHANNELS = (
    *("impact", "oracle_error", "margin_update", "behaviour", "rehypothecation"),
    "network",
)


class Parser(ArgumentParser):
    """An argument parser that keeps the examples as they are laid out."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", RawDescriptionHelpFormatter)
        super().__init__(**options)  # type: ignore[arg-type]  # argparse's own keywords

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, point to the help, and exit with 2."""
        self.exit(USER_ERROR, f"{self.prog}: {message}\nsee {self.prog} --help\n")


def build_parser() -> ArgumentParser:
    """Return the parser with every command."""
    parser = Parser(
        prog="marginquake",
        description="Let a shock loose on a crypto-derivatives market and trace the damage.",
        epilog="example:\n  marginquake run oracle_compromise --seed 7 --set margin.policy=ewma",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_run(
        commands.add_parser(
            "run",
            help="run a scenario and write its results",
            description="Run a scenario of the library or a file, and write results and report.",
            epilog=(
                "examples:\n"
                "  marginquake run oracle_compromise --seed 7 --set margin.policy=ewma\n"
                "  marginquake run volatility_spike --without impact\n"
                "  marginquake run black_thursday --prices bars.csv "
                "--start 2020-03-11 --end 2020-03-15"
            ),
        )
    )
    _add_scenarios(
        commands.add_parser(
            "scenarios",
            help="list, show and check scenarios",
            description="List the library, show one scenario in full, or check a file of your own.",
            epilog=(
                "examples:\n"
                "  marginquake scenarios\n"
                "  marginquake scenarios show calm\n"
                "  marginquake scenarios check mine.yaml"
            ),
        )
    )
    add_compare(
        commands.add_parser(
            "compare",
            help="compare margin policies on the same seeds",
            description=compare_command.DESCRIPTION,
            epilog=compare_command.EPILOG,
        )
    )
    add_margin(
        commands.add_parser(
            "margin",
            help="what margin policies ask for, without agents",
            description=margin_command.DESCRIPTION,
            epilog=margin_command.EPILOG,
        )
    )
    add_backtest(
        commands.add_parser(
            "backtest",
            help="test whether a policy's margin covered what it should",
            description=margin_command.BACKTEST_DESCRIPTION,
            epilog=margin_command.BACKTEST_EPILOG,
        )
    )
    network_command.add_network(
        commands.add_parser(
            "network",
            help="clear a network of exposures, or rank its entities",
            description=network_command.DESCRIPTION,
            epilog=network_command.EPILOG,
        )
    )
    report = commands.add_parser(
        "report",
        help="rebuild the report of a finished run",
        description="Rebuild report.html, the figures and the summary of a finished run.",
        epilog="example:\n  marginquake report results/calm/1f0c9a2b3d4e-0",
    )
    report.add_argument("folder", type=Path, help="folder of the run")
    report.set_defaults(command=_report)
    return parser


def _add_run(parser: ArgumentParser) -> None:
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
    parser.set_defaults(command=_run)


def _add_scenarios(parser: ArgumentParser) -> None:
    """Add the arguments of ``scenarios``."""
    parser.set_defaults(command=_list)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    show = actions.add_parser(
        "show",
        help="print one scenario with every default",
        epilog="example:\n  marginquake scenarios show calm",
    )
    show.add_argument("scenario", help="name in the library, or path of a file")
    show.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change a value first; may be repeated",
    )
    show.set_defaults(command=_show)
    check = actions.add_parser(
        "check",
        help="check a scenario file",
        epilog="example:\n  marginquake scenarios check mine.yaml",
    )
    check.add_argument("file", type=Path, help="path of a YAML file")
    check.set_defaults(command=_check)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, or 2 for a mistake of the user."""
    options = build_parser().parse_args(arguments)
    try:
        options.command(options)
    except UserError as error:
        problems = getattr(error, "problems", (str(error),))
        print("marginquake: " + "\n  ".join(problems), file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("\nmarginquake: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
    return 0


def _run(options: Namespace) -> None:
    """Run a scenario, save it, and print what came of it."""
    from experiments.progress import Bar
    from experiments.run import prepare, run
    from experiments.store import folder_of
    from experiments.summary_text import summary_text

    scenario = _with_prices(
        prepare(options.scenario, settings=options.settings, without=options.without), options
    )
    _refuse_taken(options.out)
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


def _refuse_taken(out: Path) -> None:
    """Say before a run, not after it, that its results cannot go where they should."""
    there = next(each for each in (out, *out.absolute().parents) if each.exists())
    if not there.is_dir():
        raise UserError(f"--out {out}: {there} is a file; results need a folder")


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


def _list(options: Namespace) -> None:  # noqa: ARG001 - every command takes the options
    """List the library."""
    from scenarios.load import load, names

    width = max(len(name) for name in names())
    for name in names():
        print(f"{name:{width}}  {load(name).title}")


def _show(options: Namespace) -> None:
    """Print a scenario, complete with defaults."""
    from scenarios.load import load

    print(load(options.scenario, options.settings).resolved_yaml(), end="")


def _check(options: Namespace) -> None:
    """Check a file, and build what it describes."""
    from scenarios.build import build
    from scenarios.load import load

    scenario = load(options.file)
    build(scenario, seed=0)
    print(f"{options.file}: a sound scenario, {scenario.title}")


def _report(options: Namespace) -> None:
    """Rebuild what is derived from a finished run."""
    from experiments.record import load
    from experiments.summary_text import summary_text

    run = load(options.folder)
    run.save(options.folder)
    print(summary_text(run))
    _print_places(options.folder, run)


if __name__ == "__main__":
    sys.exit(main())
