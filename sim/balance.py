"""Books balance: what no step may change."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.world import World

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

    Raises
    ------
    UnbalancedError
        When called with a world in which an asset's total has changed by more than
        1e-9 of the scale, or an instrument's positions do not sum to zero.
    """

    totals: Floats
    scale: Floats

    @classmethod
    def of(cls, world: World) -> "Balance":
        """Remember what there is."""
        gross = np.abs(world.wallets).sum(axis=1)
        for venue in world.venues:
            gross = gross + np.abs(venue.accounts.balances).sum(axis=1)
        return cls(world.totals(), np.maximum(gross, 1.0))

    def __call__(self, world: World) -> None:
        """Check the books."""
        drift = np.abs(world.totals() - self.totals) / self.scale
        if (drift > TOLERANCE).any():
            asset = world.assets[int(drift.argmax())]
            message = f"step {world.step}: {asset} is out of balance by {drift.max():.3g} of all"
            raise UnbalancedError(message)
        for venue in world.venues:
            for j, market in enumerate(venue.markets):
                positions = venue.accounts.positions[j]
                net, gross = float(positions.sum()), float(np.abs(positions).sum())
                if abs(net) > TOLERANCE * max(gross, 1.0):
                    name = market.instrument.name
                    message = f"step {world.step}: {venue.name}/{name} positions sum to {net:g}"
                    raise UnbalancedError(message)
