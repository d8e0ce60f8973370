"""Who lost how much."""

from experiments.metrics.ledger import BEARERS, CENT, FUNDS, borne
from experiments.metrics.metric import Value
from experiments.record import Run
from sim.arrays import Bools


def loss_usd(run: Run) -> float:
    """All losses, whoever bore them; a loss that is passed on counts once.

    What liquidated traders lost of their own, what insurance funds paid, what was taken
    from winners, and what lenders and counterparties did not get back. Gains are not netted.
    """
    return float(borne(run).sum())


def loss_usd_by_bearer(run: Run) -> dict[str, Value]:
    """The same losses by who bore them in the end, in the order in which they are passed on."""
    sums = bearers(run)
    return dict(sums)


def bearers(run: Run) -> dict[str, float]:
    """Return the losses of everybody who had a cent, USD, in the order of ``BEARERS``."""
    sums = run.ledger.groupby("bearer")["usd"].sum()
    return {who: float(sums[who]) for who in BEARERS if sums.get(who, 0.0) >= CENT}


def insurance_draw_usd(run: Run) -> float:
    """What insurance funds lost.

    What they paid for accounts that owed more than they had, and lost on positions taken over,
    less what winners then paid in their place, by auto-deleveraging or a socialised loss.
    """
    return bearers(run).get(FUNDS, 0.0)


def adl_usd(run: Run) -> float:
    """Notional of profitable positions closed against their owners' will."""
    return _sum(run, "adl")


def socialised_loss_usd(run: Run) -> float:
    """What was shared out among participants once the insurance fund was empty."""
    return _sum(run, "socialised_loss")


def uncovered_usd(run: Run) -> float:
    """What no layer of a clearing house covered: how far its fund is under water at the end.

    The house then fails, and who it owes money bears it. ``nan`` without a clearing house.
    """
    cleared = run.manifest.get("clearing_houses")
    if not cleared:
        return float("nan")
    last = run.steps[run.steps["venue"].astype(str).isin(cleared)].groupby("venue", observed=True)
    short = -last["insurance_usd"].last()
    return float(short[short >= CENT].sum())


def bad_debt_usd(run: Run) -> float:
    """Debt at lenders that no collateral covered, before insurance paid for any of it.

    What exchange accounts owed beyond their margin is in the insurance draw and what follows it.
    """
    return _sum(run, "bad_debt")


def accounts_liquidated(run: Run) -> int:
    """Accounts from which a position was taken, in part or whole."""
    return _accounts(run, run.cascade.is_liquidation)


def accounts_wiped_out(run: Run) -> int:
    """Accounts that lost all they had and left a loss to somebody else.

    Those that an insurance fund paid for, or whose debt was written off.
    """
    left = run.events["kind"].isin(("insurance", "bad_debt")) & (run.events["account"] >= 0)
    return _accounts(run, left.to_numpy(dtype=bool))


def defaulted_entities(run: Run) -> int:
    """Entities that could not pay what they owed."""
    return int(run.entities["defaulted"].sum())


def _sum(run: Run, kind: str) -> float:
    """Return the sum of ``usd`` over one kind of event."""
    return float(run.events["usd"][run.events["kind"] == kind].sum())


def _accounts(run: Run, which: Bools) -> int:
    """Return how many different accounts some events concern."""
    return len(run.events[which][["venue", "account"]].drop_duplicates())
