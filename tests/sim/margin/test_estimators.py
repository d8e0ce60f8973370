"""Policies that read losses: how much past they must see, and what they make of it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.margin import POLICIES
from sim.margin.es_mc import MonteCarlo
from sim.margin.evt import ExtremeValue, pareto_of
from sim.margin.fhs import FilteredHistoricalSimulation, buckets
from sim.margin.hs import HistoricalSimulation, age_weights
from sim.margin.oi_scaled import OpenInterestScaled
from sim.margin.schedule import asked_rates
from sim.roles import MarketState

WINDOWED = ("garch", "hs", "fhs", "es_mc", "evt")


def seen(returns: np.ndarray, open_interest: float = 1.0) -> MarketState:
    """Return a market of hourly returns, (n, K)."""
    width = returns.shape[1]
    return MarketState(
        returns=returns,
        interval_seconds=3600.0,
        index=np.full(width, 100.0),
        open_interest=np.full(width, open_interest),
    )


def moves(count: int, width: int = 1) -> np.ndarray:
    """Return fat-tailed returns, (count, width)."""
    return 0.01 * np.random.default_rng(8).standard_t(4, (count, width))


@pytest.mark.parametrize("name", WINDOWED)
def test_too_short_a_past_is_refused_with_since_when_it_would_do(name: str) -> None:
    policy = POLICIES[name]()
    with pytest.raises(ConfigError) as caught:
        policy.schedule(seen(moves(policy.history - 3)))
    told = f"{name} needs {policy.history:,} returns and has seen {policy.history - 3:,}"
    assert told in str(caught.value)
    assert "3 returns (3 hours) later" in str(caught.value)


@pytest.mark.parametrize("name", WINDOWED)
def test_nothing_older_than_the_history_is_looked_at(name: str) -> None:
    policy, past = POLICIES[name](), moves(2000)
    exact = policy.schedule(seen(past[-policy.history :])).maintenance
    np.testing.assert_array_equal(policy.schedule(seen(past)).maintenance, exact)


def test_a_storm_is_forgotten_at_once_by_plain_losses_and_slowly_by_aged_ones() -> None:
    storm = np.full((200, 1), 0.001)
    storm[:5] = -0.1
    plain = HistoricalSimulation(window=100, floor=0.0, cap=0.99, horizon_hours=1.0)
    aged = HistoricalSimulation(
        window=100, floor=0.0, cap=0.99, horizon_hours=1.0, age_decay=0.95, confidence=0.99
    )
    inside, left = storm[:100], storm[5:105]
    assert plain.schedule(seen(inside)).maintenance[0, 0] == pytest.approx(0.1)
    assert plain.schedule(seen(left)).maintenance[0, 0] == pytest.approx(0.001)
    # The five oldest of a hundred weigh less than a hundredth together.
    assert age_weights(100, 0.95)[:5].sum() < 0.01
    assert aged.schedule(seen(inside)).maintenance[0, 0] == pytest.approx(0.001)


def test_a_short_position_that_loses_more_sets_the_rate() -> None:
    up = np.full((100, 1), -0.01)
    up[::10] = 0.08
    policy = HistoricalSimulation(window=100, floor=0.0, horizon_hours=1.0, confidence=0.95)
    assert policy.schedule(seen(up)).maintenance[0, 0] == pytest.approx(0.08)
    assert policy.schedule(seen(-up)).maintenance[0, 0] == pytest.approx(0.08)


def test_sums_of_runs_end_at_the_last_return() -> None:
    returns = np.arange(7.0)[:, None]
    assert buckets(returns, 3).ravel().tolist() == [1 + 2 + 3, 4 + 5 + 6]


@pytest.mark.parametrize("dropped", [0, 1])
def test_bucketed_series_are_interleaved_and_none_repeats_another(dropped: int) -> None:
    # Of two series of pairs one swings by two per cent and the other stands still: one on average.
    swings = np.tile([0.01, 0.01, -0.01, -0.01], 163)[: 652 - dropped, None]
    policy = FilteredHistoricalSimulation(
        variant="bucketed", span=2, floor=0.0, cap=0.99, horizon_hours=2.0
    )
    assert policy.schedule(seen(swings)).maintenance[0, 0] == pytest.approx(0.01, rel=0.05)


def test_the_median_volatility_keeps_the_bucketed_variant_up_in_calm() -> None:
    calm = moves(650)
    calm[-40:] *= 0.01
    plain = FilteredHistoricalSimulation(floor=0.0, horizon_hours=1.0, decay=0.9)
    hull_white = plain.schedule(seen(calm))
    bucketed = replace(plain, variant="bucketed").schedule(seen(calm))
    assert bucketed.maintenance[0, 0] > 5 * hull_white.maintenance[0, 0]


def test_a_fitted_tail_reaches_beyond_the_worst_loss() -> None:
    past = moves(1000)
    near, far = (
        ExtremeValue(confidence=confidence, floor=0.0, cap=0.99, horizon_hours=1.0)
        .schedule(seen(past))
        .maintenance[0, 0]
        for confidence in (0.99, 0.99999)
    )
    plain = HistoricalSimulation(window=1000, floor=0.0, horizon_hours=1.0).schedule(seen(past))
    assert near == pytest.approx(plain.maintenance[0, 0], rel=0.15)
    assert far > np.abs(past).max()


def test_an_exponential_tail_has_no_shape() -> None:
    chances = (np.arange(1, 5001) - 0.35) / 5000
    shape, scale = pareto_of(-np.log1p(-chances)[:, None])
    assert shape[0] == pytest.approx(0.0, abs=0.01)
    assert scale[0] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("matrix", [((1.0, 0.5), (0.5,)), ((1.0, 0.5),), ()])
def test_a_correlation_matrix_must_be_square(matrix: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(ConfigError, match="correlation must be a square matrix"):
        MonteCarlo(correlation=matrix)


def test_a_hedged_portfolio_gets_its_credit_only_where_portfolios_are_charged() -> None:
    together = np.repeat(moves(300), 2, axis=1)
    alike = ((1.0, 1.0), (1.0, 1.0))
    policy = MonteCarlo(offsets=True, draws=1000, correlation=alike)
    schedule = policy.schedule(seen(together))
    assert schedule.charge is not None
    hedged, open_ = schedule.charge.required(np.array([[1.0, 1.0], [-1.0, 0.0]]))
    assert hedged == pytest.approx(0.0, abs=1e-9)
    assert open_ > 1.0
    alone = MonteCarlo(draws=1000).schedule(seen(together))
    assert alone.charge is None
    rates, initial = asked_rates(alone, np.full(2, 100.0))
    assert rates[0] == rates[1] > 0.01
    assert initial[0] == pytest.approx(1.5 * rates[0])


@pytest.mark.parametrize(
    ("open_interest", "initial"), [(0.0, 0.1), (4e7, 0.1), (7e7, 0.55), (1e8, 1.0), (5e8, 1.0)]
)
def test_initial_margin_rises_in_a_line_between_the_caps(
    open_interest: float, initial: float
) -> None:
    policy = OpenInterestScaled(initial=0.1, lower_usd=4e7, upper_usd=1e8)
    schedule = policy.schedule(seen(np.zeros((0, 1)), open_interest))
    assert schedule.initial[0, 0] == pytest.approx(initial)
    assert schedule.maintenance[0, 0] == 0.03


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        (
            "cliff",
            {"maintenance": 1.0, "base_usd": 0.0, "step_usd": 0.0, "increment": 0.0},
        ),
        ("garch", {"window": 99, "refit_every": 0, "confidence": 0.5, "horizon_hours": 0.0}),
        ("hs", {"window": 1, "measure": "mean", "convention": "nearest", "age_decay": 0.0}),
        ("fhs", {"variant": "other", "window": 1, "warm_up": 0, "decay": 1.0, "factor": 0.0}),
        ("es_mc", {"draws": 99, "seed": -1, "copula": "clayton", "degrees": 2.0, "window": 2}),
        ("evt", {"tail_share": 0.6, "decay": 1.0, "warm_up": 0, "update_seconds": 0.0}),
        ("oi_scaled", {"maintenance": -0.1, "initial": 1.0, "lower_usd": 2e9}),
    ],
)
def test_impossible_parameters_are_all_named(name: str, wrong: dict[str, object]) -> None:
    build: Callable[..., object] = POLICIES[name]
    with pytest.raises(ConfigError) as caught:
        build(**wrong)
    for parameter in wrong:
        assert parameter in str(caught.value)
