"""Deleveraging policies: whose profitable positions are closed when the fund cannot pay."""

from sim.deleveraging.none import NoDeleveraging
from sim.deleveraging.pro_rata import ProRata
from sim.deleveraging.profit_leverage import ProfitLeverage
from sim.deleveraging.water_filling import WaterFilling

DELEVERAGING = {
    "profit_leverage": ProfitLeverage,
    "pro_rata": ProRata,
    "water_filling": WaterFilling,
    "none": NoDeleveraging,
}
"""Every deleveraging policy that a scenario can name."""
