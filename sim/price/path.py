"""What all outside paths that are drawn beforehand have in common."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from sim.arrays import Floats
from sim.roles import PricePath
from sim.streams import Streams

YEAR_SECONDS = 365.0 * 86_400.0
"""Crypto trades at all hours, so a year has 365 days of 24 hours."""


class PathKind(Protocol):
    """Parameters of a path, as a scenario states them."""

    def open(self) -> PricePath:
        """Return a fresh path that can be run once."""
        ...


@dataclass(frozen=True, slots=True)
class Moves:
    r"""The parts of every step's log return.

    Under a volatility multiplier :math:`m` the return is :math:`f + m s - m^2 h`.

    Parameters
    ----------
    fixed : :math:`f`, (steps,) what volatility does not scale: drift and jumps.
    shock : :math:`s`, (steps,) the diffusive part.
    half_variance : :math:`h`, (steps,) what keeps the mean price from growing with it.
    """

    fixed: Floats
    shock: Floats
    half_variance: Floats

    def returns(self) -> Floats:
        """Return the log returns at a multiplier of one, (steps,)."""
        return self.fixed + (self.shock - self.half_variance)


class Source(Protocol):
    """Something that can draw a whole run's moves, and a past that goes with them."""

    @property
    def initial_price(self) -> float:
        """The price before step 0, USD."""
        ...

    def draw(self, streams: Streams, name: str, steps: int, step_seconds: float) -> Moves:
        """Return the moves of ``steps`` steps; the first do not depend on how many."""
        ...

    def past(
        self, streams: Streams, name: str, count: int, interval_seconds: float
    ) -> tuple[Floats, str]:
        """Return ``count`` log returns before the run, oldest first, and what to know of them.

        The note is empty where all of them are what they claim to be.
        """
        ...


@dataclass(slots=True)
class DrawnPath:
    """A path whose moves are all drawn before the run.

    Parameters
    ----------
    source : what draws.

    Examples
    --------
    >>> from sim.price.diffusion import Diffusion
    >>> path = DrawnPath(Diffusion(volatility=0.0, drift=0.365))
    >>> path.prepare(Streams(seed=7), "price/BTC", steps=2, step_seconds=86_400)
    >>> round(path.step_return(1, 1.0), 9)
    0.001
    """

    source: Source
    history_note: str = ""
    _run: tuple[Streams, str] | None = None
    # Lists, for a step reads three numbers and numpy scalars are slow to read and add.
    _fixed: list[float] = field(default_factory=list)
    _shock: list[float] = field(default_factory=list)
    _half: list[float] = field(default_factory=list)

    @property
    def initial_price(self) -> float:
        """The price before step 0, USD."""
        return self.source.initial_price

    def prepare(self, streams: Streams, name: str, steps: int, step_seconds: float) -> None:
        """Draw every step's moves at addresses under ``name``."""
        moves = self.source.draw(streams, name, steps, step_seconds)
        self._run = (streams, name)
        self._fixed = moves.fixed.tolist()
        self._shock = moves.shock.tolist()
        self._half = moves.half_variance.tolist()

    def step_return(self, step: int, volatility_multiplier: float) -> float:
        """Return the log return of ``step``; the multiplier scales its diffusive part alone."""
        scaled = self._shock[step] - volatility_multiplier * self._half[step]
        return self._fixed[step] + volatility_multiplier * scaled

    def history(self, count: int, interval_seconds: float) -> Floats:
        """Return ``count`` log returns from before the run, oldest first, (count,).

        Where not all of them are real, ``history_note`` says so.

        Raises
        ------
        RuntimeError
            Before ``prepare``.
        """
        streams, name = prepared(self._run)
        returns, self.history_note = self.source.past(streams, name, count, interval_seconds)
        return returns


def prepared(run: tuple[Streams, str] | None) -> tuple[Streams, str]:
    """Return the streams and name a path was prepared with, or raise RuntimeError."""
    if run is None:
        message = "a price path must be prepared before it is asked for its past"
        raise RuntimeError(message)
    return run


def normals(streams: Streams, purpose: str, count: int) -> Floats:
    """Return standard normal numbers addressed by step, (count,)."""
    return streams.at(purpose, 0).normal(np.arange(count))
