"""Figures of a finished run. They never run anything."""

from collections.abc import Mapping

from experiments.figures import (
    cascade_tree,
    depth,
    liquidations,
    loss_flow,
    margin,
    network,
    overview,
    truth,
    waterfall,
)
from experiments.figures.drawing import Drawing

FIGURES: Mapping[str, Drawing] = {
    "overview": Drawing(overview.draw, "What happened", overview.caption),
    "truth": Drawing(truth.draw, "Who was hurt when", truth.caption),
    "liquidations": Drawing(liquidations.draw, "Liquidations", liquidations.CAPTION),
    "cascade_tree": Drawing(cascade_tree.draw, "What led to what", cascade_tree.caption),
    "margin": Drawing(margin.draw, "Margin, calls and cures", margin.CAPTION),
    "depth": Drawing(depth.draw, "Depth of the markets", depth.CAPTION),
    "waterfall": Drawing(waterfall.draw, "Where the losses ended up", waterfall.caption),
    "loss_flow": Drawing(loss_flow.draw, "Where losses on claims went", loss_flow.caption),
    "network": Drawing(network.draw, "Who owes whom", network.caption),
}
"""Every figure, in the order of the report."""
