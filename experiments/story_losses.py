"""What is told of losses: who failed, which layers paid, and who bore them in the end."""

from collections.abc import Mapping

import numpy as np

from experiments.metrics.adl import vault_pnl_usd
from experiments.metrics.contagion import waves
from experiments.metrics.house import cleared, paid_by_layer
from experiments.metrics.ledger import VAULTS
from experiments.metrics.losses import bearers, loss_usd
from experiments.record import Run
from experiments.words import listed, usd

type Told = list[tuple[int, str]]
"""Sentences with the step that each belongs to."""
CALLED = ("default_fund", "assessment", "gains_haircut", "tear_up")
"""Kinds of events by which members pay for each other."""


def first_loss(run: Run) -> Told:
    """Tell of the first loss beyond its owner's margin; a clearing house has its own sentence."""
    kinds = {
        "insurance": "an insurance fund pays",
        "adl": "winners are deleveraged",
        "socialised_loss": "losses are shared out",
        "bad_debt": "bad debt is left",
    }
    mine = run.events["kind"].isin(kinds) & ~run.events["venue"].isin(cleared(run))
    rows = run.events[mine]
    if rows.empty:
        return []
    row = rows.iloc[0]
    what = f"{kinds[str(row['kind'])]} on {row['venue']}"
    what += f", {usd(float(row['usd']))}" if row["usd"] > 0 else ""
    text = f"The first loss outgrows the margin behind it: {what}."
    return [(int(row["step"]), text)]


def failures(run: Run) -> Told:
    """Tell of the first failure that led to others; else of the first one."""
    wave, events = waves(run), run.events
    if not wave:
        return []
    began = _beginnings(wave, events["cause"].to_numpy())
    cause = next((began[event] for event in wave if wave[event] > 0), next(iter(wave)))
    led = [event for event in wave if wave[event] > 0 and began[event] == cause]
    left = float(events["usd"].iloc[cause])
    text = f"{events['entity'].iloc[cause]} fails and leaves {usd(left)} unpaid"
    if led:
        names = [str(events["entity"].iloc[event]) for event in led[:3]]
        names += [f"{len(led) - 3} more"] * (len(led) > 3)
        further = max(wave[event] for event in led)
        text += (
            f". In {further} further wave{'s' * (further > 1)} of failures it takes "
            f"{listed(names)} with it."
        )
    elif len(wave) == 1:
        text += "; nobody else fails."
    else:
        text += f". It takes nobody with it; {len(wave) - 1} more fail, each by itself."
    return [(int(events["step"].iloc[cause]), text)]


def _beginnings(wave: Mapping[int, int], cause: np.ndarray) -> dict[int, int]:
    """Return the failure of the first wave that every failure goes back to."""
    began: dict[int, int] = {}
    for event in wave:
        above = int(cause[event])
        while above >= 0 and above not in began:
            above = int(cause[above])
        began[event] = began.get(above, event)
    return began


def takeovers(run: Run) -> Told:
    """Tell of what backstop vaults took over."""
    taken = run.events[run.events["kind"] == "backstop"]
    if taken.empty:
        return []
    names = listed(list(dict.fromkeys(taken["entity"].astype(str))))
    many = len(taken) > 1
    text = (
        f"The market does not close what is short of margin, and {names} takes it over: "
        f"{len(taken):,} account{'s' * many} with positions of {usd(float(taken['usd'].sum()))}"
        f"{' by the end' * many}."
    )
    return [(int(taken["step"].iloc[0]), text)]


def house(run: Run) -> Told:
    """Tell what clearing houses paid, layer by layer, or that they were not needed."""
    houses = cleared(run)
    paid = {layer: sum_ for layer, sum_ in paid_by_layer(run).items() if sum_ > 0.0}
    if not houses:
        return []
    many = len(houses) > 1
    who = f"clearing house{'s' * many} of {listed(houses)}"
    if not paid:
        text = f"The {who} {'were' if many else 'was'} not needed: margin covered every loss."
        return [(last_step(run), text)]
    rows = run.events["kind"].isin(CALLED) & run.events["venue"].isin(houses)
    if not rows.any():
        text = (
            f"The {who} asked no member for anything: {usd(sum(paid.values()))} was lost beyond "
            "margin or on positions taken over, and own capital, the insurance fund, bore it all."
        )
        return [(last_step(run), text)]
    layers = listed([f"{layer} {usd(sum_)}" for layer, sum_ in paid.items()])
    text = (
        f"Margin no longer covers what members have lost, and the {who} "
        f"{'pay' if many else 'pays'}. By the end of the run the layers have borne "
        f"{usd(sum(paid.values()))}: {layers}."
    )
    failed = run.events[(run.events["kind"] == "default") & run.events["entity"].isin(houses)]
    for name, left in zip(failed["entity"], failed["usd"], strict=True):
        text += f" No layer covers the rest: {name} itself fails and leaves {usd(left)} unpaid."
    return [(int(run.events["step"][rows].iloc[0]), text)]


def ending(run: Run) -> Told:
    """Sum up."""
    total, halted = loss_usd(run), str(run.manifest.get("halted") or "")
    early = f"The run stops before its end: {halted.rstrip('.')}. " if halted else ""
    if not total:
        text = f"{early}The run ends; nobody has lost anything by force."
        return [(last_step(run), text)]
    lost = bearers(run)
    shares = [f"{who} {usd(theirs)}" for who, theirs in lost.items()]
    count = int(run.entities["defaulted"].sum())
    broke = f"; {count} entit{'ies' if count > 1 else 'y'} defaulted" if count else ""
    text = f"{early}The run ends with {usd(total)} lost: {listed(shares)}{broke}."
    text += f" {with_gains(run)}" if VAULTS in lost else ""
    return [(last_step(run), text)]


def with_gains(run: Run) -> str:
    """Say how depositors of vaults stand once the gains count that a sum of losses leaves out."""
    net = vault_pnl_usd(run)
    stand = f"{usd(abs(net))} {'worse' if net < 0.0 else 'better'} off"
    return (
        "Losses alone are counted here; with what vaults gained as well, such as the margin left "
        f"in what they took over, their depositors are {stand}."
    )


def last_step(run: Run) -> int:
    """Return the last step."""
    return int(run.steps["step"].iloc[-1])
