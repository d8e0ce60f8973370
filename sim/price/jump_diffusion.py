"""A price that wanders, and now and then leaps."""

from dataclasses import dataclass
from math import exp, inf

import numpy as np
from scipy.special import pdtr

from sim.arrays import Floats, Ints
from sim.errors import check
from sim.price.diffusion import Diffusion
from sim.price.path import DrawnPath, Moves, normals
from sim.streams import Streams

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class JumpDiffusion:
    r"""Merton's model: a diffusion plus normal jumps of the log price at Poisson times.

    The drift pays for the mean jump, so :math:`\mu` stays the growth of the mean price:

    .. math:: \ln\frac{p_{t+1}}{p_t} = \Bigl(\mu - \frac{\sigma^2}{2} - \lambda
        (e^{a + b^2/2} - 1)\Bigr)\Delta + \sigma\sqrt{\Delta}\,z_t + \sum_{i=1}^{N_t} J_i

    with :math:`N_t \sim \mathrm{Poisson}(\lambda\Delta)` and :math:`J_i \sim N(a, b^2)`. The
    step is exact at any length. A volatility multiplier leaves the jumps alone.

    Parameters
    ----------
    initial_price : price before step 0, USD, > 0.
    volatility : :math:`\sigma`, of the diffusion alone, a year, >= 0.
    drift : :math:`\mu`, a year.
    jumps_per_day : :math:`\lambda`, >= 0.
    jump_mean : :math:`a`, of the log price.
    jump_sd : :math:`b`, of the log price, >= 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Merton (1976), Option pricing when underlying stock returns are discontinuous,
    Journal of Financial Economics 3.

    Examples
    --------
    >>> calm = JumpDiffusion(volatility=0.0, jumps_per_day=0.0).open()
    >>> calm.prepare(Streams(seed=7), "price/BTC", steps=1, step_seconds=60)
    >>> calm.step_return(0, 1.0)
    0.0
    """

    initial_price: float = 60_000.0
    volatility: float = 0.6
    drift: float = 0.0
    jumps_per_day: float = 0.2
    jump_mean: float = -0.002
    jump_sd: float = 0.025

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.initial_price < inf, "initial_price must be > 0 USD"),
            (0 <= self.volatility < inf, "volatility must be >= 0 a year"),
            (-inf < self.drift < inf, "drift must be a finite number a year"),
            (0 <= self.jumps_per_day < inf, "jumps_per_day must be >= 0"),
            (-inf < self.jump_mean < inf, "jump_mean must be a finite log return"),
            (0 <= self.jump_sd < inf, "jump_sd must be >= 0"),
        )

    def open(self) -> DrawnPath:
        """Return a fresh path."""
        return DrawnPath(self)

    def draw(self, streams: Streams, name: str, steps: int, step_seconds: float) -> Moves:
        """Return the moves of ``steps`` steps."""
        smooth = Diffusion(volatility=self.volatility, drift=self.drift)
        moves = smooth.draw(streams, name, steps, step_seconds)
        rate = self.jumps_per_day * step_seconds / DAY_SECONDS
        jumps = poisson(streams.at(f"{name}/jumps", 0).uniform(np.arange(steps)), rate)
        spread = self.jump_sd * np.sqrt(jumps) * normals(streams, f"{name}/jump_size", steps)
        paid = rate * (exp(self.jump_mean + 0.5 * self.jump_sd**2) - 1.0)
        return Moves(
            fixed=moves.fixed - paid + self.jump_mean * jumps + spread,
            shock=moves.shock,
            half_variance=moves.half_variance,
        )

    def past(
        self, streams: Streams, name: str, count: int, interval_seconds: float
    ) -> tuple[Floats, str]:
        """Return returns before the run, jumps included, oldest first."""
        moves = self.draw(streams, f"{name}/history", count, interval_seconds)
        return moves.returns()[::-1], ""


def poisson(uniform: Floats, rate: float) -> Ints:
    """Return Poisson numbers of mean ``rate`` by inversion, one a uniform number.

    Examples
    --------
    >>> poisson(np.array([0.1, 0.9, 0.999]), rate=0.2)
    array([0, 1, 3])
    """
    # Twelve standard deviations and forty counts past the mean leave less than 2**-53.
    counts = np.arange(int(rate + 12.0 * rate**0.5) + 40)
    return np.searchsorted(pdtr(counts, rate), uniform)
