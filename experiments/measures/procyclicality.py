"""How far and how fast margin moves with the market, for a position that does not change."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check
from sim.margin.tail import value_at_risk

LARGE_QUANTILE = 0.99
"""Of daily calls: the one that is exceeded one day in a hundred."""


def peak_to_trough(rates: Floats) -> float:
    r"""Return :math:`\max_t m_t / \min_t m_t`, whichever came first; ``nan`` where it is 0.

    Parameters
    ----------
    rates : (n,) margin :math:`m`, fraction of notional.

    References
    ----------
    Murphy, Vasios and Vause (2014), Bank of England Financial Stability Paper 29.

    Examples
    --------
    >>> peak_to_trough(np.array([0.08, 0.04, 0.06]))
    2.0
    """
    lowest = float(rates.min())
    return float(rates.max()) / lowest if lowest > 0.0 else float("nan")


def directed_peak_to_trough(rates: Floats) -> float:
    r"""Return :math:`\max_{s \le t} m_t / m_s`: the trough comes before the peak.

    Parameters
    ----------
    rates : (n,) margin :math:`m`, fraction of notional.

    Examples
    --------
    >>> round(directed_peak_to_trough(np.array([0.08, 0.04, 0.06])), 9)
    1.5
    """
    lowest = np.minimum.accumulate(rates)
    return float((rates / lowest).max()) if lowest[-1] > 0.0 else float("nan")


@dataclass(frozen=True, slots=True)
class Call:
    r"""The largest call on an unchanged position over some updates.

    Parameters
    ----------
    rise : :math:`\max_t (m_t - m_{t-n})`, fraction of notional; negative where margin fell all
        the time, ``nan`` where the path is shorter.
    ratio : :math:`\max_t m_t / m_{t-n}`.
    """

    rise: float
    ratio: float


def largest_call(rates: Floats, lag: int, inside: tuple[int, int] | None = None) -> Call:
    """Return the largest call over ``lag`` updates.

    Parameters
    ----------
    rates : (n,) margin, fraction of notional.
    lag : updates between the two margins that are compared, > 0.
    inside : first row and end of a labelled window; both margins must lie in it.

    Raises
    ------
    ConfigError
        If the lag is not positive.

    Examples
    --------
    >>> largest_call(np.array([0.05, 0.05, 0.07, 0.10]), 2)
    Call(rise=0.05, ratio=2.0)
    """
    check((lag > 0, "lag must be > 0 updates"))
    taken = rates if inside is None else rates[slice(*inside)]
    if taken.size <= lag:
        return Call(float("nan"), float("nan"))
    later, earlier = taken[lag:], taken[:-lag]
    ratios = np.divide(later, earlier, out=np.full(later.shape, np.nan), where=earlier > 0.0)
    ratio = float(np.nanmax(ratios)) if np.isfinite(ratios).any() else float("nan")
    return Call(float((later - earlier).max()), ratio)


def cost(rates: Floats, baseline: Floats) -> float:
    r"""Return how much dearer a policy is on average: :math:`\bar m / \bar m_0 - 1`.

    Parameters
    ----------
    rates, baseline : (n,) margin over the same updates, fractions of notional.

    Examples
    --------
    >>> round(cost(np.array([0.06, 0.06]), np.array([0.04, 0.06])), 9)
    0.2
    """
    return float(rates.mean() / baseline.mean() - 1.0)


def call_quantile(rates: Floats, lag: int = 1, level: float = LARGE_QUANTILE) -> float:
    """Return the quantile of calls over ``lag`` updates, a fall counting as no call.

    The quantile is an order statistic: number ``ceil(n * level)`` of ``n`` from below.

    Parameters
    ----------
    rates : (n,) margin, fraction of notional.
    lag : updates, > 0.
    level : in (0, 1).
    """
    if rates.size <= lag:
        return float("nan")
    calls = np.maximum(rates[lag:] - rates[:-lag], 0.0)
    return float(value_at_risk(calls[:, None], level, "inverted_cdf")[0])


def call_frequency(rates: Floats, lag: int = 1, above: float = 0.1) -> float:
    """Return the share of updates whose call over ``lag`` is more than a share of the margin.

    Parameters
    ----------
    rates : (n,) margin, fraction of notional.
    lag : updates, > 0.
    above : least call that counts, as a share of the margin before it.

    Examples
    --------
    >>> call_frequency(np.array([0.05, 0.05, 0.06, 0.06, 0.05]), above=0.1)
    0.25
    """
    if rates.size <= lag:
        return float("nan")
    return float((rates[lag:] > (1.0 + above) * rates[:-lag]).mean())


def volatility(returns: Floats, window: int) -> Floats:
    """Return the root mean square of the last ``window`` returns, (n - window + 1,).

    Examples
    --------
    >>> volatility(np.array([0.01, -0.01, 0.02, -0.02]), 2).round(4)
    array([0.01  , 0.0158, 0.02  ])
    """
    windows = np.lib.stride_tricks.sliding_window_view(returns**2, window)
    return np.asarray(np.sqrt(windows.mean(axis=1)))


def responsiveness(rates: Floats, spread: Floats, lag: int) -> float:
    r"""Return by how many per cent margin rises for each per cent that volatility rises.

    .. math:: \beta = \frac{\sum_t x_t y_t}{\sum_t x_t^2}, \qquad
        x_t = \frac{\sigma_t}{\sigma_{t-n}} - 1, \quad y_t = \frac{m_t}{m_{t-n}} - 1

    over all :math:`t` at which volatility was higher than :math:`n` updates before. 0 is a margin
    that does not answer, 1 one that follows in full; ``nan`` where volatility never rose.

    Parameters
    ----------
    rates : (n,) margin :math:`m`, fraction of notional.
    spread : (n,) realised volatility :math:`\sigma` known at the same updates.
    lag : :math:`n`, updates.

    References
    ----------
    The idea of setting changes of margin against changes of volatility over the same horizon:
    Gurrola-Perez and Murphy (2024), and the consultation of CPMI and IOSCO on margin (2026).
    """
    if rates.size <= lag:
        return float("nan")
    x = spread[lag:] / spread[:-lag] - 1.0
    y = rates[lag:] / rates[:-lag] - 1.0
    rose = np.isfinite(x) & np.isfinite(y) & (x > 0.0)
    weight = float((x[rose] ** 2).sum())
    return float((x[rose] * y[rose]).sum()) / weight if weight > 0.0 else float("nan")
