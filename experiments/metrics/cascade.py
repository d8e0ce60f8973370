"""How large the cascade was, how deep, and what carried it."""

import numpy as np

from experiments.metrics.metric import Value
from experiments.record import Run


def liquidated_usd(run: Run) -> float:
    """Notional of the positions taken from their owners.

    The sum of ``usd`` over liquidations and takeovers. What the venue or a keeper sells
    later (disposals, sales of seized collateral) is the same position again, counted once.
    """
    return float(run.cascade.liquidations["usd"].sum())


def liquidated_share(run: Run) -> float:
    """Liquidated notional as a share of the open interest before the first shock, or at the start.

    Open interest is that of all markets together; without a shock, that of the first step.
    """
    steps = run.steps
    first = run.shocks["start_step"].min() if len(run.shocks) else 0
    upto = steps["step"][steps["step"] <= max(first, steps["step"].iloc[0])].iloc[-1]
    total = float(steps["open_interest_usd"][steps["step"] == upto].sum())
    return liquidated_usd(run) / total if total > 0 else float("nan")


def forced_trades(run: Run) -> int:
    """Trades nobody chose: liquidations, disposals, auto-deleveraging, collateral sales."""
    return int(run.cascade.is_forced.sum())


def forced_usd(run: Run) -> float:
    """Notional of all forced trades, sales of what was seized before included."""
    return float(run.events["usd"][run.cascade.is_forced].sum())


def generations(run: Run) -> int:
    """How many links the longest chain of liquidations has.

    A liquidation is one generation below the liquidation that led to it. Zero means no
    liquidations, one means that none of them led to another.
    """
    found = run.cascade.liquidations["generation"]
    return int(found.max()) if len(found) else 0


def mean_generation(run: Run) -> float:
    """How deep in the chain the average liquidated dollar stands.

    The mean generation of liquidations, weighted by ``usd``; ``nan`` without any.
    """
    found = run.cascade.liquidations
    weight = found["usd"].sum()
    return float((found["generation"] * found["usd"]).sum() / weight) if weight else float("nan")


def branching_ratio(run: Run) -> float:
    """How many further liquidations one liquidation led to, on average.

    The number of liquidations and takeovers whose parent (the nearest one above,
    whatever links stand between) lies before the last step of the run, over the number
    of them before the last step. Those of the last step are left out as parents: the run
    ended before they could lead to anything. Below 1 a cascade dies out by itself.
    ``nan`` without parents.
    """
    steps = run.events["step"].to_numpy()
    in_time = steps < max(int(run.steps["step"].iloc[-1]), int(steps.max(initial=0)))
    parents = int((in_time & run.cascade.is_liquidation).sum())
    above = run.cascade.liquidations["parent"].to_numpy()
    children = int(in_time[above[above >= 0]].sum())
    return children / parents if parents else float("nan")


def liquidated_usd_by_channel(run: Run) -> dict[str, Value]:
    """Liquidated notional by the channel that carried its cause.

    Channels without liquidations are left out; the largest comes first.
    """
    sums = run.cascade.liquidations.groupby("channel", observed=True)["usd"].sum()
    order = np.argsort(-sums.to_numpy(), kind="stable")
    return {str(sums.index[i]): float(sums.iloc[i]) for i in order}
