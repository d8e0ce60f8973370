"""What a clearing's results are called: not every algorithm finds payments, defaults or costs."""

from dataclasses import dataclass

from sim.network.clearing.collateral_chain import CollateralChain
from sim.network.clearing.debtrank import DebtRank
from sim.network.clearing.fire_sale import FireSale
from sim.network.clearing.furfine import Furfine
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.clearing.threshold import Threshold
from sim.network.roles import Clearing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words for what an algorithm finds.

    Parameters
    ----------
    distress : whether claims are marked down, and nobody defaults or leaves anything unpaid.
    fails, fail : what becomes of one, and of several, that a wave takes.
    destroyed : what happens to what is lost beyond the shock, and is nobody's gain.
    bounded : whether what is paid is found and not assumed, so that what Glasserman and Young say
        of amplification holds.
    """

    distress: bool = False
    bounded: bool = True
    fails: str = "defaults"
    fail: str = "default"
    destroyed: str = "destroyed by failure"


PAYMENTS = Wording()
ASSUMED = Wording(bounded=False)
DISTRESS = Wording(
    distress=True, bounded=False, fails="loses all its equity", fail="lose all their equity"
)
SALES = Wording(destroyed="lost in forced sales")


def wording_of(clearing: Clearing) -> Wording:
    """Return the words for what an algorithm finds.

    Examples
    --------
    >>> wording_of(DebtRank()).fails
    'loses all its equity'
    """
    if isinstance(clearing, DebtRank | LinearDebtRank):
        return DISTRESS
    if isinstance(clearing, Furfine | Threshold | CollateralChain):
        return ASSUMED
    return SALES if isinstance(clearing, FireSale) else PAYMENTS
