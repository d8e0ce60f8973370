"""Figures of calls: what they foresaw, against how often they were for nothing."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.figures.margin_look import MARKERS, look
from experiments.figures.style import (
    GREY,
    PALETTE,
    Picture,
    headline,
    in_percent,
    in_style,
    picture,
)
from experiments.margin_study import MarginStudy


def alarms(study: MarginStudy, table: pd.DataFrame) -> Picture:
    """Draw calls that came before losses against calls that came before none."""
    with in_style():
        figure = picture(2.6 + 0.15 * len(study.paths), 4.6)
        ax = figure.subplots()
        rows = table.set_index("policy")
        for i, (name, style) in enumerate(look(study).items()):
            x, y = (float(str(rows.loc[name, each])) for each in ("false_alarm_rate", "hit_rate"))
            mark = MARKERS[i % len(MARKERS)]
            ax.plot(x, y, mark, color=str(style["color"]), ms=6, label=name)
        _chance(ax)
        figure.legend(loc="outside lower center", ncols=1)
        headline(figure, "Calls: what they foresaw, and what they cost in false alarms")
    return figure


ROC = (
    "One policy with several values of one parameter. Up: share of losses beyond the old margin "
    "before which margin had been called. Right: share of harmless periods before which it had. "
    "Over the window of the table, or from where all values are valid, if that is later."
)


def roc(study: MarginStudy, table: pd.DataFrame) -> Picture:
    """Draw what calls foresaw against false alarms, along one policy's own parameter."""
    with in_style():
        figure = picture(3.4, 4.6)
        ax = figure.subplots()
        x, y = (table[each].to_numpy(dtype=np.float64) for each in ("false_alarm_rate", "hit_rate"))
        ax.plot(x, y, color=GREY, lw=0.8)
        for i, name in enumerate(table["policy"]):
            label = _differing(list(study.paths), str(name))
            mark, colour = MARKERS[i % len(MARKERS)], PALETTE[i % len(PALETTE)]
            ax.plot(x[i], y[i], mark, color=colour, ms=6, label=label)
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")
        _chance(ax)
        headline(figure, "Responsive or quiet: what the parameter buys")
    return figure


def _chance(ax: Axes) -> None:
    """Label the axes of hits against false alarms, and draw what blind chance would do."""
    top = max(0.02, *ax.get_xlim(), *ax.get_ylim())
    right = 1.15 * max(0.02, ax.get_xlim()[1])
    ax.plot([0, top], [0, top], color=GREY, lw=0.8, ls="--", zorder=0, label="blind chance")
    in_percent(ax.xaxis)
    in_percent(ax.yaxis)
    ax.set_xlabel("false alarms: harmless periods before which margin was called")
    ax.set_ylabel("losses beyond the old margin\nthat a call preceded")
    ax.set_xlim(0, right)
    ax.set_ylim(0, top)
    ax.grid()


def _differing(names: list[str], name: str) -> str:
    """Return the parameters that tell a policy from the others of a sweep."""
    parts = [each.replace("+", ",").replace(":", ",").split(",") for each in names]
    same = set.intersection(*(set(each) for each in parts)) if len(parts) > 1 else set()
    own = [each for each in name.replace("+", ",").replace(":", ",").split(",") if each not in same]
    return ", ".join(own) or name
