"""What accounts have gained on what they hold, less what of it they have given up already.

A loss that is shared among winners leaves their entry prices as they are, so that what they make
when they close is told truly. Their profit against entry is then the same as before, and whoever
shares the next loss must know what has been taken of it.
"""

import numpy as np

from sim.arrays import Floats, Ints
from sim.closing import unrealised
from sim.valuation import net_equity
from sim.world import Venue


def open_gains(venue: Venue, rows: Ints) -> Floats:
    """Return the open profit of accounts that can still be asked for, (n,) USD, >= 0.

    Never more than their equity.
    """
    gains = unrealised(venue, rows)
    if venue.given.size:
        gains -= venue.given[rows]
    equity = net_equity(venue.accounts, venue.valuation, rows)
    return np.asarray(np.clip(gains, 0.0, np.maximum(equity, 0.0)))


def give_up(venue: Venue, rows: Ints, usd: Floats) -> None:
    """Remember what was taken of the open profit of accounts, (n,) USD, >= 0."""
    if not usd.any():
        return
    if not venue.given.size:
        venue.given = np.zeros(venue.accounts.count)
    venue.given[rows] += usd


def forget_closed(venue: Venue) -> None:
    """Forget what was taken of profits on what is no longer open; called once a step."""
    rows = np.flatnonzero(venue.given)
    if rows.size:
        closed = ~venue.accounts.positions[:, rows].any(axis=0)
        venue.given[rows[closed]] = 0.0
