"""A number belongs to its address and to nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from sim.streams import Draws, Streams

seeds = st.integers(0, 2**63)
steps = st.integers(0, 2**32 - 1)
purposes = st.text(min_size=1, max_size=20)


@given(seeds, purposes, steps, st.integers(1, 50), st.integers(0, 50))
@settings(max_examples=40)
def test_more_entities_move_nobody_elses_numbers(
    seed: int, purpose: str, step: int, few: int, more: int
) -> None:
    draws = Streams(seed).at(purpose, step)
    assert (draws.uniform(np.arange(few)) == draws.uniform(np.arange(few + more))[:few]).all()


@given(seeds, steps, st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20, unique=True))
@settings(max_examples=40)
def test_the_order_in_which_entities_ask_does_not_matter(
    seed: int, step: int, entities: list[int]
) -> None:
    draws = Streams(seed).at("crowd", step)
    forward = draws.uniform(np.array(entities))
    assert (draws.uniform(np.array(entities[::-1]))[::-1] == forward).all()
    alone = [draws.uniform(np.array([entity]))[0] for entity in entities]
    assert (forward == alone).all()


@given(seeds, steps, st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
@settings(max_examples=40)
def test_more_candidates_leave_the_fate_of_the_first_alone(
    seed: int, step: int, few: int, more: int, probability: float
) -> None:
    draws = Streams(seed).at("arrivals", step)
    many = draws.chosen(few + more, probability)
    assert (draws.chosen(few, probability) == many[many < few]).all()


@given(seeds, steps, st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=40)
def test_a_higher_probability_only_adds_to_the_chosen(
    seed: int, step: int, one: float, other: float
) -> None:
    draws = Streams(seed).at("arrivals", step)
    fewer, more = (draws.chosen(100, probability) for probability in sorted((one, other)))
    assert set(fewer) <= set(more)


@pytest.mark.parametrize(("probability", "expected"), [(0.0, 0), (-1.0, 0), (1.0, 33), (2.0, 33)])
def test_certainties_are_certain(probability: float, expected: int) -> None:
    assert Streams(7).at("arrivals", 3).chosen(33, probability).size == expected


@pytest.mark.parametrize(
    "other",
    [
        Streams(8).at("crowd", 3),
        Streams(7).at("crowds", 3),
        Streams(7).at("crowd", 4),
        Streams(70).at("crowd", 3),
    ],
    ids=["seed", "purpose", "step", "longer seed"],
)
def test_every_part_of_the_address_matters(other: Draws) -> None:
    here = Streams(7).at("crowd", 3)
    assert here != other
    assert (here.uniform(np.arange(100)) != other.uniform(np.arange(100))).all()


def test_lanes_are_other_numbers() -> None:
    draws = Streams(7).at("crowd", 3)
    assert (draws.uniform(np.arange(100), lane=1) != draws.uniform(np.arange(100))).all()


def test_a_seed_and_a_purpose_do_not_run_into_each_other() -> None:
    assert Streams(1).at("1/a", 0).one() != Streams(11).at("/a", 0).one()


def test_normal_numbers_are_the_uniform_ones_inverted() -> None:
    draws, entities = Streams(7).at("crowd", 3), np.arange(50)
    assert (draws.normal(entities, lane=2) == ndtri(draws.uniform(entities, lane=2))).all()


def test_single_numbers_are_those_of_entity_zero() -> None:
    draws = Streams(7).at("crowd", 3)
    assert draws.one(lane=1) == draws.uniform(np.arange(5), lane=1)[0]
    assert draws.one_normal(lane=1) == draws.normal(np.arange(5), lane=1)[0]


def test_nobody_draws_nothing() -> None:
    draws, nobody = Streams(7).at("crowd", 3), np.arange(0)
    assert draws.uniform(nobody).size == draws.normal(nobody).size == 0
    assert draws.chosen(0, 1.0).size == 0


def test_a_generator_gives_the_same_numbers_every_time() -> None:
    draws = Streams(7).at("prototype", 3)
    assert (draws.generator().random(20) == draws.generator().random(20)).all()


def test_generators_of_neighbouring_steps_do_not_overlap() -> None:
    here, there = (Streams(7).at("prototype", step).generator().random(10_000) for step in (3, 4))
    assert not np.isin(here, there).any()
    assert abs(np.corrcoef(here, there)[0, 1]) < 0.05


def test_numbers_stay_what_they_were() -> None:
    """Results are kept by seed, so no version may change what an address stands for."""
    assert Streams(7).at("crowd/longs/size", 3).uniform(np.arange(3)).tolist() == [
        0.045674244660813934,
        0.31993469638079974,
        0.3552054438491524,
    ]
