"""Shocks to what options cost."""

from dataclasses import dataclass
from typing import ClassVar

from scenarios.shocks.roles import Stage
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class ImpliedVolatility:
    """Implied volatilities are multiplied for a while, at every strike and expiry.

    Parameters
    ----------
    multiplier : of implied volatilities, > 0.
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
        """Hold the dials of implied volatility."""
        stage.hold(self)

    def turn(self, stage: Stage) -> None:
        """Multiply the volatilities."""
        stage.dials.implied[stage.venue_rows(self.venues)] *= self.multiplier

    def end(self, stage: Stage) -> None:
        """Let the dials go."""
        stage.release(self)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"implied volatility ×{self.multiplier:g}"

    def target(self) -> str:
        """Return the venues."""
        return ", ".join(self.venues) or "all venues"
