"""A comparison small enough for tests."""

from experiments.compare.compare import conduct
from experiments.compare.question import Question, question
from experiments.comparison import Comparison
from scenarios.load import parse
from tests.experiments.tiny import TINY

POLICIES = ("fixed", "ewma:horizon_hours=2", "ewma:horizon_hours=2+cap:level=0.04")
STORM = ["steps=120", "step_seconds=30", "record_every_steps=1"]


def tiny_question(seeds: int = 4, **options: object) -> Question:
    """Return a question about a market that is over in a moment."""
    return question(parse(TINY, "tiny", STORM), POLICIES, seeds, **options)  # type: ignore[arg-type]


def tiny_comparison(**options: object) -> Comparison:
    """Return what comes of it."""
    return conduct(tiny_question(**options), workers=1)  # type: ignore[arg-type]
