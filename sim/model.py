"""The mesa model: a world, its cast, and the clock that drives them."""

from collections.abc import Callable
from typing import Any

import mesa

from sim.events import EventKind
from sim.step import Cast, advance
from sim.view import View
from sim.world import World


class MarketModel(mesa.Model[Any, Any]):
    """A market of agents under stress.

    mesa keeps the agents and the clock; randomness comes from addressed streams alone, so
    that nothing depends on ``model.random``.

    Agents register with the model while it is being set up, so that ``world`` and ``cast``
    are set after it has been made, and before its first step.

    Attributes
    ----------
    world : the state; only phases change it.
    cast : everybody who acts on it.
    check : called with the world after every step, to see that books balance; or ``None``.
    """

    world: World
    cast: Cast

    def __init_subclass__(cls, **options: object) -> None:
        """Let mesa prepare a subclass; the call stands here because mesa's is untyped."""
        super().__init_subclass__(**options)  # type: ignore[no-untyped-call]

    def __init__(self) -> None:
        super().__init__(rng=0)
        self.check: Callable[[World], None] | None = None

    @property
    def view(self) -> View:
        """What agents see now."""
        return self.cast.sight.view

    def step(self) -> None:
        """Let one step pass."""
        advance(self.world, self.cast)
        if self.check is not None:
            self.check(self.world)

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Run to the last step, or until the market comes to an end of its own."""
        world = self.world
        while world.step < world.clock.steps and not world.halted:
            self.step()
            if progress is not None:
                progress(world.step)
        if world.halted:
            world.events.add(world.step, EventKind.HALT)
