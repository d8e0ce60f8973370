"""The margin engine of a venue: what it asks for, whom it calls, whom it hands over."""

from dataclasses import dataclass
from math import isinf

import numpy as np

from agents.base import Desk, Model
from sim.arrays import NONE, Ints
from sim.clock import Clock
from sim.errors import check
from sim.roles import Breach, MarginPolicy, MarketState, Schedule
from sim.rows import among


@dataclass(frozen=True, kw_only=True, slots=True)
class MarginCalls:
    """When a venue calls for margin, and how long it waits.

    Parameters
    ----------
    call_ratio : equity over maintenance requirement below which a call is issued, >= 1.
    grace_seconds : time to answer a call, seconds, >= 0; with 0 there are no calls, and all
        that is below the call level is liquidated.
    release_ratio : multiple of the call level that ends a call, >= 1; above 1 an account that
        hovers about the level is called once and not at every tick.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    call_ratio: float = 1.0
    grace_seconds: float = 0.0
    release_ratio: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.call_ratio >= 1, "call_ratio must be >= 1"),
            (self.grace_seconds >= 0, "grace_seconds must be >= 0 seconds"),
            (self.release_ratio >= 1, "release_ratio must be >= 1"),
        )


@dataclass(slots=True)
class Verdict:
    """What is to be done about accounts that were, or are, below their level.

    Parameters
    ----------
    calls : rows to call for margin.
    liquidate : rows to hand to liquidation, those already there and not yet sound included.
    released : rows that were called or in liquidation and have come right.
    """

    calls: Ints
    liquidate: Ints
    released: Ints


class MarginEngine(Desk[MarginCalls]):
    """Sets requirements on its own clock, and judges accounts by them.

    It answers, and changes nothing: the phases of a step write its verdicts down.

    Parameters
    ----------
    model, name, entity, clock : as for every desk.
    venue : index of the venue.
    policy : what accounts must hold.
    settings : when accounts are called.
    """

    parameters = MarginCalls

    def __init__(
        self,
        model: Model,
        name: str,
        entity: int,
        venue: int,
        *,
        policy: MarginPolicy,
        settings: MarginCalls,
        clock: Clock,
    ) -> None:
        self.venue = venue
        self.policy = policy
        self.call_ratio = settings.call_ratio
        self.grace_seconds = settings.grace_seconds
        self.release_ratio = settings.release_ratio
        super().__init__(model, name, entity, (), settings, clock)

    def begin(self) -> None:
        """No requirements have been set."""
        self._revised = False

    def revise(self, step: int, market: MarketState) -> Schedule | None:
        """Return new requirements, or ``None`` where none are due at ``step``.

        The first are always due; those of a policy that never changes are never due again.
        """
        every = self.policy.update_seconds
        if self._revised and (isinf(every) or not self.clock.due(step, every)):
            return None
        self._revised = True
        return self.policy.schedule(market)

    def judge(self, breach: Breach, open_rows: Ints, deadline: Ints, step: int) -> Verdict:
        """Sort accounts below their release level, and those that were.

        Liquidated is who has less than the requirement itself, who let a call pass its
        deadline, and who was in liquidation before and is still below the call level. The
        rest below the call level is called, once; a call ends above the release level.

        Parameters
        ----------
        breach : the accounts below ``call_ratio`` times ``release_ratio`` their requirement now,
            by rising row.
        open_rows : rows with an open call or in liquidation, without doubles.
        deadline : step at which the call of each of ``open_rows`` ends, ``NONE`` for one in
            liquidation.
        step : now.
        """
        rows = breach.account
        low = breach.equity < self.call_ratio * breach.required
        if self.release_ratio == 1.0:
            low[:] = True  # all of them, by the watch's own arithmetic
        known = among(rows, np.sort(open_rows))
        lost = np.sort(open_rows[(deadline == NONE) | (deadline <= step)])
        failing = (breach.equity < breach.required) | among(rows, lost)
        if self.grace_seconds == 0.0:
            failing[:] = True
        failing &= low
        waiting = (deadline > step) & among(open_rows, rows)
        return Verdict(
            calls=rows[low & ~failing & ~known],
            liquidate=rows[failing],
            released=open_rows[~among(open_rows, rows[low]) & ~waiting],
        )
