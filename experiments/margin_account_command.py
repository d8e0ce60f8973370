"""The command ``marginquake margin account``."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.portfolio import Holdings

DESCRIPTION = """\
What one portfolio must hold, by position and by scenario, and why: the parts of its requirement,
what each position would need alone and adds to the rest, and its loss in every scenario."""
EPILOG = """\
examples:
  marginquake margin account docs/examples/covered_calls.yaml --policy span
  marginquake margin account docs/examples/two_coins.yaml --policy grid:price_range=0.2
  marginquake margin account mine.yaml --policy "es_mc:offsets=true,window=500"

A portfolio is a YAML file:
  title: Covered calls
  assets: {BTC: {price: 60_000, carry: 0.05}}
  surfaces: {BTC: {kind: flat, volatility: 0.6}}
  positions:
    - {contract: linear_perpetual, asset: BTC, quantity: 10}
    - {contract: call, asset: BTC, quantity: -10, strike: 66_000, days: 30, settlement: coin}
  history: {BTC: closes.csv}     # only for policies that look back; beside the portfolio's file
Contracts are linear_perpetual, inverse_perpetual, dated_future, call and put; size is the units of
the asset a contract (USD a contract of an inverse perpetual or of a future paid in coin)."""


def add_account(parser: ArgumentParser) -> None:
    """Add the arguments of ``margin account``."""
    add = parser.add_argument
    add("portfolio", type=Path, metavar="PORTFOLIO", help="YAML file of assets and positions")
    add(
        "--policy",
        default="span",
        metavar="POLICY",
        help="e.g. span, grid, sensitivity or ewma+floor (default span)",
    )
    add(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="FOLDER",
        help="where results go (default results/)",
    )
    parser.set_defaults(command=run_account)


def run_account(options: Namespace) -> None:
    """Charge a portfolio, write what came of it, and say why."""
    from experiments.margin_account import account
    from experiments.margin_account_report import folder_of, save, text

    found = account(_holdings(options), options.policy)
    folder = folder_of(found, options.out)
    save(found, folder)
    print(text(found))
    print(f"\nresults  {folder}/\nreport   {folder / 'report.html'}")


def _holdings(options: Namespace) -> "Holdings":
    """Return the portfolio; tell what is wrong with it, the policy and the folder at once."""
    from experiments.store import refuse_taken
    from scenarios.policies import policy_of
    from scenarios.portfolio import read_portfolio
    from sim.errors import ConfigError, UserError

    problems: list[str] = []
    for attempt, given in ((refuse_taken, options.out), (policy_of, options.policy)):
        try:
            attempt(given)
        except UserError as error:
            problems += getattr(error, "problems", (str(error),))
    try:
        holdings = read_portfolio(options.portfolio)
    except ConfigError as error:
        raise ConfigError(*error.problems, *problems) from None
    if problems:
        raise ConfigError(*problems)
    return holdings
