"""How figures of margin studies look: the same colour and line for a policy in all of them."""

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from experiments.figures.style import PALETTE
from experiments.margin_study import MarginStudy

MARKERS = "osD^vP*Xph<>"
LINES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)))
"""Told apart without colour, too; lines change after every round of the palette."""


def look(study: MarginStudy) -> dict[str, dict[str, object]]:
    """Return colour and line of each policy, the same in every figure."""
    return {
        name: {"color": PALETTE[i % len(PALETTE)], "ls": LINES[i // len(PALETTE) % len(LINES)]}
        for i, name in enumerate(study.paths)
    }


def against_dates(ax: Axes) -> None:
    """Write dates below the horizontal axis, as few words as they need."""
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
