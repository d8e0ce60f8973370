"""A vault as backstop: depositors' money that takes failing accounts over ahead of the fund."""

import numpy as np

from sim.accounts import Standing
from sim.arrays import Floats, Ints
from sim.closing import discharge, log_takeover, unrealised
from sim.disposal import sell_off, within_book
from sim.events import Channel, EventKind
from sim.handover import fade_to, receive
from sim.rules import Backstop
from sim.valuation import initial_requirement, margin, net_equity
from sim.world import Venue, World


def back_up(world: World, venue: Venue) -> None:
    """Let the vault take over what the market has not closed, as far as its money reaches.

    It takes accounts that are short of margin but not under water, the weakest first, with
    all that is in them: what is left of the maintenance margin pays for the risk. Accounts
    under water are left to the fund.

    References
    ----------
    Hyperliquid documentation, "Liquidations": backstop below two thirds of maintenance margin,
    which is not returned.
    """
    backstop = venue.rules.backstop
    if backstop is None:
        return
    rows = _taken(venue, backstop)
    if not rows.size:
        return
    accounts, vault = venue.accounts, backstop.row
    notional = (np.abs(accounts.positions[:, rows]) * venue.valuation.notionals[:, None]).sum(0)
    lost = net_equity(accounts, venue.valuation, rows) - unrealised(venue, rows)
    ids = log_takeover(world, venue, EventKind.TAKEOVER, rows, notional, lost)
    _log_share(world, venue, vault, rows, ids, notional)
    left = receive(world, venue, rows, vault)
    venue.backed.add(ids, notional)
    fade_to(venue, left, vault)
    venue.touch(np.array([vault]))
    discharge(venue, rows, Standing.CLOSED)


def work_off(world: World, venue: Venue) -> None:
    """Sell a share of the book's depth of what the vault has taken over."""
    backstop = venue.rules.backstop
    if backstop is None or not venue.backed.events.size:
        return
    held = venue.accounts.positions[:, backstop.row]
    sell_off(world, venue, backstop.row, within_book(venue, held, backstop.disposal_share))


def _taken(venue: Venue, backstop: Backstop) -> Ints:
    """Return the accounts that the vault takes over, the weakest first.

    What positions require to be opened is added up as if nothing offset: the vault stops
    while that is still within the part of its equity that it may bind.
    """
    accounts, valuation = venue.accounts, venue.valuation
    rows = venue.failing[venue.failing != backstop.row]
    rows = rows[accounts.positions[:, rows].any(axis=0)]
    if not rows.size:
        return np.asarray(rows)
    equity, required = margin(accounts, valuation, rows)
    weak = (net_equity(accounts, valuation, rows) >= 0.0) & (equity < backstop.below * required)
    rows, ratio = rows[weak], (equity / np.maximum(required, 1e-9))[weak]
    rows = rows[np.argsort(ratio, kind="stable")]
    mine = np.array([backstop.row])
    own, _ = margin(accounts, valuation, mine)
    brought, _ = margin(accounts, valuation, rows)
    bound = initial_requirement(accounts, valuation, mine) + np.cumsum(
        initial_requirement(accounts, valuation, rows)
    )
    fits = bound <= backstop.capital_share * (own + np.cumsum(brought))
    return np.asarray(rows[np.logical_and.accumulate(fits)])


def _log_share(
    world: World, venue: Venue, vault: int, rows: Ints, ids: Ints, notional: Floats
) -> None:
    """Log what of each takeover is the vault's: the larger side of the same event."""
    accounts = venue.accounts
    held = accounts.positions[:, rows]
    largest = np.abs(held).argmax(axis=0)
    world.events.add(
        world.step,
        EventKind.BACKSTOP,
        rows.size,
        cause=ids,
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        instrument=largest,
        entity=accounts.entity[vault],
        account=vault,
        quantity=held[largest, np.arange(rows.size)],
        price=np.array([market.mark for market in venue.markets])[largest],
        usd=notional,
    )
