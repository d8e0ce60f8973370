"""Contracts: what a position is worth, in which asset, and what it exposes to."""

from sim.instruments.inverse_perpetual import InversePerpetual
from sim.instruments.linear_perpetual import LinearPerpetual
from sim.instruments.loan import CollateralisedLoan
from sim.instruments.spot import Spot

INSTRUMENTS = {
    "spot": Spot,
    "linear_perpetual": LinearPerpetual,
    "inverse_perpetual": InversePerpetual,
    "collateralised_loan": CollateralisedLoan,
}
"""Every kind of instrument that a scenario can name."""

type Instrument = Spot | LinearPerpetual | InversePerpetual | CollateralisedLoan

__all__ = [
    "INSTRUMENTS",
    "CollateralisedLoan",
    "Instrument",
    "InversePerpetual",
    "LinearPerpetual",
    "Spot",
]
