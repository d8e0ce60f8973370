"""The generator against its published answers, and its numbers against their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.arrays import Floats
from sim.kernels.random import chosen, philox, uniforms
from sim.streams import Streams

type Words = tuple[int, ...]

# Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds: counter, key, result.
KNOWN: list[tuple[Words, Words, Words]] = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
ENTITIES = np.arange(100_000)
KEY = (0x12345678, 0x9ABCDEF0)
words = st.integers(0, 2**32 - 1)


def drawn(key: tuple[int, int] = KEY, step: int = 0, lane: int = 0) -> Floats:
    out = np.empty(ENTITIES.size)
    uniforms(key, step, lane, ENTITIES, out)
    return out


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_published_answers(counter: Words, key: Words, answer: Words) -> None:
    arguments = [np.uint64(word) for word in (*counter, *key)]
    assert tuple(int(word) for word in philox(*arguments)) == answer
    assert tuple(int(word) for word in philox.py_func(*arguments)) == answer


@given(st.tuples(words, words, words, words), st.tuples(words, words))
@settings(max_examples=50)
def test_compiled_philox_is_its_python_original(counter: Words, key: Words) -> None:
    arguments = [np.uint64(word) for word in (*counter, *key)]
    assert philox(*arguments) == philox.py_func(*arguments)


@given(st.tuples(words, words), words, words, st.lists(words, min_size=1, max_size=20))
@settings(max_examples=30)
def test_compiled_uniforms_are_their_python_original(
    key: tuple[int, int], step: int, lane: int, entities: list[int]
) -> None:
    compiled, plain = np.empty(len(entities)), np.empty(len(entities))
    uniforms(key, step, lane, np.array(entities), compiled)
    uniforms.py_func(key, step, lane, np.array(entities), plain)
    assert (compiled == plain).all()
    assert (compiled > 0.0).all()
    assert (compiled < 1.0).all()


@given(st.tuples(words, words), words, st.integers(0, 40), st.floats(-0.5, 1.5))
@settings(max_examples=30)
def test_compiled_chosen_is_its_python_original(
    key: tuple[int, int], step: int, count: int, probability: float
) -> None:
    compiled, plain = np.full(count, -1), np.full(count, -1)
    found = chosen(key, step, count, probability, compiled)
    assert chosen.py_func(key, step, count, probability, plain) == found
    assert (compiled == plain).all()


@pytest.mark.parametrize("step", [0, 1, 2**31])
@pytest.mark.parametrize("lane", [0, 1])
def test_uniform_numbers_are_uniform(step: int, lane: int) -> None:
    numbers = drawn(step=step, lane=lane)
    assert stats.kstest(numbers, "uniform").pvalue > 0.001
    assert stats.chisquare(np.bincount((numbers * 1000).astype(int), minlength=1000)).pvalue > 0.001


def test_the_lowest_bits_are_uniform_too() -> None:
    tails = (drawn() * 2.0**52).astype(np.int64) % 256
    assert stats.chisquare(np.bincount(tails, minlength=256)).pvalue > 0.001


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (drawn(), drawn(step=1)),
        (drawn(), drawn(lane=1)),
        (drawn(step=1), drawn(lane=1)),
        (drawn(), drawn(key=(KEY[0] + 1, KEY[1]))),
        (drawn(), drawn(key=(KEY[0], KEY[1] + 1))),
        (drawn()[1:], drawn()[:-1]),
        (drawn()[2:], drawn()[:-2]),
    ],
    ids=["steps", "lanes", "step and lane", "low key", "high key", "neighbours", "second next"],
)
def test_numbers_at_different_addresses_are_independent(one: Floats, other: Floats) -> None:
    table = np.histogram2d(one, other, bins=20, range=((0, 1), (0, 1)))[0]
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_normal_numbers_are_normal() -> None:
    numbers = Streams(seed=3).at("normal", 0).normal(ENTITIES)
    assert stats.kstest(numbers, "norm").pvalue > 0.001
    assert stats.kurtosis(numbers) == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("probability", [0.001, 0.1, 0.5, 0.9])
def test_entities_are_chosen_as_often_as_asked(probability: float) -> None:
    counts = [
        Streams(seed=3).at("arrivals", step).chosen(20_000, probability).size for step in range(20)
    ]
    assert stats.binomtest(sum(counts), 400_000, probability).pvalue > 0.001
    spread = np.var(counts) / (20_000 * probability * (1 - probability))
    assert stats.chi2(19).cdf(19 * spread) == pytest.approx(0.5, abs=0.499)


def test_being_chosen_at_one_step_says_nothing_of_the_next() -> None:
    both = np.zeros((2, 50_000))
    for step in range(2):
        both[step, Streams(seed=3).at("arrivals", step).chosen(50_000, 0.5)] = 1.0
    assert abs(stats.pearsonr(both[0], both[1]).statistic) < 0.015
    assert abs(stats.pearsonr(both[0, 1:], both[0, :-1]).statistic) < 0.015
