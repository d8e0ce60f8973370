"""What an account must hold, in words, in tables, and on disk."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from experiments.figures.account import CAPTION, draw
from experiments.margin_account import Account
from experiments.margin_account_why import Part, parts, scenarios, simulated
from experiments.margin_report import Figure, Page
from experiments.margin_report import save as write_page

CONVENTIONS = (
    (
        "Alone: what a position needs by itself. Marginal: what the whole needs less what it needs "
        "without it; negative where it protects others. These do not add up to the whole."
    ),
    "What is lost in each scenario, USD, as the policy counts it; a gain is negative.",
    (
        "Delta: what a position gains when its asset rises by its whole price; vega a point: when "
        "implied volatility rises by 0.01 a year. USD, nothing discounted."
    ),
)


def folder_of(account: Account, root: Path) -> Path:
    """Return where an account's results belong: ``root/margin/account/<file>/<policy>``."""
    slug = re.sub(r"[^A-Za-z0-9.=-]+", "_", account.policy).strip("_")
    return root / "margin" / "account" / account.holdings.file.stem / slug


def positions(account: Account) -> pd.DataFrame:
    """Return one row a position; USD, but for the quantity."""
    rest = simulated(account)
    frame = pd.DataFrame(
        {
            "position": account.holdings.names,
            "quantity": account.quantity,
            "notional_usd": account.notional,
            "delta_usd": account.deltas,
            "vega_point_usd": account.vega_points,
            "alone_usd": account.alone,
            "without_usd": account.without,
            "marginal_usd": account.marginal,
        }
    )
    return frame if rest is None else frame.assign(tail_usd=rest.shares)


def totals(account: Account) -> pd.DataFrame:
    """Return the requirement of the whole in one row, USD."""
    return pd.DataFrame(
        {
            "policy": [account.policy],
            "maintenance_usd": [account.maintenance],
            "initial_usd": [account.initial],
            "alone_usd": [account.maintenance + account.offset],
            "offset_usd": [account.offset],
        }
    )


def save(account: Account, folder: Path) -> None:
    """Write tables as CSV and Parquet, a summary, the picture and a page; all of it or nothing."""
    frames = _frames(account)
    write_page(folder, _page(account, frames), frames)


def _frames(account: Account) -> dict[str, pd.DataFrame]:
    """Return every table, by the names of its files."""
    frames = {
        "table": totals(account),
        "parts": pd.DataFrame([asdict(each) for each in parts(account)]),
        "positions": positions(account),
    }
    by_scenario = scenarios(account)
    return frames if by_scenario is None else frames | {"scenarios": by_scenario}


def _page(account: Account, frames: Mapping[str, pd.DataFrame]) -> Page:
    """Return the report."""
    portfolio, seen, rest = account.holdings.portfolio, account.seen, simulated(account)
    shown = {
        "What it is the sum of": (frames["parts"].map(_cell), "Maintenance requirement, USD."),
        "By position": (_in_words(frames["positions"]), CONVENTIONS[0]),
    }
    if "scenarios" in frames:
        shown["By scenario"] = (_marked(frames["scenarios"]), CONVENTIONS[1])
    return Page(
        title=portfolio.title,
        lead=f"{len(portfolio.positions)} positions under {account.policy}.",
        told=[" ".join(each.split()) for each in _whole(account)],
        tables=shown,
        figures={"account": Figure("By position and by scenario", CAPTION, draw(account))},
        manifest={
            "portfolio": account.holdings.file.name,
            "contents": portfolio.model_dump(),
            "policy": account.policy,
            "seen": seen and {"returns": seen[0], "interval_seconds": seen[1], "last": seen[2]},
            "marginquake": version("marginquake"),
        },
        conventions=CONVENTIONS,
        numbers={
            "parts": frames["parts"].to_dict("records"),
            "positions": frames["positions"].to_dict("records"),
            "tail_usd": rest and rest.numbers,
        },
    )


def text(account: Account) -> str:
    """Return everything that a person reads first."""
    title = account.holdings.portfolio.title
    lines = [f"{title}, under {account.policy}", *_whole(account)]
    lines += ["", "made of", *_parts(parts(account), account.maintenance)]
    lines += ["", *_table(_in_words(positions(account)))]
    by_scenario, rest = scenarios(account), simulated(account)
    if by_scenario is not None:
        lines += ["", *_table(_marked(by_scenario))]
    if rest is not None:
        lines += ["", f"loss over {rest.losses.size:,} simulated moves, USD"]
        lines += [f"  {name:<20}{usd:>16,.2f}" for name, usd in rest.numbers.items()]
    if account.seen is not None:
        count, seconds, last = account.seen
        lines += ["", f"seen: {count:,} returns, one every {seconds / 3600:g} h, up to {last}"]
    return "\n".join(lines)


def _whole(account: Account) -> list[str]:
    """Return what the whole requires."""
    apart = account.maintenance + account.offset
    saved = account.offset / apart if apart else 0.0
    return [
        f"  maintenance         {account.maintenance:>16,.2f} USD",
        f"  initial             {account.initial:>16,.2f} USD",
        f"  positions one by one{apart:>16,.2f} USD",
        f"  credit for offsets  {account.offset:>16,.2f} USD ({saved:.1%})",
    ]


def _parts(made_of: list[Part], total: float) -> list[str]:
    """Return the summands and their sum."""
    width = max(len(each.part) for each in made_of)
    lines = [f"  {each.part:<{width}}{each.usd:>16,.2f}  {each.because}" for each in made_of]
    return [*(line.rstrip() for line in lines), f"  {'':<{width}}{total:>16,.2f}  maintenance"]


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table of positions as text."""
    heads = {
        "position": "position",
        "quantity": "quantity",
        "delta_usd": "delta, USD",
        "vega_point_usd": "vega a point",
        "alone_usd": "alone",
        "marginal_usd": "marginal",
        "tail_usd": "in the tail",
    }
    given = frame.assign(quantity=[f"{each:,.10g}" for each in frame["quantity"]])
    return given[[each for each in heads if each in given]].rename(columns=heads).map(_cell)


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table of losses as text, with the worst marked."""
    shown = frame.drop(columns="worst_of").map(_cell)
    shown.insert(0, "", ["" if not each else f"worst of {each}" for each in frame["worst_of"]])
    return shown.rename(columns={"scenario": "loss in scenario, USD"})


def _cell(value: object) -> str:
    """Write one cell."""
    return f"{value:,.10g}" if isinstance(value, int) else _number(value)


def _number(value: object) -> str:
    """Write dollars to the dollar, small amounts to the cent, and text as it is."""
    if not isinstance(value, float):
        return str(value)
    shown = round(value, 2) + 0.0
    return f"{shown:,.0f}" if abs(shown) >= 100.0 else f"{shown:,.2f}"


def _table(frame: pd.DataFrame) -> list[str]:
    """Return a table as lines."""
    return frame.to_string(index=False).splitlines()
