"""Margin policies: what an account must hold."""

from sim.margin.cliff import Cliff
from sim.margin.es_mc import MonteCarlo
from sim.margin.evt import ExtremeValue
from sim.margin.ewma import Ewma
from sim.margin.fhs import FilteredHistoricalSimulation
from sim.margin.fixed import Fixed
from sim.margin.garch import Garch
from sim.margin.grid import Grid
from sim.margin.hs import HistoricalSimulation
from sim.margin.oi_scaled import OpenInterestScaled
from sim.margin.sensitivity import Sensitivity
from sim.margin.span import Span
from sim.margin.tiered import Tiered

POLICIES = {
    "fixed": Fixed,
    "tiered": Tiered,
    "cliff": Cliff,
    "ewma": Ewma,
    "garch": Garch,
    "hs": HistoricalSimulation,
    "fhs": FilteredHistoricalSimulation,
    "es_mc": MonteCarlo,
    "evt": ExtremeValue,
    "oi_scaled": OpenInterestScaled,
    "span": Span,
    "grid": Grid,
    "sensitivity": Sensitivity,
}
"""Every margin policy that a scenario can name."""
