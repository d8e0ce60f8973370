"""What a liquidation rule is shown of the accounts it has to reduce."""

import numpy as np

from sim.accounts import Accounts
from sim.arrays import Floats, Ints
from sim.margin.charges import outright
from sim.margin.schedule import marginal_rates
from sim.roles import Distress
from sim.valuation import Valuation, margin


def distress(
    accounts: Accounts, valuation: Valuation, rows: Ints, bid_depth: Floats, ask_depth: Floats
) -> Distress:
    """Return the accounts ``rows``, (m,), and the market they are reduced in.

    Parameters
    ----------
    accounts, valuation : the venue's.
    rows : (m,) accounts.
    bid_depth, ask_depth : (n_instruments,) contracts resting within the venue's band.
    """
    positions = accounts.positions[:, rows]
    notional = np.abs(positions) * valuation.notionals[:, None]
    equity, required = margin(accounts, valuation, rows)
    rate = marginal_rates(valuation.schedule, notional)
    if valuation.schedule.charge is not None:
        rate += outright(valuation.schedule.charge, valuation.notionals)[:, None]
    return Distress(
        positions=positions,
        notional=notional,
        equity=equity,
        required=required,
        rate=rate,
        bid_depth=bid_depth,
        ask_depth=ask_depth,
    )
