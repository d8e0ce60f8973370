"""One account: what each position asks for, and what each scenario would cost."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    VERMILLION,
    Picture,
    headline,
    in_style,
    in_usd,
    picture,
)
from experiments.margin_account import Account
from experiments.margin_account_why import SimulatedLosses, parts, scenarios, simulated
from experiments.words import usd

CAPTION = (
    "Left, the maintenance requirement of each position alone, and what it adds to that of all "
    "others: negative where it protects them. Right, what the portfolio loses in each scenario, "
    "the worst marked by a star; where the policy looks at each underlying by itself, each has its "
    "own worst. With a policy that simulates, how losses are spread; with others, the summands."
)
ROW = 0.17
"""Height of a scenario, inches."""


def draw(account: Account) -> Picture:
    """Draw contributions on the left; scenarios, the tail, or the parts on the right."""
    by_scenario, rest = scenarios(account), simulated(account)
    rows = 0 if by_scenario is None else len(by_scenario)
    with in_style():
        figure = picture(max(2.9, 1.4 + ROW * rows, 1.4 + 0.36 * account.quantity.size))
        left, right = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
        _contributions(left, account)
        if by_scenario is not None:
            _scenarios(right, by_scenario, list(account.holdings.portfolio.assets))
        elif rest is not None:
            _tail(right, rest)
        else:
            _parts(right, account)
        headline(figure, said(account))
    return figure


def said(account: Account) -> str:
    """Return what one sees, in a sentence."""
    whole = (
        f"{account.holdings.portfolio.title}: {account.policy} requires {usd(account.maintenance)}"
    )
    if account.offset < 0.005:
        return f"{whole}, as much as its positions one by one"
    return f"{whole}, {usd(account.offset)} less than one by one"


def _contributions(ax: Axes, account: Account) -> None:
    """Draw what each position requires by itself, and what it adds to the rest."""
    place = np.arange(account.quantity.size)
    names = [
        f"{quantity:+,.10g}\n{name}"
        for quantity, name in zip(account.quantity, account.holdings.names, strict=True)
    ]
    ax.barh(place - 0.19, account.alone, 0.36, color=PALE, edgecolor=GREY, lw=0.5, label="alone")
    ax.barh(place + 0.19, account.marginal, 0.36, color=BLUE, label="added to the rest")
    ax.set_yticks(place, names)
    ax.invert_yaxis()
    ax.set_title("By position", pad=18)
    ax.set_xlabel("maintenance requirement, USD")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.1)
    _dress(ax)


def _scenarios(ax: Axes, frame: pd.DataFrame, assets: list[str]) -> None:
    """Draw the loss in every scenario; the worst of whatever is looked at stands out."""
    place = np.arange(len(frame))
    apart = [each for each in assets if each in frame and _looked_at(frame, each)]
    height = 0.8 / max(len(apart), 1)
    for i, name in enumerate(apart or ["portfolio"]):
        worst = np.array([_hurts(each, name if apart else "") for each in frame["worst_of"]])
        colour = PALETTE[2 * i % len(PALETTE)] if apart else GREY
        at = place + height * (i - 0.5 * (len(apart or "1") - 1))
        losses = frame[name].to_numpy()
        ax.barh(at[~worst], losses[~worst], height, color=colour, alpha=0.45, label=name)
        ax.barh(at[worst], losses[worst], height, color=VERMILLION if not apart else colour)
        for y, loss in zip(at[worst], losses[worst], strict=True):
            ax.plot(loss, y, marker="*", ms=7, color=BLACK, clip_on=False)
    ax.set_yticks(place, frame["scenario"], fontsize=6)
    ax.set_ylim(len(frame) - 0.4, -0.6)
    ax.set_title("By scenario (★ the worst)", pad=18)
    ax.set_xlabel("loss, USD")
    if apart:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderaxespad=0.1)
    _dress(ax)


def _looked_at(frame: pd.DataFrame, name: str) -> bool:
    """Tell whether scenarios are looked at by underlying, and this is one that they hurt."""
    return any(_hurts(each, name) for each in frame["worst_of"])


def _hurts(worst_of: str, name: str) -> bool:
    """Tell whether a scenario is the worst of an underlying; of anything, without a name."""
    return name in worst_of.split(", ") if name else bool(worst_of)


def _tail(ax: Axes, rest: SimulatedLosses) -> None:
    """Draw how losses are spread, and where the tail begins."""
    ax.hist(rest.losses, bins=80, color=PALE, edgecolor=GREY, lw=0.3)
    for name, colour in (("quantile", ORANGE), ("expected shortfall", VERMILLION)):
        label = f"{name}, {100 * rest.confidence:.4g} %"
        ax.axvline(rest.numbers[name], color=colour, lw=1.4, label=label)
    ax.set_title("Simulated losses", pad=18)
    ax.set_xlabel("loss until close-out, USD")
    ax.set_ylabel("scenarios")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.1)
    in_usd(ax.xaxis)
    ax.locator_params(axis="x", nbins=5)


def _parts(ax: Axes, account: Account) -> None:
    """Draw what the requirement is the sum of."""
    made_of = parts(account)
    place = np.arange(len(made_of))
    values = [each.usd for each in made_of]
    ax.barh(place, values, 0.55, color=ORANGE)
    for y, value in enumerate(values):
        ax.annotate(usd(value), (value, y), (3, 0), textcoords="offset points", va="center")
    ax.set_yticks(place, [each.part for each in made_of])
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.set_title("What it is the sum of", pad=18)
    ax.set_xlabel("maintenance requirement, USD")
    _dress(ax)


def _dress(ax: Axes) -> None:
    """Finish an axis of dollars."""
    ax.axvline(0.0, color=BLACK, lw=0.7)
    in_usd(ax.xaxis)
    ax.locator_params(axis="x", nbins=5)
    ax.grid(axis="x")
