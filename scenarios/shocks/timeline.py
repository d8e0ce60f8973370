"""When shocks begin and end."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from scenarios.shocks.roles import Shock, Stage
from sim.arrays import Floats
from sim.clock import Clock
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """Begin when a price has fallen far enough; once, at the first step at which it has.

    Parameters
    ----------
    asset : whose outside price.
    below : fraction of its initial price under which it must be, in (0, 1); or ``None``.
    drawdown : fraction that it must have lost since its highest so far, in (0, 1); or ``None``.

    Raises
    ------
    ConfigError
        If not exactly one condition is given, or it cannot come true.
    """

    asset: str
    below: float | None = None
    drawdown: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        given = [each for each in (self.below, self.drawdown) if each is not None]
        check(
            (len(given) == 1, "a trigger needs either below or drawdown"),
            (all(0 < each < 1 for each in given), "below and drawdown must lie in (0, 1)"),
        )

    def pulled(self, price: float, initial: float, peak: float) -> bool:
        """Tell whether the condition holds."""
        if self.below is not None:
            return price < self.below * initial
        return price <= (1.0 - (self.drawdown or 0.0)) * peak


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A shock and its time.

    Parameters
    ----------
    shock : what happens.
    at_seconds : when, seconds from the start of the run, >= 0; or ``None``.
    when : what it waits for; or ``None``.
    lasts_seconds : how long, > 0; ``None`` for the rest of the run.

    Raises
    ------
    ConfigError
        If not exactly one of time and trigger is given, or a number makes no sense.
    """

    shock: Shock
    at_seconds: float | None = None
    when: Trigger | None = None
    lasts_seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        timed, waiting = self.at_seconds is not None, self.when is not None
        lasting = self.lasts_seconds is not None
        check(
            (timed != waiting, "a shock needs either a time (at_hours, ...) or a trigger (when)"),
            (not timed or (self.at_seconds or 0.0) >= 0, "a shock cannot begin before the run"),
            (not lasting or (self.lasts_seconds or 0.0) > 0, "a shock must last longer than 0"),
            (
                not (lasting and self.shock.instant),
                "this shock happens at once and takes no duration",
            ),
        )


class Phase(StrEnum):
    """What of a shock happened."""

    BEGAN = "began"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Struck:
    """A shock that began or ended in a step; ``number`` is its place in the scenario."""

    number: int
    shock: Shock
    phase: Phase

    @property
    def began(self) -> bool:
        """Whether it began."""
        return self.phase is Phase.BEGAN


class ShockTimeline:
    """All shocks of a run, let loose in their time.

    Parameters
    ----------
    shocks : the shocks and their times, in the order of the scenario.
    clock : steps and seconds.
    """

    def __init__(self, shocks: Sequence[Timed], clock: Clock) -> None:
        self._shocks = tuple(shocks)
        self._clock = clock
        self._begun: set[int] = set()
        self._ends: dict[int, int | None] = {}
        self._initial: Floats | None = None
        self._peak: Floats | None = None

    @property
    def active(self) -> tuple[int, ...]:
        """Numbers of the shocks that last at present, in the order in which they began."""
        return tuple(self._ends)

    def strike(self, step: int, stage: Stage) -> list[Struck]:
        """End and begin what is due at ``step``, and tell what did.

        To be called once a step, before the outside price moves on: the jump dial holds
        for the step alone and is cleared here.
        """
        stage.dials.jump[:] = 0.0
        self._remember(stage.outside)
        struck = []
        for number in [each for each, end in self._ends.items() if end is not None and end <= step]:
            del self._ends[number]
            self._shocks[number].shock.end(stage)
            struck.append(Struck(number, self._shocks[number].shock, Phase.ENDED))
        for number, timed in enumerate(self._shocks):
            if number not in self._begun and self._is_due(timed, step, stage):
                self._begun.add(number)
                timed.shock.begin(stage)
                struck.append(Struck(number, timed.shock, Phase.BEGAN))
                if not timed.shock.instant:
                    self._ends[number] = self._end(timed, step)
        return struck

    def _remember(self, outside: Floats) -> None:
        """Note initial and highest prices, which triggers are relative to."""
        if self._initial is None or self._peak is None:
            self._initial, self._peak = outside.copy(), outside.copy()
        self._peak = self._peak.clip(min=outside)

    def _is_due(self, timed: Timed, step: int, stage: Stage) -> bool:
        """Tell whether a shock begins at ``step``."""
        if timed.at_seconds is not None:
            # The tolerance keeps 0.1 hours at 10 s a step from landing one step late.
            return step >= ceil(timed.at_seconds / self._clock.step_seconds - 1e-6)
        if timed.when is None or self._initial is None or self._peak is None:
            return False
        asset = stage.assets[timed.when.asset]
        price, initial, peak = stage.outside[asset], self._initial[asset], self._peak[asset]
        return timed.when.pulled(float(price), float(initial), float(peak))

    def _end(self, timed: Timed, step: int) -> int | None:
        """Return the step at which a shock that begins now ends, ``None`` for never."""
        if timed.lasts_seconds is None:
            return None
        return step + self._clock.steps_in(timed.lasts_seconds)
