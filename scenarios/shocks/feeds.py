"""Attacks on oracle feeds as shocks."""

from dataclasses import dataclass, field
from typing import ClassVar

from oracles import ATTACKS
from oracles.roles import Attack
from scenarios.shocks.roles import Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedAttack:
    """One of the attacks that oracles know, let loose on a feed for a while.

    Parameters
    ----------
    feed : which.
    attack : what is done to it; in a scenario its parameters stand beside ``feed``.
    """

    feed: str
    attack: Attack = field(metadata={"inline": ATTACKS})
    instant: ClassVar[bool] = False

    def begin(self, stage: Stage) -> None:
        """Let the attack loose."""
        stage.feeds[self.feed].attack(self.attack)

    def end(self, stage: Stage) -> None:
        """Take it off again."""
        stage.feeds[self.feed].release(self.attack)

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        kinds = {entry: name for name, entry in ATTACKS.items()}
        return f"{kinds[type(self.attack)].replace('_', ' ')} on {self.feed}"

    def target(self) -> str:
        """Return the feed."""
        return self.feed
