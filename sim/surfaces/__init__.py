"""Volatility surfaces that a venue prices its options by; one choice a file."""

from sim.surfaces.flat import Flat

SURFACES = {
    "flat": Flat,
}
"""Every kind of surface that a scenario can name."""
