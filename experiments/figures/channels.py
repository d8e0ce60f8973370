"""Colours and names of the channels that carry a cause to its effect."""

from collections.abc import Iterable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from experiments.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    Picture,
)
from experiments.record import Run

CHANNEL_COLOURS = {
    "exogenous": GREY,
    "shock": BLACK,
    "oracle_error": VERMILLION,
    "impact": BLUE,
    "margin_update": ORANGE,
    "behaviour": SKY,
    "rehypothecation": PURPLE,
    "counterparty": GREEN,
    "funding": YELLOW,
}


def channel_legend(figure: Picture, present: Iterable[str], others: Sequence[Artist] = ()) -> None:
    """Explain the colours of the channels that occur, and what else is there, below the figure."""
    seen = set(present)
    handles: list[Artist] = [
        Patch(color=colour, label=name.replace("_", " "))
        for name, colour in CHANNEL_COLOURS.items()
        if name in seen
    ]
    figure.legend(handles=[*others, *handles], loc="outside lower center", ncols=8, fontsize=7)


def origin_names(run: Run) -> list[str]:
    """Return what each event of the run goes back to: a shock's kind, or the market's own moves."""
    origin = run.cascade.origin
    kinds = run.events["kind"].astype(str).to_numpy()[origin]
    shocks = dict(zip(run.shocks["event"], run.shocks["kind"].astype(str), strict=True))
    return [
        shocks.get(int(first), "shock").replace("_", " ") if kind == "shock" else "market moves"
        for first, kind in zip(origin, kinds, strict=True)
    ]


def bare(ax: Axes) -> None:
    """Take everything off an axes but what is drawn in it."""
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_visible(False)
