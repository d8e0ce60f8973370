"""The state of a fire sale: what is still held, sold, lost, and by whom."""

from dataclasses import dataclass
from math import exp

import numpy as np

from sim.arrays import Floats, Ints
from sim.network.exposures import Exposures
from sim.network.holdings import Holdings


@dataclass(slots=True, kw_only=True)
class Selling:
    """Marketable assets while they are being sold.

    Parameters
    ----------
    assets, equity_before : (N,) USD after the shock and before any sale.
    worth : (N, M) USD at present prices of what is still held.
    depth : (M,) USD.
    cash, lost, unpaid : (N,) USD got from sales, lost on prices, lost on claims.
    wave : (N,) when equity was gone, by the clock; -1 for not yet.
    rounds : rounds of sales so far.
    clock : counts rounds of sales and waves of unpaid claims, in the order in which they came.
    """

    assets: Floats
    equity_before: Floats
    worth: Floats
    depth: Floats
    cash: Floats
    lost: Floats
    unpaid: Floats
    wave: Ints
    rounds: int = 0
    clock: int = 0

    def equity(self) -> Floats:
        """Return what is left of each equity, (N,) USD."""
        return self.equity_before - self.lost - self.unpaid

    def risky(self) -> Floats:
        """Return assets that are not cash from sales, (N,) USD."""
        return self.assets - self.lost - self.unpaid - self.cash

    def mark(self) -> None:
        """Note who has lost all equity by now."""
        self.wave[(self.equity() < 0) & (self.wave < 0)] = self.clock

    def mark_unpaid(self, unpaid: Floats, wave: Ints) -> None:
        """Take what claims lost, (N,) USD, and note who has defaulted by it, wave by wave.

        Parameters
        ----------
        unpaid : USD not paid to each.
        wave : (N,) in which wave of the clearing each defaulted, -1 for never.
        """
        self.unpaid = unpaid
        late = (wave >= 0) & (self.wave < 0)
        self.wave[late] = self.clock + 1 + wave[late]
        self.clock = max(self.clock, int(self.wave.max(initial=-1)))

    def sell(self, sales: Floats, execution: float) -> None:
        """Sell, (N, M) USD at present prices; sellers lose ``execution`` of the move on it."""
        self.rounds += 1
        self.clock += 1
        for m in range(self.depth.size):
            fall = 1.0 - exp(-float(sales[:, m].sum()) / float(self.depth[m]))
            kept = self.worth[:, m] - sales[:, m]
            self.lost += fall * (kept + execution * sales[:, m])
            self.cash += sales[:, m] * (1.0 - execution * fall)
            self.worth[:, m] = kept * (1.0 - fall)
        self.mark()


def begun(exposures: Exposures, holdings: Holdings, shock: Floats) -> Selling:
    """Return the state before the first sale; a shock takes what is not marketable first."""
    size = len(exposures)
    held = holdings.usd.sum(axis=1)
    left = np.clip(exposures.outside_assets - shock, 0.0, held)
    share = np.divide(left, held, out=np.zeros(size), where=held > 0)
    state = Selling(
        assets=exposures.outside_assets + exposures.posted() + exposures.claims() - shock,
        equity_before=exposures.equity() - shock,
        worth=holdings.usd * share[:, None],
        depth=holdings.depth,
        cash=np.zeros(size),
        lost=np.zeros(size),
        unpaid=np.zeros(size),
        wave=np.full(size, -1, dtype=np.int64),
    )
    state.mark()
    return state
