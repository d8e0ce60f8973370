"""What venues are owed beyond margin, and who makes it up: nobody, or a house's members."""

import numpy as np

from sim.accounts import HOUSE_ROWS, INSURANCE
from sim.arrays import Floats
from sim.credit.loans import Credit
from sim.default import at_outside
from sim.kernels.settle import sum_by
from sim.valuation import net_equity
from sim.world import World


def without_recourse(world: World, credit: Credit) -> Floats:
    """Return what each institution owes venues beyond what its accounts hold, (n_entities,) USD.

    At outside prices. Such a debt falls on the venue's own waterfall and competes with no other
    creditor; what a member has in a default fund there pays for it first.
    """
    total = np.zeros(len(world.entities))
    for venue in world.venues:
        rows = np.arange(HOUSE_ROWS, venue.institutions)
        held = net_equity(venue.accounts, at_outside(world, venue), rows)
        owed = np.zeros(total.size)
        sum_by(venue.accounts.entity[rows].astype(np.int64), np.maximum(-held, 0.0), owed)
        house = credit.houses.get(venue.index)
        if house is not None:
            paid = house.paid_by(total.size) * float(world.outside.price[house.asset])
            owed -= np.minimum(owed, paid)
        total += owed
    return total


def left_to_members(world: World, credit: Credit) -> Floats:
    """Return what each clearing house lacks at outside prices but not at its marks, (n,) USD.

    Members have made up what is missing at marks, and will be asked for the rest once marks
    get there; a house fails by what its layers have left uncovered.
    """
    total = np.zeros(len(world.entities))
    for venue in world.venues:
        house = credit.houses.get(venue.index)
        if house is not None:
            outside, marked = (
                max(-float(net_equity(venue.accounts, prices, np.array([INSURANCE]))[0]), 0.0)
                for prices in (at_outside(world, venue), venue.valuation)
            )
            total[house.owner] += max(outside - marked, 0.0)
    return total
