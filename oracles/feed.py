"""A price feed: what reporters say, combined, and published when it is time."""

import math
import sys
from collections import deque
from dataclasses import dataclass

import numpy as np

from oracles.base import Model, Oracle
from oracles.breakdown import k_to_move
from oracles.reporters import Panel
from oracles.roles import Aggregator, AggregatorState, Attack, AttackState, Reports
from sim.arrays import NONE, Floats
from sim.clock import Clock
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSettings:
    """When a feed publishes.

    Parameters
    ----------
    heartbeat_seconds : longest time between two answers, seconds, > 0; ``inf`` for none.
    deviation : an answer this far from the one before, as a fraction of it, does not wait for
        the heartbeat; >= 0, ``inf`` for never.
    lag_steps : steps from an answer's making to its being seen on chain, >= 0.
    quorum : live reports needed for an answer, >= 1.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Chainlink ETH/USD on Ethereum: heartbeat 3600 s, deviation 0.5 %.
    """

    heartbeat_seconds: float = 3600.0
    deviation: float = 0.005
    lag_steps: int = 0
    quorum: int = 1

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.heartbeat_seconds > 0, "heartbeat_seconds must be > 0 seconds"),
            (self.deviation >= 0, "deviation must be >= 0"),
            (self.lag_steps >= 0, "lag_steps must be >= 0"),
            (self.quorum >= 1, "quorum must be >= 1"),
        )


class Feed(Oracle):
    """A feed that venues subscribe to.

    Each step the reporters speak, attacks twist what they say, the aggregator makes one answer
    of it, attacks twist that, and it is sent on its way if it differs enough from the last one
    sent or the heartbeat has passed. Without a quorum nothing is sent and subscribers are left
    with a stale answer. The feed was running before the run began: its first answer
    is there at once, however long the lag.

    Parameters
    ----------
    model : the model that it is registered with.
    panel : who reports to it, and the name of the feed.
    aggregator : how reports become an answer.
    settings : when it publishes.
    exact : publish the true price in every step, whatever else is set.

    Attributes
    ----------
    answer : the last answer published, USD, ``nan`` before the first.
    published_step : step of that answer, ``NONE`` before the first.
    reports : (n,) what the reporters last said, in order of ``names``, USD, ``nan`` if silent.

    Raises
    ------
    ConfigError
        If the quorum is larger than the number of reporters.
    """

    def __init__(
        self,
        model: Model,
        panel: Panel,
        aggregator: Aggregator,
        settings: FeedSettings,
        *,
        exact: bool = False,
    ) -> None:
        check(
            (
                settings.quorum <= panel.size,
                f"feed {panel.feed}: quorum {settings.quorum} of {panel.size} reporters",
            )
        )
        super().__init__(model, panel.feed)
        self.settings = settings
        self.aggregator = aggregator
        self.exact = exact
        self.answer = math.nan
        self.published_step = NONE
        self.reports = np.full(panel.size, np.nan)
        self._panel = panel
        self._read = np.unique(panel.source)
        self._step_seconds = panel.clock.step_seconds
        self._heartbeat = _heartbeat_steps(settings.heartbeat_seconds, panel.clock)
        self._memory = AggregatorState()
        self._attacks: list[tuple[Attack, AttackState]] = []
        self._sent = math.nan
        self._sent_step = NONE
        self._under_way: deque[tuple[int, float]] = deque()

    @property
    def names(self) -> tuple[str, ...]:
        """The reporters' names, in the order of ``reports``."""
        return self._panel.names

    @property
    def under_attack(self) -> bool:
        """Whether an attack is on."""
        return bool(self._attacks)

    @property
    def k_to_move(self) -> int:
        """The fewest reporters that must be captured to move the answer anywhere."""
        return k_to_move(self.aggregator, self._panel.stakes)

    def publish(self, step: int, sources: Floats, volumes: Floats) -> float | None:
        """Return the answer that becomes visible at ``step``, USD, ``None`` where none does.

        Called once a step, in order.

        Parameters
        ----------
        step : the step.
        sources : (n_sources,) true prices now, USD, ``nan`` where a market has none.
        volumes : (n_sources,) USD traded in the step.
        """
        if self.exact:
            return self._publish_truth(step, sources)
        prices = self._panel.observe(step, sources)
        for attack, state in self._attacks:
            prices = attack.on_reports(prices, state)
        self.reports = prices
        answer = self._combine(step, prices, volumes)
        if answer is not None and self._worth_sending(step, answer):
            self._send(step, answer)
        return self._arrive(step)

    def true_answer(self, sources: Floats) -> float:
        """Return what it would say with no error at all: the plain mean of what it reads, USD."""
        prices = sources[self._read]
        prices = prices[~np.isnan(prices)]
        return float(prices.sum()) / prices.size if prices.size else math.nan

    def attack(self, attack: Attack) -> None:
        """Let an attack begin; several act one after the other, in the order they began.

        Raises
        ------
        ConfigError
            If it holds more reporters than there are.
        """
        captured = self._panel.first(attack.reporters, attack.by)
        self._attacks.append((attack, AttackState(captured, self._step_seconds, self.answer)))

    def release(self, attack: Attack) -> None:
        """End an attack: of equal ones the one that began first.

        Raises
        ------
        ValueError
            If it is not on.
        """
        active = [under for under, _ in self._attacks]
        del self._attacks[active.index(attack)]

    def _combine(self, step: int, prices: Floats, volumes: Floats) -> float | None:
        silent = int(np.count_nonzero(np.isnan(prices)))
        if prices.size - silent < self.settings.quorum:
            return None
        time = step * self._step_seconds
        reports = Reports(prices, volumes[self._panel.source], self._panel.stakes, time)
        answer = self.aggregator.combine(reports, self._memory)
        for attack, state in self._attacks:
            answer = attack.on_answer(answer, state)
        return answer

    def _worth_sending(self, step: int, answer: float) -> bool:
        return (
            self._sent_step == NONE
            or step - self._sent_step >= self._heartbeat
            or abs(answer - self._sent) >= self.settings.deviation * self._sent
        )

    def _send(self, step: int, answer: float) -> None:
        lag = 0 if self._sent_step == NONE else self.settings.lag_steps
        self._under_way.append((step + lag, answer))
        self._sent, self._sent_step = answer, step

    def _arrive(self, step: int) -> float | None:
        arrived = None
        while self._under_way and self._under_way[0][0] <= step:
            _, arrived = self._under_way.popleft()
        if arrived is not None:
            self.answer, self.published_step = arrived, step
        return arrived

    def _publish_truth(self, step: int, sources: Floats) -> float | None:
        truth = self.true_answer(sources)
        self.reports = sources[self._panel.source]
        if math.isnan(truth):
            return None
        self.answer, self.published_step = truth, step
        return truth


def _heartbeat_steps(heartbeat_seconds: float, clock: Clock) -> int:
    return clock.steps_in(heartbeat_seconds) if math.isfinite(heartbeat_seconds) else sys.maxsize
