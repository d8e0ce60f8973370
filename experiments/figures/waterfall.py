"""Who bore the losses."""

from collections.abc import Mapping

import numpy as np

from experiments.figures.style import (
    BLACK,
    BLUE,
    BROWN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    Picture,
    headline,
    in_usd,
    message,
    picture,
)
from experiments.metrics.adl import vault_pnl_usd
from experiments.metrics.ledger import (
    ALL,
    ASSESSED,
    CUT,
    DEPOSITORS,
    FIRMS,
    FUNDS,
    LENDERS,
    MEMBERS,
    OWN,
    PARTNERS,
    SHARES,
    TORN,
    TRADERS,
    VAULTS,
    WINNERS,
)
from experiments.metrics.losses import bearers
from experiments.record import Run
from experiments.words import percent, usd

LOST = (
    "Every dollar lost, by who bore it in the end, in the order in which losses are passed on; "
    "what is passed on is counted where it ends up. Gains are not netted."
)
EXPLAINED = {
    VAULTS: (
        "Depositors of a vault lose where a position is closed at a worse price than the mark at "
        "which it was taken over; the margin left in it is their gain. What they make of both "
        "stands beside the bar."
    ),
    WINNERS: "Winners lose by auto-deleveraging: positions in profit that are closed for the fund.",
    ALL: "A socialised loss is shared by all accounts, first those in profit.",
    LENDERS: "Bad debt is what no collateral covered at a lender.",
    FIRMS: "Owners of creditors bear what somebody who failed did not pay back.",
    DEPOSITORS: "Where a creditor fails by that, those to whom it owes in turn bear the rest.",
}
"""What those who bear a loss, where they do, have to do with it."""
BEHIND_A_HOUSE = (
    "Behind a clearing house: the defaulters' shares of its default fund, its own capital (part of "
    "which stands behind the other members' shares), those shares, assessments, cuts of gains and "
    "tear-up."
)
COLOURS = {
    TRADERS: BLUE,
    SHARES: SKY,
    VAULTS: BROWN,
    FUNDS: GREEN,
    MEMBERS: "#6FC3A8",
    ASSESSED: "#B8DFD2",
    CUT: "#F5D08A",
    TORN: "#B57B00",
    WINNERS: ORANGE,
    ALL: PURPLE,
    LENDERS: VERMILLION,
    PARTNERS: BLACK,
    FIRMS: YELLOW,
    DEPOSITORS: GREY,
}
HOUSE = (SHARES, MEMBERS, ASSESSED, CUT, TORN)
"""Layers that only a clearing house has."""


def caption(run: Run) -> str:
    """Say how to read it, with a word on those who bear something alone."""
    losses = bearers(run)
    said = [text for who, text in EXPLAINED.items() if who in losses]
    behind = [BEHIND_A_HOUSE] if any(who in losses for who in HOUSE) else []
    return " ".join([LOST, *behind, *said])


def draw(run: Run) -> Picture:
    """Draw the waterfall of losses."""
    losses = bearers(run)
    if not losses:
        return message("no losses in this run")
    total = sum(losses.values())
    figure = picture(0.9 + 0.34 * (len(losses) + 1))
    ax = figure.subplots()
    start = 0.0
    for row, (who, lost) in enumerate(losses.items()):
        ax.barh(row, lost, left=start, color=COLOURS[who], height=0.66)
        ax.text(
            start + lost + 0.008 * total,
            row,
            f"{usd(lost)}  ({percent(lost / total)})" + _net(run) * (who == VAULTS),
            va="center",
            fontsize=7.5,
            parse_math=False,
        )
        start += lost
        ax.plot([start, start], [row + 0.33, row + 0.67], color=GREY, lw=0.7)
    ax.barh(len(losses), total, color="#B5B5B5", height=0.66)
    ax.text(1.008 * total, len(losses), usd(total), va="center", fontsize=7.5, fontweight="bold")
    ax.set_yticks(range(len(losses) + 1), [*_names(losses), "all losses"])
    ax.tick_params(axis="y", length=0, labelsize=8)
    ax.invert_yaxis()
    ax.set_xlim(0, (1.6 if VAULTS in losses else 1.25) * total)
    ax.set_xlabel("cumulative loss, USD")
    in_usd(ax.xaxis)
    ax.grid(axis="x")
    others = 1 - sum(losses.get(who, 0.0) for who in OWN) / total
    headline(figure, f"{usd(total)} lost, {percent(others)} of it by others than the liquidated")
    return figure


def _net(run: Run) -> str:
    """Say how depositors of vaults stand once what they gained counts as well."""
    net = vault_pnl_usd(run)
    return f"; {usd(net)} net of gains" if np.isfinite(net) else ""


def _names(losses: Mapping[str, float]) -> list[str]:
    """Name the bearers; the fund of a clearing house is its own capital."""
    fund = "own capital, insurance funds" if any(who in losses for who in HOUSE) else FUNDS
    return [fund if who == FUNDS else who for who in losses]
