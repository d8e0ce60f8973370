"""Geometric Brownian motion with a volatility that can be turned."""

import numpy as np
import pytest
from scipy import stats

from sim.errors import ConfigError
from sim.price.diffusion import Diffusion
from sim.price.path import YEAR_SECONDS
from sim.streams import Streams

STREAMS = Streams(5)


def test_returns_are_normal_with_the_volatility_and_drift_asked_for() -> None:
    moves = Diffusion(volatility=0.8, drift=5.0).draw(STREAMS, "price/BTC", 100_000, 3600.0)
    years = 3600.0 / YEAR_SECONDS
    law = stats.norm((5.0 - 0.32) * years, 0.8 * np.sqrt(years))
    assert stats.kstest(moves.returns(), law.cdf).pvalue > 0.001
    assert stats.ttest_1samp(moves.returns(), law.mean()).pvalue > 0.001


@pytest.mark.parametrize("multiplier", [0.0, 1.0, 3.0])
def test_the_mean_price_grows_with_the_drift_at_any_volatility(multiplier: float) -> None:
    path = Diffusion(volatility=2.0, drift=0.0).open()
    path.prepare(STREAMS, "price/BTC", 100_000, 86_400.0)
    growth = np.exp([path.step_return(step, multiplier) for step in range(100_000)])
    error = growth.std() / np.sqrt(growth.size)
    assert abs(growth.mean() - 1.0) <= 3.5 * error


def test_a_multiplier_scales_the_shock_of_its_step_alone() -> None:
    path = Diffusion(volatility=0.8, drift=0.3).open()
    path.prepare(STREAMS, "price/BTC", 3, 60.0)
    years = 60.0 / YEAR_SECONDS
    shock = path.step_return(1, 1.0) - (0.3 - 0.32) * years
    assert path.step_return(1, 2.5) == pytest.approx(
        (0.3 - 0.32 * 2.5**2) * years + 2.5 * shock, rel=1e-12
    )


def test_everything_out_of_range_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        Diffusion(initial_price=0.0, volatility=-1.0, drift=float("nan"))
    assert len(caught.value.problems) == 3
