"""Which liquidations led to which: one by one, or as flows where there are many."""

from experiments.figures.cascade_flows import draw_flows
from experiments.figures.cascade_nodes import draw_nodes
from experiments.figures.style import Picture, message
from experiments.record import Run

ONE_BY_ONE = (
    "Time runs from cause (left) to effect (right), a column a generation. Each dot is a "
    "liquidation, its area the notional, its colour the venue; a line is coloured by the channel "
    "that carried the cause."
)
ADDED_UP = (
    "Time runs from cause (left) to effect (right), a column a generation. Liquidations are added "
    "up by venue: the height of a bar is their notional, a band is as wide where it arrives as the "
    "notional of what it led to, and its colour is the channel that carried the cause. Amounts are "
    "followed by the number of trades. What passes between generations that share a column is "
    "left out."
)
FEW = 30
"""Liquidations up to which each is drawn."""


def caption(run: Run) -> str:
    """Say how to read it: dots for few liquidations, bands for many."""
    return ONE_BY_ONE if len(run.cascade.liquidations) <= FEW else ADDED_UP


def draw(run: Run) -> Picture:
    """Draw the tree of liquidations."""
    count = len(run.cascade.liquidations)
    if not count:
        return message("no liquidations in this run")
    return draw_nodes(run) if count <= FEW else draw_flows(run)
