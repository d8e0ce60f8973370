"""What becomes of positions that the fund has taken over."""

import numpy as np

from sim.accounts import INSURANCE
from sim.arrays import NONE
from sim.closing import take_over
from sim.disposal import dispose
from sim.events import EventKind
from sim.step import mark
from tests.sim.worlds import FIRST, FLAT, give, jump, of_kind, one_exchange, weigh


def test_what_was_taken_over_is_sold_piece_by_piece_and_every_piece_has_a_cause() -> None:
    """Also where the price rises meanwhile, so that pieces fetch more than they were taken at."""
    paced = {"rule": "paced", "rounds": 1, "share_of_depth": 0.1}
    deep = FLAT | {"depth_usd": 3e5}
    built = one_exchange(accounts=2, liquidation=paced, insurance_fund_usd=1e6, mechanism=deep)
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 300.0)
    weigh(built)
    world.events.add(0, EventKind.SHOCK)
    venue.accounts.trigger[FIRST] = 0
    mark(world, built.model.cast)
    take_over(world, venue, np.array([FIRST]))
    for _ in range(80):
        jump(built, 1.02)
        built.model.step()
        if venue.accounts.positions[0, INSURANCE] == 0.0:
            break
    assert venue.accounts.positions[0, INSURANCE] == 0.0
    causes = of_kind(world, EventKind.DISPOSAL, "cause")
    assert causes.size > 3
    assert (world.events.column("kind")[causes] == EventKind.TAKEOVER).all()
    assert (causes != NONE).all()


def test_what_is_left_of_a_position_taken_over_stays_tied_to_who_lost_it() -> None:
    built = one_exchange(accounts=3, insurance_fund_usd=1e6)
    world, venue = built.model.world, built.model.world.venues[0]
    for i in range(2):
        give(venue, FIRST + i, 100.0, 300.0)
        mark(world, built.model.cast)
        take_over(world, venue, np.array([FIRST + i]))
        while venue.accounts.positions[0, INSURANCE]:
            dispose(world, venue)
    takeovers = np.flatnonzero(world.events.column("kind") == EventKind.TAKEOVER)
    sold = np.unique(of_kind(world, EventKind.DISPOSAL, "cause"))
    assert sold.tolist() == takeovers.tolist()
