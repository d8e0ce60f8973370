"""What one portfolio needs, drawn: gains by scenario, and what each position adds."""

import numpy as np
from matplotlib.axes import Axes

from experiments.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Picture,
    headline,
    in_style,
    in_usd,
    picture,
)
from experiments.margin_account import Account, told

CAPTION = """\
Above, what the portfolio gains or loses in each scenario of the policy, the worst one marked, and
the maintenance requirement as a line. Below, what each position would need alone, and by how much
the whole requirement would shrink without it: negative where it protects the others."""


def draw(found: Account) -> Picture:
    """Return the picture of one account."""
    many, rows = len(found.scenarios), len(found.positions)
    with in_style():
        figure = picture(0.9 + 0.15 * many + 0.35 * rows + (0.9 if many else 0.0))
        if many:
            above, below = figure.subplots(2, 1, height_ratios=[0.15 * many + 0.4, 0.35 * rows])
            _scenarios(above, found)
        else:
            below = figure.subplots()
        _positions(below, found)
        headline(figure, told(found)[0])
    return figure


def _scenarios(ax: Axes, found: Account) -> None:
    """Draw gains by scenario."""
    table = found.scenarios
    places = np.arange(len(table))
    colours = np.where(table["worst"], VERMILLION, BLUE).tolist()
    ax.barh(places, table["gain_usd"], color=colours, height=0.7)
    ax.axvline(-found.maintenance, color="black", linestyle="--")
    ax.axvline(0.0, color=GREY, linewidth=0.7)
    ax.text(-found.maintenance, 1.01, "maintenance", transform=ax.get_xaxis_transform(), fontsize=7)
    ax.set_yticks(places, table["scenario"].tolist(), fontsize=6)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_title(f"Gain by scenario, {found.policy}", pad=12)
    ax.set_xlabel("gain of the portfolio (USD)")
    in_usd(ax.xaxis)


def _positions(ax: Axes, found: Account) -> None:
    """Draw what each position needs and adds."""
    table = found.positions
    places = np.arange(len(table))
    ax.barh(places - 0.2, table["alone_usd"], color=ORANGE, height=0.38, label="alone")
    ax.barh(places + 0.2, table["adds_usd"], color=BLUE, height=0.38, label="adds to the whole")
    ax.axvline(0.0, color=GREY, linewidth=0.7)
    names = [f"{q:+g} {n}" for q, n in zip(table["quantity"], table["position"], strict=True)]
    ax.set_yticks(places, names)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_title("Maintenance requirement by position")
    ax.set_xlabel("requirement (USD)")
    ax.legend(loc="best")
    in_usd(ax.xaxis)
