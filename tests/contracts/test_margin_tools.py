"""What every margin tool must do, whatever it holds margin back by."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ConfigError
from sim.margin.schedule import flat
from sim.margin.tools import TOOLS
from sim.margin.tools.buffer import Buffer
from sim.margin.tools.cap import Cap
from sim.margin.tools.cycle import Cycle
from sim.margin.tools.deadband import Deadband
from sim.margin.tools.floor import Floor
from sim.margin.tools.liquidity import Liquidity
from sim.margin.tools.speed import Speed
from sim.margin.tools.stress import Stress
from sim.roles import Layer, MarketState, Tool

EXAMPLES: dict[str, Tool] = {
    "buffer": Buffer(release=0.2),
    "stress": Stress(lookback=60, window=20),
    "floor": Floor(lookback=50),
    "cap": Cap(level=0.3),
    "speed": Speed(limit=0.2, updates=3),
    "deadband": Deadband(width=0.05),
    "cycle": Cycle(weight=0.5, lookback=40),
}
LAYERS: dict[str, Layer] = {"liquidity": Liquidity(daily_volume_usd=1e8)}
MORE = [
    *EXAMPLES.items(),
    ("slow buffer", Buffer(share=0.5, memory=5.0)),
    ("stress at a level", Stress(level=0.4)),
    ("floor at a level", Floor(level=0.1)),
    ("speed against the last", Speed()),
]
every_tool = pytest.mark.parametrize("tool", [tool for _, tool in MORE], ids=[n for n, _ in MORE])
LONGEST = max(tool.history for _, tool in MORE)
ROUNDING = 1 + 1e-12


def market(n_instruments: int, seed: int, length: int = LONGEST) -> MarketState:
    """Return a market with a past long enough for every example."""
    rng = np.random.default_rng(seed)
    return MarketState(
        returns=0.01 * rng.standard_t(3, (length, n_instruments)),
        interval_seconds=3600.0,
        index=np.ones(n_instruments),
        open_interest=np.ones(n_instruments),
    )


@st.composite
def paths(draw: st.DrawFn) -> np.ndarray:
    """Return rates asked for at successive updates, (n, K)."""
    shape = draw(st.integers(1, 25)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = draw(st.sampled_from([0.0, 0.03, 0.5])) * rng.standard_normal(shape)
    return np.clip(0.08 * np.exp(np.cumsum(steps, axis=0)), 0.0, 0.95)


def through(tool: Tool, path: np.ndarray, seed: int = 1) -> np.ndarray:
    """Return what a tool makes of a path of rates, (n, K)."""
    seen, memory, out = market(path.shape[1], seed), None, []
    for rates in path:
        adjusted, memory = tool.adjust(rates, seen, memory)
        out.append(adjusted)
    return np.array(out)


def test_every_registered_tool_is_tested() -> None:
    """A layer changes requirements and not rates: tests/sim/margin/test_liquidity.py."""
    named = {name: type(tool) for name, tool in EXAMPLES.items()}
    assert named | {name: type(layer) for name, layer in LAYERS.items()} == TOOLS
    assert all(isinstance(layer, Layer) for layer in LAYERS.values())
    assert not any(isinstance(tool, Layer) for tool in EXAMPLES.values())


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_asks_for_something_sensible_by_default(name: str) -> None:
    tool = TOOLS[name]()
    seen, rates = market(2, 0, tool.history), np.array([0.03, 0.2])
    if isinstance(tool, Layer):
        asked = tool.over(flat(rates, rates), seen).maintenance[0]
    else:
        asked, _ = tool.adjust(rates, seen, None)
    assert np.all((asked > 0.02) & (asked <= 1.0))


@every_tool
@settings(max_examples=25, deadline=None)
@given(path=paths(), seed=st.integers(0, 99))
def test_adjusted_rates_are_sound_and_one_an_instrument(
    tool: Tool, path: np.ndarray, seed: int
) -> None:
    adjusted = through(tool, path, seed)
    assert adjusted.shape == path.shape
    assert adjusted.dtype == np.float64
    assert np.all(np.isfinite(adjusted) & (adjusted >= 0))


@every_tool
@settings(max_examples=15, deadline=None)
@given(path=paths())
def test_the_same_path_gives_the_same_bits_and_is_left_as_it_was(
    tool: Tool, path: np.ndarray
) -> None:
    before = path.copy()
    np.testing.assert_array_equal(through(tool, path), through(tool, path))
    np.testing.assert_array_equal(path, before)


@every_tool
@settings(max_examples=15, deadline=None)
@given(path=paths(), data=st.data())
def test_the_order_of_instruments_does_not_matter(
    tool: Tool, path: np.ndarray, data: st.DataObject
) -> None:
    order = np.array(data.draw(st.permutations(range(path.shape[1]))))
    plain, mixed = market(order.size, 5), market(order.size, 5)
    mixed = replace(mixed, returns=mixed.returns[:, order])
    first, second = None, None
    for rates in path:
        straight, first = tool.adjust(rates, plain, first)
        shuffled, second = tool.adjust(rates[order], mixed, second)
        np.testing.assert_allclose(shuffled, straight[order], rtol=1e-12)


@every_tool
@settings(max_examples=15, deadline=None)
@given(path=paths(), more=st.floats(1.0, 1.05))
def test_whoever_is_asked_for_more_never_pays_less(
    tool: Tool, path: np.ndarray, more: float
) -> None:
    """At the first update; later a deadband may hold the cheaper one at a dearer rate."""
    plain, dearer = through(tool, path[:1]), through(tool, path[:1] * more)
    assert np.all(dearer >= plain / ROUNDING)


@pytest.mark.parametrize("name", [n for n, t in EXAMPLES.items() if t.history])
def test_too_short_a_past_is_refused_with_how_long_it_must_be(name: str) -> None:
    tool = EXAMPLES[name]
    short = market(1, 0, tool.history - 2)
    with pytest.raises(ConfigError) as caught:
        tool.adjust(np.array([0.05]), short, None)
    for words in (name, f"needs {tool.history}", f"seen {tool.history - 2}", "2 hours"):
        assert words in str(caught.value)


@pytest.mark.parametrize("name", [n for n, t in EXAMPLES.items() if t.history])
def test_nothing_older_than_the_history_is_looked_at(name: str) -> None:
    tool = EXAMPLES[name]
    seen = market(2, 3, tool.history)
    longer = replace(seen, returns=np.concatenate((np.full((9, 2), 0.7), seen.returns)))
    rates = np.array([0.04, 0.07])
    exact, more = (tool.adjust(rates, each, None)[0] for each in (seen, longer))
    np.testing.assert_array_equal(exact, more)


@given(path=paths(), share=st.floats(0.01, 1.0), release=st.none() | st.floats(0.01, 1.0))
def test_a_buffer_lies_between_nothing_and_all_of_it(
    path: np.ndarray, share: float, release: float | None
) -> None:
    adjusted = through(Buffer(share=share, release=release, memory=10.0), path)
    assert np.all(adjusted >= path)
    assert np.all(adjusted <= (1 + share) * path * ROUNDING)
    if release is not None:
        assert np.all(adjusted[path > release] == path[path > release])


def test_a_buffer_without_a_level_is_spent_when_margin_stands_above_its_mean() -> None:
    path = np.array([[0.04]] * 50 + [[0.06]])
    adjusted = through(Buffer(memory=1000.0), path)
    assert adjusted[49, 0] == pytest.approx(0.05)
    assert adjusted[50, 0] == 0.06


@given(path=paths(), level=st.floats(0.0, 1.0))
def test_a_floor_is_never_undercut_and_a_cap_never_exceeded(path: np.ndarray, level: float) -> None:
    assert np.all(through(Floor(level=level), path) >= np.maximum(path, level))
    limit = max(level, 0.01)
    assert np.all(through(Cap(level=limit), path) <= np.minimum(path, limit))


@given(path=paths(), limit=st.floats(0.01, 1.0), updates=st.integers(1, 6))
def test_a_speed_limit_is_never_exceeded_and_never_adds(
    path: np.ndarray, limit: float, updates: int
) -> None:
    adjusted = through(Speed(limit=limit, updates=updates), path)
    assert np.all(adjusted <= path)
    for t in range(1, len(path)):
        before = adjusted[max(t - updates, 0)]
        assert np.all(adjusted[t] <= (1 + limit) * before * ROUNDING)
        # Where it is held back, it is held back no more than it must be.
        np.testing.assert_array_equal(adjusted[t], np.minimum(path[t], (1 + limit) * before))


def test_a_speed_limit_does_not_hold_a_margin_at_nothing_for_ever() -> None:
    adjusted = through(Speed(limit=0.1), np.array([[0.0], [0.05], [0.08], [0.0], [0.02]]))
    assert adjusted.ravel() == pytest.approx([0.0, 0.05, 0.055, 0.0, 0.02])


@given(path=paths(), weight=st.floats(0.25, 1.0), level=st.floats(0.01, 1.0))
def test_a_stressed_margin_lies_between_both_and_moves_less(
    path: np.ndarray, weight: float, level: float
) -> None:
    adjusted = through(Stress(weight=weight, level=level), path)
    assert np.all(adjusted >= np.minimum(path, level) / ROUNDING)
    assert np.all(adjusted <= np.maximum(path, level) * ROUNDING)
    moves = np.abs(np.diff(adjusted, axis=0))
    assert np.all(moves <= (1 - weight) * np.abs(np.diff(path, axis=0)) + 1e-15)


def test_a_quarter_of_the_weight_is_on_stress() -> None:
    adjusted = through(Stress(weight=0.25, level=0.2), np.array([[0.04], [0.08], [0.4]]))
    assert adjusted.ravel() == pytest.approx([0.08, 0.11, 0.35])


@given(path=paths(), width=st.floats(0.01, 1.0))
def test_a_deadband_moves_all_the_way_or_not_at_all(path: np.ndarray, width: float) -> None:
    adjusted = through(Deadband(width=width), path)
    np.testing.assert_array_equal(adjusted[0], path[0])
    for (before, after), asked in zip(pairwise(adjusted), path[1:], strict=True):
        assert np.all((after == before) | (after == asked))
        assert np.all(np.abs(asked - after) <= width * after * ROUNDING)


@settings(max_examples=25, deadline=None)
@given(path=paths(), seed=st.integers(0, 99))
def test_a_margin_wholly_through_the_cycle_is_the_same_whatever_is_asked(
    path: np.ndarray, seed: int
) -> None:
    adjusted = through(Cycle(lookback=50), path, seed)
    np.testing.assert_array_equal(adjusted, np.repeat(adjusted[:1], len(path), axis=0))
    losses = np.sort(-market(path.shape[1], seed).returns[-50:], axis=0)
    dearest = np.maximum(losses[49], -losses[0])
    np.testing.assert_allclose(adjusted[0], np.sqrt(6.0) * dearest, rtol=1e-12)


def test_the_worst_window_of_the_lookback_is_what_stresses() -> None:
    calm = np.full((60, 1), 0.001)
    calm[20:30] = 0.05
    seen = replace(market(1, 0), returns=calm)
    tool = Stress(weight=1.0, lookback=60, window=10, horizon_hours=1.0)
    stressed, _ = tool.adjust(np.array([0.01]), seen, None)
    assert stressed[0] == pytest.approx(2.3263478740408408 * 0.05, rel=1e-12)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Buffer(share=0.0, release=1.5, memory=0.0), ["share", "release", "memory"]),
        (
            lambda: Stress(weight=0.0, level=2.0, window=1, lookback=0, horizon_hours=0.0),
            ["weight", "level", "window must", "lookback must", "horizon_hours"],
        ),
        (lambda: Stress(confidence=0.5), ["confidence must lie in (0.5, 1)"]),
        (
            lambda: Floor(lookback=0, confidence=0.2, horizon_hours=-1.0, level=-0.1),
            ["lookback", "confidence", "horizon_hours", "level"],
        ),
        (lambda: Cap(level=0.0), ["level must lie in (0, 1]"]),
        (lambda: Speed(limit=0.0, updates=0), ["limit", "updates"]),
        (lambda: Deadband(width=0.0), ["width must be > 0"]),
        (
            lambda: Cycle(weight=2.0, lookback=1, confidence=1.0, horizon_hours=0.0),
            ["weight", "lookback", "confidence", "horizon_hours"],
        ),
    ],
)
def test_impossible_parameters_are_all_named(build: object, told: list[str]) -> None:
    assert callable(build)
    with pytest.raises(ConfigError) as caught:
        build()
    for words in told:
        assert words in str(caught.value)
