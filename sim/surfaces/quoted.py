"""Implied volatilities as they are quoted: expiries by strikes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp

import numpy as np
from scipy.interpolate import PchipInterpolator

from sim import elementary
from sim.arrays import Floats
from sim.black76 import premium
from sim.errors import ConfigError, check

type Row = tuple[float, ...]
YEAR_DAYS = 365.0
FINE = 20
"""Points between two quotes at which a surface is looked over for arbitrage."""
ROUNDING = 1e-9
"""What rounding may do to the price of a spread, shares of the forward."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quoted:
    r"""Volatilities at the same moneyness for every expiry, interpolated in total variance.

    Between strikes total variance :math:`w = \sigma^2 T` follows a monotone cubic in
    :math:`k = \ln(K/F)`; beyond the first and the last it goes on straight. Between expiries
    it is straight at the same :math:`k`; before the first and beyond the last the volatility
    of that expiry stands. A surface in which a calendar spread or a butterfly costs
    less than nothing is refused with the place.

    Parameters
    ----------
    days : to each expiry, > 0, rising.
    moneyness : strikes over the forward, > 0, rising, two at least.
    volatility : one row an expiry, one number a strike, a year, > 0.

    Raises
    ------
    ConfigError
        Naming every number out of range, or the places of arbitrage.

    References
    ----------
    Fengler (2009), Arbitrage-free smoothing of the implied volatility surface, Quantitative
    Finance 9(4): no arbitrage in total variance and in prices.

    Examples
    --------
    >>> quotes = Quoted(days=[7, 30], moneyness=[0.9, 1, 1.1], volatility=[[0.7, 0.6, 0.65]] * 2)
    >>> quotes.at(np.array([0.0]), 14 / 365)
    array([0.6])
    """

    days: Sequence[float]
    moneyness: Sequence[float]
    volatility: Sequence[Sequence[float]]

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense, and surfaces with arbitrage."""
        check(
            (len(self.days) > 0, "days must name at least one expiry"),
            (_rises((0.0, *self.days)), "days must be > 0 and rise"),
            (len(self.moneyness) > 1, "moneyness must name at least two strikes"),
            (_rises((0.0, *self.moneyness)), "moneyness must be > 0 and rise"),
            (len(self.volatility) == len(self.days), "volatility must have one row an expiry"),
            (
                all(len(row) == len(self.moneyness) for row in self.volatility),
                "volatility must have one number a strike in every row",
            ),
            (all(v > 0 for row in self.volatility for v in row), "volatility must be > 0 a year"),
        )
        object.__setattr__(self, "days", tuple(self.days))
        object.__setattr__(self, "moneyness", tuple(self.moneyness))
        object.__setattr__(self, "volatility", tuple(tuple(row) for row in self.volatility))
        found = self._negative() or [*self._calendars(), *self._butterflies()]
        if found:
            raise ConfigError(*found)

    def at(self, log_moneyness: Floats, years: float) -> Floats:
        """Return the volatility at logarithms of strike over forward, a year, (n,)."""
        variances = self.variances(log_moneyness)
        ends = np.array(self.days) / YEAR_DAYS
        if years <= ends[0]:
            return np.asarray(np.sqrt(variances[0] / ends[0]))
        if years >= ends[-1]:
            return np.asarray(np.sqrt(variances[-1] / ends[-1]))
        after = int(np.searchsorted(ends, years, side="right"))
        part = (years - ends[after - 1]) / (ends[after] - ends[after - 1])
        between = (1.0 - part) * variances[after - 1] + part * variances[after]
        return np.asarray(np.sqrt(between / years))

    def variances(self, log_moneyness: Floats) -> Floats:
        """Return total variances of every expiry, (E, n)."""
        nodes, curve, slopes = _curve(
            tuple(self.days), tuple(self.moneyness), tuple(map(tuple, self.volatility))
        )
        inside = np.clip(log_moneyness, nodes[0], nodes[-1])
        before = np.minimum(log_moneyness - nodes[0], 0.0)
        after = np.maximum(log_moneyness - nodes[-1], 0.0)
        return np.asarray(curve(inside) + slopes[:, :1] * before + slopes[:, 1:] * after)

    def _looked_over(self) -> Floats:
        """Return strikes over the forward at which arbitrage is looked for, rising."""
        nodes = elementary.log(self.moneyness)
        wide = np.concatenate(([nodes[0] - 0.5], nodes, [nodes[-1] + 0.5]))
        return np.concatenate([np.linspace(a, b, FINE, endpoint=False) for a, b in pairwise(wide)])

    def _negative(self) -> list[str]:
        """Return where total variance, carried on beyond the strikes, is not positive."""
        points = self._looked_over()
        return [
            f"volatility: total variance falls to nothing at {exp(points[bad[0]]):.3g} of the "
            f"forward at {days:g} days; quote further strikes"
            for days, row in zip(self.days, self.variances(points), strict=True)
            if (bad := np.flatnonzero(row <= 0.0)).size
        ]

    def _calendars(self) -> list[str]:
        """Return where a later expiry has less total variance than the one before."""
        points = self._looked_over()
        variances, found = self.variances(points), []
        for i, (early, late) in enumerate(pairwise(variances)):
            bad = np.flatnonzero(late < early - ROUNDING)
            if bad.size:
                found.append(
                    f"volatility: at {exp(points[bad[0]]):.3g} of the forward, "
                    f"{self.days[i + 1]:g} days have less total variance than {self.days[i]:g}"
                )
        return found

    def _butterflies(self) -> list[str]:
        """Return where a butterfly of neighbouring strikes costs less than nothing."""
        points, found = self._looked_over(), []
        strikes = elementary.exp(points)
        for days, row in zip(self.days, self.variances(points), strict=True):
            years = days / YEAR_DAYS
            calls = np.array(
                [
                    premium(1.0, k, years, s, call=True)
                    for k, s in zip(strikes.tolist(), np.sqrt(row / years).tolist(), strict=True)
                ]
            )
            slope = np.diff(calls) / np.diff(strikes)
            bad = np.flatnonzero(np.diff(slope) < -ROUNDING / np.diff(strikes).min())
            if bad.size:
                found.append(
                    f"volatility: a butterfly around {strikes[bad[0] + 1]:.3g} of the forward "
                    f"costs less than nothing at {days:g} days"
                )
        return found


@lru_cache(maxsize=64)
def _curve(
    days: Row, moneyness: Row, volatility: tuple[Row, ...]
) -> tuple[Floats, PchipInterpolator, Floats]:
    """Return logarithms of strikes, total variances over them, and their slopes at both ends.

    Every pricing asks for it, and it is dear to make.
    """
    nodes = elementary.log(moneyness)
    quoted = np.array(volatility) ** 2 * (np.array(days)[:, None] / YEAR_DAYS)
    curve = PchipInterpolator(nodes, quoted, axis=1)
    return nodes, curve, curve.derivative()(nodes[[0, -1]])


def _rises(values: Sequence[float]) -> bool:
    """Tell whether each value is more than the one before."""
    return all(a < b for a, b in pairwise(values))
