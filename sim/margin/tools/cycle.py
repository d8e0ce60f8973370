"""Ask through the cycle: for what is enough in the long run, whatever the day."""

from dataclasses import dataclass
from math import sqrt

from sim.arrays import Floats
from sim.errors import check
from sim.margin.history import intervals, latest
from sim.margin.tail import dearer
from sim.roles import MarketState


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    r"""Pull margin towards the unconditional quantile of losses: :math:`M = (1 - w)m + w\,q`.

    :math:`q` is the quantile of the losses of a long lookback (the dearer side, times
    :math:`\sqrt h`): a margin that is right on average over calm and storm and hardly moves.
    With :math:`w = 1` the policy beneath it no longer matters.

    Parameters
    ----------
    weight : :math:`w`, in (0, 1].
    lookback : losses looked at, >= 2.
    confidence : one-sided, in (0.5, 1).
    horizon_hours : :math:`h`, hours needed to close a position, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Glasserman and Wu (2018), Persistence and procyclicality in margin requirements, Management
    Science 64(12): the stable margin level.

    Examples
    --------
    >>> Cycle(lookback=1000).history
    1000
    """

    weight: float = 1.0
    lookback: int = 2520
    confidence: float = 0.99
    horizon_hours: float = 6.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.weight <= 1, "weight must lie in (0, 1]"),
            (self.lookback >= 2, "lookback must be >= 2 losses"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
        )

    @property
    def history(self) -> int:
        """The lookback."""
        return self.lookback

    def adjust(
        self, rates: Floats, market: MarketState, memory: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Return rates pulled towards the long run's, (K,)."""
        losses = -latest(market, self.lookback, "cycle")
        steady = dearer(losses, None, ("var", self.confidence, "inverted_cdf"))
        steady = steady * sqrt(intervals(market, self.horizon_hours))
        return (1.0 - self.weight) * rates + self.weight * steady, memory
