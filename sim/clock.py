"""Steps and the seconds they stand for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Translate between steps and time.

    Parameters
    ----------
    steps : number of steps in the run, > 0.
    step_seconds : length of one step, seconds, > 0.
    start : time at which step 0 begins, UTC.

    Raises
    ------
    ConfigError
        If a length is not positive.
    """

    steps: int
    step_seconds: float
    start: datetime = datetime(2025, 1, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.steps > 0, "steps must be > 0"),
            (self.step_seconds > 0, "step_seconds must be > 0 seconds"),
        )

    def time(self, step: int) -> datetime:
        """Return the time at which ``step`` begins."""
        return self.start + timedelta(seconds=step * self.step_seconds)

    def steps_in(self, seconds: float) -> int:
        """Return how many steps cover ``seconds``, rounded up, at least 1."""
        return max(1, -int(-seconds // self.step_seconds))

    def due(self, step: int, every_seconds: float) -> bool:
        """Tell whether something done every so often is done at ``step``."""
        return step % self.steps_in(every_seconds) == 0
