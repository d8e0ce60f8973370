"""Exponentials, logarithms and powers, one number at a time by the C library."""

from math import exp, expm1, log

from sim.arrays import Floats
from sim.kernels.compiled import kernel


@kernel
def fill_exp(x: Floats, out: Floats) -> None:
    """Fill ``out`` with the exponentials of ``x``, (n,)."""
    for i in range(x.size):
        out[i] = exp(x[i])


@kernel
def fill_expm1(x: Floats, out: Floats) -> None:
    """Fill ``out`` with the exponentials of ``x`` less one, (n,)."""
    for i in range(x.size):
        out[i] = expm1(x[i])


@kernel
def fill_log(x: Floats, out: Floats) -> None:
    """Fill ``out`` with the natural logarithms of ``x`` > 0, (n,)."""
    for i in range(x.size):
        out[i] = log(x[i])


@kernel
def fill_power(x: Floats, y: Floats, out: Floats) -> None:
    """Fill ``out`` with ``x`` to the power of ``y``, (n,) each."""
    for i in range(x.size):
        out[i] = x[i] ** y[i]
