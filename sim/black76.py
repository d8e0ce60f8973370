"""Options on a forward by Black's formula: price, greeks, implied volatility.

One contract at a time, through the C library: the same bits on every processor. Nothing is
discounted: margin and premium lie at the venue, and its money bears no interest.
"""

from math import erfc, exp, log, pi, sqrt

from scipy.optimize import brentq

from sim.errors import check

ROOT_TWO = sqrt(2.0)
MOST_VOLATILITY = 50.0
"""No implied volatility above this, a year, is looked for: none is quoted so high."""


def premium(forward: float, strike: float, years: float, sigma: float, *, call: bool) -> float:
    r"""Return the undiscounted price of an option on a forward, USD a unit.

    .. math:: c = F N(d_1) - K N(d_2), \quad d_{1,2} = \frac{\ln(F/K)}{s} \pm \frac{s}{2},
        \quad s = \sigma\sqrt{T}

    and of a put by parity of signs.

    References
    ----------
    Black (1976), The pricing of commodity contracts, Journal of Financial Economics 3.

    Examples
    --------
    >>> round(premium(100.0, 100.0, 1.0, 0.2, call=True), 6)
    7.965567
    """
    root = sigma * sqrt(years)
    d1 = log(forward / strike) / root + 0.5 * root
    side = 1.0 if call else -1.0
    return side * (forward * _normal(side * d1) - strike * _normal(side * (d1 - root)))


def delta(forward: float, strike: float, years: float, sigma: float, *, call: bool) -> float:
    """Return by how much the price of an option moves with the forward, in [-1, 1]."""
    root = sigma * sqrt(years)
    above = _normal(log(forward / strike) / root + 0.5 * root)
    return above if call else above - 1.0


def vega(forward: float, strike: float, years: float, sigma: float) -> float:
    """Return by how much the price of an option moves with its volatility, USD a unit."""
    root = sigma * sqrt(years)
    d1 = log(forward / strike) / root + 0.5 * root
    return forward * exp(-0.5 * d1 * d1) * sqrt(years / (2.0 * pi))


def gamma(forward: float, strike: float, years: float, sigma: float) -> float:
    """Return by how much the delta of an option moves with the forward, 1/USD."""
    root = sigma * sqrt(years)
    d1 = log(forward / strike) / root + 0.5 * root
    return _density(d1) / (forward * root)


def theta(forward: float, strike: float, years: float, sigma: float) -> float:
    """Return what an option gains in a year of waiting, the forward unmoved, USD a unit, <= 0."""
    root = sigma * sqrt(years)
    d1 = log(forward / strike) / root + 0.5 * root
    return -forward * _density(d1) * sigma / (2.0 * sqrt(years))


def coin_delta(forward: float, strike: float, years: float, sigma: float, *, call: bool) -> float:
    """Return the delta of an option whose premium is paid in the coin: delta less the premium.

    The coins of its premium fall with the forward too, so that this many coins hedge it.
    """
    paid = premium(forward, strike, years, sigma, call=call) / forward
    return delta(forward, strike, years, sigma, call=call) - paid


def implied_volatility(
    price: float, forward: float, strike: float, years: float, *, call: bool
) -> float:
    """Return the volatility at which an option costs ``price``, a year.

    Parameters
    ----------
    price : of the option, USD a unit, above what it is worth at once and below its bound.
    forward, strike : USD, > 0.
    years : to expiry, > 0.
    call : or a put.

    Raises
    ------
    ConfigError
        If no volatility gives the price, naming the bounds; if only one above
        ``MOST_VOLATILITY`` does.

    Examples
    --------
    >>> round(implied_volatility(7.965567, 100.0, 100.0, 1.0, call=True), 6)
    0.2
    """
    least = max(forward - strike if call else strike - forward, 0.0)
    most = forward if call else strike
    told = (
        f"an option at {strike:g} on a forward of {forward:g} costs more than {least:g} "
        f"and less than {most:g}, not {price:g}"
    )
    check((least < price < most, told))
    beyond = f"an option of {years:g} years at {strike:g} costs {price:g} only at a volatility of"

    def missing(sigma: float) -> float:
        return premium(forward, strike, years, sigma, call=call) - price

    low = 1e-6
    if missing(low) > 0.0:
        return low
    check((missing(MOST_VOLATILITY) >= 0.0, f"{beyond} more than {MOST_VOLATILITY:g} a year"))
    return float(brentq(missing, low, MOST_VOLATILITY, xtol=1e-14, rtol=1e-14))


def _density(x: float) -> float:
    """Return the standard normal density."""
    return exp(-0.5 * x * x) / sqrt(2.0 * pi)


def _normal(x: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * erfc(-x / ROOT_TWO)
