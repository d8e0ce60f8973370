"""Outside paths against closed forms, against the record and against what is known of BTC."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.arrays import Floats
from sim.price.bars import read_bars
from sim.price.jump_diffusion import JumpDiffusion, poisson
from sim.price.path import YEAR_SECONDS
from sim.price.replay import Replay
from sim.price.stochastic_volatility import StochasticVolatility
from sim.streams import Streams

HOURLY = Path(__file__).parents[2] / "../shared/data/btcusd_spot_1h_2018-05_2022-03.csv"
WINDOW = ("2020-03-11", "2020-03-15")

needs_bars = pytest.mark.skipif(not HOURLY.exists(), reason="hourly BTC bars are not on this disk")


@needs_bars
def test_black_thursday_is_replayed_as_it_was() -> None:
    """Four days in steps of 10 s, priced as a run does: one multiplication a step."""
    bars = read_bars(HOURLY, *WINDOW)
    path = Replay(file=HOURLY, start=WINDOW[0], end=WINDOW[1]).open()
    path.prepare(Streams(7), "price/BTC", 34_560, 10.0)
    growth = np.exp([path.step_return(step, 1.0) for step in range(34_560)])
    filled = (path.initial_price * np.cumprod(growth)).reshape(96, 360)
    for seen, wanted in (
        (filled[:, 0], bars.open),
        (filled.max(axis=1), bars.high),
        (filled.min(axis=1), bars.low),
        (filled[:, -1], bars.close),
    ):
        np.testing.assert_allclose(seen, wanted, rtol=1e-12)
    assert filled.min() == pytest.approx(3850.0)
    assert filled.argmin() // 360 == 50


@needs_bars
def test_the_past_of_black_thursday_is_real() -> None:
    path = Replay(file=HOURLY, start=WINDOW[0], end=WINDOW[1]).open()
    path.prepare(Streams(7), "price/BTC", 360, 10.0)
    past = path.history(60 * 24, 3600.0)
    bars = read_bars(HOURLY, "2020-01-11", "2020-03-11")
    assert not path.history_note
    assert past.sum() == pytest.approx(np.log(path.initial_price / bars.open[0]))
    np.testing.assert_allclose(past[:-1], np.diff(np.log(bars.open)))


@pytest.mark.parametrize("rate", [1e-4, 0.02, 0.7, 5.0, 200.0])
def test_jump_counts_are_poisson(rate: float) -> None:
    uniform = Streams(3).at("jumps", 0).uniform(np.arange(20_000))
    assert (poisson(uniform, rate) == stats.poisson.ppf(uniform, rate)).all()


def test_jump_returns_have_the_moments_of_mertons_model() -> None:
    """Cumulants: those of the diffusion plus rate times the moments of a jump."""
    kind = JumpDiffusion(volatility=0.6, jumps_per_day=4.0, jump_mean=-0.01, jump_sd=0.02)
    returns = kind.draw(Streams(3), "price/BTC", 400_000, 3600.0).returns()
    rate, mean, variance = 4.0 / 24.0, -0.01, 0.02**2
    drift = -0.5 * 0.36 * 3600.0 / YEAR_SECONDS - rate * np.expm1(mean + variance / 2)
    second = 0.36 * 3600.0 / YEAR_SECONDS + rate * (mean**2 + variance)
    third = rate * (mean**3 + 3 * mean * variance)
    fourth = rate * (mean**4 + 6 * mean**2 * variance + 3 * variance**2)
    assert returns.mean() == pytest.approx(drift + rate * mean, abs=4 * np.sqrt(second / 400_000))
    assert returns.var() == pytest.approx(second, rel=0.02)
    assert stats.skew(returns) == pytest.approx(third / second**1.5, rel=0.05)
    assert stats.kurtosis(returns) == pytest.approx(fourth / second**2, rel=0.05)


def correlation(series: Floats, lag: int) -> float:
    """Return the autocorrelation of a series."""
    return float(np.corrcoef(series[lag:], series[:-lag])[0][1])


def hill(series: Floats, share: float = 0.05) -> float:
    """Return the Hill index of the largest absolute values."""
    ordered = np.sort(np.abs(series))[::-1]
    top = ordered[: int(share * ordered.size)]
    return float(1.0 / np.mean(np.log(top / ordered[top.size])))


def facts(hours: Floats) -> dict[str, float]:
    """Return the stylised facts of hourly returns."""
    days = hours.reshape(-1, 24).sum(axis=1)
    size = np.abs(hours)
    return {
        "volatility": float(hours.std() * np.sqrt(8760)),
        "kurtosis": float(stats.kurtosis(hours)),
        "daily kurtosis": float(stats.kurtosis(days)),
        "hill": hill(hours),
        "returns 1 h": correlation(hours, 1),
        "returns 24 h": correlation(hours, 24),
        "size 1 h": correlation(size, 1),
        "size 24 h": correlation(size, 24),
        "size 168 h": correlation(size, 168),
    }


BANDS = {
    "volatility": (0.55, 0.95),
    "kurtosis": (17.0, 69.0),
    "daily kurtosis": (3.9, 21.7),
    "hill": (2.28, 2.58),
    "returns 1 h": (-0.05, 0.05),
    "returns 24 h": (-0.05, 0.05),
    "size 1 h": (0.22, 0.34),
    "size 24 h": (0.10, 0.22),
    "size 168 h": (0.04, 0.14),
}
"""BTC 2018-2022: block-bootstrap bands of 90 % for the tails, else what surrounds the record."""


def test_stochastic_volatility_has_the_stylised_facts_of_bitcoin() -> None:
    """The median over eight runs of 1,200 days, simulated in steps of two minutes."""
    runs = []
    for seed in range(8):
        moves = StochasticVolatility().draw(Streams(seed), "price/BTC", 28_800 * 30, 120.0)
        runs.append(facts(moves.returns().reshape(-1, 30).sum(axis=1)))
    medians = {name: float(np.median([run[name] for run in runs])) for name in BANDS}
    outside = {name: medians[name] for name, (a, b) in BANDS.items() if not a < medians[name] < b}
    assert not outside


@needs_bars
def test_the_record_itself_lies_in_the_bands() -> None:
    close = read_bars(HOURLY).close
    hours = np.diff(np.log(close))
    seen = facts(hours[: hours.size // 24 * 24])
    assert not {name: seen[name] for name, (a, b) in BANDS.items() if not a < seen[name] < b}
