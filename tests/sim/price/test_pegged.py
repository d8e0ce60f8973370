"""The ratio of a token to what it is pegged to."""

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.price.path import YEAR_SECONDS
from sim.price.pegged import Pegged, PeggedPath
from sim.streams import Streams


def prepared(token: Pegged, steps: int, step_seconds: float = 3600.0) -> PeggedPath:
    path = token.open()
    path.prepare(Streams(5), "price/stETH", steps, step_seconds)
    return path


def log_ratio(path: PeggedPath, multipliers: list[float]) -> list[float]:
    moves = [path.step_return(step, turn) for step, turn in enumerate(multipliers)]
    return np.cumsum(moves).tolist()


def test_the_deviation_is_stationary_and_reverts_at_the_speed_asked_for() -> None:
    path = prepared(Pegged(deviation_sd=0.002, reversion_hours=12.0), 100_000)
    level = np.array(log_ratio(path, [1.0] * 100_000))[100:]
    assert level.std() == pytest.approx(0.002, rel=0.05)
    assert np.corrcoef(level[12:], level[:-12])[0][1] == pytest.approx(np.exp(-1.0), abs=0.04)


def test_what_a_multiplier_adds_reverts_like_any_deviation() -> None:
    token = Pegged(deviation_sd=0.002, reversion_hours=12.0)
    calm = np.array(log_ratio(prepared(token, 60), [1.0] * 60))
    storm = np.array(log_ratio(prepared(token, 60), [1.0] * 9 + [5.0] + [1.0] * 50))
    gap = storm - calm
    assert not gap[:9].any()
    np.testing.assert_allclose(gap[10:], gap[9] * np.exp(-np.arange(1, 51) / 12.0), atol=1e-15)


def test_without_volatility_the_ratio_only_accrues() -> None:
    path = prepared(Pegged(ratio=1.2, accrual=0.04), 24)
    assert log_ratio(path, [0.0] * 24)[-1] == pytest.approx(0.04 * 86_400 / YEAR_SECONDS)


def test_the_past_ends_on_the_peg() -> None:
    path = prepared(Pegged(deviation_sd=0.002, reversion_hours=1.0), 1)
    level = -np.cumsum(path.history(20_000, 3600.0)[::-1])
    assert level[10:].std() == pytest.approx(0.002, rel=0.05)


def test_everything_out_of_range_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        Pegged(peg="", ratio=0.0, deviation_sd=-1.0, reversion_hours=0.0, accrual=float("nan"))
    assert len(caught.value.problems) == 5
