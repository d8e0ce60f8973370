"""A token that should be worth so many units of another asset."""

from dataclasses import dataclass, field
from math import exp, inf, sqrt

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.kernels.price import mean_reverting
from sim.price.path import YEAR_SECONDS, normals, prepared
from sim.streams import Streams

HOUR_SECONDS = 3_600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pegged:
    r"""The ratio of a wrapped, staked or stable token to the asset it is pegged to.

    .. math:: \ln r_t = \ln r_0 + g t + x_t, \qquad
        x_{t+1} = a x_t + s\sqrt{1 - a^2}\,z_t, \quad a = e^{-\Delta/T}, \quad x_0 = 0

    The path is that of the *ratio*: whoever wants the token's price in USD multiplies it by
    the price of ``peg``. A volatility multiplier scales the innovation of its step, and
    what it added reverts like any other deviation. A broken peg is a shock, not this path.

    Parameters
    ----------
    peg : name of the asset that the token is measured in.
    ratio : :math:`r_0`, units of the peg a token before step 0, > 0.
    deviation_sd : :math:`s`, stationary deviation of the log ratio, >= 0.
    reversion_hours : :math:`T`, how long arbitrage takes to close a gap, hours, > 0.
    accrual : :math:`g`, growth of the log ratio a year, as a staked token has.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> path = Pegged(peg="ETH", ratio=1.05).open()
    >>> path.initial_price
    1.05
    """

    peg: str = "USD"
    ratio: float = 1.0
    deviation_sd: float = 0.0005
    reversion_hours: float = 6.0
    accrual: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (bool(self.peg), "peg must name an asset"),
            (0 < self.ratio < inf, "ratio must be > 0 units of the peg"),
            (0 <= self.deviation_sd < inf, "deviation_sd must be >= 0"),
            (0 < self.reversion_hours < inf, "reversion_hours must be > 0"),
            (-inf < self.accrual < inf, "accrual must be a finite number a year"),
        )

    def open(self) -> "PeggedPath":
        """Return a fresh path."""
        return PeggedPath(self)

    def deviation(
        self, streams: Streams, purpose: str, steps: int, step_seconds: float
    ) -> tuple[float, Floats, Floats]:
        """Return the decay, the innovations (steps,) and the deviation (steps + 1,)."""
        decay = exp(-step_seconds / (self.reversion_hours * HOUR_SECONDS))
        spread = self.deviation_sd * sqrt(1.0 - decay**2)
        shocks = spread * normals(streams, purpose, steps)
        out = np.empty(steps + 1)
        mean_reverting(0.0, decay, shocks, out)
        return decay, shocks, out


@dataclass(slots=True)
class PeggedPath:
    """The ratio of a pegged token, step by step.

    Steps are asked for in order. What multipliers other than one have added to the
    deviation is kept by step, so that asking for the same step again changes nothing.

    Parameters
    ----------
    token : what is drawn.
    """

    token: Pegged
    history_note: str = ""
    _run: tuple[Streams, str] | None = None
    _decay: float = 1.0
    _moves: list[float] = field(default_factory=list)
    _shocks: list[float] = field(default_factory=list)
    _added: list[float] = field(default_factory=list)

    @property
    def initial_price(self) -> float:
        """The ratio before step 0, units of the peg."""
        return self.token.ratio

    def prepare(self, streams: Streams, name: str, steps: int, step_seconds: float) -> None:
        """Draw every step's innovation at addresses under ``name``."""
        decay, shocks, deviation = self.token.deviation(
            streams, f"{name}/normal", steps, step_seconds
        )
        grown = self.token.accrual * step_seconds / YEAR_SECONDS
        self._run, self._decay = (streams, name), decay
        self._moves = (np.diff(deviation) + grown).tolist()
        self._shocks = shocks.tolist()
        self._added = [0.0] * (steps + 1)

    def step_return(self, step: int, volatility_multiplier: float) -> float:
        """Return the log return of the ratio in ``step``."""
        before = self._added[step]
        after = self._decay * before + (volatility_multiplier - 1.0) * self._shocks[step]
        self._added[step + 1] = after
        return self._moves[step] + (after - before)

    def history(self, count: int, interval_seconds: float) -> Floats:
        """Return ``count`` log returns of the ratio before the run, oldest first, (count,).

        The deviation is drawn from the run's start into the past, as a stationary
        deviation looks the same backward.

        Raises
        ------
        RuntimeError
            Before ``prepare``.
        """
        streams, name = prepared(self._run)
        _, _, backward = self.token.deviation(
            streams, f"{name}/history/normal", count, interval_seconds
        )
        grown = self.token.accrual * interval_seconds / YEAR_SECONDS
        return np.diff(backward[::-1]) + grown
