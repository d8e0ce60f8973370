"""Brackets of notional: what lies in which, and what it then requires."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.margin.cliff import Cliff
from sim.margin.model import composed
from sim.margin.schedule import (
    brackets,
    flat,
    marginal_amounts,
    marginal_rates,
    requirements,
    scaled,
    tiered,
)
from sim.margin.tiered import Tiered
from sim.roles import MarginPolicy, MarketState

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


@pytest.mark.parametrize("policy", [Tiered(), Cliff()], ids=["tiered", "cliff"])
@given(scale=st.floats(0.5, 200.0))
def test_scaling_beyond_the_whole_notional_never_makes_a_larger_position_cheaper(
    policy: MarginPolicy, scale: float
) -> None:
    market = MarketState(
        returns=np.zeros((0, 1)), interval_seconds=60.0, index=np.ones(1), open_interest=np.zeros(1)
    )
    plain, more = policy.schedule(market), composed(policy, (), scale).open().schedule(market)
    sizes = np.geomspace(1e3, 1e9, 400)[None, :]
    maintenance, initial = requirements(more, sizes), requirements(more, sizes, initial=True)
    for required in (maintenance, initial):
        assert (np.diff(required[0]) > 0).all()
        assert (required <= sizes * (1 + 1e-9)).all()
    assert (maintenance <= initial * (1 + 1e-9)).all()
    assert (maintenance <= scale * requirements(plain, sizes) * (1 + 1e-9)).all()


def test_a_scaled_tier_is_charged_the_whole_of_what_exceeds_its_edge_and_no_more() -> None:
    market = MarketState(
        returns=np.zeros((0, 1)), interval_seconds=60.0, index=np.ones(1), open_interest=np.zeros(1)
    )
    policy = Tiered(tiers=[[100, 0.1, 2], [200, 0.4, 2], [300, 0.5, 1]])
    scaled_up = composed(policy, (), 3.0).open().schedule(market)
    sizes = np.array([[100.0, 200.0, 300.0]])
    # 30 % of the first hundred; all of the second and the third, not 120 and 150 %.
    np.testing.assert_allclose(requirements(scaled_up, sizes), [[30.0, 130.0, 230.0]])
