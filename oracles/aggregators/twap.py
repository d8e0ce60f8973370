"""The time-weighted average price of a window."""

from dataclasses import dataclass

from oracles.aggregators.middle import majority, middle
from oracles.roles import AggregatorState, Reports
from sim.arrays import Floats
from sim.errors import check

FIXED_POINT = 96
"""Bits after the point in the price integral; as many as the on-chain accumulators carry."""
MICROSECONDS = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Twap:
    r"""Average the median of the reports over the last ``window_seconds``.

    With :math:`C(t) = \int_0^t p\,dt` and window :math:`w` the answer is
    :math:`(C(t) - C(t - w)) / w`; while the feed is younger than the window, over its age.
    A price stands until the next one, so that the newest has no weight at the moment it
    is seen: moving it for a single step moves the answer in the following ones only.

    The integral is kept in whole numbers, as on chain: the largest lie leaves no rounding
    error behind once it has left the window.

    Parameters
    ----------
    window_seconds : :math:`w`, seconds, > 0.

    Raises
    ------
    ConfigError
        If the window has no length.

    References
    ----------
    Adams, Zinsmeister and Robinson (2020), Uniswap v2 Core, section 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> twap, state, one = Twap(window_seconds=20), AggregatorState(), np.ones(1)
    >>> steps = [(0.0, 100.0), (10.0, 100.0), (20.0, 300.0), (30.0, 100.0)]
    >>> [twap.combine(Reports(one * price, one, one, time), state) for time, price in steps]
    [100.0, 100.0, 100.0, 200.0]
    """

    window_seconds: float = 1800.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.window_seconds > 0, "twap window_seconds must be > 0 seconds"))

    def combine(self, reports: Reports, state: AggregatorState) -> float:
        """Return the average over the window that ends now, USD."""
        now = round(reports.time * MICROSECONDS)
        spot = middle(reports.prices)
        checkpoints = state.checkpoints
        integral = 0
        if checkpoints:
            since, before, price = checkpoints[-1]
            integral = before + price * (now - since)
        checkpoints.append((now, integral, int(spot * 2.0**FIXED_POINT)))
        edge = now - round(self.window_seconds * MICROSECONDS)
        while len(checkpoints) > 1 and checkpoints[1][0] <= edge:
            checkpoints.popleft()
        since, before, price = checkpoints[0]
        begin = max(since, edge)
        if begin == now:
            return spot
        return (integral - before - price * (begin - since)) / ((now - begin) << FIXED_POINT)

    def breakdown(self, stakes: Floats) -> int:
        """Return the number of reporters that makes a majority: time alone is no defence."""
        return majority(stakes.size)
