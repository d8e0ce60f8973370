"""The exponential moving average of the reports."""

import math
from dataclasses import dataclass

from oracles.aggregators.middle import majority, middle
from oracles.roles import AggregatorState, Reports
from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Ema:
    r"""Follow the median of the reports, half of the way in every half-life.

    After :math:`\Delta` seconds the average :math:`A` becomes
    :math:`p + 2^{-\Delta/h} (A - p)`, whatever the steps in between.

    Parameters
    ----------
    half_life_seconds : :math:`h`, seconds, > 0.

    Raises
    ------
    ConfigError
        If the half-life is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> ema, state, one = Ema(half_life_seconds=30), AggregatorState(), np.ones(1)
    >>> ema.combine(Reports(one * 100, one, one, time=0.0), state)
    100.0
    >>> ema.combine(Reports(one * 200, one, one, time=30.0), state)
    150.0
    """

    half_life_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.half_life_seconds > 0, "ema half_life_seconds must be > 0 seconds"))

    def combine(self, reports: Reports, state: AggregatorState) -> float:
        """Return the average at this moment, USD."""
        spot = middle(reports.prices)
        if math.isnan(state.average):
            state.average = spot
        else:
            kept = 2.0 ** ((state.time - reports.time) / self.half_life_seconds)
            state.average = spot + kept * (state.average - spot)
        state.time = reports.time
        return state.average

    def breakdown(self, stakes: Floats) -> int:
        """Return the number of reporters that makes a majority: time alone is no defence."""
        return majority(stakes.size)
