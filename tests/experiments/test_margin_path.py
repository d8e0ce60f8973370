"""Margin along a path of prices is what a run without feedback asks for, bit for bit."""

import numpy as np
import pytest

import marginquake as mq
from experiments.margin_path import margin_outside, margin_path, venue_outside
from experiments.outside_path import outside_prices
from experiments.run import prepare, run
from scenarios.load import checked, parse
from scenarios.policies import policy_of
from scenarios.schema import Scenario
from sim.errors import ConfigError, DataError
from tests.experiments.tiny import TINY

SHOCKS = """\
  - {at_minutes: 40, kind: volatility_regime, asset: BTC, multiplier: 4, minutes: 10}
  - {at_minutes: 45, kind: margin_hike, multiplier: 1.5, minutes: 4}
  - {when: {asset: BTC, below: 0.95}, kind: price_jump, asset: BTC, size: -0.03}
"""
CUT = ("impact", "oracle_error", "behaviour", "rehypothecation")
DAY = 86_400.0


def scenario(policy: str) -> Scenario:
    """Return a small market under a policy, with shocks of every kind that move prices."""
    loaded = parse(TINY + SHOCKS, "tiny")
    data = loaded.model_dump()
    margin = policy_of(policy, {"horizon_hours": 1.0}).model_dump() | {"grace_seconds": 60.0}
    data["venues"]["perp"]["margin"] = margin
    return checked(data, {(): "tiny"})


def prices(count: int) -> np.ndarray:
    """Return prices that swing more and more."""
    moves = np.linspace(0.005, 0.05, count - 1) * np.where(np.arange(count - 1) % 2, 1.0, -1.0)
    return 100.0 * np.exp(np.append(0.0, np.cumsum(moves)))


POLICIES = ("fixed", "tiered", "ewma:update_seconds=120", "ewma:update_seconds=300+floor+cap")


@pytest.mark.parametrize("policy", POLICIES)
def test_with_feedback_cut_a_run_asks_for_what_the_path_alone_asks_for(policy: str) -> None:
    market = scenario(policy)
    done = run(prepare(market, without=CUT), seed=5, twin=False)
    frame = done.markets["perp", "P"]
    every = policy_of(policy).composed().update_seconds
    stride = market.clock.steps_in(every) if np.isfinite(every) else market.steps
    alone = venue_outside(market, 5, "perp")
    for name in ("maintenance", "initial"):
        recorded = frame[f"{name}_rate"].to_numpy()[::stride]
        assert np.array_equal(recorded, getattr(alone, name)[:, 0])
    assert np.array_equal(margin_outside(market, 5), alone.maintenance[:, 0])


def test_the_outside_path_is_the_exogenous_price_of_a_run() -> None:
    market = scenario("fixed")
    done = run(prepare(market, without=CUT), seed=5, twin=False)
    world = outside_prices(market, 5)
    exogenous = done.markets["perp", "P"]["exogenous"].to_numpy()
    assert np.array_equal(world.prices[:, world.assets["BTC"]], exogenous)


def test_where_updates_are_cut_the_first_requirement_stands() -> None:
    market = scenario("ewma:update_seconds=120")
    frozen = prepare(market, without=["margin_update"])
    assert margin_outside(frozen, 5).tolist() == [margin_outside(market, 5)[0]]


def test_a_series_fed_whole_or_from_a_later_row_gives_the_same_margin() -> None:
    series = prices(120)
    whole = margin_path("ewma:lambda=0.9", series, DAY)
    later = margin_path("ewma:lambda=0.9", series, DAY, first=60)
    assert whole.first == policy_of("ewma:lambda=0.9").composed().history
    assert np.array_equal(later.maintenance, whole.maintenance[60 - whole.first :])


def test_what_comes_later_changes_nothing_of_before() -> None:
    series = prices(120)
    changed = series.copy()
    changed[80:] *= 1.3
    path = margin_path("ewma:lambda=0.9", series, DAY)
    other = margin_path("ewma:lambda=0.9", changed, DAY)
    known = 80 - path.first
    assert np.array_equal(path.maintenance[:known], other.maintenance[:known])
    assert not np.array_equal(path.maintenance[known:], other.maintenance[known:])


def test_too_short_a_history_is_refused_and_says_how_long_it_must_be() -> None:
    with pytest.raises(DataError, match=r"needs 152 returns.*valid from row 152 on, not from 100"):
        margin_path("ewma:lambda=0.97", prices(200), DAY, first=100)
    with pytest.raises(DataError, match="of 90 prices it is valid from row 152 on"):
        margin_path("ewma:lambda=0.97", prices(90), DAY)


def test_prices_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"prices must be finite and > 0.*interval_seconds"):
        margin_path("fixed", [100.0, -1.0], 0.0)


def test_a_scenario_without_margin_is_refused() -> None:
    data = scenario("fixed").model_dump()
    with pytest.raises(ConfigError, match="bank asks for no margin"):
        venue_outside(checked(data, {(): "tiny"}), 0, "bank")


def test_it_is_part_of_the_public_face() -> None:
    assert mq.margin_path is margin_path
