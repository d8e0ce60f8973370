"""Why an account must hold what it must: the parts of its requirement, and every scenario."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.margin_account import Account
from sim.arrays import Floats
from sim.margin.charges import ScaledCharge
from sim.margin.scan import Scan
from sim.margin.sensitivity import SensitivityCharge
from sim.margin.span import SpanCharge
from sim.margin.tail import expected_shortfall, value_at_risk
from sim.margin.tail_charge import TailCharge
from sim.roles import PortfolioCharge

WHOLE = "portfolio"
"""What a scenario is the worst of, where underlyings are not looked at one by one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A summand of a maintenance requirement: what it is, USD, and what decided it."""

    part: str
    usd: float
    because: str = ""


def parts(account: Account) -> list[Part]:
    """Return the summands of an account's maintenance requirement, in the order of the sum."""
    held = account.quantity[:, None]
    charge, factor = unwrapped(account.schedule.charge)
    found: list[Part] = []
    by_name = float(account.bracketed(held)[0])
    if charge is None or by_name:
        found.append(Part("rates on notional", by_name, "position by position, nothing set off"))
    if isinstance(charge, SpanCharge):
        found += _span(account, charge)
    elif isinstance(charge, Scan):
        found += _scan(account, charge)
    elif isinstance(charge, SensitivityCharge):
        names = ("delta", "vega", "curvature")
        found += [
            Part(name, float(each[0])) for name, each in zip(names, charge.parts(held), strict=True)
        ]
    elif isinstance(charge, TailCharge):
        words = {"es": "expected shortfall", "var": "quantile"}
        said = f"{words[charge.measure]} at {100.0 * charge.confidence:.4g} %"
        found.append(Part("tail of the portfolio", float(charge.required(held)[0]), said))
    elif charge is not None:
        found.append(Part("charge on the portfolio", float(charge.required(held)[0])))
    scaled = found if by_name == 0.0 else found[1:]
    if factor != 1.0:
        extra = (factor - 1.0) * sum(each.usd for each in scaled)
        found.append(Part("tools and scale", extra, f"the charge times {factor:.4g}"))
    return found


def unwrapped(charge: PortfolioCharge | None) -> tuple[PortfolioCharge | None, float]:
    """Return the charge inside of what tools have scaled, and by how much they have."""
    factor = 1.0
    while isinstance(charge, ScaledCharge):
        factor *= charge.factor
        charge = charge.charge
    return charge, factor


def _span(account: Account, charge: SpanCharge) -> list[Part]:
    """Return scan risk, spreads, credits and the minimum."""
    found: list[Part] = []
    given = charge.parts(account.quantity[:, None])
    names = _underlyings(account)
    lost = _lost(account, charge.losses)
    for u, group in enumerate(given.groups.tolist()):
        mine = charge.groups == group
        worst = _worst(_summed(lost[:, mine]))
        because = "no scenario loses" if worst is None else charge.labels[worst]
        found.append(Part(f"scan risk of {names[group]}", float(given.scan[u, 0]), because))
        if given.month[u, 0]:
            said = f"{charge.month_charge:.3g} of the delta that is spread over months"
            found.append(Part(f"months of {names[group]}", float(given.month[u, 0]), said))
    for (one, other), usd in given.credit.items():
        if usd[0]:
            what = f"credit of {names[one]} against {names[other]}"
            said = f"{charge.credit:.3g} of both risks on the smaller delta"
            found.append(Part(what, -float(usd[0]), said))
    return [*found, *_raised(sum(each.usd for each in found), float(given.minimum[0]))]


def _scan(account: Account, charge: Scan) -> list[Part]:
    """Return the worst scenario and the minimum."""
    losses = _summed(_lost(account, charge.losses))
    worst = _worst(losses)
    usd = 0.0 if worst is None else float(losses[worst])
    because = "no scenario loses" if worst is None else charge.labels[worst]
    minimum = 0.0
    for each, held in zip(charge.minimum.tolist(), account.quantity.tolist(), strict=True):
        minimum += each * max(-held, 0.0)
    return [Part("worst scenario", usd, because), *_raised(usd, minimum)]


def _raised(usd: float, minimum: float) -> list[Part]:
    """Return what the minimum of options sold adds; nothing where none is sold."""
    if not minimum:
        return []
    said = f"options sold need at least {minimum:,.2f} USD"
    return [Part("minimum of options sold", max(minimum - usd, 0.0), said)]


def scenarios(account: Account) -> pd.DataFrame | None:
    """Return what is lost in every labelled scenario, one row each, USD; ``None`` without any.

    Columns are the scenario, what it is the worst of (an underlying, or the portfolio), the
    portfolio's loss, that of each underlying where there are several, and that of each position.
    Losses are as the policy counts them.
    """
    charge, factor = unwrapped(account.schedule.charge)
    if not isinstance(charge, SpanCharge | Scan):
        return None
    lost = factor * _lost(account, charge.losses)
    names = _underlyings(account)
    groups = account.holdings.contracts.underlying
    by_group = {names[g]: _summed(lost[:, groups == g]) for g in np.unique(groups).tolist()}
    looked_at = by_group if isinstance(charge, SpanCharge) else {WHOLE: _summed(lost)}
    worst = [""] * len(lost)
    for name, losses in looked_at.items():
        place = _worst(losses)
        if place is not None:
            worst[place] = ", ".join(filter(None, (worst[place], name)))
    columns: dict[str, object] = {"scenario": list(charge.labels), "worst_of": worst}
    columns[WHOLE] = _summed(lost)
    columns |= by_group if len(by_group) > 1 else {}
    columns |= {name: lost[:, k] for k, name in enumerate(account.holdings.names)}
    return pd.DataFrame(columns)


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedLosses:
    """The tail of what a portfolio loses over simulated scenarios.

    Parameters
    ----------
    losses : (S,) of the portfolio, USD.
    numbers : mean, deviation, quantile, shortfall and worst, USD, by what they are called.
    shares : (K,) what each position loses on average in the tail; adds up to the shortfall.
    confidence : at which the tail begins.
    """

    losses: Floats
    numbers: dict[str, float]
    shares: Floats
    confidence: float


def simulated(account: Account) -> SimulatedLosses | None:
    """Return the tail that a simulating policy charges for; ``None`` with any other."""
    charge, factor = unwrapped(account.schedule.charge)
    if not isinstance(charge, TailCharge):
        return None
    lost = factor * _lost(account, charge.losses)
    losses, count = _summed(lost), len(lost)
    equal = np.full(count, 1.0 / count)
    counted = np.clip(1.0 - charge.confidence - equal[0] * np.arange(count), 0.0, equal[0])
    order = np.argsort(-losses, kind="stable")
    shares = (lost[order] * counted[:, None]).sum(axis=0) / counted.sum()
    column = losses[:, None]
    numbers = {
        "mean": float(losses.mean()),
        "standard deviation": float(losses.std()),
        "quantile": float(value_at_risk(column, charge.confidence, "inverted_cdf")[0]),
        "expected shortfall": float(expected_shortfall(column, equal, charge.confidence)[0]),
        "worst": float(losses.max()),
    }
    return SimulatedLosses(losses, numbers, shares, charge.confidence)


def _underlyings(account: Account) -> dict[int, str]:
    """Return the names of assets by their numbers among contracts."""
    return {1 + i: name for i, name in enumerate(account.holdings.portfolio.assets)}


def _lost(account: Account, losses: Floats) -> Floats:
    """Return what each position loses in each scenario, (S, K) USD."""
    return losses * account.quantity


def _summed(lost: Floats) -> Floats:
    """Return the sums of rows, added up in the order of positions, as the policy does."""
    total = np.zeros(len(lost))
    for column in lost.T:
        total = total + column
    return total


def _worst(losses: Floats) -> int | None:
    """Return the first scenario of the largest loss, ``None`` where nothing is lost."""
    place = int(np.argmax(losses))
    return place if losses[place] > 0.0 else None
