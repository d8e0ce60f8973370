"""How fast portfolios are charged: run as ``python -m benchmarks.portfolio_margin``.

It stands beside a plain matrix product. Both run on one core: the product's threads are held back
before numpy is loaded. A scan does more than the product (it keeps the worst of each portfolio,
and the floor of what it is short), writes less, and adds in one order on every processor.
"""

from collections.abc import Callable
from os import environ
from subprocess import run
from sys import executable
from time import perf_counter

for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    environ[name] = "1"

import numpy as np  # noqa: E402 - its threads are counted as it loads

from sim.kernels.scan import SCRATCH, worst_of  # noqa: E402

ACCOUNTS, INSTRUMENTS, SCENARIOS = 1_000_000, 20, 32
ROUNDS = 7
CORE = "OPENBLAS_CORETYPE"


def fastest(functions: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the shortest time of each, seconds, taken in turns to meet the same noise."""
    best = dict.fromkeys(functions, np.inf)
    for turn in range(ROUNDS + 1):
        for name, function in functions.items():
            start = perf_counter()
            function()
            if turn:
                best[name] = min(best[name], perf_counter() - start)
    return best


def main() -> None:
    """Measure and print the table."""
    rng = np.random.default_rng(6)
    positions = np.round(rng.normal(0.0, 10.0, (INSTRUMENTS, ACCOUNTS)))
    losses = rng.normal(0.0, 100.0, (SCENARIOS, INSTRUMENTS))
    minimum = np.where(np.arange(INSTRUMENTS) % 2, 50.0, 0.0)
    by_account = np.ascontiguousarray(positions.T)
    product, turned = np.empty((SCENARIOS, ACCOUNTS)), np.empty((ACCOUNTS, SCENARIOS))
    required, scratch = np.empty(ACCOUNTS), np.empty(SCRATCH)

    def whole() -> None:
        """Do the same by numpy, scenario by scenario."""
        np.matmul(losses, positions, out=product)
        floor = (minimum[:, None] * np.maximum(-positions, 0.0)).sum(axis=0)
        np.maximum(product.max(axis=0), floor)

    times = fastest(
        {
            "scan": lambda: worst_of(positions, losses, minimum, scratch, required),
            "losses @ positions": lambda: np.matmul(losses, positions, out=product),
            "positions.T @ losses.T": lambda: np.matmul(by_account, losses.T, out=turned),
            "the same charge by numpy": whole,
        }
    )
    floor = (minimum[:, None] * np.maximum(-positions, 0.0)).sum(axis=0)
    assert np.allclose(required, np.maximum(product.max(axis=0), floor), rtol=1e-12)
    core = environ.get(CORE, "as found")
    print(f"{ACCOUNTS:,} accounts x {INSTRUMENTS} instruments x {SCENARIOS} scenarios, one core")
    print(f"core type of the product: {core}\n")
    print(f"{'':28}{'ms':>8}  scan takes")
    for name, taken in times.items():
        ratio = f"{times['scan'] / taken:.2f} times" + (", at most 2 wanted" if "@" in name else "")
        print(f"  {name:<26}{1e3 * taken:>8.0f}  {'' if name == 'scan' else ratio}")
    if CORE in environ:
        free = {key: value for key, value in environ.items() if key != CORE}
        print(flush=True)
        run([executable, "-m", "benchmarks.portfolio_margin"], check=True, env=free)


if __name__ == "__main__":
    main()
