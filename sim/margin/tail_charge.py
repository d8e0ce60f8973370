"""A charge on portfolios: the tail of what they lose over many scenarios."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.margin.tail import Measure, expected_shortfall, value_at_risk

PORTFOLIOS = 256
"""Portfolios worked on at a time, so that their losses fit into memory."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TailCharge:
    """What a portfolio loses in the tail of equally likely scenarios.

    Parameters
    ----------
    losses : (S, K) what one contract loses in each scenario, USD.
    measure : ``es`` or ``var``.
    confidence : in (0.5, 1).
    initial_multiple : initial over maintenance requirement, >= 1.

    Examples
    --------
    Half long and half short of two things that always move together loses nothing:

    >>> moves = np.linspace(-1.0, 1.0, 101)
    >>> charge = TailCharge(
    ...     losses=np.stack((moves, moves), axis=1),
    ...     measure="var",
    ...     confidence=0.99,
    ...     initial_multiple=1.5,
    ... )
    >>> charge.required(np.array([[1.0, 1.0], [1.0, -1.0]]))
    array([1.96, 0.  ])
    """

    losses: Floats
    measure: Measure
    confidence: float
    initial_multiple: float

    def required(self, positions: Floats) -> Floats:
        """Return the maintenance requirement of portfolios, (n,) USD."""
        out = np.empty(positions.shape[1])
        equal = np.full(len(self.losses), 1.0 / len(self.losses))
        for start in range(0, out.size, PORTFOLIOS):
            held = positions[:, start : start + PORTFOLIOS]
            # Instrument by instrument, so that one portfolio's sum is the same in any company.
            lost = np.zeros((len(self.losses), held.shape[1]))
            for j, row in enumerate(held):
                lost += self.losses[:, j, None] * row
            if self.measure == "es":
                found = expected_shortfall(lost, equal, self.confidence)
            else:
                found = value_at_risk(lost, self.confidence, "inverted_cdf")
            out[start : start + PORTFOLIOS] = np.maximum(found, 0.0)
        return out
