"""The command ``marginquake margin account``."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

    from experiments.margin_account import Account
    from experiments.margin_report import Page

DESCRIPTION = """\
What one portfolio needs under a margin policy: maintenance and initial margin, gains by scenario
with the worst marked, what each position needs alone and adds to the whole, and what offsets
save."""
EPILOG = """\
examples:
  marginquake margin account docs/examples/covered_calls.yaml --policy span
  marginquake margin account docs/examples/covered_calls.yaml \\
      --policy grid:price_range=0.2,price_steps=5

PORTFOLIO.yaml names assets, each with a price; surfaces, the implied volatilities of an asset (kind
flat, quoted or svi); positions, each a contract (linear_perpetual, inverse_perpetual, dated_future,
call, put) of an asset with its quantity; and, for policies that look back, CSV files of closing
prices as history, one an asset. Nothing is discounted."""
CONVENTIONS = (
    "A requirement is in USD, of the whole portfolio, at the prices of the file.",
    (
        "Alone: the maintenance requirement of a position by itself. Adds: how much less the whole "
        "would need without it; these do not add up to the whole."
    ),
    (
        "Forwards move with their underlying by the same fraction; the volatility of an option is "
        "moved by the scenario and not otherwise."
    ),
)


def add_account(parser: ArgumentParser) -> None:
    """Add the arguments of ``margin account``."""
    add = parser.add_argument
    add("portfolio", type=Path, metavar="PORTFOLIO.yaml", help="positions, prices and surfaces")
    add("--policy", default="span", help="e.g. span, grid or sensitivity (default span)")
    add("--out", type=Path, default=Path("results"), metavar="FOLDER", help="default results/")
    parser.set_defaults(command=run_account)


def run_account(options: Namespace) -> None:
    """Ask the policy, write what came of it, and print it."""
    from experiments.margin_account import account, told
    from experiments.margin_report import save
    from scenarios.policies import policy_of
    from scenarios.portfolio import read_portfolio

    path: Path = options.portfolio
    holdings, margin = read_portfolio(path), policy_of(options.policy)
    found = account(holdings, options.policy, margin)
    page = _page(found, path)
    frames = {
        "table": found.totals,
        "positions": found.positions,
        "scenarios": found.scenarios,
    }
    digest = str(page.manifest["hash"])
    folder = save(options.out / "account" / path.stem / digest, page, frames)
    for table, _ in page.tables.values():
        print(table.to_string(index=False) + "\n")
    print("\n".join(told(found)))
    print(f"\nresults  {folder}/\nreport   {folder / 'report.html'}")


def _page(found: "Account", path: Path) -> "Page":
    """Return the report."""
    from hashlib import sha256
    from importlib.metadata import version

    from experiments.figures.account import CAPTION, draw
    from experiments.margin_account import told
    from experiments.margin_report import Figure, Page

    policy, portfolio = found.policy, found.holdings.portfolio.model_dump_json()
    known = (policy, portfolio, found.totals.to_json(double_precision=15))
    tables = {"Positions": (_in_words(found, "positions"), "USD, of the whole position.")}
    if len(found.scenarios):
        tables["Scenarios"] = (_in_words(found, "scenarios"), "Gains of the whole portfolio, USD.")
    return Page(
        title=f"Margin of {path.stem}",
        lead=f"{len(found.positions)} positions under {policy}.",
        told=told(found),
        tables=tables,
        figures={"account": Figure("By scenario and by position", CAPTION, draw(found))},
        manifest={
            "portfolio": path.name,
            "policy": policy,
            "contents": found.holdings.portfolio.model_dump(),
            "hash": sha256("\n".join(known).encode()).hexdigest()[:12],
            "marginquake": version("marginquake"),
        },
        conventions=CONVENTIONS,
    )


def _in_words(found: "Account", name: str) -> "DataFrame":
    """Return a table with its numbers as text."""
    frame = found.positions if name == "positions" else found.scenarios
    shown = frame.copy()
    for column in shown.columns:
        if column.endswith("_usd"):
            shown[column] = [f"{each:+,.0f}" for each in frame[column]]
    if "worst" in shown:
        shown["worst"] = ["<- worst" if each else "" for each in frame["worst"]]
    return shown.rename(columns=lambda each: each.replace("_usd", " (USD)").replace("_", " "))
