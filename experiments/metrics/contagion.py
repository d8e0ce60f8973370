"""What the network of claims did with the losses: waves, channels, amplification."""

from collections import Counter

import numpy as np
import pandas as pd

from experiments.metrics.ledger import CENT, DEPOSITORS, FIRMS, PARTNERS, borne
from experiments.metrics.losses import loss_usd
from experiments.metrics.metric import Value
from experiments.record import Run

LOAN, OUTSIDE_DEBT = "credit", "outside_debt"
CHANNELS = ("direct", "fire_sale", "margin", "funding")
"""Ways in which a failure or a recall costs others."""
LINKS = ("default", "loan_call", "contagion_loss")
"""Kinds of event by which a loss travels between entities."""


def waves(run: Run) -> dict[int, int]:
    """Return the wave of every default, by event: how many waves of failures led to it.

    A clearing says in which of its waves it found each failure (the event's quantity). They
    count on from the failure that this one descends from: from its wave where the same
    clearing found both, from the one after it where it had happened before.
    """
    events = run.events
    kind, step = events["kind"].astype(str).to_numpy(), events["step"].to_numpy()
    cause, quantity = events["cause"].to_numpy(), events["quantity"].to_numpy()
    found: dict[int, int] = {}
    for event in np.flatnonzero(kind == "default"):
        above, own = int(cause[event]), int(quantity[event])
        while above >= 0 and kind[above] != "default":
            above = int(cause[above])
        if above < 0:
            found[int(event)] = own
        elif step[above] == step[event]:
            found[int(event)] = found[above] + max(own - int(quantity[above]), 1)
        else:
            found[int(event)] = found[above] + 1 + own
    return found


def defaults_by_wave(run: Run) -> dict[str, Value]:
    """Entities that failed in each wave: by themselves, by those who did, and so on."""
    counts = Counter(waves(run).values())
    return {f"wave {wave}": counts[wave] for wave in sorted(counts)}


def network_loss_usd_by_channel(run: Run) -> dict[str, Value]:
    """Losses that failures and recalls brought to others, by how they got there.

    Direct: claims that were not paid, net of what creditors who failed passed on. Fire sale:
    what forced sales in their wake took off prices, at the expense of those who had to sell
    or were liquidated. Margin: liquidations by a requirement that rose after them. Funding:
    liquidations of borrowers whose loans were recalled, and what they got below the undisturbed
    price for what they sold. Empty where nobody failed and nothing was called.
    """
    events = run.events
    kind = events["kind"].astype(str).to_numpy()
    if not np.isin(kind, LINKS).any():
        return {}
    channel = events["channel"].astype(str).to_numpy()
    link, usd = _last_link(kind, events["cause"].to_numpy()), borne(run)
    passed = np.isin(kind, ("contagion_loss", "default"))
    market = (kind == "contagion_loss") & (channel == "exogenous")
    pressed = (kind == "contagion_loss") & (channel == "impact")
    others = (link != "") & ~passed & (channel != "counterparty")
    recalled = others & (link == "loan_call")
    sold = np.isin(kind, ("deleveraging", "collateral_sale")) & (link == "loan_call")
    sums = {
        "direct": _of_creditors(run, ~market & ~pressed),
        "fire_sale": usd[pressed | (others & ~recalled & (channel != "margin_update"))].sum(),
        "margin": usd[others & ~recalled & (channel == "margin_update")].sum(),
        "funding": usd[recalled].sum() + _shortfall_of_sales(run, sold),
    }
    return {name: float(sums[name]) for name in CHANNELS}


def network_added_usd(run: Run) -> float:
    """Losses of all less those of the same seed with the network cut, 0 where less than a cent.

    ``nan`` where there is no network, or no twin run without it.
    """
    alone = run.manifest.get("loss_without_network_usd")
    if alone is None:
        return float("nan")
    added = loss_usd(run) - float(alone)
    return added if abs(added) >= CENT else 0.0


def network_amplification(run: Run) -> float:
    r"""Losses of the network with all its failures over those with the first failures alone.

    :math:`(X + S) / (X + S_0)`: what firms lost by themselves, :math:`X`, and what all who
    failed, :math:`S`, or those who failed by themselves, :math:`S_0`, could not pay. ``nan``
    where no firm of the network failed.

    References
    ----------
    Glasserman and Young (2015), "How likely is contagion in financial networks?", Journal of
    Banking & Finance 50.
    """
    wave = waves(run)
    firms = _firms(run)
    entity = run.events["entity"].astype(str).to_numpy()
    mine = [event for event in wave if entity[event] in firms.index]
    if not mine:
        return float("nan")
    unpaid = run.events["usd"].to_numpy()[mine]
    alone = float(firms["alone"].sum())
    first = float(unpaid[[wave[event] == 0 for event in mine]].sum())
    whole = alone + first
    return float((alone + unpaid.sum()) / whole) if whole > 0.0 else float("nan")


def network_amplification_bound(run: Run) -> float:
    r"""Most by which a network without costs of failure could have amplified these losses.

    :math:`1 + \sum_i \beta_i s_i / ((1 - \beta^+) (X + S_0))`: whoever failed by itself and left
    :math:`s_i` unpaid passes on the share :math:`\beta_i` of its debts that it owes inside, and
    each later failure at most :math:`\beta^+` of what reaches it, the largest such share
    of a firm with a claim inside. This is the argument of Glasserman and Young for the one
    shock that there was; their own bound is on an expectation over shocks. What failure
    destroys by itself and forced sales come on top. ``nan`` where nobody failed, or one who passes
    losses on owes all its debts inside.
    """
    wave, firms = waves(run), _firms(run)
    entity, unpaid = run.events["entity"].astype(str).to_numpy(), run.events["usd"].to_numpy()
    first = [event for event in wave if wave[event] == 0 and entity[event] in firms.index]
    debts = firms["inside"] + firms["outside"]
    share = (firms["inside"] / debts).where(debts > 0.0, 0.0)
    later = share[(firms["claims"] > 0.0) & ~firms.index.isin(entity[first])]
    room = 1.0 - float(later.max() if later.size else 0.0)
    whole = float(firms["alone"].sum() + unpaid[first].sum())
    if not first or whole <= 0.0 or room <= 0.0:
        return float("nan")
    passed = float((share.reindex(entity[first]).to_numpy() * unpaid[first]).sum())
    return 1.0 + passed / (room * whole)


def _of_creditors(run: Run, which: np.ndarray) -> float:
    """Return what creditors of the failed lost in the end by some of the events, USD."""
    entries = run.ledger
    theirs = entries["bearer"].isin((PARTNERS, FIRMS, DEPOSITORS)).to_numpy()
    return float(entries["usd"][theirs & which[entries["event"]]].sum())


def _shortfall_of_sales(run: Run, which: np.ndarray) -> float:
    """Return what forced trades cost against the undisturbed price, USD, never less than 0."""
    sales = run.events[which]
    lead = run.markets[run.leading]
    place = np.searchsorted(lead["step"].to_numpy(), sales["step"].to_numpy(), side="right") - 1
    true = lead["exogenous"].to_numpy()[np.maximum(place, 0)]
    side = -np.sign(sales["quantity"].to_numpy())
    cost = sales["usd"].to_numpy() * side * (true / sales["price"].to_numpy() - 1.0)
    return float(np.maximum(cost, 0.0).sum())


def _firms(run: Run) -> pd.DataFrame:
    """Return those who lend or borrow, with their sheets: one row each, USD.

    ``inside`` and ``outside`` are what they owe, ``claims`` what they are owed inside, ``alone``
    what they lost otherwise than on those.
    """
    owed = run.exposures.astype({"source": str, "target": str, "kind": str})
    loans = owed[(owed["kind"] == LOAN) & owed["target"].isin(set(run.entities["entity"]))]
    network = set(loans["source"]) | set(loans["target"])
    sheets = run.entities.assign(entity=run.entities["entity"].astype(str)).set_index("entity")
    sheets = sheets[sheets.index.isin(network)]
    inside = loans.groupby("target")["usd_before"].sum().reindex(sheets.index, fill_value=0.0)
    claims = loans.groupby("source")["usd_before"].sum().reindex(sheets.index, fill_value=0.0)
    outer = owed[owed["kind"] == OUTSIDE_DEBT].groupby("target")["usd_before"].sum()
    outside = outer.reindex(sheets.index, fill_value=0.0)
    events = run.events
    lost = events[(events["kind"] == "contagion_loss") & (events["channel"] == "counterparty")]
    passed = lost.assign(entity=lost["entity"].astype(str)).groupby("entity")["loss"].sum()
    fall = sheets["equity_before_usd"] - sheets["equity_after_usd"]
    return pd.DataFrame(
        {
            "inside": inside,
            "outside": outside,
            "claims": claims,
            "alone": (fall - passed.reindex(sheets.index, fill_value=0.0)).clip(lower=0.0),
        }
    )


def _last_link(kind: np.ndarray, cause: np.ndarray) -> np.ndarray:
    """Return the kind of the nearest link of the network above each event, empty without one."""
    found = np.full(kind.size, "", dtype=object)
    linked = np.isin(kind, LINKS)
    for event in np.flatnonzero(cause >= 0):
        above = cause[event]
        found[event] = kind[above] if linked[above] else found[above]
    return found
