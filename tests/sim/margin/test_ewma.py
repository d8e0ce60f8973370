"""The policy that follows volatility: its bounds, its horizon, its memory."""

import numpy as np
import pytest

from sim.margin.ewma import Ewma, ewma_variance
from sim.roles import MarketState


def market(returns: np.ndarray, interval_seconds: float = 3600.0) -> MarketState:
    """Return a market of one instrument with these returns."""
    return MarketState(
        returns=returns.reshape(-1, 1),
        interval_seconds=interval_seconds,
        index=np.ones(1),
        open_interest=np.ones(1),
    )


def test_margin_covers_the_quantile_over_the_horizon() -> None:
    """Returns of one per cent an hour, nine hours, z of 99 %: 2.326 x 0.01 x 3."""
    policy = Ewma(horizon_hours=9.0, confidence=0.99, floor=0.0, initial_multiple=2.0)
    schedule = policy.schedule(market(np.full(200, -0.01)))
    assert schedule.maintenance[0, 0] == pytest.approx(0.06979043622122523, rel=1e-12)
    assert schedule.initial[0, 0] == pytest.approx(2 * 0.06979043622122523, rel=1e-12)


def test_the_horizon_counts_in_hours_whatever_the_interval() -> None:
    """Half-hourly returns of 1 % over 4.5 hours are as many as hourly ones over nine."""
    hourly = Ewma(horizon_hours=9.0, floor=0.0).schedule(market(np.full(200, 0.01)))
    halves = Ewma(horizon_hours=4.5, floor=0.0).schedule(market(np.full(200, 0.01), 1800.0))
    assert halves.maintenance == pytest.approx(hourly.maintenance)


def test_margin_stays_between_floor_and_cap() -> None:
    policy = Ewma(floor=0.02, cap=0.3, initial_multiple=4.0)
    assert policy.schedule(market(np.zeros(200))).maintenance[0, 0] == 0.02
    wild = policy.schedule(market(np.full(200, 0.5)))
    assert wild.maintenance[0, 0] == 0.3
    assert wild.initial[0, 0] == 1.0


def test_the_history_asked_for_carries_all_but_a_hundredth_of_the_weight() -> None:
    policy = Ewma(decay=0.94)
    assert 0.94**policy.history <= 0.01 < 0.94 ** (policy.history - 1)


def test_without_a_past_the_floor_is_charged() -> None:
    assert Ewma(floor=0.02).schedule(market(np.zeros(0))).maintenance[0, 0] == 0.02


def test_the_variance_of_each_instrument_is_its_own() -> None:
    returns = np.random.default_rng(5).normal(0.0, [0.01, 0.03], (50, 2))
    both = ewma_variance(returns, 0.9, np.array([1e-4, 9e-4]))
    for k, start in enumerate((1e-4, 9e-4)):
        alone = ewma_variance(returns[:, [k]], 0.9, start)
        assert both[k] == pytest.approx(alone[0], rel=1e-14)
