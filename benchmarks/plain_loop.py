"""The same market decisions the plain way: one mesa agent a trader, Python code in each.

A trader decides what ``agents.directional`` decides for a whole population, and is checked by
the margin engine as ``sim.calls`` checks a whole venue. There is no book, no oracle, no
lender, no record here: what is left out would make it slower still.
"""

from dataclasses import dataclass, field
from math import exp
from time import process_time

from numpy.random import Generator, default_rng

from agents.base import Desk, Model
from sim.clock import Clock
from sim.model import MarketModel

MAINTENANCE, CALL_RATIO, COMFORT, TARGET = 0.01, 1.3, 1.5, 2.0
LOOKS_PER_HOUR, STEP_SECONDS = 0.5, 10.0
CHANCE = 1.0 - exp(-LOOKS_PER_HOUR * STEP_SECONDS / 3600.0)


@dataclass(slots=True)
class Market:
    """What all traders see and write to."""

    price: float
    leverage: Generator
    draws: list[float] = field(default_factory=list)
    orders: list[tuple[int, float]] = field(default_factory=list)
    called: int = 0
    failing: int = 0


class Trader(Desk[Market]):
    """One leveraged trader as one object."""

    parameters = Market

    def begin(self) -> None:
        """Open a position of some leverage at the first price."""
        leverage = float(self.settings.leverage.uniform(1.0, 15.0))
        self.cash = 2000.0
        self.position = round(self.cash * leverage / self.settings.price)
        self.entry = self.settings.price

    def step(self) -> None:
        """Be checked by the margin engine; now and then look, and trade down if uneasy."""
        market = self.settings
        equity = self.cash + self.position * (market.price - self.entry)
        required = MAINTENANCE * abs(self.position) * market.price
        if equity < CALL_RATIO * required:
            market.called += 1
            if equity < required:
                market.failing += 1
        if market.draws.pop() < CHANCE and self.position and equity < COMFORT * required:
            keep = max(equity, 0.0) / (TARGET * required)
            market.orders.append((self.entity, -self.position * (1.0 - keep)))


def plain_seconds(traders: int, steps: int) -> float:
    """Return the process's seconds for a trader and a step."""
    draws = default_rng(7)
    market = Market(price=20.0, leverage=draws)
    model: Model = MarketModel()
    clock = Clock(steps=steps, step_seconds=STEP_SECONDS)
    for number in range(traders):
        Trader(model, f"trader {number}", number, (), market, clock)
    begun = process_time()
    for _ in range(steps):
        market.price *= exp(float(draws.normal(0.0, 3e-4)))
        market.draws = draws.random(traders).tolist()
        market.orders.clear()
        model.agents.do("step")
    return (process_time() - begun) / (traders * steps)
