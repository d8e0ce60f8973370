"""How fast margin is checked: run as ``python -m benchmarks.margin_check``."""

from collections.abc import Callable
from time import perf_counter

import numpy as np

from sim.accounts import HOUSE_ROWS, Accounts
from sim.arrays import Floats, Ints
from sim.kernels.margin import all_below, fill_all
from sim.margin.fixed import Fixed
from sim.margin.schedule import flat
from sim.margin.tiered import Tiered
from sim.roles import MarketState, Schedule
from sim.valuation import Valuation, terms
from sim.watch import Watch

PRICE, CONTRACT = 50_000.0, 0.01
RATE = 0.025
STEP_VOLATILITY = 0.6 * np.sqrt(10 / (365 * 86_400))
"""A step of ten seconds at sixty per cent a year."""


def walk(steps: int, rng: np.random.Generator) -> Floats:
    """Return the prices of so many quiet steps, from ``PRICE`` on."""
    return np.asarray(PRICE * np.exp(np.cumsum(STEP_VOLATILITY * rng.standard_normal(steps))))


def crowd(n: int, rng: np.random.Generator) -> Accounts:
    """Return traders who opened at up to 20x over the past days and have survived since.

    Entries lie 5 % around today's price; who would have been liquidated within the past hour
    is not there any more.
    """
    accounts = Accounts.empty(n, n_assets=1, n_instruments=1)
    quantity = np.ceil(rng.pareto(1.5, n) * 10) * rng.choice([-1.0, 1.0], n)
    entry = PRICE * np.exp(0.05 * rng.standard_normal(n))
    leverage = np.minimum(rng.lognormal(np.log(8.0), 0.6, n), 20.0)
    value = quantity * CONTRACT * entry
    balance = np.abs(value) / leverage - value
    alive = np.arange(n) >= HOUSE_ROWS
    hour = walk(360, rng)
    for extreme in (PRICE, hour.min(), hour.max()):
        worth = quantity * CONTRACT * extreme
        alive &= balance + worth >= RATE * np.abs(worth)
    accounts.balances[0] = np.where(alive, balance, 1000.0)
    accounts.positions[0] = np.where(alive, quantity, 0.0)
    return accounts


def close(accounts: Accounts, rows: Ints, value: float) -> None:
    """Close what ``rows`` hold at the value of a contract."""
    accounts.balances[0, rows] += value * accounts.positions[0, rows]
    accounts.positions[0, rows] = 0.0


def valuation(price: float, schedule: Schedule) -> Valuation:
    """Return the valuation of one linear perpetual at ``price``."""
    value = np.array([CONTRACT * price])
    return Valuation(np.zeros(1, dtype=np.int64), value, value, np.ones(1), np.zeros(1), schedule)


def best(function: Callable[[], object], repeats: int) -> float:
    """Return the shortest of several runs, milliseconds, after one to warm up."""
    function()
    spans = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        spans.append(perf_counter() - start)
    return 1e3 * min(spans)


def copy(columns: list[Floats]) -> Callable[[], None]:
    """Return a plain copy of columns into memory that is there already."""
    targets = [np.ones_like(column) for column in columns]

    def run() -> None:
        for target, column in zip(targets, columns, strict=True):
            np.copyto(target, column)

    return run


def sweeps(n: int, rng: np.random.Generator) -> list[tuple[str, float, float]]:
    """Return (what, milliseconds, multiple of the copy of the bytes it handles)."""
    accounts = crowd(n, rng)
    balances, positions = accounts.balances, accounts.positions
    market = MarketState(
        returns=np.zeros((0, 1)), interval_seconds=60.0, index=np.ones(1), open_interest=np.ones(1)
    )
    one, ten = (
        terms(valuation(PRICE, policy.schedule(market)))
        for policy in (Fixed(maintenance=RATE), Tiered())
    )
    equity, required, found = np.empty(n), np.empty(n), np.empty(n, dtype=np.int64)
    read = best(copy([balances[0], positions[0]]), 15)
    both = best(copy([balances[0], positions[0], equity, required]), 15)
    fused = best(lambda: all_below(balances, positions, one, 1.0, HOUSE_ROWS, n, found), 15)
    filled = best(lambda: fill_all(balances, positions, one, equity, required), 15)
    tiers = best(lambda: fill_all(balances, positions, ten, equity, required), 15)
    return [
        ("copy of what is read (16 bytes an account)", read, 1.0),
        ("rows below maintenance", fused, fused / read),
        ("copy of what is read and written (32 bytes)", both, 1.0),
        ("equity and requirement of all, flat rate", filled, filled / both),
        ("equity and requirement of all, ten tiers", tiers, tiers / both),
    ]


def calm(
    accounts: Accounts, traders: int, steps: int, rng: np.random.Generator
) -> tuple[Floats, Floats, int]:
    """Return the time, milliseconds, and the visits of quiet steps, and bytes of the watch.

    So many ``traders`` pay a cent in each step, and who falls short of margin is closed.
    """
    schedule, watch = flat([RATE], [2 * RATE]), Watch()
    touched = np.arange(0)
    watch.below(accounts, valuation(PRICE, schedule), 1.0, touched)
    spans, visited = np.empty(steps), np.empty(steps)
    for step, price in enumerate(walk(steps, rng)):
        now = valuation(price, schedule)
        start = perf_counter()
        short = watch.below(accounts, now, 1.0, touched).account
        spans[step], visited[step] = 1e3 * (perf_counter() - start), watch.visited
        close(accounts, short, now.values[0])
        touched = np.concatenate([short, rng.integers(HOUSE_ROWS, accounts.count, traders)])
        accounts.balances[0, touched] -= 0.01
        accounts.positions[0, touched] += 0.0
    return spans, visited, watch.nbytes


def watching(n: int, steps: int, rng: np.random.Generator) -> list[tuple[str, float, float]]:
    """Return (what, number, calm steps in the time of a full sweep)."""
    accounts = crowd(n, rng)
    found, columns = np.empty(n, dtype=np.int64), (accounts.balances, accounts.positions)
    counted = terms(valuation(PRICE, flat([RATE], [2 * RATE])))
    full = best(lambda: all_below(*columns, counted, 1.0, HOUSE_ROWS, n, found), 9)
    table = [("full sweep, rows below maintenance, ms", full, 1.0)]
    for traders in (0, 100, 1000):
        spans, visited, memory = calm(accounts, traders, steps, rng)
        median, mean = float(np.median(spans)), float(spans.mean())
        table += [
            (f"calm step, {traders} accounts touched: median, ms", median, full / median),
            ("  mean, redrawing of rings included, ms", mean, full / mean),
            ("  accounts visited, mean", visited.mean(), np.nan),
        ]
    return [
        *table,
        ("memory of the watch, bytes an account", memory / n, np.nan),
        ("memory of an account beyond its positions, bytes", beyond(accounts), np.nan),
    ]


def beyond(accounts: Accounts) -> float:
    """Return the bytes an account takes beyond its positions."""
    columns = [getattr(accounts, name) for name in accounts.__slots__ if name != "positions"]
    return float(sum(column.nbytes for column in columns) / accounts.count)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(7)
    print(f"{'one million accounts, one asset, one instrument':<56}{'ms':>10}{'x copy':>12}")
    for what, span, ratio in sweeps(1_000_000, rng):
        print(f"  {what:<54}{span:>10.3f}{ratio:>12.2f}")
    print(f"\n{'ten million accounts':<56}{'':>10}{'1 / x sweep':>12}")
    for what, number, ratio in watching(10_000_000, 1000, rng):
        print(f"  {what:<54}{number:>10.3f}" + ("" if np.isnan(ratio) else f"{ratio:>12.1f}"))
    print("\nwanted: at most 2 x copy; calm step at least 1 / 50 of a sweep; at most 200 bytes")


if __name__ == "__main__":
    main()
