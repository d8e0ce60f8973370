"""How far the loss of one entity reaches: distress by DebtRank, and who is central."""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from sim.arrays import Floats
from sim.errors import ConfigError
from sim.kernels.distress import reach, reach_once
from sim.network.clearing.distress import Leverage, leverage_of
from sim.network.clearing.sheet import sheet
from sim.network.exposures import Exposures
from sim.network.roles import NotConvergedError

LIMITS = (1e-10, 100_000)
"""Rise that no longer counts, and the most rounds."""


@dataclass(slots=True)
class Ranking:
    """The DebtRank of every entity of a network, found piece by piece.

    Parameters
    ----------
    exposures : the network; only entities with equity weigh, each by its own.
    once : let each entity pass distress on once, as in 2012; else the linear DebtRank.

    Raises
    ------
    ConfigError
        If no entity has equity.

    Examples
    --------
    >>> from sim.network.generators.core_periphery import CorePeriphery
    >>> ranking = Ranking(CorePeriphery().generate(60, seed=1))
    >>> importance = ranking.importance(0, 60)
    >>> bool(importance[:6].mean() > 3 * importance[6:].mean())
    True
    """

    exposures: Exposures
    once: bool = False
    hurt: Floats = field(init=False)
    _leverage: Leverage = field(init=False)
    _weights: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a network that has nothing to lose."""
        equity = self.exposures.equity()
        if not (equity > 0).any():
            raise ConfigError("no entity has equity: there is nothing that distress could take")
        balance = sheet(self.exposures, np.zeros(len(self.exposures)))
        by_debtor = leverage_of(balance, equity)
        self._leverage = by_debtor if self.once else _by_creditor(by_debtor)
        self._weights = np.maximum(equity, 0.0) / np.maximum(equity, 0.0).sum()
        self.hurt = np.zeros(len(self.exposures))

    def importance(self, first: int, count: int) -> Floats:
        """Return what share of all equity others lose if each of some entities loses its own.

        Parameters
        ----------
        first, count : which entities, by place.

        Raises
        ------
        NotConvergedError
            If distress does not stop growing.
        """
        out = np.empty(max(0, min(count, len(self.exposures) - first)))
        if self.once:
            reach_once(*self._leverage, self._weights, first, out, self.hurt)
        else:
            _refuse(reach(*self._leverage, self._weights, LIMITS, first, out, self.hurt))
        return out

    def vulnerability(self) -> Floats:
        """Return the mean share of its equity that each loses when another fails, (N,).

        Over all entities asked for so far.
        """
        return self.hurt / max(1, len(self.exposures) - 1)


def _by_creditor(leverage: Leverage) -> Leverage:
    """Return claims by creditor: starts, debtors, USD as a share of the creditor's equity."""
    start, creditors, share = leverage
    size = start.size - 1
    turned = csr_array((share, creditors, start), shape=(size, size)).T.tocsr()
    turned.sort_indices()
    debtors = turned.indices.astype(np.int64)
    return turned.indptr.astype(np.int64), debtors, np.asarray(turned.data, dtype=np.float64)


def _refuse(rise: float) -> None:
    """Refuse distress that was still rising."""
    if rise > LIMITS[0]:
        raise NotConvergedError(
            f"distress did not stop: after {LIMITS[1]:,} rounds it still rises by {rise:.3g} of "
            "an entity's equity a round"
        )
