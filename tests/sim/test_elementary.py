"""Elementary functions: those of the C library, in any shape."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import elementary
from sim.kernels import elementary as kernels

numbers = st.lists(st.floats(-30.0, 30.0), min_size=1, max_size=30)


@given(numbers)
def test_every_number_goes_through_the_c_library(given_numbers: list[float]) -> None:
    x = np.array(given_numbers)
    assert elementary.exp(x).tolist() == [math.exp(each) for each in given_numbers]
    assert elementary.expm1(x).tolist() == [math.expm1(each) for each in given_numbers]
    positive = np.abs(x) + 1e-9
    assert elementary.log(positive).tolist() == [math.log(each) for each in positive.tolist()]
    assert elementary.power(0.7, x).tolist() == [0.7**each for each in given_numbers]


def test_shapes_are_kept_and_powers_stretched() -> None:
    x = np.arange(6.0).reshape(2, 3)[:, ::-1]
    np.testing.assert_allclose(elementary.exp(x), np.exp(x), rtol=1e-15)
    assert elementary.exp(1.0).shape == ()
    np.testing.assert_allclose(elementary.power([[2.0], [3.0]], [1, 2]), [[2, 4], [3, 9]])


@pytest.mark.parametrize("name", ["fill_exp", "fill_expm1", "fill_log"])
def test_kernels_do_what_their_originals_do(name: str) -> None:
    kernel, x = getattr(kernels, name), np.linspace(0.1, 3.0, 50)
    fast, plain = np.empty(50), np.empty(50)
    kernel(x, fast)
    kernel.py_func(x, plain)
    np.testing.assert_array_equal(fast, plain)


def test_the_kernel_of_powers_does_what_its_original_does() -> None:
    x, y = np.linspace(0.1, 3.0, 50), np.linspace(-2.0, 2.0, 50)
    fast, plain = np.empty(50), np.empty(50)
    kernels.fill_power(x, y, fast)
    kernels.fill_power.py_func(x, y, plain)
    np.testing.assert_array_equal(fast, plain)
