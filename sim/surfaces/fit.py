"""An SVI slice fitted to quoted volatilities."""

import numpy as np
from scipy.optimize import least_squares

from sim.arrays import Floats
from sim.errors import check
from sim.surfaces.svi import YEAR_DAYS, Slice

FEWEST = 5
"""A slice has five numbers; no fewer quotes settle them."""
STARTS = (-0.5, 0.0, 0.5)
"""Tilts from which the search begins."""


def fit_slice(days: float, log_moneyness: Floats, volatility: Floats) -> Slice:
    """Return the slice of least squared distance from quotes, in total variance.

    Whether it is free of arbitrage is seen when a surface is made of it.

    Parameters
    ----------
    days : to expiry, > 0.
    log_moneyness : (n,) logarithms of strike over forward, five at least.
    volatility : (n,) quoted, a year, > 0.

    Raises
    ------
    ConfigError
        Naming everything wrong with the quotes.

    References
    ----------
    Gatheral and Jacquier (2014), Arbitrage-free SVI volatility surfaces, Quantitative Finance 14.
    """
    k, sigma = np.asarray(log_moneyness, np.float64), np.asarray(volatility, np.float64)
    check(
        (days > 0, "days must be > 0"),
        (k.size == sigma.size, "as many volatilities are needed as strikes"),
        (k.size >= FEWEST, f"at least {FEWEST} quotes are needed"),
        (bool((sigma > 0).all()), "volatilities must be > 0 a year"),
    )
    total = sigma**2 * days / YEAR_DAYS
    scale = float(total.mean())

    def apart(x: Floats) -> Floats:
        return np.asarray((_slice(days, x * _units(scale)).variance(k) - total) / scale)

    low = np.array([-10.0, 0.0, -0.999, -2.0, 1e-3])
    high = np.array([10.0, 100.0, 0.999, 2.0, 5.0])
    tried = [
        least_squares(apart, np.array([0.5, 1.0, tilt, 0.0, 0.1]), bounds=(low, high), xtol=1e-15)
        for tilt in STARTS
    ]
    best = min(tried, key=lambda each: float(each.cost))
    return _slice(days, best.x * _units(scale))


def _units(scale: float) -> Floats:
    """Return the units of the five numbers."""
    return np.array([scale, scale, 1.0, 1.0, 1.0])


def _slice(days: float, x: Floats) -> Slice:
    """Return a slice of its five numbers."""
    a, b, rho, m, sigma = (float(each) for each in x)
    return Slice(days=days, a=a, b=b, rho=rho, m=m, sigma=sigma)
