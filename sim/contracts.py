"""What the instruments of a venue are, column by column: all that repricing them needs."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np

from sim.arrays import Bools, Codes, Floats, Ints


class ContractKind(IntEnum):
    """How a contract's worth follows its underlying."""

    LINEAR = 0
    INVERSE = 1
    CALL = 2
    PUT = 3
    LOAN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The instruments of one venue as they stand now.

    Parameters
    ----------
    kind : (K,) ``ContractKind`` codes.
    underlying : (K,) index of the asset that each is about.
    size : (K,) units of the underlying a contract; USD a contract for an inverse one.
    strike : (K,) USD, ``nan`` where there is none.
    years : (K,) time to expiry, ``inf`` for a perpetual and for spot.
    index : (K,) price of the underlying, USD.
    forward : (K,) price of the underlying for the contract's expiry, USD.
    volatility : (K,) implied volatility, a year, ``nan`` where there is no option.
    in_coin : (K,) whether premium and profit are paid in the underlying.
    """

    kind: Codes
    underlying: Ints
    size: Floats
    strike: Floats
    years: Floats
    index: Floats
    forward: Floats
    volatility: Floats
    in_coin: Bools

    @property
    def count(self) -> int:
        """The number of contracts."""
        return self.kind.size

    @property
    def optional(self) -> Bools:
        """Which of them are options, (K,)."""
        return np.asarray((self.kind == ContractKind.CALL) | (self.kind == ContractKind.PUT))

    @classmethod
    def linear(cls, index: Floats, *, size: Floats | float = 1.0) -> Self:
        """Return linear perpetuals, one an underlying, at these prices, USD."""
        n = len(index)
        nothing = np.full(n, np.nan)
        return cls(
            kind=np.full(n, int(ContractKind.LINEAR), dtype=np.int8),
            underlying=np.arange(1, n + 1),
            size=np.broadcast_to(np.asarray(size, dtype=np.float64), n).copy(),
            strike=nothing,
            years=np.full(n, np.inf),
            index=np.asarray(index, dtype=np.float64),
            forward=np.asarray(index, dtype=np.float64),
            volatility=nothing.copy(),
            in_coin=np.zeros(n, dtype=np.bool_),
        )
