"""Contracts: what a position is worth, in which asset, and what it exposes to."""

from sim.instruments.dated_future import DatedFuture
from sim.instruments.european_option import EuropeanOption
from sim.instruments.inverse_perpetual import InversePerpetual
from sim.instruments.linear_perpetual import LinearPerpetual
from sim.instruments.loan import CollateralisedLoan
from sim.instruments.spot import Spot

INSTRUMENTS = {
    "spot": Spot,
    "linear_perpetual": LinearPerpetual,
    "inverse_perpetual": InversePerpetual,
    "dated_future": DatedFuture,
    "european_option": EuropeanOption,
    "collateralised_loan": CollateralisedLoan,
}
"""Every kind of instrument that a scenario can name."""

type Instrument = (
    Spot | LinearPerpetual | InversePerpetual | DatedFuture | EuropeanOption | CollateralisedLoan
)

__all__ = [
    "INSTRUMENTS",
    "CollateralisedLoan",
    "DatedFuture",
    "EuropeanOption",
    "Instrument",
    "InversePerpetual",
    "LinearPerpetual",
    "Spot",
]
