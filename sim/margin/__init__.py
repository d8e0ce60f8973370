"""Margin policies: what an account must hold."""

from sim.margin.ewma import Ewma
from sim.margin.fixed import Fixed
from sim.margin.tiered import Tiered

POLICIES = {
    "fixed": Fixed,
    "tiered": Tiered,
    "ewma": Ewma,
}
"""Every margin policy that a scenario can name."""
