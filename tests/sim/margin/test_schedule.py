"""Brackets of notional: what lies in which, and what it then requires."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.margin.schedule import (
    brackets,
    flat,
    marginal_amounts,
    marginal_rates,
    requirements,
    scaled,
    tiered,
)

THREE = tiered([0, 100, 1000], [0.01, 0.02, 0.1], [0.05, 0.1, 0.5], n_instruments=2)


def test_an_edge_belongs_to_the_bracket_below_it() -> None:
    sizes = np.array([[0.0, 100.0, 100.1], [1000.0, 1000.1, 5000.0]])
    assert brackets(THREE, sizes).tolist() == [[0, 0, 1], [1, 2, 2]]
    assert marginal_rates(THREE, sizes).tolist() == [[0.01, 0.01, 0.02], [0.02, 0.1, 0.1]]


@given(
    sizes=st.lists(st.floats(0, 5000), min_size=1, max_size=5),
    rates=st.lists(st.floats(0, 0.9), min_size=3, max_size=3).map(sorted),
)
def test_a_requirement_is_the_integral_of_the_marginal_rates(
    sizes: list[float], rates: list[float]
) -> None:
    edges = np.array([0.0, 100.0, 1000.0])
    schedule = tiered(edges, rates, rates, n_instruments=1)
    notional = np.array([sizes])
    uppers = np.append(edges[1:], np.inf)
    inside = np.clip(notional - edges[:, None], 0.0, (uppers - edges)[:, None])
    expected = (np.array(rates)[:, None] * inside).sum(axis=0)
    np.testing.assert_allclose(requirements(schedule, notional)[0], expected, atol=1e-9)


def test_one_bracket_takes_nothing_off() -> None:
    schedule = flat([0.02, 0.03], [0.04, 0.06])
    assert schedule.maintenance.shape == (1, 2)
    sizes = np.array([[100.0], [100.0]])
    assert requirements(schedule, sizes).tolist() == [[2.0], [3.0]]
    assert requirements(schedule, sizes, initial=True).tolist() == [[4.0], [6.0]]


def test_scaling_multiplies_every_requirement() -> None:
    sizes = np.array([[50.0, 500.0, 5000.0]] * 2)
    np.testing.assert_allclose(
        requirements(scaled(THREE, 1.5), sizes), 1.5 * requirements(THREE, sizes)
    )


def test_amounts_of_each_instrument_follow_its_own_edges() -> None:
    edges = np.array([[0.0, 0.0], [10.0, 100.0]])
    rates = np.array([[0.1, 0.1], [0.3, 0.2]])
    np.testing.assert_allclose(marginal_amounts(edges, rates), [[0.0, 0.0], [2.0, 10.0]])
