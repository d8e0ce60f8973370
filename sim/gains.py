"""What accounts have gained on what they hold, less what of it they have given up already.

A loss that is shared among winners leaves their entry prices as they are, so that what they make
when they close is told truly. Their profit against entry is then the same as before, and whoever
shares the next loss must know what has been taken of it.
"""

import numpy as np

from sim.arrays import Floats, Ints
from sim.closing import unrealised, unrealised_in
from sim.valuation import net_equity
from sim.world import Venue


def open_gains(venue: Venue, rows: Ints) -> Floats:
    """Return the open profit of accounts that can still be asked for, (n,) USD, >= 0.

    Never more than their equity.
    """
    gains = unrealised(venue, rows)
    if venue.given.size:
        gains -= venue.given[:, rows].sum(axis=0)
    equity = net_equity(venue.accounts, venue.valuation, rows)
    return np.asarray(np.clip(gains, 0.0, np.maximum(equity, 0.0)))


def give_up(venue: Venue, rows: Ints, usd: Floats) -> None:
    """Remember what was taken of the open profit of accounts, (n,) USD, >= 0.

    It counts as taken from their profitable positions, in proportion to the profit of each.
    """
    if not usd.any():
        return
    positions = venue.accounts.positions
    if not venue.given.size:
        venue.given, venue.given_on = np.zeros(positions.shape), positions.copy()
    forget_closed(venue)
    profits = np.zeros((positions.shape[0], rows.size))
    for j, market in enumerate(venue.markets):
        if market.derivative:
            profits[j] = np.maximum(unrealised_in(venue, j, rows), 0.0)
    whole = profits.sum(axis=0)
    venue.given[:, rows] += usd * np.divide(
        profits, whole, out=np.zeros_like(profits), where=whole > 0.0
    )


def forget_closed(venue: Venue) -> None:
    """Forget what was taken of profits on positions that are no longer open; called once a step.

    Of a position of which a part is left, that part is remembered.
    """
    if not venue.given.size:
        return
    now, then = venue.accounts.positions, venue.given_on
    left = np.divide(now, then, out=np.zeros_like(now), where=then != 0.0)
    venue.given *= np.clip(left, 0.0, 1.0)
    np.copyto(then, now)
