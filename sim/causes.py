"""Which earlier event a forced trade is owed to."""

from dataclasses import dataclass, field

import numpy as np

from sim.arrays import NONE, Floats, Ints

FORGET = 1e-3
"""A trade whose remaining weight is below this share of the heaviest is forgotten."""
KEEP = 20_000
"""At most this many trades are remembered a market, the most recent first."""


@dataclass(slots=True)
class Memory:
    """Events with fading weights, on one side of a market."""

    events: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    weights: Floats = field(default_factory=lambda: np.empty(0))
    total: float = 0.0
    scale: float = 1.0

    def add(self, events: Ints, weights: Floats) -> None:
        """Append events; weights are stored in units of the current scale."""
        self.events = np.concatenate((self.events, events))[-KEEP:]
        self.weights = np.concatenate((self.weights, weights / self.scale))[-KEEP:]
        self.total = float(self.weights.sum()) * self.scale

    def fade(self, keep: float) -> None:
        """Shrink every weight by one common factor, and forget what no longer matters."""
        if not self.events.size:
            return
        self.scale *= keep
        self.total *= keep
        if self.scale < FORGET:
            alive = self.weights >= FORGET * self.weights.max()
            self.events, self.weights = self.events[alive], self.weights[alive] * self.scale
            self.scale = 1.0
            self.total = float(self.weights.sum())

    def consume(self, usd: float) -> None:
        """Take ``usd`` away from what is felt, from all events alike."""
        if self.total > 0.0:
            self.fade(max(0.0, 1.0 - usd / self.total))

    def draw(self, uniforms: Floats) -> Ints:
        """Return events drawn with chances in proportion to their weights."""
        if not self.events.size or self.total <= 0.0:
            return np.full(uniforms.size, NONE, dtype=np.int64)
        cumulated = np.cumsum(self.weights)
        place = np.searchsorted(cumulated, uniforms * cumulated[-1], side="right")
        return np.asarray(self.events[np.minimum(place, self.events.size - 1)])


@dataclass(slots=True)
class Ripples:
    """The forced trades that still move one market, and by how much.

    Each forced trade is remembered with the USD it moved, fading at the pace at which its
    impact does. A later event that a moving price caused descends from one of them, drawn
    with a chance proportional to what is left of it: the branching structure of a
    self-exciting process, read off by stochastic declustering.

    References
    ----------
    Zhuang, Ogata and Vere-Jones (2002), Stochastic declustering of space-time earthquake
    occurrences, JASA 97(458).
    """

    half_life_seconds: float
    sells: Memory = field(default_factory=Memory)
    buys: Memory = field(default_factory=Memory)

    def add(self, events: Ints, usd: Floats) -> None:
        """Remember forced trades; ``usd`` is signed, sales negative."""
        for memory, mine in ((self.sells, usd < 0), (self.buys, usd > 0)):
            if mine.any():
                memory.add(events[mine], np.abs(usd[mine]))

    def fade(self, seconds: float) -> None:
        """Let a step pass."""
        keep = 0.5 ** (seconds / self.half_life_seconds)
        self.sells.fade(keep)
        self.buys.fade(keep)

    def net(self) -> float:
        """Return the flow that is still felt, USD, sales negative."""
        return self.buys.total - self.sells.total

    def parents(self, uniforms: Floats, *, falling: bool) -> Ints:
        """Return the event that each of the ``uniforms`` draws, ``NONE`` where there is none."""
        return (self.sells if falling else self.buys).draw(uniforms)
