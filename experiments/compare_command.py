"""The command ``marginquake compare``."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.compare.question import Question

EPILOG = """\
examples:
  marginquake compare volatility_spike --policies fixed,ewma,"ewma+floor","ewma+speed" --seeds 30
  marginquake compare crash_and_recovery --policies "fixed,hs:window=500,garch" --normalise mean

A policy string is a policy and the tools laid over it, innermost first: ewma:lambda=0.97+floor.
Interrupted with Ctrl-C and started again, a comparison goes on where it stopped.
"""
DESCRIPTION = """\
Run margin policies in one market on the same seeds, with feedback, and report paired differences
with intervals: what each costs, what it saves, and how much its margin moves."""


def add_compare(parser: ArgumentParser) -> None:
    """Add the arguments of ``compare``."""
    add = parser.add_argument
    add("scenario", help="name in the library, or path of a YAML file")
    add("--policies", required=True, metavar="LIST", help="policy strings with commas between")
    add("--seeds", type=int, default=30, help="how many seeds, the same for all (default 30)")
    add(
        "--normalise",
        default="mean,cap",
        metavar="LIST",
        help="make policies comparable: mean (same mean margin), cap (same highest margin), "
        "none (as they are); default mean,cap",
    )
    add("--baseline", metavar="POLICY", help="what the others are set against (default the first)")
    add("--cap", type=float, help="highest margin under cap, share of notional")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change a value of the scenario first; may be repeated",
    )
    add("--without", action="append", default=[], metavar="CHANNEL", help="cut a channel")
    add("--workers", type=int, help="processes (default: all processors)")
    add(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="FOLDER",
        help="where results go (default results/)",
    )
    add("--quiet", action="store_true", help="show no progress")
    parser.set_defaults(command=compare_policies)


def compare_policies(options: Namespace) -> None:
    """Compare policies, save what came of it, and print the ranked table."""
    from experiments.compare.compare import conduct, folder_of
    from experiments.comparison_report import ranking_text, save
    from experiments.progress import Bar

    asked = _question(options)
    folder = folder_of(asked, options.out)
    try:
        with Bar(quiet=options.quiet) as bar:
            found = conduct(asked, workers=options.workers, progress=bar.show, results=options.out)
            bar.say("writing results")
            save(found, folder)
    except KeyboardInterrupt as interruption:
        kept = f"finished runs are kept in {folder}, and the same command goes on from there"
        raise KeyboardInterrupt(kept) from interruption
    print(ranking_text(found))
    print(f"\nresults  {folder}/\nreport   {folder / 'report.html'}")


def _question(options: Namespace) -> "Question":
    """Return what is asked; tell what is wrong with it, the workers and the folder at once."""
    from experiments.compare.question import question
    from experiments.store import refuse_taken
    from sim.errors import ConfigError, UserError

    problems: list[str] = []
    if options.workers is not None and options.workers < 1:
        problems.append(f"--workers must be >= 1, not {options.workers}")
    try:
        refuse_taken(options.out)
    except UserError as error:
        problems.append(str(error))
    try:
        asked = question(
            options.scenario,
            options.policies,
            options.seeds,
            normalise=[each.strip() for each in options.normalise.split(",") if each.strip()],
            baseline=options.baseline,
            cap=options.cap,
            settings=options.settings,
            without=options.without,
        )
    except ConfigError as error:
        raise ConfigError(*error.problems, *problems) from None
    if problems:
        raise ConfigError(*problems)
    return asked
