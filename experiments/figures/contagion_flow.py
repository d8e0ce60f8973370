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
    CLAIMS: "claims not paid",
    EQUITY: "borne by equity",
    OUTSIDE: "not paid to creditors outside",
}
ASSUMED = SAYS | {SHOCK: "equity lost to the shock", CLAIMS: "equity lost on claims"}
"""What is said where the loss on a default is assumed, and what comes in need not go out."""
SAME = 1e-6
"""Share by which what an entity gets to bear and what it bears may differ by rounding."""


def draw_flow(case: Case) -> Picture:
    """Draw the loss as ribbons as wide as dollars, from left to right.

    Where every dollar that reaches an entity is borne or handed on, it is followed from
    the shock to those who bear it. Where the loss on a default is assumed, nothing runs through
    anybody: what is drawn is who lost how much on whom.
    """
    kept = conserved(case)
    flows, names = flow_parts(case)
    if not flows:
        return message("no shock, and nobody loses on a default: there is no loss to follow")
    figure = picture(1.9 + 0.32 * max(tallest(flows), 4))
    draw_ribbons(figure.subplots(), flows, names, COLOURS)
    present = [kind for kind in COLOURS if any(flow.kind == kind for flow in flows)]
    handles = [Rectangle((0, 0), 1, 1, color=COLOURS[kind], alpha=0.6) for kind in present]
    says = (SAYS if kept else ASSUMED) | {COSTS: case.wording.destroyed}
    figure.legend(handles, [says[k] for k in present], loc="outside lower center", ncols=3)
    if not kept:
        shock, claims = (
            usd(sum(flow.usd for flow in flows if flow.kind == kind)) for kind in (SHOCK, CLAIMS)
        )
        headline(figure, f"Equity of {shock} lost to the shock, of {claims} on claims")
        return figure
    passed = float(case.contagion.losses.sum() + case.contagion.outside_losses.sum())
    lost = usd(float(case.shock.sum() + case.contagion.costs.sum()))
    headline(figure, f"{lost} lost; {usd(passed)} of unpaid claims hand it on")
    return figure


def flow_parts(case: Case) -> tuple[list[Flow], list[str]]:
    """Return dollars from bar to bar, small bars merged, and what stands above the columns."""
    return _through(case) if conserved(case) else _on_whom(case)


def conserved(case: Case) -> bool:
    """Tell whether every entity bears, or hands on, all that reaches it and no more."""
    found = case.contagion
    came = case.shock + found.costs + np.asarray(found.losses.sum(axis=1))
    handed = np.asarray(found.losses.sum(axis=0)) + found.outside_losses
    bore = case.exposures.equity() - found.equity
    return bool(np.all(np.abs(came - handed - bore) <= SAME * (1.0 + came + handed)))


def _through(case: Case) -> tuple[list[Flow], list[str]]:
    """Return dollars through every wave of defaulters to those who bear them."""
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
        raw.append(Flow((0, case.wording.destroyed), through(i), COSTS, float(found.costs[i])))
        if wave[i] >= 0:
            raw.append(Flow(through(i), (last, names[i]), EQUITY, float(absorbed[i])))
            outside = float(found.outside_losses[i])
            raw.append(Flow(through(i), (last, "creditors outside"), OUTSIDE, outside))
    for creditor, debtor, lost in zip(*entries.coords, entries.data, strict=True):
        raw.append(Flow(through(int(debtor)), through(int(creditor)), CLAIMS, float(lost)))
    above = ["shock", *(f"wave {w}" for w in range(1, last)), "who bears it"]
    if len(found.waves) > MOST_WAVES:
        above[-2] += " and later"
    return _few(raw, last), above


def _on_whom(case: Case) -> tuple[list[Flow], list[str]]:
    """Return who lost how much on whom.

    A shock, or what claims are marked down by, may be more than the equity there was to lose:
    of either counts what it took of equity, the shock first. Nobody loses more than it had.
    """
    found, names = case.contagion, case.exposures.names
    entries = found.losses.tocoo()
    marked = np.asarray(found.losses.sum(axis=1))
    lost_in_all = np.maximum(np.maximum(case.exposures.equity(), 0.0) - case.equity_left(), 0.0)
    hit = np.minimum(case.shock, lost_in_all)
    bore = lost_in_all - hit
    counts = np.divide(np.minimum(bore, marked), marked, out=np.zeros(len(names)), where=marked > 0)
    raw = []
    for i, name in enumerate(names):
        raw.append(Flow((0, "the shock"), (1, name), SHOCK, float(hit[i])))
        outside = float(found.outside_losses[i])
        raw.append(Flow((0, name), (1, "creditors outside"), OUTSIDE, outside))
    for creditor, debtor, lost in zip(*entries.coords, entries.data, strict=True):
        usd_lost = float(lost * counts[creditor])
        raw.append(Flow((0, names[debtor]), (1, names[creditor]), CLAIMS, usd_lost))
    return _few(raw, 1), ["on whom", "who loses"]


def _few(flows: list[Flow], last: int) -> list[Flow]:
    """Put small bars together; more stand for themselves in the last column."""

    def most(column: int) -> int:
        return MOST_BEARERS if column == last else MOST_THROUGH

    return merged([flow for flow in flows if flow.usd > 0], most)
