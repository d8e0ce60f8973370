"""The one decorator of every kernel, typed so that strict checking survives it."""

from collections.abc import Callable
from typing import Protocol, cast

from numba import njit


class Kernel[**P, R](Protocol):
    """A compiled function that still carries its Python original for tests."""

    py_func: Callable[P, R]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the compiled function."""
        ...


def kernel[**P, R](function: Callable[P, R]) -> Kernel[P, R]:
    """Compile ``function`` with numba, cached on disk; no fastmath, no threads."""
    return cast("Kernel[P, R]", njit(cache=True)(function))


def inlined[**P, R](function: Callable[P, R]) -> Kernel[P, R]:
    """Compile a small helper that only other kernels call, so that LLVM inlines it."""
    return cast("Kernel[P, R]", njit(cache=True, inline="never")(function))
