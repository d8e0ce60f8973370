"""Draws by inversion have the shape they are said to have."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.distributions import (
    SHAPES,
    Distribution,
    Fixed,
    LogNormal,
    Pareto,
    Shape,
    Uniform,
    read,
    written,
)
from sim.errors import ConfigError
from sim.streams import Streams

EXAMPLES: dict[str, Shape] = {
    "fixed": Fixed(3.0),
    "uniform": Uniform(1.0, 5.0),
    "lognormal": LogNormal(8.0, 0.6),
    "pareto": Pareto(2.0, 1.5),
}
every_shape = pytest.mark.parametrize("shape", EXAMPLES.values(), ids=EXAMPLES.keys())
GRID = np.linspace(0.001, 0.999, 999)


def test_every_shape_is_tested() -> None:
    assert {name: type(shape) for name, shape in EXAMPLES.items()} == SHAPES


@every_shape
def test_quantiles_rise_and_stay_in_the_support(shape: Shape) -> None:
    drawn = Distribution(shape).draw(GRID)
    low, high = shape.support
    assert np.all(np.diff(drawn) >= 0)
    assert np.all((low <= drawn) & (drawn <= high))


@pytest.mark.parametrize("name", ["uniform", "lognormal", "pareto"])
def test_below_undoes_the_quantile(name: str) -> None:
    shape = EXAMPLES[name]
    back = [shape.below(float(value)) for value in shape.quantile(GRID)]
    assert back == pytest.approx(GRID, abs=1e-12)


@given(
    low=st.floats(2.1, 10), width=st.floats(0.5, 50), name=st.sampled_from(["lognormal", "pareto"])
)
@settings(max_examples=50)
def test_a_cut_distribution_keeps_its_shape_inside_the_cut(
    low: float, width: float, name: str
) -> None:
    shape, high = EXAMPLES[name], low + width
    cut = Distribution(shape, between=(low, high))
    drawn = cut.draw(GRID)
    assert drawn.min() >= low
    assert drawn.max() <= high
    assert cut.support == (low, high)
    inside = (np.vectorize(shape.below)(drawn) - shape.below(low)) / (
        shape.below(high) - shape.below(low)
    )
    assert inside == pytest.approx(GRID, abs=1e-6)


def test_the_moments_are_those_of_the_formula() -> None:
    uniforms = Streams(seed=7).at("test", 0).uniform(np.arange(200_000))
    lognormal = Distribution(LogNormal(8.0, 0.6)).draw(uniforms)
    assert np.median(lognormal) == pytest.approx(8.0, rel=0.01)
    assert lognormal.mean() == pytest.approx(8.0 * np.exp(0.18), rel=0.01)
    pareto = Distribution(Pareto(2.0, 3.0)).draw(uniforms)
    assert pareto.mean() == pytest.approx(3.0, rel=0.01)


@pytest.mark.parametrize(
    ("given_", "support"),
    [
        (3, (3.0, 3.0)),
        ({"fixed": 3}, (3.0, 3.0)),
        ({"uniform": [1, 2]}, (1.0, 2.0)),
        ({"lognormal": [8, 0.6]}, (0.0, inf)),
        ({"lognormal": [8, 0.6], "between": [1, 50]}, (1.0, 50.0)),
        ({"pareto": [2, 1.5]}, (2.0, inf)),
    ],
)
def test_what_is_read_is_written_back(given_: object, support: tuple[float, float]) -> None:
    distribution = read(given_)
    assert distribution.support == support
    assert read(written(distribution)) == distribution


@pytest.mark.parametrize(
    "wrong",
    [
        "eight",
        True,
        None,
        [8, 0.6],
        {},
        {"between": [1, 2]},
        {"uniform": [1, 2], "fixed": 3},
        {"uniform": [2, 1]},
        {"uniform": ["a", 1]},
        {"lognormal": [0, 1]},
        {"lognormal": [1, -1]},
        {"lognormal": 8},
        {"pareto": [0, 1]},
        inf,
        nan,
        {"uniform": [1, inf]},
        {"lognormal": [inf, 1]},
        {"fixed": [1, 2]},
        {"uniform": [1, 2], "between": [3, 4]},
        {"uniform": [1, 2], "between": [2, 1]},
        {"uniform": [1, 2], "between": 1},
    ],
)
def test_what_is_no_distribution_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(wrong)


def test_a_cut_may_be_open_at_an_end() -> None:
    assert read({"lognormal": [8, 0.6], "between": [1, inf]}).support == (1.0, inf)


def test_a_shape_refuses_every_impossible_parameter_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        LogNormal(-1.0, -1.0)
    assert len(caught.value.problems) == 2
