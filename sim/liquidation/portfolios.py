"""Closing portfolios: no trade of a liquidation may leave a larger requirement behind."""

import numpy as np

from sim.arrays import Floats
from sim.liquidation.contracts import against, whole_contracts
from sim.portfolios import reduces
from sim.roles import Distress
from sim.valuation import Valuation


def reducing(valuation: Valuation, distress: Distress, quantity: Floats) -> Floats:
    """Return trades that reduce the requirement of every portfolio that is traded at all.

    Where whole portfolios are charged, closing a position that hedges another one raises the
    requirement. So what a rule asks for stands only where the account needs less afterwards.
    Else the rule's total is spread over all positions alike, as one portfolio of the same
    shape that is smaller needs less; and where rounding to whole contracts spoils that, too,
    everything is closed. It holds for what is asked of the market: if one leg finds no buyer
    in the step, the account waits for it with a larger requirement, as on any exchange.

    Parameters
    ----------
    valuation : prices and requirements.
    distress : the failing accounts.
    quantity : (K, m) contracts that the rule closes, each against its position's sign.
    """
    positions, notional = distress.positions, distress.notional
    closed = np.abs(quantity) * valuation.notionals[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(closed.sum(axis=0) / notional.sum(axis=0))
    evenly = against(positions, whole_contracts(positions, np.minimum(share, 1.0)))
    chosen = quantity
    for other in (evenly, 0.0 - positions):
        wrong = chosen.any(axis=0) & ~reduces(valuation, positions, chosen)
        if not wrong.any():
            break
        chosen = np.where(wrong, other, chosen)
    return chosen
