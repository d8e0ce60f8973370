"""Hedged holders: the other side of the leveraged crowd."""

from dataclasses import dataclass
from math import log

import numpy as np

from agents.calls import restore, trade_down
from agents.population import Moment, Population
from sim.arrays import NONE, Ints
from sim.errors import check
from sim.orders import Orders, Transfers


@dataclass(frozen=True, kw_only=True, slots=True)
class Carry:
    """How patiently carry traders hold their position.

    Parameters
    ----------
    unwind_per_hour : looks at the basis an hour, >= 0; 0 for holders who never unwind.
    basis_limit : adverse basis beyond which a look leads to unwinding, log units, > 0.
    unwind_share : share of the position closed at a time, in (0, 1].
    delay_seconds : mean time from a margin call to the deposit, seconds, >= 0.
    target_ratio : equity over maintenance requirement that a deposit aims at, > 1.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    unwind_per_hour: float = 0.0
    basis_limit: float = 0.01
    unwind_share: float = 0.25
    delay_seconds: float = 300.0
    target_ratio: float = 2.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.unwind_per_hour >= 0, "unwind_per_hour must be >= 0 an hour"),
            (self.basis_limit > 0, "basis_limit must be > 0"),
            (0 < self.unwind_share <= 1, "unwind_share must lie in (0, 1]"),
            (self.delay_seconds >= 0, "delay_seconds must be >= 0 seconds"),
            (self.target_ratio > 1, "target_ratio must be > 1"),
        )


class CarryTraders(Population[Carry]):
    """Hold a perpetual against the coin and live on funding; meet calls from the reserve.

    The basis is adverse for a long above the index and for a short below it, where funding
    is paid instead of received. The hedge itself lies outside the venue.
    """

    parameters = Carry

    def decide(self, now: Moment) -> Orders | None:
        """Return purchases and sales of those who give the trade up."""
        if not now.view.behaviour or self.settings.unwind_per_hour == 0.0:
            return None
        index = float(now.venue.index_prices[now.seat.instrument])
        theory = now.venue.theory(now.seat.instrument)
        basis = log(now.price / (index if theory is None else theory.price(index)))
        if abs(basis) <= self.settings.basis_limit:
            return None
        rows = self.active(now, self.settings.unwind_per_hour)
        rows = rows[now.seat.held(now.venue, rows) * basis > 0]
        keep = np.full(rows.size, 1.0 - self.settings.unwind_share)
        return trade_down(now, rows, keep, NONE)

    def answer(self, now: Moment, called: Ints) -> tuple[Transfers | None, Orders | None]:
        """Return the deposits that meet calls."""
        if not called.size:
            return None, None
        settings = self.settings
        return restore(now, called, settings.target_ratio, settings.delay_seconds), None
