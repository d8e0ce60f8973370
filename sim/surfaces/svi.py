"""Implied volatilities by expiry and moneyness from five numbers a slice."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import ConfigError, check

YEAR_DAYS = 365.0
GRID = np.linspace(-1.5, 1.5, 301)
"""Logarithms of strike over forward at which a surface is looked over for arbitrage."""
ROUNDING = 1e-10


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    r"""Total variance at one expiry, :math:`w(k) = a + b(\rho(k-m) + \sqrt{(k-m)^2 + \sigma^2})`.

    Parameters
    ----------
    days : to the expiry, > 0.
    a, b, rho, m, sigma : level, slope of the wings, tilt, centre and width; ``b`` >= 0, ``rho`` in
        (-1, 1), ``sigma`` > 0.
    """

    days: float
    a: float
    b: float
    rho: float
    m: float
    sigma: float

    def variance(self, k: Floats) -> Floats:
        """Return total variances, volatility squared times years, (n,)."""
        away = k - self.m
        return np.asarray(self.a + self.b * (self.rho * away + np.sqrt(away**2 + self.sigma**2)))

    def density(self, k: Floats) -> Floats:
        r"""Return the sign-giving factor of the implied density, (n,): negative is an arbitrage.

        .. math:: g = \left(1 - \frac{k w'}{2w}\right)^2
            - \frac{w'^2}{4}\left(\frac{1}{w} + \frac14\right) + \frac{w''}{2}
        """
        away, w = k - self.m, self.variance(k)
        root = np.sqrt(away**2 + self.sigma**2)
        slope = self.b * (self.rho + away / root)
        bend = self.b * self.sigma**2 / root**3
        tilt = (1.0 - 0.5 * k * slope / w) ** 2
        return np.asarray(tilt - 0.25 * slope**2 * (1.0 / w + 0.25) + 0.5 * bend)


@dataclass(frozen=True, kw_only=True, slots=True)
class Svi:
    r"""Slices of total variance, straight between expiries at the same moneyness.

    Before the first expiry and beyond the last the volatility of that slice stands. No butterfly
    and no calendar spread may be had for less than nothing: a surface that offers one is refused
    with the place.

    Parameters
    ----------
    slices : one an expiry, in their order.

    Raises
    ------
    ConfigError
        Naming every number out of range, or the places of arbitrage.

    References
    ----------
    Gatheral and Jacquier (2014), Arbitrage-free SVI volatility surfaces, Quantitative Finance 14.

    Examples
    --------
    >>> week = Slice(days=7, a=0.002, b=0.02, rho=-0.3, m=0.0, sigma=0.1)
    >>> Svi(slices=(week,)).at(np.array([-0.1, 0.0, 0.1]), 7 / 365).round(3)
    array([0.532, 0.457, 0.47 ])
    """

    slices: tuple[Slice, ...]

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense, and surfaces with arbitrage."""
        days = [each.days for each in self.slices]
        check(
            (len(days) > 0, "slices must not be empty"),
            (all(day > 0 for day in days), "slices: days must be > 0"),
            (sorted(set(days)) == days, "slices must be in the order of their days, each once"),
            (all(each.b >= 0 for each in self.slices), "slices: b must be >= 0"),
            (all(-1 < each.rho < 1 for each in self.slices), "slices: rho must lie in (-1, 1)"),
            (all(each.sigma > 0 for each in self.slices), "slices: sigma must be > 0"),
        )
        found = [*self._negative(), *self._butterflies(), *self._calendars()]
        if found:
            raise ConfigError(*found)

    def at(self, log_moneyness: Floats, years: float) -> Floats:
        """Return the volatility at logarithms of strike over forward, a year, (n,)."""
        first, last = self.slices[0], self.slices[-1]
        days = years * YEAR_DAYS
        if days <= first.days:
            return np.sqrt(first.variance(log_moneyness) * YEAR_DAYS / first.days)
        if days >= last.days:
            return np.sqrt(last.variance(log_moneyness) * YEAR_DAYS / last.days)
        after = next(i for i, each in enumerate(self.slices) if each.days > days)
        early, late = self.slices[after - 1], self.slices[after]
        part = (days - early.days) / (late.days - early.days)
        between = (1.0 - part) * early.variance(log_moneyness) + part * late.variance(log_moneyness)
        return np.asarray(np.sqrt(between / years))

    def _negative(self) -> list[str]:
        """Return where total variance is not positive."""
        return [
            f"slices: total variance is not positive at {each.days:g} days; raise a"
            for each in self.slices
            if not (each.variance(GRID) > 0.0).all()
        ]

    def _butterflies(self) -> list[str]:
        """Return where a slice implies a negative density."""
        found = []
        for each in self.slices:
            if (each.variance(GRID) > 0.0).all():
                bad = np.flatnonzero(each.density(GRID) < -ROUNDING)
                if bad.size:
                    ratio = float(np.exp(GRID[bad[0]]))
                    found.append(
                        f"slices: a butterfly around {ratio:.3g} of the forward costs less than "
                        f"nothing at {each.days:g} days"
                    )
        return found

    def _calendars(self) -> list[str]:
        """Return where a later slice has less total variance than the one before."""
        found = []
        for early, late in zip(self.slices, self.slices[1:], strict=False):
            bad = np.flatnonzero(late.variance(GRID) < early.variance(GRID) - ROUNDING)
            if bad.size:
                ratio = float(np.exp(GRID[bad[0]]))
                found.append(
                    f"slices: at {ratio:.3g} of the forward, {late.days:g} days have less total "
                    f"variance than {early.days:g}"
                )
        return found
