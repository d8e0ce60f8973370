"""How far prices fell, how much of it forced sales did, and how long it took to come back."""

from dataclasses import dataclass

import numpy as np

from experiments.record import Run
from sim.arrays import Floats

RECOVERED_PRICE = 0.5
"""Share of the fall that must be regained."""
RECOVERED_DEPTH = 0.8
"""Share of the depth before the first shock that must be regained."""


@dataclass(frozen=True, slots=True)
class Fall:
    """The deepest fall of a price: its size, last row at the top, first at the bottom."""

    size: float
    peak: int
    trough: int


def deepest_fall(prices: Floats) -> Fall:
    """Return the largest fall from any earlier price to a later one.

    Parameters
    ----------
    prices : (n,) > 0.

    Examples
    --------
    >>> deepest_fall(np.array([10.0, 20.0, 5.0, 30.0, 24.0]))
    Fall(size=0.75, peak=1, trough=2)
    """
    highest = np.maximum.accumulate(prices)
    trough = int(np.argmin(prices / highest))
    peak = trough - int(np.argmax(prices[: trough + 1][::-1]))
    return Fall(float(1.0 - prices[trough] / highest[trough]), peak, trough)


def price_fall(run: Run) -> float:
    """Deepest fall of the outside price, from any earlier price to a later one.

    Of the asset of the leading market, the one with most liquidations.
    """
    return deepest_fall(run.markets[run.leading]["outside"].to_numpy()).size


def price_fall_without_impact(run: Run) -> float:
    """Deepest fall of the same price in the twin run, where forced sales move nothing."""
    twin = run.twin_markets.get(run.leading)
    return float("nan") if twin is None else deepest_fall(twin["outside"].to_numpy()).size


def amplification(run: Run) -> float:
    """How many times deeper the price fell because forced sales moved it.

    ``price_fall`` over ``price_fall_without_impact``; ``nan`` without a twin run, or
    where the twin's price did not fall.
    """
    alone = price_fall_without_impact(run)
    return price_fall(run) / alone if alone > 0 else float("nan")


def price_recovery_seconds(run: Run) -> float:
    """Time from the start of the deepest fall until half of it was regained.

    ``nan`` if the run ended before; 0 if the price never fell.
    """
    prices = run.markets[run.leading]["outside"].to_numpy()
    fall = deepest_fall(prices)
    if fall.size == 0:
        return 0.0
    goal = prices[fall.trough] + RECOVERED_PRICE * (prices[fall.peak] - prices[fall.trough])
    back = np.flatnonzero(prices[fall.trough :] >= goal)
    return (fall.trough + int(back[0]) - fall.peak) * run.row_seconds if back.size else float("nan")


def depth_recovery_seconds(run: Run) -> float:
    """Time from the first loss of a fifth of the bids until they were back for good.

    Bid depth is that of all markets together, and normal is its median up to the first shock
    (over the whole run without one). Measured to the first step after the thinnest moment
    with at least 80 % of normal. ``nan`` if the run ended before; 0 if depth never fell so far.
    """
    depth = run.steps.groupby("step")["bid_depth_usd"].sum()
    first = run.shocks["start_step"].min() if len(run.shocks) else depth.index[-1] + 1
    before = depth[depth.index < first]
    goal = RECOVERED_DEPTH * float((before if len(before) else depth).median())
    bids = depth.to_numpy()[len(before) if len(run.shocks) else 0 :]
    thin = np.flatnonzero(bids < goal)
    if not thin.size:
        return 0.0
    trough = int(np.argmin(bids))
    back = np.flatnonzero(bids[trough:] >= goal)
    return (trough + int(back[0]) - int(thin[0])) * run.row_seconds if back.size else float("nan")
