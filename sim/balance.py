"""Books balance: what no step may change."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.world import Venue, World

TOLERANCE = 1e-9


class UnbalancedError(AssertionError):
    """Money or contracts were made or lost: a defect of the program."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Compares a world with what it had at the start.

    Parameters
    ----------
    totals : (n_assets,) units of each asset at the start.
    scale : (n_assets,) what rounding is measured against, units.
    contracts : one a venue, (K,) positions at the start, without their signs, at least one.

    Raises
    ------
    UnbalancedError
        When called with a world in which an asset's total has changed by more than
        1e-9 of the scale, or an instrument's positions do not sum to zero within 1e-9 of what
        there is or was, or in which either is not a number.
    """

    totals: Floats
    scale: Floats
    contracts: tuple[Floats, ...]

    @classmethod
    def of(cls, world: World) -> "Balance":
        """Remember what there is."""
        gross = np.abs(world.wallets).sum(axis=1)
        for venue in world.venues:
            gross = gross + np.abs(venue.accounts.balances).sum(axis=1)
        contracts = tuple(_gross(venue) for venue in world.venues)
        return cls(world.totals(), np.maximum(gross, 1.0), contracts)

    def __call__(self, world: World) -> None:
        """Check the books."""
        drift = np.abs(world.totals() - self.totals) / self.scale
        # A comparison with what is not a number is false: what must hold is asked for.
        if not (drift <= TOLERANCE).all():
            asset = world.assets[int(drift.argmax())]
            message = f"step {world.step}: {asset} is out of balance by {drift.max():.3g} of all"
            raise UnbalancedError(message)
        for venue, start in zip(world.venues, self.contracts, strict=True):
            net = venue.accounts.positions.sum(axis=1)
            wrong = ~(np.abs(net) <= TOLERANCE * np.maximum(_gross(venue), start))
            for j in np.flatnonzero(wrong):
                name = venue.markets[j].instrument.name
                message = f"step {world.step}: {venue.name}/{name} positions sum to {net[j]:g}"
                raise UnbalancedError(message)


def _gross(venue: Venue) -> Floats:
    """Return the sum of each instrument's positions without their signs, at least one."""
    gross: Floats = np.abs(venue.accounts.positions).sum(axis=1)
    return np.maximum(gross, 1.0)
