"""What agents send down and what markets send back, as struct of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.arrays import NONE, Codes, Floats, Ints


class OrderKind(IntEnum):
    """What an order asks for."""

    LIMIT = 0
    MARKET = 1
    IOC = 2
    CANCEL = 3
    CANCEL_ALL = 4


@dataclass(frozen=True, slots=True)
class Orders:
    """A batch of orders for the instruments of one venue, matched from first to last.

    Parameters
    ----------
    venue : index of the venue.
    account : (n,) row of the account on that venue.
    instrument : (n,) index of the instrument on that venue.
    quantity : (n,) contracts, signed (+ buys), whole numbers; for ``CANCEL`` the order's handle.
    kind : (n,) ``OrderKind`` codes.
    price : (n,) worst price accepted, USD; not read for ``MARKET`` and the cancels.
    cause : (n,) event that forces the order, ``NONE`` where it is voluntary.
    arrival : (n,) place in the queue within the step, in [0, 1); ties keep their order.
    """

    venue: int
    account: Ints
    instrument: Ints
    quantity: Floats
    kind: Codes
    price: Floats
    cause: Ints
    arrival: Floats

    @classmethod
    def of(
        cls,
        venue: int,
        account: Ints | Sequence[int],
        instrument: Ints | Sequence[int] | int,
        quantity: Floats | Sequence[float],
        *,
        kind: OrderKind | Codes = OrderKind.MARKET,
        price: Floats | Sequence[float] | float = np.nan,
        cause: Ints | int = NONE,
        arrival: Floats | float = 0.0,
    ) -> Self:
        """Build a batch, stretching what is given once over all its orders."""
        account = np.asarray(account, dtype=np.int64)
        n = account.size
        return cls(
            venue,
            account,
            _column(instrument, n, np.int64),
            _column(quantity, n, np.float64),
            _column(kind, n, np.int8),
            _column(price, n, np.float64),
            _column(cause, n, np.int64),
            _column(arrival, n, np.float64),
        )

    @classmethod
    def joined(cls, batches: Sequence["Orders"]) -> Self:
        """Return the orders of several batches of one venue as one batch."""
        return cls(
            batches[0].venue,
            np.concatenate([batch.account for batch in batches]),
            np.concatenate([batch.instrument for batch in batches]),
            np.concatenate([batch.quantity for batch in batches]),
            np.concatenate([batch.kind for batch in batches]),
            np.concatenate([batch.price for batch in batches]),
            np.concatenate([batch.cause for batch in batches]),
            np.concatenate([batch.arrival for batch in batches]),
        )

    @property
    def size(self) -> int:
        """The number of orders."""
        return self.account.size

    def take(self, where: Ints) -> "Orders":
        """Return the orders at positions ``where``, in that order."""
        return Orders(
            self.venue,
            self.account[where],
            self.instrument[where],
            self.quantity[where],
            self.kind[where],
            self.price[where],
            self.cause[where],
            self.arrival[where],
        )


def _column[T: np.generic](values: ArrayLike, n: int, kind: type[T]) -> NDArray[T]:
    """Return values as a column of ``n``, one value stretched over all of it."""
    column = np.asarray(values, dtype=kind)
    return np.full(n, column, dtype=kind) if column.ndim == 0 else column


@dataclass(frozen=True, slots=True)
class Fills:
    """What a batch of orders traded.

    Parameters
    ----------
    order : (m,) position in the batch of the order that took.
    maker : (m,) row of the account that provided.
    quantity : (m,) contracts, signed as the taker's.
    price : (m,) USD.
    unfilled : (n,) contracts of each order that neither traded nor rest in the book, >= 0.
    exhausted : (n,) 1 where the order found no counterparty left for a part of it.
    """

    order: Ints
    maker: Ints
    quantity: Floats
    price: Floats
    unfilled: Floats
    exhausted: Codes


class Quote(NamedTuple):
    """Best prices of a market, USD; ``nan`` where there is none."""

    bid: float
    ask: float
    last: float

    @property
    def middle(self) -> float:
        """The middle of bid and ask; ``nan`` where a side is empty."""
        return 0.5 * (self.bid + self.ask)

    @property
    def mid(self) -> float:
        """The middle of bid and ask; the last price where a side is empty."""
        middle = self.middle
        return middle if middle == middle else self.last  # noqa: PLR0124 - nan test


@dataclass(frozen=True, slots=True)
class Transfers:
    """Money moved from an account's reserve outside the venue into the account.

    ``amount`` is in USD, negative to withdraw; ``account`` are rows of the venue; ``cause`` is
    the event that makes owners withdraw, ``NONE`` where nothing needs to be remembered.
    """

    venue: int
    account: Ints
    amount: Floats
    cause: int = NONE


@dataclass(frozen=True, slots=True)
class Bids:
    """Debt that keepers offer to repay for borrowers, against collateral with a bonus.

    ``target`` are rows of the borrowers, ``amount`` units of the debt asset, ``keeper``
    the row of the bidder on the same venue.
    """

    venue: int
    keeper: int
    target: Ints
    amount: Floats


@dataclass(frozen=True, slots=True)
class OutsideTrade:
    """One purchase (+) or sale (-) on the outside market by an institution.

    ``quantity`` is in units of ``asset``; ``entity`` owns the wallet it settles in. A
    ``forced`` trade gets rid of something seized; ``cause`` is the event that seized it.
    """

    entity: int
    asset: int
    quantity: float
    forced: bool = False
    cause: int = NONE
