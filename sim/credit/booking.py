"""Failures written down: who has failed, what that destroys, and what creditors lose by it."""

from sim.accounts import CENT
from sim.credit.closeout import close_out
from sim.credit.loans import Credit
from sim.default import book_shortfall, declare
from sim.events import Channel, EventKind
from sim.world import World


def fail(
    world: World,
    credit: Credit,
    entity: int,
    *,
    missing: float,
    cause: int,
    wave: int,
    costs: float = 0.0,
) -> None:
    """Declare an entity insolvent, where that has not been done, and close it out.

    Parameters
    ----------
    missing : what it cannot pay, USD.
    cause : the event that its failure descends from, ``NONE`` without one.
    wave : of the clearing that found it, 0 for who fails by itself.
    costs : what its failure destroys, USD.
    """
    if entity not in world.defaulted:
        declare(world, entity, missing, cause, wave=wave, alone=False)
    credit.defaults[entity] = world.defaulted[entity]
    credit.costs[entity] = costs
    if costs > CENT:
        world.events.add(
            world.step,
            EventKind.FAILURE_COST,
            cause=credit.defaults[entity],
            channel=Channel.COUNTERPARTY,
            entity=entity,
            usd=costs,
            loss=costs,
        )
    close_out(world, credit, entity)


def log_loss(world: World, credit: Credit, creditor: int, usd: float, debtor: int) -> int:
    """Log what a creditor loses, or recovers, on a debtor that has failed."""
    return int(
        world.events.add(
            world.step,
            EventKind.CONTAGION_LOSS,
            cause=credit.defaults[debtor],
            channel=Channel.COUNTERPARTY,
            entity=creditor,
            usd=usd,
            loss=usd,
        )[0]
    )


def book_outside(world: World, credit: Credit, entity: int, usd: float) -> None:
    """Write down what creditors outside the model lose, or recover, on an entity."""
    if abs(usd) <= CENT:
        return
    credit.outside_lost[entity] = credit.outside_lost.get(entity, 0.0) + usd
    for venue in world.venues:
        if venue.owner == entity and venue.supplied_usd > 0.0:
            book_shortfall(world, venue, usd, credit.defaults[entity])
            return
    log_loss(world, credit, 0, usd, entity)
