"""Volatility surfaces that a venue prices its options by; one choice a file."""

from sim.surfaces.flat import Flat
from sim.surfaces.quoted import Quoted
from sim.surfaces.svi import Svi

SURFACES = {
    "flat": Flat,
    "quoted": Quoted,
    "svi": Svi,
}
"""Every kind of surface that a scenario can name."""
