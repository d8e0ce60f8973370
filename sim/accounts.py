"""The accounts of one venue, as struct of arrays: columns, no behaviour."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim.arrays import NONE, Codes, Floats, Ints

FEES, INSURANCE, POOL, OUTSIDE = 0, 1, 2, 3
"""Rows that every venue has: fee pool, insurance fund, lending or AMM pool, off-book dealer."""
HOUSE_ROWS = 4
CENT = 0.01
"""What is less is rounding, USD."""


class Standing(IntEnum):
    """Where an account stands with the margin engine."""

    GOOD = 0
    CALLED = 1
    LIQUIDATING = 2
    CLOSED = 3


@dataclass(slots=True)
class Accounts:
    """One row an account; rows below ``HOUSE_ROWS`` belong to the venue.

    A trade moves its whole value through the settlement balance, as a bank book would:
    buying ``q`` contracts at ``p`` takes the value of ``q`` at ``p`` from the balance and
    gives a position worth the value of ``q`` at the mark. Money is so conserved trade by
    trade, and profit needs no book-keeping of its own.

    Parameters
    ----------
    entity : (n,) who owns the account.
    address : (n,) number that names the account in random draws, whoever else is there.
    balances : (n_assets, n) units of each asset.
    positions : (n_instruments, n) contracts, signed.
    entry : (n_instruments, n) mean entry price of the open position, USD.
    reserve : (n,) USD the owner keeps outside the venue, to meet calls with.
    standing : (n,) ``Standing`` codes.
    deadline : (n,) step at which an open margin call ends, ``NONE`` without one.
    trigger : (n,) event that put the account where it stands, ``NONE`` in good standing.
    channel : (n,) ``Channel`` code of the link from that event to the account.
    """

    entity: NDArray[np.int32]
    address: Ints
    balances: Floats
    positions: Floats
    entry: Floats
    reserve: Floats
    standing: Codes
    deadline: NDArray[np.int32]
    trigger: Ints
    channel: Codes

    @classmethod
    def empty(cls, n: int, n_assets: int, n_instruments: int) -> Self:
        """Return ``n`` accounts with nothing in them."""
        return cls(
            entity=np.full(n, NONE, dtype=np.int32),
            address=np.arange(n, dtype=np.int64),
            balances=np.zeros((n_assets, n)),
            positions=np.zeros((n_instruments, n)),
            entry=np.zeros((n_instruments, n)),
            reserve=np.zeros(n),
            standing=np.zeros(n, dtype=np.int8),
            deadline=np.full(n, NONE, dtype=np.int32),
            trigger=np.full(n, NONE, dtype=np.int64),
            channel=np.zeros(n, dtype=np.int8),
        )

    @property
    def count(self) -> int:
        """The number of accounts, the venue's own included."""
        return self.entity.size
