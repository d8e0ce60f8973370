"""A price that does what it once did."""

from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from sim import elementary
from sim.arrays import Floats
from sim.errors import ConfigError, DataError, check
from sim.kernels.price import fill_bars
from sim.price.bars import Bars, read_window
from sim.price.moments import say_moment
from sim.price.path import DrawnPath, Moves, normals
from sim.streams import Streams

FEWEST = 4
"""Prices a bar needs so that open, high, low and close can all be among them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """The bars of a file, filled in to steps.

    The first step of a bar ends at its open and the last at its close; high and low are
    touched at least once and never passed. In between runs a folded Brownian bridge drawn
    bar by bar. A volatility multiplier other than one scales the returns of its steps whole,
    since a record does not tell which part of a move was diffusion.

    Parameters
    ----------
    file : a CSV file, see `sim.price.bars.read_bars`.
    start, end : dates or times in UTC, ``end`` exclusive; empty for the file's own.

    Examples
    --------
    >>> Replay(file="btc.csv", start="2020-03-11", end="2020-03-15").end
    '2020-03-15'
    """

    file: str | Path = ""
    start: str = ""
    end: str = ""

    def open(self) -> DrawnPath:
        """Read the file and return a fresh path.

        Raises
        ------
        DataError
            Naming everything wrong with the file and the window, with its line.
        """
        if not str(self.file):
            message = "replay needs a file of price bars; name a CSV file"
            raise DataError(message)
        before, bars = read_window(self.file, self.start or None, self.end or None)
        return DrawnPath(ReplayedBars(bars=bars, before=before))


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayedBars:
    """Bars to be run through, and those known from before.

    Parameters
    ----------
    bars : what the run goes through, at least one bar.
    before : bars that end where ``bars`` begin, of the same length; may be empty.

    Raises
    ------
    ConfigError
        If there is nothing to run through, or ``before`` does not lead up to it.
    """

    bars: Bars
    before: Bars

    def __post_init__(self) -> None:
        """Refuse bars that make no sense."""
        check(
            (len(self.bars) > 0, "a replay needs at least one bar"),
            (
                self.before.interval_seconds == self.bars.interval_seconds,
                "the bars before must be as long as the bars replayed",
            ),
        )
        gap = self.bars.time[:1] - self.before.time[-1:]
        joined = gap == np.timedelta64(self.bars.interval_seconds, "s")
        check((bool(joined.all()), "the bars before must end where the bars replayed begin"))

    @property
    def initial_price(self) -> float:
        """The first bar's open, USD."""
        return float(self.bars.open[0])

    def draw(self, streams: Streams, name: str, steps: int, step_seconds: float) -> Moves:
        """Return the moves of ``steps`` steps.

        Raises
        ------
        ConfigError
            If the steps do not divide a bar into four or more.
        DataError
            If the bars end before the run.
        """
        interval = self.bars.interval_seconds
        pieces = round(interval / step_seconds)
        if pieces < FEWEST or abs(pieces * step_seconds - interval) > 1e-9 * interval:
            message = (
                f"step_seconds is {step_seconds:g}, but bars of {interval} s can only be replayed "
                f"in steps that divide a bar into {FEWEST} or more, as {interval / 360:g} s do"
            )
            raise ConfigError(message)
        if steps > len(self.bars) * pieces:
            begin = int(self.bars.time[0].astype(np.int64))
            message = (
                f"a run of {steps} steps of {step_seconds:g} s from {say_moment(begin)} needs bars "
                f"until {say_moment(begin + int(np.ceil(steps * step_seconds)))}, but they end at "
                f"{say_moment(begin + len(self.bars) * interval)}"
            )
            raise DataError(message)
        needed = self.bars[: -(-steps // pieces)]
        count = np.arange(len(needed))
        order = streams.at(f"{name}/order", 0).uniform(count)
        texture = normals(streams, f"{name}/normal", len(needed) * pieces)
        prices = _fill(needed, order, texture.reshape(-1, pieces))[:steps]
        returns = np.diff(elementary.log(prices / self.initial_price), prepend=0.0)
        return Moves(np.zeros(steps), returns, np.zeros(steps))

    def past(
        self, streams: Streams, name: str, count: int, interval_seconds: float
    ) -> tuple[Floats, str]:
        """Return returns before the run: of the bars before it, and older ones simulated.

        An interval of one or more whole bars takes the bars' own prices; one that divides a bar
        into four or more takes bars filled in. Where the bars do not reach back far enough,
        the oldest returns are normal at the volatility of the bars, and the note says so.
        """
        real = self._real(streams, f"{name}/history", count, interval_seconds)
        missing = count - real.size
        if not missing:
            return real, ""
        known = self.before if len(self.before) else self.bars
        what = "before the window" if len(self.before) else "of the window itself"
        spread = sqrt(float(np.mean(elementary.log(known.close / known.open) ** 2)))
        spread *= sqrt(interval_seconds / known.interval_seconds)
        made = spread * normals(streams, f"{name}/history/simulated", count)[::-1][:missing]
        note = (
            f"{real.size} of {count} returns before the run are real; the oldest {missing} are "
            f"simulated, normal at the volatility of the {len(known)} bars {what}"
        )
        return np.concatenate((made, real)), note

    def _real(self, streams: Streams, name: str, count: int, interval_seconds: float) -> Floats:
        """Return as many of the latest returns as the bars before the run give, at most count."""
        bar = self.before.interval_seconds
        if interval_seconds % bar == 0:
            stride = int(interval_seconds // bar)
            reach = min(count, len(self.before) // stride)
            opens = np.append(self.before.open, self.initial_price)
            return np.diff(elementary.log(opens[len(opens) - 1 - reach * stride :: stride]))
        pieces = round(bar / interval_seconds)
        if pieces < FEWEST or abs(pieces * interval_seconds - bar) > 1e-9 * bar:
            return np.empty(0)
        reach = min(-(-count // pieces), len(self.before))
        known = self.before[len(self.before) - reach :]
        # Addressed from the run backward, so that a longer past leaves the nearer one alone.
        order = streams.at(f"{name}/order", 0).uniform(np.arange(reach))[::-1]
        texture = normals(streams, f"{name}/normal", reach * pieces).reshape(-1, pieces)[::-1]
        prices = np.append(_fill(known, order, texture), self.initial_price)
        return np.diff(elementary.log(prices))[max(0, reach * pieces - count) :]


def _fill(bars: Bars, order: Floats, texture: Floats) -> Floats:
    """Return the prices inside the bars, one after the other."""
    out = np.empty(texture.shape)
    fill_bars(
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        np.ascontiguousarray(order),
        np.ascontiguousarray(texture),
        out,
    )
    return out.ravel()
