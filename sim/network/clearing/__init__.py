"""Ways in which a loss travels from balance sheet to balance sheet."""

from collections.abc import Mapping

from sim.network.clearing.collateral_chain import CollateralChain
from sim.network.clearing.debtrank import DebtRank
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.clearing.fire_sale import FireSale
from sim.network.clearing.furfine import Furfine
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.clearing.paddrik_rajan_young import PaddrikRajanYoung
from sim.network.clearing.rogers_veraart import RogersVeraart
from sim.network.clearing.threshold import Threshold
from sim.network.roles import Clearing

CLEARING: Mapping[str, type[Clearing]] = {
    "eisenberg_noe": EisenbergNoe,
    "rogers_veraart": RogersVeraart,
    "furfine": Furfine,
    "debtrank": DebtRank,
    "linear_debtrank": LinearDebtRank,
    "threshold": Threshold,
    "paddrik_rajan_young": PaddrikRajanYoung,
    "fire_sale": FireSale,
    "collateral_chain": CollateralChain,
}
"""Every clearing by the name that command line and scenarios call it by."""
