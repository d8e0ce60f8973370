"""A path through dated prices."""

from math import exp

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.price.anchored import BLACK_THURSDAY, Anchored
from sim.price.moments import read_moment
from sim.streams import Streams


def prices(kind: Anchored, steps: int, step_seconds: float, multiplier: float = 1.0) -> list[float]:
    """Return the price after every step."""
    path = kind.open()
    path.prepare(Streams(5), "price/BTC", steps, step_seconds)
    price, found = path.initial_price, []
    for step in range(steps):
        price *= exp(path.step_return(step, multiplier))
        found.append(price)
    return found


def step_of(text: str, start: str, step_seconds: float) -> int:
    return round((read_moment(text) - read_moment(start)) / step_seconds)


@pytest.mark.parametrize("multiplier", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("step_seconds", [10.0, 60.0, 900.0])
def test_every_point_is_hit_exactly(step_seconds: float, multiplier: float) -> None:
    start = BLACK_THURSDAY[0][0]
    last = step_of(BLACK_THURSDAY[-1][0], start, step_seconds)
    found = prices(Anchored(), last + 1, step_seconds, multiplier)
    for text, price in BLACK_THURSDAY:
        assert found[step_of(text, start, step_seconds)] == pytest.approx(price, rel=1e-12)


def test_a_later_start_begins_on_the_line_and_hits_the_points_ahead() -> None:
    start = "2020-03-12T17:00:00Z"
    found = prices(Anchored(start=start), 4000, 10.0)
    share = 5.5 / 11.5
    assert found[0] == pytest.approx(5721.0 ** (1 - share) * 5802.0**share, rel=1e-12)
    for text, price in BLACK_THURSDAY[2:]:
        assert found[step_of(text, start, 10.0)] == pytest.approx(price, rel=1e-12)


def test_without_texture_the_log_price_is_straight_between_points() -> None:
    points = (("2020-03-12T00:00Z", 100.0), ("2020-03-12T01:00Z", 80.0))
    found = prices(Anchored(points=points, volatility=0.0), 61, 60.0)
    np.testing.assert_allclose(found, 100.0 * 0.8 ** (np.arange(61) / 60.0), rtol=1e-12)


def test_texture_has_the_volatility_asked_for() -> None:
    points = (("2020-01-01T00:00Z", 100.0), ("2020-03-01T00:00Z", 100.0))
    moves = np.diff(np.log(prices(Anchored(points=points, volatility=0.8), 60 * 144, 600.0)))
    assert moves.std() * np.sqrt(365 * 144) == pytest.approx(0.8, rel=0.03)


def test_after_the_last_point_the_price_wanders_on() -> None:
    found = prices(Anchored(points=(("2020-01-01T00:00Z", 100.0),), volatility=0.8), 5000, 600.0)
    assert found[0] == 100.0
    assert np.diff(np.log(found)).std() * np.sqrt(365 * 144) == pytest.approx(0.8, rel=0.05)


def test_two_points_in_one_step_are_refused() -> None:
    points = (
        ("2020-01-01T00:00Z", 100.0),
        ("2020-01-01T01:00Z", 90.0),
        ("2020-01-01T01:01Z", 80.0),
    )
    with pytest.raises(ConfigError, match="same step of 600 s"):
        prices(Anchored(points=points), 10, 600.0)


def test_it_says_that_its_past_is_simulated() -> None:
    path = Anchored().open()
    path.prepare(Streams(5), "price/BTC", 10, 60.0)
    assert path.history(1000, 3600.0).std() * np.sqrt(8760) == pytest.approx(0.6, rel=0.1)
    assert "simulated" in path.history_note


def test_everything_out_of_range_is_named() -> None:
    points = (("2020-01-02T00:00Z", -1.0), ("2020-01-01T00:00Z", 1.0), ("2020-01-03", 1.0))
    with pytest.raises(ConfigError) as caught:
        Anchored(points=points, volatility=-1.0, start="soon")
    found = " | ".join(caught.value.problems)
    for words in ("point 3: '2020-01-03' has no", "start: 'soon'", "in order", "> 0 USD", ">= 0 a"):
        assert words in found
    with pytest.raises(ConfigError, match="at least one"):
        Anchored(points=())
    with pytest.raises(ConfigError, match="within the points"):
        Anchored(start="2020-03-11")
