"""What an institution's failure is owed to: of all that hurt it, what cost it most."""

from collections.abc import Iterator

import numpy as np

from sim.accounts import INSURANCE
from sim.arrays import NONE, Bools, Codes, Ints
from sim.attribution import attribute, blame_for_holdings
from sim.closing import unrealised
from sim.events import EventKind
from sim.world import Venue, World

BORNE_BY_VENUES = (
    EventKind.TAKEOVER,
    EventKind.INSURANCE,
    EventKind.BAD_DEBT,
    EventKind.DISPOSAL,
    EventKind.CLOSE_OUT,
)
"""Kinds of event by which losses of customers become a venue's."""


def heaviest_blow(world: World, entity: int) -> int:
    """Return the event that an entity's failure descends from, ``NONE`` without one.

    Losses that were booked to it are added up by what caused them, forced sales by the
    call that forced them; losses on positions and coins that it still holds are counted as
    they stand, and descend from what moved their prices. The heaviest is the blow; where that is
    a move of prices that nobody caused, there is no event. Where nothing cost it anything, the
    failure descends from the last thing that happened to it.
    """
    booked, last = _booked(world, entity)
    blows = [*booked, *_open(world, entity), blame_for_holdings(world, world.wallets[:, entity])]
    usd, event = max(blows, key=lambda blow: blow[0])
    return event if usd > 0.0 else last


def _booked(world: World, entity: int) -> tuple[list[tuple[float, int]], int]:
    """Return what each cause has cost the entity and the last event of it; and the last of all."""
    log = world.events
    kind = log.column("kind")
    mine = (log.column("entity") == entity) & (log.column("account") >= 0)
    mine |= (log.column("entity") == entity) & (kind == EventKind.CONTAGION_LOSS)
    for venue in world.venues:
        if venue.owner == entity:
            borne = np.isin(kind, BORNE_BY_VENUES) & ~_of_vault(log.column("account"), kind)
            mine |= borne & (log.column("venue") == venue.index)
    found = np.flatnonzero(mine)
    if not found.size:
        return [], NONE
    # Of a takeover the customer bears the loss, and the venue what comes of it later.
    of_customer = (kind[found] == EventKind.TAKEOVER) & (log.column("entity")[found] != entity)
    lost = np.where(of_customer, 0.0, np.maximum(log.column("loss")[found], 0.0))
    # A contagion loss is a blow of its own; the pieces of a liquidation are one.
    cause = log.column("cause")[found]
    single = (kind[found] == EventKind.CONTAGION_LOSS) | (cause == NONE)
    _, place = np.unique(np.where(single, -2 - found, cause), return_inverse=True)
    total = np.bincount(place, lost)
    latest = np.zeros(total.size, dtype=np.int64)
    np.maximum.at(latest, place, found)
    blows = list(zip(total.tolist(), latest.tolist(), strict=True))
    return blows, int(found[-1])


def _of_vault(account: Ints, kind: Codes) -> Bools:
    """Tell which events are of positions that a vault took over, not the fund: not the venue's."""
    sold = np.isin(kind, (EventKind.DISPOSAL, EventKind.CLOSE_OUT))
    return np.asarray(sold & (account != INSURANCE))


def _open(world: World, entity: int) -> Iterator[tuple[float, int]]:
    """Yield what open positions cost the entity, and what moved them against it."""
    for venue in world.venues:
        rows = np.flatnonzero(venue.accounts.entity[: venue.institutions] == entity)
        rows = rows[venue.accounts.positions[:, rows].any(axis=0)]
        if rows.size:
            causes, _ = attribute(world, venue, rows)
            yield from zip((-unrealised(venue, rows)).tolist(), causes.tolist(), strict=True)
        if venue.owner == entity:
            yield _fund(world, venue)


def _fund(world: World, venue: Venue) -> tuple[float, int]:
    """Return what the positions of a venue's fund have lost, and a takeover they stem from."""
    lost = -float(unrealised(venue, np.array([INSURANCE]))[0])
    uniform = world.streams.at(f"blame/{venue.name}", world.step).one()
    return lost, int(venue.takeovers.draw(np.array([uniform]))[0])
