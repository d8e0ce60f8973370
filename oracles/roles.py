"""The roles in this folder: what combines reports, what marks positions, what attacks a feed."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sim.arrays import Bools, Floats
from sim.orders import Quote

type Ranking = Literal["name", "stake"]
"""The order in which an attacker takes reporters: by name, or by stake from the largest."""

RANKINGS: tuple[Ranking, ...] = ("name", "stake")


@dataclass(frozen=True, slots=True)
class Reports:
    """What the reporters of one feed say at one moment, in the order of their names.

    Parameters
    ----------
    prices : (n,) USD, ``nan`` where a reporter is silent.
    volumes : (n,) USD traded in the step on the market that each reporter reads.
    stakes : (n,) weight of each reporter, > 0.
    time : seconds since the start of the run.
    """

    prices: Floats
    volumes: Floats
    stakes: Floats
    time: float


@dataclass(slots=True)
class AggregatorState:
    """What an aggregator remembers from one moment to the next; a new one remembers nothing.

    Parameters
    ----------
    time : seconds at which it was last used, ``nan`` before that.
    average : running average, USD, ``nan`` before the first.
    checkpoints : (microseconds, price integral up to then, price from then on), oldest first,
        prices as whole numbers in fixed point.
    """

    time: float = math.nan
    average: float = math.nan
    checkpoints: deque[tuple[int, int, int]] = field(default_factory=deque)


class Aggregator(Protocol):
    """One answer out of several reports."""

    def combine(self, reports: Reports, state: AggregatorState) -> float:
        """Return the answer, USD; at least one reporter is not silent."""
        ...

    def breakdown(self, stakes: Floats) -> int:
        """Return how few of the reporters, well chosen, can move the answer at will."""
        ...


@dataclass(slots=True)
class MarkState:
    """What a mark price remembers of one instrument; a new one remembers nothing.

    Parameters
    ----------
    basis : running average of mid less index, USD, ``nan`` before the first.
    recent : latest values of mid less index, USD, oldest first.
    """

    basis: float = math.nan
    recent: deque[float] = field(default_factory=deque)


class MarkMethod(Protocol):
    """The price at which a venue values positions."""

    def mark(
        self,
        index: float,
        quote: Quote,
        funding_to_go: float,
        state: MarkState,
        step_seconds: float,
    ) -> float:
        """Return the mark price, USD; called once a step for each instrument.

        ``index`` is the feed's answer, of a contract that ends what it should cost by that
        answer; ``quote`` is the instrument's own market, and
        ``funding_to_go`` the share of the present funding rate that is still to be paid
        (rate times remaining time over interval), a fraction.
        """
        ...


@dataclass(slots=True)
class AttackState:
    """What one attack on one feed holds and remembers; made when it begins.

    Parameters
    ----------
    captured : (n,) which reporters it holds, in the order of their names.
    step_seconds : length of a step, seconds.
    held : the answer on the feed when the attack began, USD, ``nan`` where there was none.
    reports : past reports, each (n,), oldest first.
    answers : past answers, USD, oldest first.
    """

    captured: Bools
    step_seconds: float
    held: float = math.nan
    reports: deque[Floats] = field(default_factory=deque)
    answers: deque[float] = field(default_factory=deque)


class Attack(Protocol):
    """Something that makes a feed say what is not so, for as long as it is on."""

    @property
    def reporters(self) -> int | None:
        """How many reporters it holds; ``None`` where it acts on all of the feed."""
        ...

    @property
    def by(self) -> Ranking:
        """Which reporters those are: the first by name, or those with the largest stakes."""
        ...

    def on_reports(self, prices: Floats, state: AttackState) -> Floats:
        """Return what the reporters are made to say, (n,), leaving ``prices`` as it is."""
        ...

    def on_answer(self, answer: float, state: AttackState) -> float:
        """Return what the aggregator is made to answer, USD."""
        ...
