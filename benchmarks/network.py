"""Clearing and ranking of large networks: ``python -m benchmarks.network``.

Networks are Erdős–Rényi with twenty claims an entity. The dense solve iterates the same
equations with numpy on the full matrix. Seconds are the process's own, of all its threads; the
ranking has only one.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from time import process_time

import numpy as np

from experiments.network_measures import ranking
from experiments.progress import Bar
from sim.arrays import Floats
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.exposures import Exposures
from sim.network.generators.erdos_renyi import ErdosRenyi

LINKS, SEED, LARGE, SMALL = 20.0, 7, 10_000, 2_000


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the least processor time of some runs, after one that compiles."""
    work()
    spent = []
    for _ in range(repeats):
        begun = process_time()
        work()
        spent.append(process_time() - begun)
    return min(spent)


def dense_payments(exposures: Exposures, shock: Floats) -> Floats:
    """Return Eisenberg-Noe payments by iteration on the full matrix."""
    owes, owed = exposures.liabilities().toarray(), exposures.owed()
    share = (owes / np.maximum(owed, 1e-300)[:, None]).T.copy()
    payments, before = owed, np.inf * owed
    while np.abs(before - payments).max() > 1e-13 * owed.max():
        before = payments
        payments = np.minimum(owed, exposures.outside_assets - shock + share @ before)
    return np.asarray(payments)


def dense_distress(exposures: Exposures, shock: Floats) -> Floats:
    """Return linear distress by iteration on the full matrix."""
    equity = exposures.equity()
    leverage = exposures.liabilities().toarray().T / equity[:, None]
    level = rise = np.minimum(shock / equity, 1.0)
    while rise.max() > 1e-13:
        further = np.minimum(1.0, level + leverage @ rise)
        level, rise = further, further - level
    return np.asarray(level)


def storm(exposures: Exposures) -> Floats:
    """Return a shock under which many default, one in fifty by the shock alone."""
    hit = np.arange(len(exposures)) % 50 == 0
    return np.where(hit, 0.6, 0.03) * exposures.outside_assets


def breeze(exposures: Exposures) -> Floats:
    """Return a shock so mild that distress takes many rounds to settle."""
    return 1e-3 * exposures.equity()


def main() -> None:
    """Measure and print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--no-ranking", action="store_true", help="leave the ranking out")
    options = parser.parse_args()
    large = ErdosRenyi(links=LINKS).generate(LARGE, SEED)
    print(f"{'':58}{'seconds':>9}  wanted")
    for name, clearing, shock in (
        ("Eisenberg-Noe, fictitious default", EisenbergNoe(), storm(large)),
        ("Eisenberg-Noe, fixed point", EisenbergNoe(method="fixed_point"), storm(large)),
        ("linear DebtRank, hard shock", LinearDebtRank(), storm(large)),
        ("linear DebtRank, mild shock", LinearDebtRank(), breeze(large)),
    ):
        found = clearing.clear(large, shock).sound()
        took = seconds(lambda c=clearing, s=shock: c.clear(large, s))  # type: ignore[misc] # bound now
        of = f"{name}, {LARGE:,} x {LINKS:.0f}, {found.rounds} rounds"
        print(f"  {of:<56}{took:>9.3f}  at most 1")
    _ratios(ErdosRenyi(links=LINKS).generate(SMALL, SEED))
    if not options.no_ranking:
        _rank(large)


def _ratios(small: Exposures) -> None:
    """Print how much faster than a dense solve it is, once both give the same."""
    payments = EisenbergNoe().clear(small, storm(small)).sound().payments
    assert np.allclose(payments, dense_payments(small, storm(small)), rtol=1e-9)
    ours = seconds(lambda: EisenbergNoe().clear(small, storm(small)))
    dense = seconds(lambda: dense_payments(small, storm(small)))
    print(f"  {f'Eisenberg-Noe, {SMALL:,} x {LINKS:.0f}':<56}{ours:>9.4f}")
    print(f"  {'  dense numpy':<56}{dense:>9.4f}  {dense / ours:.0f} times as long")
    left = LinearDebtRank().clear(small, breeze(small)).sound().equity
    whole = 1.0 - left / small.equity()
    assert np.allclose(whole, dense_distress(small, breeze(small)), atol=1e-10)
    ours = seconds(lambda: LinearDebtRank().clear(small, breeze(small)))
    dense = seconds(lambda: dense_distress(small, breeze(small)))
    print(f"  {f'linear DebtRank, {SMALL:,} x {LINKS:.0f}':<56}{ours:>9.4f}")
    print(f"  {'  dense numpy':<56}{dense:>9.4f}  {dense / ours:.0f} times as long")


def _rank(large: Exposures) -> None:
    """Print how long ranking all entities takes, with progress."""
    for once, name in ((False, "linear DebtRank"), (True, "DebtRank of 2012")):
        begun = process_time()
        with Bar() as bar:
            ranking(large, once=once, progress=bar.show)
        took = process_time() - begun
        print(f"  {f'ranking all {LARGE:,} by {name}':<56}{took:>9.1f}  at most 300")


if __name__ == "__main__":
    main()
