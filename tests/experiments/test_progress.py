"""Progress on a terminal and in a log file."""

import sys

import pytest

from experiments.progress import Bar


class Terminal:
    """A standard error that is, or is not, a terminal, and remembers what it was told."""

    def __init__(self, *, live: bool) -> None:
        self.live, self.told = live, ""

    def isatty(self) -> bool:
        return self.live

    def write(self, text: str) -> int:
        self.told += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize("live", [True, False])
def test_progress_is_shown_and_ends_with_a_clean_line(
    live: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Terminal(live=live)
    monkeypatch.setattr(sys, "stderr", screen)
    with Bar() as bar:
        for done in range(1, 101):
            bar.show("run", done, 100)
        bar.say("writing")
    assert "100/100" in screen.told
    assert screen.told.endswith("\r\x1b[K" if live else "writing ...\n")
    if not live:
        assert screen.told.count("run: ") == 10


def test_a_run_that_ends_in_its_first_step_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal(live=True)
    monkeypatch.setattr(sys, "stderr", screen)
    with Bar() as bar:
        bar.show("run", 0, 100)
    assert "0/100" in screen.told
    assert screen.told.endswith("\r\x1b[K")
