"""Means over seeds with their intervals, and what may be claimed on their strength."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

LEVEL = 0.9
"""Every interval is a 90 % interval; its ends are one-sided 95 % bounds."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the interval in which the true mean lies with confidence ``LEVEL``."""

    mean: float
    low: float
    high: float

    def write(self, form: str = ".3g", scale: float = 1.0, unit: str = "") -> str:
        """Write mean and ends.

        Examples
        --------
        >>> Interval(0.256, 0.25, 0.262).write(".1f", scale=100, unit=" %")
        '25.6 [25.0, 26.2] %'
        """
        mean, low, high = (format(scale * end, form) for end in (self.mean, self.low, self.high))
        return f"{mean} [{low}, {high}]{unit}"


def interval(values: ArrayLike) -> Interval:
    r"""Return the mean of independent values and its Student interval.

    :math:`\bar x \pm t_{n-1}\, s / \sqrt n`. With a single value it is the whole line.

    Parameters
    ----------
    values : (n,) one a seed; those that are not finite are left out.

    Examples
    --------
    >>> interval([1.0, 2.0, 3.0]).write(".2f")
    '2.00 [0.31, 3.69]'
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return Interval(np.nan, -np.inf, np.inf)
    mean = float(known.mean())
    if known.size == 1:
        return Interval(mean, -np.inf, np.inf)
    width = float(student.ppf(0.5 + LEVEL / 2, known.size - 1) * known.std(ddof=1))
    return Interval(mean, mean - width / sqrt(known.size), mean + width / sqrt(known.size))


def ratio(upper: ArrayLike, lower: ArrayLike) -> Interval:
    """Return the ratio of two means and its jackknife interval.

    The mean of ratios would hang on the seeds in which the lower number is almost nothing.

    Parameters
    ----------
    upper, lower : (n,) one a seed, the same seeds.

    References
    ----------
    Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, chapter 3.

    Examples
    --------
    >>> ratio([2.0, 4.0, 6.0], [1.0, 2.0, 3.0]).write(".1f")
    '2.0 [2.0, 2.0]'
    """
    over, under = np.asarray(upper, dtype=np.float64), np.asarray(lower, dtype=np.float64)
    n, whole = over.size, float(over.sum() / under.sum())
    without_one = (over.sum() - over) / (under.sum() - under)
    return interval(n * whole - (n - 1) * without_one)


def never_falls(values: ArrayLike) -> bool:
    """Tell whether no step along the levels of a setting makes the mean smaller.

    A step counts as smaller if the 90 % interval of the paired difference lies below zero:
    a one-sided test at 5 %. With many steps a few would fail by chance alone, so that
    a step must also be down by more than a hundredth of the largest mean to count.

    Parameters
    ----------
    values : (n_levels, n_seeds) the same seeds at every level, lowest level first.

    Examples
    --------
    >>> never_falls([[0.0, 0.1, 0.0], [1.0, 1.2, 1.1], [1.0, 1.1, 1.2]])
    True
    >>> never_falls([[1.0, 1.1, 1.2], [0.5, 0.7, 0.7]])
    False
    """
    table = np.asarray(values, dtype=np.float64)
    slack = 0.01 * float(np.abs(table.mean(axis=1)).max())
    steps = [interval(step) for step in np.diff(table, axis=0)]
    return not any(step.high < 0.0 and step.mean < -slack for step in steps)
