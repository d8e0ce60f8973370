"""Where a loss goes: from the shock, through those who default, to those who bear it."""

import numpy as np
from matplotlib.patches import Rectangle

from experiments.figures.ribbons import Flow, Node, draw_ribbons, merged, tallest
from experiments.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    Picture,
    headline,
    message,
    picture,
)
from experiments.network_study import Case
from experiments.words import usd

MOST_THROUGH, MOST_BEARERS = 6, 10
"""Bars of a column that stand for themselves; the others of it are added up."""
MOST_WAVES = 4
"""Columns of defaulters; later waves share the last."""
SHOCK, CLAIMS, EQUITY, OUTSIDE, COSTS = "shock", "unpaid claims", "equity", "outside", "costs"
COLOURS = {SHOCK: VERMILLION, COSTS: GREY, CLAIMS: ORANGE, EQUITY: BLUE, OUTSIDE: GREEN}
SAYS = {
    SHOCK: "the shock itself",
    COSTS: "costs of default, forced sales",
    CLAIMS: "claims not paid",
    EQUITY: "borne by equity",
    OUTSIDE: "not paid to creditors outside",
}


def draw_flow(case: Case) -> Picture:
    """Draw the loss as ribbons as wide as dollars, from left to right."""
    flows, last = _flows(case)
    if not flows:
        return message("no shock, and nobody loses on a default: there is no loss to follow")
    figure = picture(1.9 + 0.32 * max(tallest(flows), 4))
    names = ["shock", *(f"wave {w}" for w in range(1, last)), "who bears it"]
    if len(case.contagion.waves) > MOST_WAVES:
        names[-2] += " and later"
    draw_ribbons(figure.subplots(), flows, names, COLOURS)
    present = [kind for kind in COLOURS if any(flow.kind == kind for flow in flows)]
    handles = [Rectangle((0, 0), 1, 1, color=COLOURS[kind], alpha=0.6) for kind in present]
    figure.legend(handles, [SAYS[k] for k in present], loc="outside lower center", ncols=3)
    passed = float(case.contagion.losses.sum() + case.contagion.outside_losses.sum())
    lost = usd(float(case.shock.sum() + case.contagion.costs.sum()))
    headline(figure, f"{lost} lost; {usd(passed)} of unpaid claims hand it on")
    return figure


def _flows(case: Case) -> tuple[list[Flow], int]:
    """Return dollars from bar to bar, small bars merged, and the column of the bearers."""
    found, names = case.contagion, case.exposures.names
    wave = np.minimum(found.wave_of(), MOST_WAVES - 1)
    last = int(wave.max(initial=-1)) + 2
    raw: list[Flow] = []

    def through(i: int) -> Node:
        return (int(wave[i]) + 1, names[i]) if wave[i] >= 0 else (last, names[i])

    absorbed = case.exposures.equity() - found.equity
    entries = found.losses.tocoo()
    for i in range(len(names)):
        raw.append(Flow((0, names[i]), through(i), SHOCK, float(case.shock[i])))
        raw.append(Flow((0, "costs of failure"), through(i), COSTS, float(found.costs[i])))
        if wave[i] >= 0:
            raw.append(Flow(through(i), (last, names[i]), EQUITY, float(absorbed[i])))
            outside = float(found.outside_losses[i])
            raw.append(Flow(through(i), (last, "creditors outside"), OUTSIDE, outside))
    for creditor, debtor, lost in zip(*entries.coords, entries.data, strict=True):
        raw.append(Flow(through(int(debtor)), through(int(creditor)), CLAIMS, float(lost)))

    def most(column: int) -> int:
        return MOST_BEARERS if column == last else MOST_THROUGH

    return merged([flow for flow in raw if flow.usd > 0], most), last
