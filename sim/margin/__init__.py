"""Margin policies: what an account must hold."""

from sim.margin.ewma import Ewma
from sim.margin.fixed import Fixed
from sim.margin.tiers import Tiers

POLICIES = {
    "fixed": Fixed,
    "tiers": Tiers,
    "ewma": Ewma,
}
"""Every margin policy that a scenario can name."""
