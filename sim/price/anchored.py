"""A path through a handful of dated, documented prices."""

from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, sqrt

import numpy as np

from sim import elementary
from sim.arrays import Floats
from sim.errors import ConfigError, check
from sim.price.diffusion import Diffusion
from sim.price.moments import read_moment
from sim.price.path import YEAR_SECONDS, DrawnPath, Moves, normals
from sim.streams import Streams

type Points = tuple[tuple[str, float], ...]

BLACK_THURSDAY: Points = (
    ("2020-03-12T10:00:00Z", 7342.0),
    ("2020-03-12T11:30:00Z", 5721.0),
    ("2020-03-12T23:00:00Z", 5802.0),
    ("2020-03-13T02:15:00Z", 3850.0),
    ("2020-03-13T03:30:00Z", 5641.0),
)
"""BTC in USD on 12 and 13 March 2020: opens, lows and the high of hourly spot bars.

The hour of an extreme is documented, its minute is not: it is set inside the hour.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchored:
    """Straight lines of the log price between documented prices, with a bridge's texture.

    Step ``k`` ends at the price of the time ``start + k * step_seconds``: step 0 stays
    at the first price. Every point is hit exactly at the step nearest to its time. The
    Brownian bridge between two points may pass beyond both. After the last point the price
    goes on as a diffusion without drift of the log price. A volatility multiplier scales the
    texture alone; where it changes between two points, the later one is missed by what it added.

    Parameters
    ----------
    points : (time, price) pairs in order, at least one; times in ISO 8601, UTC, prices in USD.
    volatility : of the texture, a year, >= 0.
    start : time of step 0, from the first point to the last; empty for the first point's.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> path = Anchored().open()
    >>> path.initial_price
    7342.0
    """

    points: Points = BLACK_THURSDAY
    volatility: float = 0.6
    start: str = ""

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        problems = []
        times: list[int] = []
        for number, (text, _) in enumerate(self.points, start=1):
            try:
                times.append(read_moment(text))
            except ValueError as error:
                problems.append(f"point {number}: {error}")
        begin = times[0] if times else 0
        try:
            begin = read_moment(self.start, assume_utc=True) if self.start else begin
        except ValueError as error:
            problems.append(f"start: {error}")
        rising = all(a < b for a, b in pairwise(times))
        try:
            check(
                (len(self.points) > 0, "points must name at least one (time, price)"),
                (rising, "points must be in order of time, each time once"),
                (all(0 < price < inf for _, price in self.points), "points need prices > 0 USD"),
                (not times or times[0] <= begin <= times[-1], "start must lie within the points"),
                (0 <= self.volatility < inf, "volatility must be >= 0 a year"),
            )
        except ConfigError as error:
            problems += error.problems
        if problems:
            raise ConfigError(*problems)

    def open(self) -> DrawnPath:
        """Return a fresh path."""
        return DrawnPath(self)

    @property
    def initial_price(self) -> float:
        """The price at the start, USD."""
        seconds, logs = self._anchors()
        return exp(float(np.interp(0.0, seconds, logs))) if seconds[0] else self.points[0][1]

    def draw(self, streams: Streams, name: str, steps: int, step_seconds: float) -> Moves:
        """Return the moves of ``steps`` steps.

        Raises
        ------
        ConfigError
            If two points fall into the same step.
        """
        seconds, logs = self._anchors()
        # A start between two points is an anchor of its own, so that no texture hangs over it.
        opening = np.interp(0.0, seconds, logs)
        ahead = seconds > 0
        at = np.append(0, np.rint(seconds[ahead] / step_seconds).astype(np.int64))
        logs = np.append(opening, logs[ahead])
        if (np.diff(at) == 0).any():
            message = f"two points fall into the same step of {step_seconds:g} s"
            raise ConfigError(message)
        grid = np.arange(max(steps, int(at[-1]) + 1))
        step_sd = self.volatility * sqrt(step_seconds / YEAR_SECONDS)
        walk = np.cumsum(step_sd * normals(streams, f"{name}/normal", grid.size))
        texture = walk - np.interp(grid, at, walk[at])
        trend = np.interp(grid, at, logs)
        return Moves(
            fixed=np.diff(trend, prepend=opening)[:steps],
            shock=np.diff(texture, prepend=0.0)[:steps],
            half_variance=np.zeros(steps),
        )

    def past(
        self, streams: Streams, name: str, count: int, interval_seconds: float
    ) -> tuple[Floats, str]:
        """Return normal returns at the texture's volatility, oldest first, and a note saying so."""
        calm = Diffusion(volatility=self.volatility)
        returns, _ = calm.past(streams, name, count, interval_seconds)
        return returns, "returns before the run are simulated, normal at the texture's volatility"

    def _anchors(self) -> tuple[Floats, Floats]:
        """Return the points' seconds from the start, and their log prices."""
        times = np.array([read_moment(text) for text, _ in self.points], dtype=np.float64)
        begin = read_moment(self.start, assume_utc=True) if self.start else times[0]
        return times - begin, elementary.log([price for _, price in self.points])
