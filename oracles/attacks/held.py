"""What every attack must say about the reporters it holds."""

from oracles.roles import RANKINGS


def held_rules(kind: str, reporters: int | None, by: str) -> tuple[tuple[bool, str], ...]:
    """Return what must hold of ``reporters`` and ``by``, with what to say where it does not."""
    return (
        (reporters is None or reporters >= 1, f"{kind} reporters must be >= 1"),
        (by in RANKINGS, f"{kind} by must be one of {', '.join(RANKINGS)}"),
    )
