"""What passes off the book to the insurance fund or a vault, and what that closes there."""

import numpy as np

from sim.accounts import INSURANCE
from sim.arrays import Ints
from sim.causes import FORGET, Memory
from sim.events import Channel, EventKind
from sim.kernels.settle import turned
from sim.theory import inverse
from sim.world import Venue, World


def receive(world: World, venue: Venue, rows: Ints, holder: int) -> float:
    """Move everything in ``rows`` to the account ``holder``, positions at the mark.

    What meets a position of the other direction there closes as much of it.

    Returns
    -------
    The share of what was held and of what came, by exposure, that is open after.
    """
    accounts = venue.accounts
    came = np.abs(accounts.positions[:, rows]).sum(axis=1) * venue.valuation.notionals
    before = held_by(venue, holder) + float(came.sum())
    for j, market in enumerate(venue.markets):
        held, moved = float(accounts.positions[j, holder]), float(accounts.positions[j, rows].sum())
        if moved == 0.0:
            continue
        if market.derivative and held * moved < 0.0:
            book_close_out(world, venue, holder, j, min(abs(held), abs(moved)))
        entry = float(accounts.entry[j, holder])
        accounts.entry[j, holder] = turned(
            held, entry, moved, market.mark, inverse(market.instrument)
        )
        accounts.positions[j, holder] += moved
    accounts.balances[:, holder] += accounts.balances[:, rows].sum(axis=1)
    accounts.positions[:, rows] = 0.0
    accounts.balances[:, rows] = 0.0
    accounts.entry[:, rows] = 0.0
    return held_by(venue, holder) / before if before > 0.0 else 1.0


def book_close_out(
    world: World, venue: Venue, holder: int, instrument: int, contracts: float
) -> None:
    """Book what ``contracts`` of the holder's position have lost, before they are closed.

    They are closed against somebody, not in the market, and nothing but the move from the entry
    to the mark is the holder's: what the price given differs from the mark is booked elsewhere.
    """
    accounts, market = venue.accounts, venue.markets[instrument]
    side = float(np.sign(accounts.positions[instrument, holder]))
    contract = market.instrument
    worth = contract.value(market.mark) - contract.value(float(accounts.entry[instrument, holder]))
    price = float(venue.valuation.prices[contract.settlement])
    lost = -side * contracts * worth * price
    if lost <= 0.0:
        return
    draws = world.streams.at(f"close_out/{venue.name}", world.step)
    place = np.array([instrument])
    causes = taken_by(venue, holder).draw(draws.uniform(place, lane=int(holder != INSURANCE)))
    world.events.add(
        world.step,
        EventKind.CLOSE_OUT,
        cause=causes,
        channel=Channel.COUNTERPARTY,
        venue=venue.index,
        instrument=instrument,
        entity=accounts.entity[holder],
        account=holder,
        quantity=-side * contracts,
        price=market.mark,
        usd=contracts * float(venue.valuation.notionals[instrument]),
        loss=lost,
    )


def taken_by(venue: Venue, holder: int) -> Memory:
    """Return the takeovers that the positions of the fund or of the vault stem from."""
    return venue.takeovers if holder == INSURANCE else venue.backed


def held_by(venue: Venue, holder: int) -> float:
    """Return the exposure of an account, of the fund or the vault, USD, >= 0."""
    held = np.abs(venue.accounts.positions[:, holder])
    return float((held * venue.valuation.notionals).sum())


def fade_takeovers(venue: Venue, before: float, holder: int = INSURANCE) -> None:
    """Let takeovers fade to the share that is left of the holder's exposure of ``before``, > 0."""
    fade_to(venue, held_by(venue, holder) / before, holder)


def fade_to(venue: Venue, share: float, holder: int) -> None:
    """Let takeovers fade to a share, [0, 1].

    Never to nothing: a loss that shows once all is sold descends from them still.
    """
    taken_by(venue, holder).fade(min(max(share, FORGET), 1.0))
