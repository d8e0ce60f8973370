"""What a contract is worth at a price, and at which price it is worth so much."""

import numpy as np

from sim.arrays import Floats
from sim.instruments import Instrument, Spot
from sim.kernels.settle import INVERSE, LINEAR, SPOT
from sim.theory import inverse


def shape_of(instrument: Instrument) -> tuple[int, int, int]:
    """Return what the settlement kernel needs to know of an instrument."""
    kind = SPOT if isinstance(instrument, Spot) else LINEAR
    kind = INVERSE if inverse(instrument) else kind
    return kind, instrument.settlement, instrument.underlying


def worth_at(instrument: Instrument, prices: Floats) -> Floats:
    """Return the worth of one contract at each price, units of the settlement asset.

    What ``instrument.value`` says of one price.
    """
    size = instrument.contract_size
    return -size / prices if inverse(instrument) else size * prices


def price_at(instrument: Instrument, worths: Floats) -> Floats:
    """Return the price at which one contract is worth so much, ``inf`` where none is."""
    size = instrument.contract_size
    if inverse(instrument):
        return np.where(worths < 0.0, -size / np.where(worths < 0.0, worths, -1.0), np.inf)
    return worths / size
