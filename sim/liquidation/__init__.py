"""Liquidation rules: how much of a failing account is closed at a time, and by whom."""

from sim.liquidation.bonus import Bonus
from sim.liquidation.paced import Paced
from sim.liquidation.partial import Partial
from sim.liquidation.tiered import Tiered
from sim.liquidation.whole import Whole

RULES = {
    "whole": Whole,
    "partial": Partial,
    "tiered": Tiered,
    "bonus": Bonus,
    "paced": Paced,
}
"""Every liquidation rule that a scenario can name."""
