"""Shocks to venues: what makers offer, whether the door is open, what margin is asked."""

from dataclasses import dataclass
from typing import ClassVar

from scenarios.shocks.roles import Stage
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class LiquidityWithdrawal:
    """Market makers offer less for a while.

    Parameters
    ----------
    multiplier : of what they offer, in [0, 1].
    venues : where; everywhere if none is named.

    Raises
    ------
    ConfigError
        If the multiplier is out of range.
    """

    multiplier: float
    venues: tuple[str, ...] = ()
    instant: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((0 <= self.multiplier <= 1, "multiplier must lie in [0, 1]"))

    def begin(self, stage: Stage) -> None:
        """Hold the liquidity dials."""
        stage.hold(self)

    def turn(self, stage: Stage) -> None:
        """Multiply the liquidity."""
        stage.dials.liquidity[stage.venue_rows(self.venues)] *= self.multiplier

    def end(self, stage: Stage) -> None:
        """Let the liquidity dials go."""
        stage.release(self)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"liquidity ×{self.multiplier:g}"

    def target(self) -> str:
        """Return the venues."""
        return ", ".join(self.venues) or "all venues"


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueOutage:
    """A venue takes neither orders nor transfers for a while.

    Parameters
    ----------
    venue : which.
    """

    venue: str
    instant: ClassVar[bool] = False

    def begin(self, stage: Stage) -> None:
        """Hold the door."""
        stage.hold(self)

    def turn(self, stage: Stage) -> None:
        """Shut the door."""
        stage.dials.open[stage.venues[self.venue]] = False

    def end(self, stage: Stage) -> None:
        """Open again, unless another outage keeps it shut."""
        stage.release(self)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"{self.venue} is down"

    def target(self) -> str:
        """Return the venue."""
        return self.venue


@dataclass(frozen=True, kw_only=True, slots=True)
class MarginHike:
    """Venues multiply every requirement for a while.

    Parameters
    ----------
    multiplier : of requirements, > 0.
    venues : where; everywhere if none is named.

    Raises
    ------
    ConfigError
        If the multiplier is not positive.
    """

    multiplier: float
    venues: tuple[str, ...] = ()
    instant: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.multiplier > 0, "multiplier must be > 0"))

    def begin(self, stage: Stage) -> None:
        """Hold the margin dials."""
        stage.hold(self)

    def turn(self, stage: Stage) -> None:
        """Multiply the requirements."""
        stage.dials.margin[stage.venue_rows(self.venues)] *= self.multiplier

    def end(self, stage: Stage) -> None:
        """Let the margin dials go."""
        stage.release(self)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"margin ×{self.multiplier:g}"

    def target(self) -> str:
        """Return the venues."""
        return ", ".join(self.venues) or "all venues"


@dataclass(frozen=True, kw_only=True, slots=True)
class Congestion:
    """Keepers and deposits are delayed for a while.

    Parameters
    ----------
    multiplier : of their latencies, >= 1.

    Raises
    ------
    ConfigError
        If the multiplier is below 1.
    """

    multiplier: float
    instant: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.multiplier >= 1, "multiplier must be >= 1"))

    def begin(self, stage: Stage) -> None:
        """Hold the congestion dial."""
        stage.hold(self)

    def turn(self, stage: Stage) -> None:
        """Multiply the latencies."""
        stage.dials.congestion *= self.multiplier

    def end(self, stage: Stage) -> None:
        """Let the congestion dial go."""
        stage.release(self)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"latency ×{self.multiplier:g}"

    def target(self) -> str:
        """Return the network that everybody shares."""
        return "network"
