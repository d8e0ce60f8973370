"""Who bore the losses."""

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
from experiments.metrics.ledger import BEARERS, TRADERS
from experiments.metrics.losses import bearers
from experiments.record import Run
from experiments.words import percent, usd

CAPTION = (
    "Every dollar lost, by who bore it in the end, in the order in which losses are passed on: "
    "the traders who were liquidated, vaults and insurance funds, the winners (by "
    "auto-deleveraging, then all of them), and at last lenders and counterparties who were not "
    "paid back: their owners, then those whom they owe in turn. What is passed on is counted "
    "where it ends up. Gains are not netted."
)
COLOURS = dict(
    zip(
        BEARERS,
        (BLUE, BROWN, GREEN, SKY, ORANGE, PURPLE, VERMILLION, BLACK, YELLOW, GREY),
        strict=True,
    )
)


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
            f"{usd(lost)}  ({percent(lost / total)})",
            va="center",
            fontsize=7.5,
        )
        start += lost
        ax.plot([start, start], [row + 0.33, row + 0.67], color=GREY, lw=0.7)
    ax.barh(len(losses), total, color="#B5B5B5", height=0.66)
    ax.text(1.008 * total, len(losses), usd(total), va="center", fontsize=7.5, fontweight="bold")
    ax.set_yticks(range(len(losses) + 1), [*losses, "all losses"])
    ax.tick_params(axis="y", length=0, labelsize=8)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.2 * total)
    ax.set_xlabel("cumulative loss, USD")
    in_usd(ax.xaxis)
    ax.grid(axis="x")
    others = 1 - losses.get(TRADERS, 0.0) / total
    headline(figure, f"{usd(total)} lost, {percent(others)} of it by others than the liquidated")
    return figure
