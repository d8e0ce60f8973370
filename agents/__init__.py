"""Who acts in the market: populations of traders, institutions, and margin engines."""

from typing import Any

from agents.arbitrageur import Arbitrageur
from agents.attacker import Attacker
from agents.base import Desk
from agents.borrower import Borrowers
from agents.carry import CarryTraders
from agents.directional import DirectionalTraders
from agents.firm import Firm
from agents.keeper import Keeper
from agents.lender_desk import LenderDesk
from agents.market_maker import MarketMaker
from agents.momentum import MomentumTraders
from agents.noise import NoiseTraders
from agents.option_writer import OptionWriters
from agents.value import ValueTraders
from agents.vault import Vault
from agents.whale import Whale

CROWDS: dict[str, type[Desk[Any]]] = {
    "noise": NoiseTraders,
    "value": ValueTraders,
    "momentum": MomentumTraders,
    "directional": DirectionalTraders,
    "carry": CarryTraders,
    "option_writer": OptionWriters,
    "borrower": Borrowers,
}
"""Every kind of population: one agent, many accounts; or one trader of your own making."""

INSTITUTIONS: dict[str, type[Desk[Any]]] = {
    "market_maker": MarketMaker,
    "arbitrageur": Arbitrageur,
    "keeper": Keeper,
    "whale": Whale,
    "attacker": Attacker,
    "lender_desk": LenderDesk,
    "vault": Vault,
    "firm": Firm,
}
"""Every kind of institution: one agent, one account a venue."""

AGENTS: dict[str, type[Desk[Any]]] = {**CROWDS, **INSTITUTIONS}
"""Every kind of agent that a scenario can name."""
