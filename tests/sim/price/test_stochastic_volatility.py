"""Volatility that clusters, reverts and leans on returns."""

from math import inf

import numpy as np
import pytest
from scipy import stats

from sim.errors import ConfigError
from sim.price.path import YEAR_SECONDS
from sim.price.stochastic_volatility import StochasticVolatility, student
from sim.streams import Streams

STREAMS = Streams(5)
ONE = StochasticVolatility(
    reversion_hours=(24.0,), log_volatility_sd=(0.5,), tail_degrees=inf, leverage=-0.6
)


def normal(purpose: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return STREAMS.at(purpose, 0).normal(np.arange(100_000))


@pytest.mark.parametrize("degrees", [2.5, 4.0, 30.0])
def test_tails_are_students(degrees: float) -> None:
    numbers = student(normal("one"), normal("other"), degrees)
    law = stats.t(degrees, scale=np.sqrt((degrees - 2) / degrees))
    assert stats.kstest(numbers, law.cdf).pvalue > 0.001


def test_fat_tails_keep_the_sign_and_the_unit_variance_of_a_shock() -> None:
    numbers = student(normal("one"), normal("other"), 8.0)
    assert (np.sign(numbers) == np.sign(normal("one"))).all()
    assert numbers.std() == pytest.approx(1.0, abs=0.02)


def test_volatility_is_its_root_mean_square_at_every_step() -> None:
    """Over seeds, since a single run may stay calm or wild throughout."""
    kind = StochasticVolatility(volatility=0.8, log_volatility_sd=(0.2, 0.2, 0.3))
    squares = [
        2 * kind.draw(Streams(seed), "price/BTC", 20, 3600.0).half_variance for seed in range(3000)
    ]
    rms = np.sqrt(np.mean(squares, axis=0) * YEAR_SECONDS / 3600.0)
    np.testing.assert_allclose(rms, 0.8, rtol=0.06)


def test_log_volatility_reverts_at_the_speed_asked_for() -> None:
    moves = ONE.draw(STREAMS, "price/BTC", 200_000, 3600.0)
    level = 0.5 * np.log(moves.half_variance)
    assert level.std() == pytest.approx(0.5, rel=0.05)
    for lag in (6, 24, 48):
        seen = np.corrcoef(level[lag:], level[:-lag])[0][1]
        assert seen == pytest.approx(np.exp(-lag / 24.0), abs=0.05)


def test_a_fall_is_followed_by_more_volatility_in_the_measure_of_leverage() -> None:
    moves = ONE.draw(STREAMS, "price/BTC", 100_000, 3600.0)
    level = 0.5 * np.log(moves.half_variance)
    innovation = level[1:] - np.exp(-1 / 24.0) * level[:-1]
    shock = moves.shock / np.sqrt(2 * moves.half_variance)
    assert np.corrcoef(innovation, shock[:-1])[0][1] == pytest.approx(-0.6, abs=0.02)
    assert abs(np.corrcoef(level, shock)[0][1]) < 0.02


def test_the_past_obeys_the_law_of_the_run() -> None:
    run = ONE.draw(STREAMS, "price/BTC", 300_000, 7200.0).returns()
    past, note = ONE.past(STREAMS, "price/BTC", 300_000, 7200.0)
    assert not note
    assert past.std() == pytest.approx(run.std(), rel=0.05)
    assert stats.kurtosis(past) == pytest.approx(stats.kurtosis(run), rel=0.35)
    leaning = [np.corrcoef(r[:-1], r[1:] ** 2)[0][1] for r in (past, run)]
    assert leaning[1] < -0.05
    assert leaning[0] == pytest.approx(leaning[1], rel=0.3)


def test_the_past_ends_in_the_volatility_in_which_the_run_begins() -> None:
    ends, starts = [], []
    for seed in range(400):
        past, _ = ONE.past(Streams(seed), "price/BTC", 12, 600.0)
        ends.append(np.log(np.abs(past).mean()))
        starts.append(np.log(ONE.draw(Streams(seed), "price/BTC", 1, 600.0).half_variance[0]) / 2)
    assert np.corrcoef(ends, starts)[0][1] > 0.8


def test_everything_out_of_range_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        StochasticVolatility(
            initial_price=0.0,
            volatility=-1.0,
            drift=inf,
            reversion_hours=(0.0, 1.0),
            log_volatility_sd=(-0.1,),
            leverage=1.0,
            tail_degrees=2.0,
        )
    assert len(caught.value.problems) == 8
    with pytest.raises(ConfigError, match="at least 1"):
        StochasticVolatility(reversion_hours=(), log_volatility_sd=())
