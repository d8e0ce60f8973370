"""Money that owners move into and out of their accounts."""

import numpy as np

from sim.arrays import NONE, Floats, Ints
from sim.events import Channel, EventKind
from sim.lending import repay
from sim.orders import Transfers
from sim.valuation import initial_requirement, margin
from sim.world import Venue, World


def transfer(world: World, venue: Venue, order: Transfers) -> None:
    """Move USD between accounts and what their owners hold outside, as far as it goes.

    Deposits come out of the reserve, an institution's also out of its wallet. What is
    paid in at a lender pays back debt. Withdrawals leave the initial requirement untouched.
    """
    rows, accounts = order.account, venue.accounts
    paid = np.minimum(order.amount, accounts.reserve[rows])
    paid = np.where(order.amount < 0.0, _withdrawable(venue, rows, order.amount), paid)
    accounts.reserve[rows] -= paid
    accounts.balances[0, rows] += paid
    wanted = order.amount - paid
    for i in np.flatnonzero((wanted > 0.0) & (accounts.entity[rows] < len(world.entities))):
        entity = int(accounts.entity[rows[i]])
        more = min(float(wanted[i]), max(float(world.wallets[0, entity]), 0.0))
        world.wallets[0, entity] -= more
        accounts.balances[0, rows[i]] += more
        paid[i] += more
    repay(venue, rows)
    venue.touch(rows)
    if order.cause != NONE:
        _remember(world, venue, rows, -paid, order.cause)
    called = np.flatnonzero((accounts.deadline[rows] >= 0) & (paid > 0.0))
    if called.size:
        venue.cured_usd += float(paid[called].sum())
        world.events.add(
            world.step,
            EventKind.CURE,
            called.size,
            cause=accounts.trigger[rows[called]],
            channel=Channel.BEHAVIOUR,
            venue=venue.index,
            entity=accounts.entity[rows[called]],
            account=rows[called],
            usd=paid[called],
        )


def _remember(world: World, venue: Venue, rows: Ints, usd: Floats, cause: int) -> None:
    """Log withdrawals that an event led to: they may be what accounts lack later."""
    taken = np.flatnonzero(usd > 0.0)
    ids = world.events.add(
        world.step,
        EventKind.WITHDRAWAL,
        taken.size,
        cause=cause,
        channel=Channel.SHOCK,
        venue=venue.index,
        entity=venue.accounts.entity[rows[taken]],
        account=rows[taken],
        usd=usd[taken],
    )
    for row, event, amount in zip(rows[taken], ids, usd[taken], strict=True):
        venue.withdrawn[int(row)] = (int(event), float(amount))


def _withdrawable(venue: Venue, rows: Ints, amount: Floats) -> Floats:
    """Return what may leave, as a negative number, USD."""
    equity, _ = margin(venue.accounts, venue.valuation, rows)
    free = equity - initial_requirement(venue.accounts, venue.valuation, rows)
    # What positions cost stands in the balance: money is what they are worth on top of it.
    worth = venue.accounts.positions[:, rows] * venue.valuation.values[:, None]
    cash = venue.accounts.balances[0, rows] + worth[venue.valuation.settlement == 0].sum(axis=0)
    free = np.minimum(free, cash)
    return np.asarray(np.maximum(amount, -np.maximum(free, 0.0)))
