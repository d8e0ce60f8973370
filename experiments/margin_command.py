"""The commands ``marginquake margin`` and ``marginquake backtest``."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from experiments import margin_account_command

if TYPE_CHECKING:
    from pandas import DataFrame

    from experiments.margin_report import Figure
    from experiments.margin_study import MarginStudy, Progress
    from scenarios.venues import Margin
    from sim.price.closes import Closes

DESCRIPTION = "What margin policies ask for, with no agents to answer them."
EPILOG = """\
examples:
  marginquake margin path --policy ewma:lambda=0.97 --policy ewma+floor --prices closes.csv
  marginquake margin account docs/examples/covered_calls.yaml --policy span
"""
PATH_DESCRIPTION = """\
Feed margin policies with recorded prices, one requirement a bar, and show what each cost, how far
it swung, what it called for and what it covered. Every policy is fed as a run feeds it."""
PATH_EPILOG = """\
examples:
  marginquake margin path --policy ewma:lambda=0.97 --policy fixed --prices closes.csv
  marginquake margin path --policy "ewma+floor" --prices closes.csv --start 2019-01-01 \\
      --stress 2020-02-20..2020-05-01 --baseline "ewma+floor"
  marginquake margin path --policy ewma:floor=0 --prices index.csv --start 2020-01-02 \\
      --end 2020-07-01 --record margins.csv --symbol ES --multiplier 50

A policy string is a policy and the tools laid over it, innermost first: ewma:lambda=0.97+floor.
Prices are a CSV file with a column timestamp, time or date, and a column close or price."""
BACKTEST_DESCRIPTION = """\
Test whether a policy's margin covered what it was meant to cover: number and order of breaches,
the traffic light, and the depth of the tail, with verdicts in plain words."""
BACKTEST_EPILOG = """\
examples:
  marginquake backtest --policy ewma:lambda=0.97,floor=0 --prices closes.csv
  marginquake backtest --policy ewma+floor --prices closes.csv --start 2010-01-01 --side short"""


def add_margin(parser: ArgumentParser) -> None:
    """Add what can be done under ``margin``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    path = actions.add_parser(
        "path",
        help="margin along recorded prices: tables and pictures",
        description=PATH_DESCRIPTION,
        epilog=PATH_EPILOG,
    )
    add = path.add_argument
    add(
        "--policy",
        action="append",
        required=True,
        metavar="POLICY",
        dest="policies",
        help="e.g. ewma:lambda=0.97 or hs:window=500+floor; repeat to compare",
    )
    _add_prices(path)
    add("--stress", metavar="START..END", help="a labelled window for stressed calls, UTC")
    add("--baseline", metavar="POLICY", help="what cost is set against (default the first)")
    add(
        "--roc",
        metavar="POLICY",
        help="one parameter with several values, e.g. ewma:lambda=0.9/0.94/0.97: hits against "
        "false alarms along it",
    )
    add("--impulse", action="store_true", help="also the response to a doubling of volatility")
    add("--record", type=Path, metavar="FILE", help="CSV of what an exchange asked for, USD")
    add("--symbol", help="whose margin in the record")
    add("--multiplier", type=float, default=1.0, help="USD a point of the recorded contract")
    path.set_defaults(command=run_path)
    one = actions.add_parser(
        "account",
        help="what one portfolio must hold, by scenario, and why",
        description=margin_account_command.DESCRIPTION,
        epilog=margin_account_command.EPILOG,
    )
    margin_account_command.add_account(one)


def add_backtest(parser: ArgumentParser) -> None:
    """Add the arguments of ``backtest``."""
    parser.add_argument("--policy", required=True, metavar="POLICY", help="e.g. ewma:lambda=0.97")
    _add_prices(parser)
    parser.set_defaults(command=run_backtest)


def _add_prices(parser: ArgumentParser) -> None:
    """Add what prices and windows need."""
    add = parser.add_argument
    add("--prices", type=Path, required=True, metavar="FILE", help="CSV of bars or closes")
    add("--start", help="first margin, UTC (default: as soon as every policy is valid)")
    add("--end", help="end of the prices to use, UTC, not included")
    add(
        "--horizon-hours",
        type=float,
        metavar="H",
        help="margin period, and the horizon of policies that do not say theirs (default one bar)",
    )
    add("--side", choices=("long", "short"), default="long", help="of the position (default long)")
    add(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="FOLDER",
        help="where results go (default results/)",
    )
    add("--quiet", action="store_true", help="show no progress")


def run_path(options: Namespace) -> None:
    """Feed policies with prices, write what came of it, and print the table."""
    from experiments.margin_report import folder_of, frames_of, save, study_page
    from experiments.margin_table import conventions, table
    from experiments.margin_text import short_table
    from experiments.progress import Bar

    closes = _closes(options)
    sections = _sections(options.policies, closes, options.horizon_hours)
    swept = _swept(options.roc, closes, options.horizon_hours) if options.roc else {}
    with Bar(quiet=options.quiet) as bar:
        found = _study(options, closes, sections, bar.show, options.baseline)
        extra = _recorded(options, found)
        rows = table(found)
        frames = frames_of(found, rows)
        if options.impulse:
            frames["impulse"] = _impulses(found, bar.show)
        if swept:
            extra |= _roc(_study(options, closes, swept, bar.show, start=_same_start(found, swept)))
        bar.say("writing results")
        page = study_page(found, rows, extra)
        folder = save(folder_of(found, options.out, "margin"), page, frames)
    print(short_table(found, rows).to_string(index=False))
    if options.impulse:
        print("\n" + frames["impulse"].to_string(index=False, float_format="{:.4f}".format))
    print("\n" + "\n".join(f"- {each}" for each in (*page.told, *conventions(found))))
    print(f"\nresults  {folder}/\nreport   {folder / 'report.html'}")


def run_backtest(options: Namespace) -> None:
    """Test one policy's coverage, write it down, and print the verdicts."""
    from experiments.backtest import backtest, verdicts
    from experiments.figures.backtest import CAPTION, exceedances
    from experiments.margin_report import (
        Figure,
        Page,
        folder_of,
        frames_of,
        manifest_of,
        save,
        tables_of,
    )
    from experiments.margin_table import conventions, table
    from experiments.progress import Bar

    closes = _closes(options)
    sections = _sections([options.policy], closes, options.horizon_hours)
    with Bar(quiet=options.quiet) as bar:
        study = _study(options, closes, sections, bar.show)
        bar.say("testing")
        found, rows = backtest(study, options.policy), table(study)
        told = verdicts(found)
        picture = exceedances(study, options.policy)
        page = Page(
            title=f"Backtest of {options.policy}",
            lead=f"{study.source}, {study.side}, {study.time.size:,} margins.",
            told=told,
            tables=tables_of(study, rows),
            figures={"exceedances": Figure("Breaches in time", CAPTION, picture)},
            manifest=manifest_of(study),
            conventions=conventions(study),
        )
        frames = frames_of(study, rows) | {"breaches": found.breaches}
        folder = save(folder_of(study, options.out, "backtest"), page, frames)
    print("\n".join(told))
    print("\n" + "\n".join(f"- {each}" for each in conventions(study)))
    print(f"\nresults  {folder}/\nreport   {folder / 'report.html'}")


def _closes(options: Namespace) -> "Closes":
    """Return the prices that were named, once it is known that results have a place."""
    from experiments.store import refuse_taken
    from sim.price.closes import read_closes

    refuse_taken(options.out)
    return read_closes(options.prices, options.start, options.end)


def _sections(
    policies: list[str], closes: "Closes", horizon_hours: float | None
) -> dict[str, "Margin"]:
    """Return the policies, with the horizon for those that do not say theirs."""
    from experiments.margin_window import default_horizon
    from scenarios.policies import policies_of

    hours = default_horizon(closes) if horizon_hours is None else horizon_hours
    return policies_of(policies, {"horizon_hours": hours})


def _swept(text: str, closes: "Closes", horizon_hours: float | None) -> dict[str, "Margin"]:
    """Return one policy for each value of the parameter that has several."""
    from re import findall

    from sim.errors import ConfigError

    several: list[str] = findall(r"=([^,+=]*/[^,+=]*)", text)
    if len(several) != 1:
        raise ConfigError(
            f"--roc {text!r}: give one parameter several values, as in ewma:lambda=0.9/0.94/0.97"
        )
    values = [each for each in several[0].split("/") if each]
    return _sections([text.replace(several[0], each) for each in values], closes, horizon_hours)


def _study(
    options: Namespace,
    closes: "Closes",
    sections: dict[str, "Margin"],
    progress: "Progress",
    baseline: str | None = None,
    start: str | None = None,
) -> "MarginStudy":
    """Feed every policy, from ``start`` or else ``--start`` on."""
    from experiments.margin_study import Terms, study
    from sim.errors import ConfigError

    stress = getattr(options, "stress", None)
    begin, dots, end = (stress or "").partition("..")
    if stress and not (begin and dots and end):
        raise ConfigError(f"--stress {stress}: write it as 2020-02-20..2020-05-01")
    terms = Terms(
        start=start or options.start,
        horizon_hours=options.horizon_hours,
        side=options.side,
        stress=(begin, end) if stress else None,
        baseline=baseline,
    )
    return study(closes, sections, terms, source=options.prices.name, progress=progress)


def _same_start(study: "MarginStudy", sections: dict[str, "Margin"]) -> str | None:
    """Return when the window of a study begins, unless a policy is valid only later."""
    from sim.price.moments import say_moment

    needed = max(section.composed().history for section in sections.values())
    return say_moment(int(study.time[0].astype("int64"))) if needed <= study.first else None


def _recorded(options: Namespace, study: "MarginStudy") -> dict[str, "Figure"]:
    """Return the picture beside an exchange's record, where one is given."""
    from experiments.margin_report import Figure

    if options.record is None:
        return {}
    from experiments.figures import margin_record
    from experiments.margin_record import read_record
    from sim.errors import check

    record = read_record(options.record, options.symbol, options.multiplier)
    told = f"{options.record}: {record.name} begins on {record.time[0]}Z, after the last margin, "
    check((record.time[0] <= study.time[-1], f"{told}{study.time[-1]}Z"))
    picture = margin_record.draw(study, record)
    return {"record": Figure("Beside the exchange", margin_record.CAPTION, picture)}


def _roc(study: "MarginStudy") -> dict[str, "Figure"]:
    """Return hits against false alarms along a parameter."""
    from experiments.figures.margin_alarms import ROC, roc
    from experiments.margin_report import Figure
    from experiments.margin_table import table

    return {"roc": Figure("Responsiveness against false alarms", ROC, roc(study, table(study)))}


def _impulses(study: "MarginStudy", progress: "Progress") -> "DataFrame":
    """Return how each policy answers to a doubling of volatility, in days."""
    from experiments.measures.response import response_table

    return response_table(
        {name: path.section.composed() for name, path in study.paths.items()},
        study.closes.interval_seconds,
        progress,
    )
