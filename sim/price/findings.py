"""Collecting what is wrong with a file, so that all of it can be said at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sim.errors import DataError

NAMED = 5
"""How many lines with the same kind of problem are named before the rest is counted."""


@dataclass(slots=True)
class Findings:
    """Problems of one file by kind, in the order in which the kinds were met.

    Parameters
    ----------
    file : as messages call it.

    Examples
    --------
    >>> findings = Findings("btc.csv")
    >>> findings.add("prices must be positive", "close is -1", line=3)
    >>> findings.problems()
    ['btc.csv:3: close is -1']
    """

    file: str
    _messages: dict[str, list[str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, message: str, line: int | None = None) -> None:
        """Note one problem, at a 1-based line or of the file as a whole."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        messages = self._messages.setdefault(kind, [])
        if len(messages) < NAMED:
            where = self.file if line is None else f"{self.file}:{line}"
            messages.append(f"{where}: {message}")

    def add_rows(
        self, kind: str, rows: Sequence[int], lines: Sequence[int], say: Callable[[int], str]
    ) -> None:
        """Note the same kind of problem of many rows; only those named are put into words."""
        for row in rows[:NAMED]:
            self.add(kind, say(row), line=lines[row])
        if len(rows) > NAMED:
            self._counts[kind] += len(rows) - NAMED

    def problems(self) -> list[str]:
        """Return every problem, kind by kind, each kind's tail as a count."""
        found = []
        for kind, messages in self._messages.items():
            found += messages
            more = self._counts[kind] - len(messages)
            if more:
                found.append(f"{self.file}: and {more} more: {kind}")
        return found

    def raise_if_any(self) -> None:
        """Raise one DataError that names every problem, where there is any."""
        problems = self.problems()
        if problems:
            raise DataError(*problems)
