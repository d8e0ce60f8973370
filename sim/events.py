"""What happened, to whom, for how much, and what caused it."""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np

from sim.arrays import NONE, Codes, Ints


class EventKind(IntEnum):
    """What happened."""

    SHOCK = 0
    ORACLE_UPDATE = 1
    MARGIN_UPDATE = 2
    MARGIN_CALL = 3
    CURE = 4
    LIQUIDATION = 5
    TAKEOVER = 6
    DISPOSAL = 7
    INSURANCE = 8
    ADL = 9
    SOCIALISED_LOSS = 10
    BAD_DEBT = 11
    RECALL = 12
    DEFAULT = 13
    BOOK_EXHAUSTED = 14
    ARBITRAGE = 15
    FUNDING = 16
    HALT = 17
    DELEVERAGING = 18
    COLLATERAL_SALE = 19
    ATTACK_TRADE = 20
    SETTLEMENT = 21
    EXPIRY = 22
    LOAN_CALL = 23
    REPAYMENT = 24
    SEIZURE = 25
    CONTAGION_LOSS = 26
    DEFAULT_FUND = 27
    ASSESSMENT = 28
    GAINS_HAIRCUT = 29
    TEAR_UP = 30
    WITHDRAWAL = 31
    BACKSTOP = 32
    FAILURE_COST = 33
    CLOSE_OUT = 34


FORCED = (EventKind.LIQUIDATION, EventKind.DISPOSAL, EventKind.ADL, EventKind.COLLATERAL_SALE)
"""Kinds that are forced trades."""

BREEDING = (EventKind.LIQUIDATION, EventKind.TAKEOVER)
"""Kinds that stand one generation below their cause; all others stand in the same one.

The disposal of what was taken over, or the sale of what was seized, is the second leg of
one and the same liquidation.
"""


class Channel(IntEnum):
    """Which link of the mechanism carried the cause to the effect."""

    EXOGENOUS = 0
    SHOCK = 1
    ORACLE_ERROR = 2
    IMPACT = 3
    MARGIN_UPDATE = 4
    BEHAVIOUR = 5
    REHYPOTHECATION = 6
    COUNTERPARTY = 7
    FUNDING = 8


COLUMNS: Mapping[str, type[np.generic]] = {
    "step": np.int32,
    "kind": np.int8,
    "venue": np.int16,
    "instrument": np.int16,
    "entity": np.int32,
    "account": np.int64,
    "quantity": np.float64,
    "price": np.float64,
    "usd": np.float64,
    "loss": np.float64,
    "cause": np.int64,
    "channel": np.int8,
    "generation": np.int16,
}
"""Columns of the log and their types; ``loss`` is what the owner lost by the event, USD."""


class EventLog:
    """Every event of a run, one row each; the row is the event's id."""

    def __init__(self) -> None:
        self.count = 0
        self._columns = {name: np.empty(1024, dtype=kind) for name, kind in COLUMNS.items()}

    def add(
        self,
        step: int,
        kind: EventKind,
        n: int = 1,
        *,
        cause: Ints | int = NONE,
        channel: Codes | Channel = Channel.EXOGENOUS,
        **columns: object,
    ) -> Ints:
        """Append ``n`` events of one kind and return their ids.

        A liquidation stands one generation below its cause, anything else in the same;
        an event without a cause stands in generation 0.
        """
        start, stop = self.count, self.count + n
        self._reserve(stop)
        causes = np.broadcast_to(np.asarray(cause, dtype=np.int64), n)
        above = np.where(causes >= 0, self._columns["generation"][causes], 0)
        filled = {
            "venue": NONE,
            "instrument": NONE,
            "entity": NONE,
            "account": NONE,
            "quantity": 0.0,
            "price": np.nan,
            "usd": 0.0,
            "loss": 0.0,
        } | columns
        filled |= {
            "step": step,
            "kind": int(kind),
            "cause": causes,
            "channel": channel,
            "generation": above + (kind in BREEDING),
        }
        for name, values in filled.items():
            self._columns[name][start:stop] = values
        self.count = stop
        return np.arange(start, stop)

    def column(self, name: str) -> np.ndarray:
        """Return one column of what has been logged so far."""
        return self._columns[name][: self.count]

    def _reserve(self, size: int) -> None:
        """Grow the columns so that they hold ``size`` rows."""
        have = self._columns["step"].size
        if size <= have:
            return
        for name, old in self._columns.items():
            new = np.empty(max(size, 2 * have), dtype=old.dtype)
            new[: self.count] = old[: self.count]
            self._columns[name] = new
