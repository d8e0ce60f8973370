"""Tools over a policy: the paths of the reference, and that their order is part of the meaning."""

import numpy as np
import pytest

from sim.margin.fixed import Fixed
from sim.margin.model import composed
from sim.margin.schedule import flat
from sim.margin.tools.buffer import Buffer
from sim.margin.tools.cap import Cap
from sim.margin.tools.cycle import Cycle
from sim.margin.tools.deadband import Deadband
from sim.margin.tools.floor import Floor
from sim.margin.tools.speed import Speed
from sim.margin.tools.stress import Stress
from sim.roles import MarketState, Schedule, Tool

NOWHERE = MarketState(
    returns=np.zeros((0, 1)), interval_seconds=3600.0, index=np.ones(1), open_interest=np.ones(1)
)


class Asked:
    """A policy that asks for what it is told to, one rate after another."""

    update_seconds = 60.0
    history = 0

    def __init__(self, path: list[float]) -> None:
        self.path = iter(path)

    def schedule(self, market: MarketState) -> Schedule:
        """Return the next rate, for every instrument."""
        rate = np.full(market.index.size, next(self.path))
        return flat(rate, rate)


def asked_with(path: list[float], *tools: Tool) -> np.ndarray:
    """Return the maintenance rates of a path of margin with tools over it, (n,)."""
    model = composed(Asked(path), tools).open()
    return np.array([model.schedule(NOWHERE).maintenance[0, 0] for _ in path])


BASE = [0.05, 0.05, 0.055, 0.07, 0.09, 0.12, 0.11, 0.1, 0.08, 0.06]
TOY = {
    "none": ((), [*BASE], (2.4, 0.03, 0.07, 0.0)),
    "floor": (
        (Floor(level=0.065),),
        [0.065, 0.065, 0.065, 0.07, 0.09, 0.12, 0.11, 0.1, 0.08, 0.065],
        (1.8461538462, 0.03, 0.055, 0.0573248408),
    ),
    "stress25": (
        (Stress(level=0.13),),
        [0.07, 0.07, 0.07375, 0.085, 0.1, 0.1225, 0.115, 0.1075, 0.0925, 0.0775],
        (1.75, 0.0225, 0.0525, 0.1640127389),
    ),
    "buffer25": (
        (Buffer(release=0.0625),),
        [0.0625, 0.0625, 0.0625, 0.07, 0.09, 0.12, 0.11, 0.1, 0.08, 0.0625],
        (1.92, 0.03, 0.0575, 0.0445859873),
    ),
    "speed10pct": (
        (Speed(limit=0.1),),
        [0.05, 0.05, 0.055, 0.0605, 0.06655, 0.073205, 0.0805255, 0.08857805, 0.08, 0.06],
        (1.771561, 0.00805255, 0.03357805, -0.1536833758),
    ),
}
"""Reference check APC_toy_path: tools, path, then peak-to-trough, 1- and 5-day call, cost."""


@pytest.mark.parametrize(("tools", "path", "measures"), TOY.values(), ids=TOY)
def test_the_toy_path_of_the_reference_comes_out(
    tools: tuple[Tool, ...], path: list[float], measures: tuple[float, ...]
) -> None:
    """Delegated Regulation 153/2013, article 28(1), made operational as in the reference."""
    found = asked_with(BASE, *tools)
    np.testing.assert_allclose(found, path, atol=1e-9)
    calls = [np.max(found[n:] - found[:-n]) for n in (1, 5)]
    measured = [found.max() / found.min(), *calls, found.mean() / np.mean(BASE) - 1]
    np.testing.assert_allclose(measured, measures, atol=1e-9)


def test_a_floor_over_a_speed_limit_is_reached_at_once_and_under_it_slowly() -> None:
    path = [0.02, 0.02, 0.02, 0.08, 0.08]
    floor, speed = Floor(level=0.05), Speed(limit=0.5)
    outer = asked_with(path, speed, floor)
    inner = asked_with(path, floor, speed)
    np.testing.assert_allclose(outer, [0.05, 0.05, 0.05, 0.05, 0.05], rtol=1e-12)
    np.testing.assert_allclose(inner, [0.05, 0.05, 0.05, 0.075, 0.08], rtol=1e-12)


def test_a_buffer_over_a_cap_exceeds_it_and_under_it_does_not() -> None:
    path, buffer, cap = [0.1, 0.3], Buffer(release=0.5), Cap(level=0.2)
    np.testing.assert_allclose(asked_with(path, cap, buffer), [0.125, 0.25], rtol=1e-12)
    np.testing.assert_allclose(asked_with(path, buffer, cap), [0.125, 0.2], rtol=1e-12)


def test_a_deadband_over_a_stressed_weight_moves_less_often_than_under_it() -> None:
    path, stress, band = [0.05, 0.06, 0.05, 0.06], Stress(level=0.2), Deadband(width=0.15)
    assert len(set(asked_with(path, stress, band))) == 1
    assert len(set(asked_with(path, band, stress))) == 2


def test_tools_need_as_long_a_past_as_the_longest_of_them() -> None:
    rules = composed(Fixed(maintenance=0.02, initial=0.05), (Floor(lookback=70), Cycle()))
    assert rules.history == Cycle().history
