"""Shocks to prices on the outside market."""

from dataclasses import dataclass
from math import log1p
from typing import ClassVar

from scenarios.shocks.roles import Stage
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceJump:
    """The outside price of an asset jumps, in one step.

    Parameters
    ----------
    asset : whose price.
    size : fraction of the price, > -1; negative for a fall.

    Raises
    ------
    ConfigError
        If the size leaves no price, or is nothing.

    Examples
    --------
    >>> PriceJump(asset="BTC", size=-0.18).describe()
    'BTC -18 %'
    """

    asset: str
    size: float
    instant: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.size > -1 and self.size != 0, "size must be > -1 and not 0"))

    def begin(self, stage: Stage) -> None:
        """Add the jump to this step's return."""
        stage.dials.jump[stage.assets[self.asset]] += log1p(self.size)

    def end(self, stage: Stage) -> None:
        """Leave the price where it is."""

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"{self.asset} {100 * self.size:+g} %"

    def target(self) -> str:
        """Return the asset."""
        return self.asset


@dataclass(frozen=True, kw_only=True, slots=True)
class VolatilityRegime:
    """The outside price of an asset swings more, or less, for a while.

    Parameters
    ----------
    asset : whose price.
    multiplier : of its volatility, > 0.

    Raises
    ------
    ConfigError
        If the multiplier is not positive.
    """

    asset: str
    multiplier: float
    instant: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.multiplier > 0, "multiplier must be > 0"))

    def begin(self, stage: Stage) -> None:
        """Hold the volatility dial."""
        stage.hold(self)

    def turn(self, stage: Stage) -> None:
        """Multiply the volatility."""
        stage.dials.volatility[stage.assets[self.asset]] *= self.multiplier

    def end(self, stage: Stage) -> None:
        """Let the volatility dial go."""
        stage.release(self)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"{self.asset} volatility ×{self.multiplier:g}"

    def target(self) -> str:
        """Return the asset."""
        return self.asset


@dataclass(frozen=True, kw_only=True, slots=True)
class Depeg:
    """An asset loses its peg: it trades at a discount while the shock lasts.

    Parameters
    ----------
    asset : which.
    size : fraction of the pegged price, > -1; negative for a discount.

    Raises
    ------
    ConfigError
        If the size leaves no price, or is nothing.
    """

    asset: str
    size: float
    instant: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.size > -1 and self.size != 0, "size must be > -1 and not 0"))

    def begin(self, stage: Stage) -> None:
        """Hold the peg dial."""
        stage.hold(self)

    def turn(self, stage: Stage) -> None:
        """Add to the discount."""
        stage.dials.peg[stage.assets[self.asset]] += log1p(self.size)

    def end(self, stage: Stage) -> None:
        """Let the peg come back."""
        stage.release(self)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        return f"{self.asset} off its peg by {100 * self.size:+g} %"

    def target(self) -> str:
        """Return the asset."""
        return self.asset
