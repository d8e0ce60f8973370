"""Moments of time as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.price.moments import read_moment, say_moment


@given(st.integers(0, 2**33))
def test_what_is_said_is_read_back(seconds: int) -> None:
    assert read_moment(say_moment(seconds)) == seconds
    assert read_moment(say_moment(seconds).removesuffix("Z"), assume_utc=True) == seconds


@pytest.mark.parametrize("text", ["", "1583884800", "12/03/2020", "2020-13-01T00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        read_moment(text)
