"""Statistics of paired runs: means, differences and tails, with intervals over seeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2

import numpy as np

from sim.arrays import Floats, Ints
from sim.streams import Streams

LEVEL = 0.95
"""Confidence of every interval."""
DRAWS = 4000
TAIL = 0.9
"""The quantile over seeds that stands for a bad day."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number over seeds, and the interval in which it lies."""

    value: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        """Whether the interval lies wholly on one side of zero."""
        return self.low > 0.0 or self.high < 0.0


def draws_of(n_seeds: int, count: int = DRAWS) -> Ints:
    """Return seeds drawn with replacement, (count, n_seeds), always the same ones."""
    generator = Streams(0).at("bootstrap", n_seeds).generator()
    return generator.integers(0, n_seeds, (count, n_seeds))


def estimate(values: Floats, draws: Ints, level: float = LEVEL) -> Estimate:
    """Return the mean over seeds and its percentile bootstrap interval.

    Of a measure that no seed has (all ``nan``) there is none; seeds without it are left out.

    Parameters
    ----------
    values : (n_seeds,) one a seed.
    draws : (n, n_seeds) of ``draws_of``.
    level : confidence of the interval.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> estimate(np.array([1.0, 1.0, 1.0]), draws_of(3))
    Estimate(value=1.0, low=1.0, high=1.0)
    """
    known = np.isfinite(values)
    if not known.any():
        return Estimate(np.nan, np.nan, np.nan)
    filled = np.where(known, values, 0.0)
    counts = known[draws].sum(axis=1)
    means = filled[draws].sum(axis=1)[counts > 0] / counts[counts > 0]
    return _between(float(values[known].mean()), means, level)


def seeds_needed(level: float = LEVEL) -> int:
    """Return how many seeds it takes before differences that all have one sign are no luck.

    Of :math:`n` fair coins all fall alike with a chance of :math:`2^{1-n}`. With fewer seeds than
    bring this below one less ``level`` a bootstrap interval leaves zero out too easily.

    Examples
    --------
    >>> seeds_needed(0.95), seeds_needed(1 - 0.05 / 9)
    (6, 9)
    """
    return 1 + ceil(log2(1.0 / (1.0 - level)))


def simultaneous(count: int) -> float:
    """Return the confidence of each of ``count`` intervals that shall hold together (Bonferroni).

    Examples
    --------
    >>> simultaneous(1), round(simultaneous(10), 6)
    (0.95, 0.995)
    """
    return 1.0 - (1.0 - LEVEL) / max(count, 1)


def bad_day(values: Floats, draws: Ints, quantile: float = TAIL) -> Estimate:
    """Return a quantile over seeds and its percentile bootstrap interval."""
    if not np.isfinite(values).all():
        return Estimate(np.nan, np.nan, np.nan)
    found = np.quantile(values[draws], quantile, axis=1)
    return _between(float(np.quantile(values, quantile)), found)


def variance_ratio(one: Floats, other: Floats) -> float:
    r"""Return how many times paired seeds shrink the variance of a difference.

    :math:`(s_1^2 + s_2^2) / s_{1-2}^2`: what the variance of the difference of means would be
    on separate seeds, over what it is on the same ones. ``nan`` where nothing differs.

    Examples
    --------
    >>> round(variance_ratio(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.5])), 6)
    31.0
    """
    apart = float(one.var(ddof=1) + other.var(ddof=1)) if one.size > 1 else np.nan
    together = float((one - other).var(ddof=1)) if one.size > 1 else np.nan
    return apart / together if together > 0.0 else np.nan


def not_dominated(
    cost: Mapping[str, Floats], harm: Mapping[str, Floats], draws: Ints
) -> dict[str, float]:
    """Return each policy's chance of lying on the frontier of cost and harm.

    In every draw of seeds a policy lies on it unless another has no higher mean cost and no
    higher mean harm, and one of both lower. A policy that lacks one of both (``nan``) on any seed
    has no such chance, ``nan``, and takes nobody else's.

    Parameters
    ----------
    cost, harm : by policy, (n_seeds,), the same seeds.
    draws : (n, n_seeds) of ``draws_of``.

    Examples
    --------
    >>> cheap, dear = np.array([1.0, 1.1]), np.array([2.0, 2.1])
    >>> not_dominated({"a": cheap, "b": dear}, {"a": cheap, "b": dear}, draws_of(2))
    {'a': 1.0, 'b': 0.0}
    """
    names = list(cost)
    paid = np.stack([cost[name][draws].mean(axis=1) for name in names])
    harmed = np.stack([harm[name][draws].mean(axis=1) for name in names])
    known = np.isfinite(paid).all(axis=1) & np.isfinite(harmed).all(axis=1)
    harmed[~known] = np.nan
    chances = {}
    for i, name in enumerate(names):
        no_worse = (paid <= paid[i]) & (harmed <= harmed[i])
        better = (paid < paid[i]) | (harmed < harmed[i])
        beaten = float((no_worse & better).any(axis=0).mean())
        chances[name] = 1.0 - beaten if known[i] else np.nan
    return chances


def _between(value: float, draws: Floats, level: float = LEVEL) -> Estimate:
    """Return a number with the middle of its draws."""
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return Estimate(value, float(low), float(high))
