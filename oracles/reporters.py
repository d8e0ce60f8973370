"""Those who watch markets and tell a feed what they see, each late and wrong in its own way."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from oracles.roles import Ranking
from sim import elementary
from sim.arrays import Bools, Floats, Ints
from sim.clock import Clock
from sim.errors import ConfigError, check
from sim.streams import Streams


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporter:
    """One who reads a market and reports its price.

    Parameters
    ----------
    name : its own, one of a kind on its feed; the address of its draws.
    source : name of the market that it reads.
    noise : standard deviation of the log error of a report, >= 0.
    delay_seconds : age of the price that it reports, seconds, >= 0; whole steps, rounded up.
    outage_probability : chance that an outage begins in a step, in [0, 1].
    outage_seconds : length of an outage, seconds, >= 0; at least the step it begins in.
    stake : weight, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> Reporter(name="node_1", source="spot_a", noise=0.0005, delay_seconds=10).stake
    1.0
    """

    name: str
    source: str
    noise: float = 0.0
    delay_seconds: float = 0.0
    outage_probability: float = 0.0
    outage_seconds: float = 0.0
    stake: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        who = f"reporter {self.name}"
        check(
            (self.name != "", "a reporter must have a name"),
            (self.source != "", f"{who}: source must name a market"),
            (0 <= self.noise < np.inf, f"{who}: noise must be >= 0"),
            (0 <= self.delay_seconds < np.inf, f"{who}: delay_seconds must be >= 0 seconds"),
            (
                0 <= self.outage_probability <= 1,
                f"{who}: outage_probability must lie in [0, 1]",
            ),
            (0 <= self.outage_seconds < np.inf, f"{who}: outage_seconds must be >= 0 seconds"),
            (0 < self.stake < np.inf, f"{who}: stake must be > 0"),
        )


class Panel:
    """The reporters of one feed as arrays, ordered by name.

    A reporter's draws are addressed by a checksum of its name: adding, removing or reordering
    others changes nothing in what it says.

    Parameters
    ----------
    feed : name of the feed, the first part of the purpose of every draw.
    reporters : at least one, names all different.
    sources : name of each column of the prices that will be seen.
    clock, streams : time and randomness of the run.

    Raises
    ------
    ConfigError
        Naming everything wrong: no reporter, a name twice, a source that is not there.
    """

    def __init__(
        self,
        feed: str,
        reporters: Sequence[Reporter],
        sources: Sequence[str],
        clock: Clock,
        streams: Streams,
    ) -> None:
        ranked = sorted(reporters, key=lambda reporter: reporter.name)
        _refuse_impossible(feed, ranked, sources)
        self.feed = feed
        self.clock = clock
        self.names = tuple(reporter.name for reporter in ranked)
        self.source = np.array([sources.index(reporter.source) for reporter in ranked])
        self.stakes = np.array([reporter.stake for reporter in ranked])
        self._streams = streams
        self._address = _addresses(self.names)
        self._noise = np.array([reporter.noise for reporter in ranked])
        self._failure = np.array([reporter.outage_probability for reporter in ranked])
        self._outage = np.array([clock.steps_in(reporter.outage_seconds) for reporter in ranked])
        self._silent_until = np.full(len(ranked), -1)
        self._noisy = bool(self._noise.any())
        self._failing = bool(self._failure.any())
        self._past, self._places = _ring(self.source, ranked, len(sources), clock)
        self._seen = 0

    @property
    def size(self) -> int:
        """The number of reporters."""
        return len(self.names)

    def observe(self, step: int, sources: Floats) -> Floats:
        """Return what each reporter says, (n,) USD, ``nan`` where it is silent.

        Called once a step, in order. What was before the first call is taken to have
        been as at the first.

        Parameters
        ----------
        step : the step, for the address of the draws.
        sources : (n_sources,) true prices now, USD, ``nan`` where a market has none.
        """
        now = self._seen % len(self._past)
        self._past[now if self._seen else slice(None)] = sources
        said: Floats = self._past.take(self._places[now])
        self._seen += 1
        if self._noisy:
            draws = self._streams.at(f"feed/{self.feed}/noise", step)
            said *= elementary.exp(self._noise * draws.normal(self._address))
        if self._failing:
            said[self._silent(step)] = np.nan
        return said

    def first(self, count: int | None, by: Ranking) -> Bools:
        """Return a mask of the first ``count`` reporters, all of them for ``None``.

        Parameters
        ----------
        count : how many, at most as many as there are.
        by : ``name`` in order of the names, ``stake`` from the largest, ties by name.

        Raises
        ------
        ConfigError
            If there are fewer reporters than that.
        """
        check(
            (
                count is None or count <= self.size,
                f"{count} reporters cannot be held: feed {self.feed} has {self.size}",
            )
        )
        order = np.argsort(-self.stakes, kind="stable") if by == "stake" else np.arange(self.size)
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[order[:count]] = True
        return mask

    def _silent(self, step: int) -> Bools:
        drawn = self._streams.at(f"feed/{self.feed}/outage", step).uniform(self._address)
        begins = drawn < self._failure
        if np.count_nonzero(begins):
            until = np.maximum(self._silent_until, step + self._outage)
            self._silent_until = np.where(begins, until, self._silent_until)
        return np.asarray(self._silent_until > step)


def _ring(
    source: Ints, ranked: Sequence[Reporter], n_sources: int, clock: Clock
) -> tuple[Floats, Ints]:
    """Return room for past prices, (depth, n_sources), and where each reporter looks.

    Row ``k`` of the second, (depth, n), has the flat places in the first to be read when the
    newest prices have just been written to row ``k``.
    """
    seconds = [reporter.delay_seconds for reporter in ranked]
    delay = np.array([clock.steps_in(late) if late > 0 else 0 for late in seconds])
    depth = int(delay.max()) + 1
    rows = (np.arange(depth)[:, np.newaxis] - delay) % depth
    return np.full((depth, n_sources), np.nan), rows * n_sources + source


def _addresses(names: Sequence[str]) -> Ints:
    return np.array([crc32(name.encode()) for name in names], dtype=np.int64)


def _refuse_impossible(feed: str, ranked: Sequence[Reporter], sources: Sequence[str]) -> None:
    names = [reporter.name for reporter in ranked]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [f"feed {feed}: reporter {name} is there more than once" for name in twice]
    problems += [
        f"feed {feed}: reporter {reporter.name} reads {reporter.source}, "
        f"which is not one of the sources {', '.join(sources) or '(none)'}"
        for reporter in ranked
        if reporter.source not in sources
    ]
    if not ranked:
        problems.append(f"feed {feed} has no reporter")
    if not twice and len(set(_addresses(names).tolist())) < len(names):
        problems.append(f"feed {feed}: two reporter names share a checksum, rename one")
    if problems:
        raise ConfigError(*problems)
