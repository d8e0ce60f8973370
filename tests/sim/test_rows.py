"""Sets of rows do what numpy's slower ones do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels.sets import difference, members, union
from sim.rows import among, joined, without

sets = st.sets(st.integers(0, 60), max_size=40).map(lambda each: np.array(sorted(each), np.int64))
rows = st.lists(st.integers(0, 60), max_size=40).map(lambda each: np.array(each, np.int64))


@given(one=sets, other=sets)
def test_joined_and_taken_apart_are_those_of_numpy(one: np.ndarray, other: np.ndarray) -> None:
    assert joined(one, other).tolist() == np.union1d(one, other).tolist()
    assert without(one, other).tolist() == np.setdiff1d(one, other).tolist()


@given(asked=rows, known=sets)
def test_membership_is_that_of_numpy_in_any_order(asked: np.ndarray, known: np.ndarray) -> None:
    assert among(asked, known).tolist() == np.isin(asked, known).tolist()


@given(one=sets, other=sets)
def test_kernels_do_what_their_originals_do(one: np.ndarray, other: np.ndarray) -> None:
    for kernel in (union, difference):
        fast, plain = np.zeros(100, np.int64), np.zeros(100, np.int64)
        assert kernel(one, other, fast) == kernel.py_func(one, other, plain)
        np.testing.assert_array_equal(fast, plain)
    found, expected = np.zeros(one.size, np.bool_), np.zeros(one.size, np.bool_)
    members(one, other, found)
    members.py_func(one, other, expected)
    np.testing.assert_array_equal(found, expected)
