"""What clearing houses paid, layer by layer."""

from experiments.metrics.ledger import (
    ASSESSED,
    CENT,
    CUT,
    FUNDS,
    MEMBERS,
    SHARES,
    TORN,
)
from experiments.metrics.metric import Value
from experiments.record import Run

OWN_CAPITAL = "own capital"
LAYERS = {
    SHARES: SHARES,
    FUNDS: OWN_CAPITAL,
    MEMBERS: MEMBERS,
    ASSESSED: ASSESSED,
    CUT: CUT,
    TORN: TORN,
}
"""Who bears a layer in the ledger, and what it is called; the insurance fund is own capital."""


def house_paid_usd_by_layer(run: Run) -> dict[str, Value]:
    """What each layer of the clearing houses paid of losses beyond margin; a dash without a house.

    The order is that of the waterfall, but for own capital: only a part of it, the skin in the
    game, stands before the other members' shares, the rest behind them.
    """
    return dict(paid_by_layer(run))


def paid_by_layer(run: Run) -> dict[str, float]:
    """Return what every layer of all clearing houses paid, USD; empty without a house."""
    houses = cleared(run)
    if not houses:
        return {}
    events, entries = run.events, run.ledger
    # A house that fails leaves to others what had been written down for its own capital.
    fails = events["kind"].astype(str) == "default"
    owner = events["venue"].astype(str).where(~fails, events["entity"].astype(str))
    theirs = entries[owner.isin(houses).to_numpy()[entries["event"]]]
    sums = theirs.groupby("bearer")["usd"].sum()
    paid = {name: float(sums.get(bearer, 0.0)) for bearer, name in LAYERS.items()}
    return {name: usd if usd >= CENT else 0.0 for name, usd in paid.items()}


def cleared(run: Run) -> list[str]:
    """Return the exchanges that a clearing house stands behind."""
    return [str(name) for name in run.manifest.get("clearing_houses", ())]
