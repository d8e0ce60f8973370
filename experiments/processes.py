"""Worker processes that do not outlive an interruption, and do not complain about it."""

from signal import SIG_DFL, SIGINT, signal


def die_quietly() -> None:
    """Let Ctrl-C end this process at once; the one that started it says what there is to say."""
    signal(SIGINT, SIG_DFL)
