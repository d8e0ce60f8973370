"""A price that wanders with constant volatility."""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.price.path import YEAR_SECONDS, DrawnPath, Moves, normals
from sim.streams import Streams


@dataclass(frozen=True, kw_only=True, slots=True)
class Diffusion:
    r"""Geometric Brownian motion, exact at any step.

    .. math:: \ln(p_{t+1}/p_t) = (\mu - \sigma^2/2)\,\Delta + \sigma\sqrt{\Delta}\,z_t

    Parameters
    ----------
    initial_price : price before step 0, USD, > 0.
    volatility : :math:`\sigma`, a year, >= 0.
    drift : :math:`\mu`, growth of the mean price, a year.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> path = Diffusion(volatility=0.5).open()
    >>> path.prepare(Streams(seed=7), "price/BTC", steps=10, step_seconds=60)
    >>> abs(path.step_return(0, 2.0)) > abs(path.step_return(0, 1.0))
    True
    """

    initial_price: float = 60_000.0
    volatility: float = 0.6
    drift: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.initial_price < inf, "initial_price must be > 0 USD"),
            (0 <= self.volatility < inf, "volatility must be >= 0 a year"),
            (-inf < self.drift < inf, "drift must be a finite number a year"),
        )

    def open(self) -> DrawnPath:
        """Return a fresh path."""
        return DrawnPath(self)

    def draw(self, streams: Streams, name: str, steps: int, step_seconds: float) -> Moves:
        """Return the moves of ``steps`` steps."""
        years = step_seconds / YEAR_SECONDS
        return Moves(
            fixed=np.full(steps, self.drift * years),
            shock=self.volatility * sqrt(years) * normals(streams, f"{name}/normal", steps),
            half_variance=np.full(steps, 0.5 * self.volatility**2 * years),
        )

    def past(
        self, streams: Streams, name: str, count: int, interval_seconds: float
    ) -> tuple[Floats, str]:
        """Return returns before the run, the latest drawn first, so that more only adds older."""
        moves = self.draw(streams, f"{name}/history", count, interval_seconds)
        return moves.returns()[::-1], ""
