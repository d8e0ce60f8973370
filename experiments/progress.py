"""Showing that something is going on, and how long it will still take."""

import sys
from time import monotonic
from types import TracebackType
from typing import Self

WIDTH = 30
EVERY_SECONDS = 0.2


class Bar:
    """A bar on a terminal; on anything else a line every tenth of the way.

    Parameters
    ----------
    quiet : show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._label = ""
        self._begun = self._last = monotonic()
        self._tenths = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave a clean line behind."""
        if self._live and not self._quiet:
            sys.stderr.write("\r\x1b[K")

    def show(self, label: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` of ``label`` are done; with 0, that it begins."""
        if self._quiet:
            return
        now = monotonic()
        if label != self._label:
            self._label, self._begun, self._tenths = label, now, 0
        seconds = (now - self._begun) / max(done, 1) * (total - done)
        left = f", {seconds:.0f} s left" if done else ""
        if self._live and (now - self._last > EVERY_SECONDS or done in (0, total)):
            self._last = now
            full = WIDTH * done // total
            bar = "█" * full + "·" * (WIDTH - full)
            sys.stderr.write(f"\r\x1b[K{label} {bar} {done}/{total}{left}")
            sys.stderr.flush()
        elif not self._live and 10 * done // total > self._tenths:
            self._tenths = 10 * done // total
            sys.stderr.write(f"{label}: {done}/{total}{left}\n")

    def say(self, what: str) -> None:
        """Show a word on what is being done."""
        if not self._quiet:
            sys.stderr.write(f"\r\x1b[K{what} ..." if self._live else f"{what} ...\n")
            sys.stderr.flush()
