"""What a shock is, and what it can lay hands on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Protocol

from oracles.roles import Attack
from sim.arrays import Floats
from sim.dials import Dials


class FeedLike(Protocol):
    """An oracle feed as its attacker sees it."""

    def attack(self, attack: Attack) -> None:
        """Let ``attack`` loose on the feed."""
        ...

    def release(self, attack: Attack) -> None:
        """Take ``attack`` off the feed again."""
        ...


class DeskLike(Protocol):
    """An institution that obeys a shock."""

    def command(self, order: str, **values: object) -> None:
        """Do what ``order`` says from now on."""
        ...


class Shock(Protocol):
    """Something that befalls the market from outside.

    ``instant`` shocks happen in one step and end by themselves; the others last until their
    time is over.
    """

    @property
    def instant(self) -> bool:
        """Whether it happens in one step, so that it takes no duration."""
        ...

    def begin(self, stage: "Stage") -> None:
        """Let it happen."""
        ...

    def end(self, stage: "Stage") -> None:
        """Undo what does not last beyond it."""
        ...

    def describe(self) -> str:
        """Return a few words for a marker in a figure."""
        ...

    def target(self) -> str:
        """Return the name of what is hit."""
        ...


class Turn(Protocol):
    """A shock that holds dials away from neutral for as long as it lasts."""

    def turn(self, stage: "Stage") -> None:
        """Turn the dials on from where they stand."""
        ...


@dataclass(slots=True, kw_only=True)
class Stage:
    """What shocks can lay hands on, by the names that scenarios use.

    Parameters
    ----------
    dials : what the phases of a step read.
    outside : (n_assets,) prices on the outside market, USD; the live array.
    assets, venues : index of each name.
    feeds, desks : oracle feeds and institutions by name.
    default : called with the name of an institution that fails at once.
    """

    dials: Dials
    outside: Floats
    assets: Mapping[str, int]
    venues: Mapping[str, int]
    feeds: Mapping[str, FeedLike]
    desks: Mapping[str, DeskLike]
    default: Callable[[str], None]
    held: list[Turn] = field(default_factory=list, init=False)

    def hold(self, shock: Turn) -> None:
        """Turn the dials by ``shock``, on top of what holds them already."""
        self.held.append(shock)
        shock.turn(self)

    def release(self, shock: Turn) -> None:
        """Let go of the dials that ``shock`` held.

        Dividing by what was multiplied would leave rounding errors behind and would open a
        venue that another outage still keeps shut: the dials start from neutral again.
        """
        self.held.remove(shock)
        neutral = Dials.neutral(self.dials.jump.size, self.dials.open.size)
        for each in fields(Dials):
            if each.name != "jump":
                setattr(self.dials, each.name, getattr(neutral, each.name))
        for remaining in self.held:
            remaining.turn(self)

    def venue_rows(self, names: tuple[str, ...]) -> list[int]:
        """Return the indices of the venues named, of all venues where none is."""
        return [self.venues[name] for name in names or self.venues]
