"""Whether breaches of margin are as rare, and as scattered, as they should be."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import xlog1py, xlogy
from scipy.stats import binom, chi2, norm

from sim.arrays import Bools, Floats
from sim.errors import check

BASEL_DAYS = 250
YELLOW_FROM, RED_FROM = 0.95, 0.9999
"""Probability of no more breaches than seen from which a model is yellow, and red."""


@dataclass(frozen=True, slots=True)
class RatioTest:
    """A likelihood ratio and the probability of one as large, were the model right."""

    statistic: float
    p_value: float

    def rejected(self, level: float = 0.05) -> bool:
        """Tell whether it is too large to be chance."""
        return self.p_value < level


def kupiec(breaches: int, observations: int, probability: float) -> RatioTest:
    r"""Return whether there are as many breaches as there should be (proportion of failures).

    .. math:: LR = -2 \ln \frac{(1-p)^{n-x} p^x}{(1-x/n)^{n-x} (x/n)^x} \sim \chi^2_1,
        \qquad 0 \ln 0 = 0

    Parameters
    ----------
    breaches : :math:`x`, 0 <= x <= n.
    observations : :math:`n`, > 0.
    probability : :math:`p` of a breach, in (0, 1).

    Raises
    ------
    ConfigError
        Naming every number out of range.

    References
    ----------
    Kupiec (1995), Journal of Derivatives 3(2), 73-84.

    Examples
    --------
    >>> round(kupiec(57, 1043, 0.05).statistic, 5)
    0.46147
    """
    check(
        (observations > 0, "observations must be > 0"),
        (0 <= breaches <= observations, "breaches must lie in [0, observations]"),
        (0 < probability < 1, "probability must lie in (0, 1)"),
    )
    share = breaches / observations
    free = _likelihood(breaches, observations, share)
    ratio = max(0.0, 2.0 * (free - _likelihood(breaches, observations, probability)))
    return RatioTest(ratio, float(chi2.sf(ratio, 1)))


def independence(breaches: Bools) -> RatioTest:
    r"""Return whether a breach makes another one next time more likely, or less.

    .. math:: LR = -2 \ln \frac{(1-\pi)^{n_{00}+n_{10}} \pi^{n_{01}+n_{11}}}
        {(1-\pi_0)^{n_{00}} \pi_0^{n_{01}} (1-\pi_1)^{n_{10}} \pi_1^{n_{11}}} \sim \chi^2_1

    with :math:`n_{ij}` the times that :math:`j` follows :math:`i`, and 1 a breach.

    Parameters
    ----------
    breaches : (n,) whether each observation is one, in order of time, n > 1.

    References
    ----------
    Christoffersen (1998), International Economic Review 39(4), 841-862.
    """
    check((breaches.size > 1, "independence needs at least two observations"))
    before, after = breaches[:-1], breaches[1:]
    calm = (int((~before & after).sum()), int((~before).sum()))
    storm = (int((before & after).sum()), int(before.sum()))
    all_ = (calm[0] + storm[0], calm[1] + storm[1])
    free = sum(_likelihood(x, n, x / n) for x, n in (calm, storm) if n)
    ratio = max(0.0, 2.0 * (free - _likelihood(*all_, all_[0] / all_[1])))
    return RatioTest(ratio, float(chi2.sf(ratio, 1)))


def clustered(breaches: Bools) -> bool:
    """Tell whether a breach is more likely after a breach than after none.

    Parameters
    ----------
    breaches : (n,) in order of time.

    Examples
    --------
    >>> clustered(np.array([True, True, False, False])), clustered(np.array([True, False] * 3))
    (True, False)
    """
    before, after = breaches[:-1], breaches[1:]
    if before.all() or not before.any():
        return False
    return bool(after[before].mean() > after[~before].mean())


def conditional(breaches: Bools, probability: float) -> RatioTest:
    """Return whether breaches are both as many as they should be, and independent.

    The sum of both ratios, chi-square with two degrees of freedom. The first observation,
    which follows no other, is left out of the count, so that the sum is exact.

    Parameters
    ----------
    breaches : (n,) in order of time, n > 1.
    probability : of a breach, in (0, 1).
    """
    scattered = independence(breaches)
    counted = kupiec(int(breaches[1:].sum()), breaches.size - 1, probability)
    ratio = counted.statistic + scattered.statistic
    return RatioTest(ratio, float(chi2.sf(ratio, 2)))


class Zone(StrEnum):
    """What a supervisor would say of a number of breaches."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def zone(breaches: int, observations: int = BASEL_DAYS, probability: float = 0.01) -> Zone:
    """Return the zone of the Basel traffic light.

    Yellow from the number of breaches on whose cumulative probability is 95 %, red from
    99.99 %: of 250 days at 1 %, green up to 4, red from 10.

    References
    ----------
    Basel Committee on Banking Supervision (1996), Supervisory framework for the use of
    "backtesting".

    Examples
    --------
    >>> [str(zone(x)) for x in (4, 5, 9, 10)]
    ['green', 'yellow', 'yellow', 'red']
    """
    cumulative = float(binom.cdf(breaches, observations, probability))
    if cumulative < YELLOW_FROM:
        return Zone.GREEN
    return Zone.YELLOW if cumulative < RED_FROM else Zone.RED


@dataclass(frozen=True, slots=True)
class ShortfallTests:
    """The two tests of expected shortfall of Acerbi and Szekely; 0 expected, below is worse.

    Parameters
    ----------
    z1 : of the mean shortfall given a breach, ``nan`` without one.
    z2 : of breaches and shortfall together.
    """

    z1: float
    z2: float


def acerbi_szekely(
    profits: Floats, value_at_risk: Floats, shortfall: Floats, probability: float
) -> ShortfallTests:
    r"""Return both statistics.

    .. math:: Z_1 = \frac{1}{N} \sum_t \frac{X_t I_t}{ES_t} + 1, \qquad
        Z_2 = \sum_t \frac{X_t I_t}{n p\, ES_t} + 1

    with :math:`I_t` whether :math:`X_t + VaR_t < 0`, and :math:`N` their number.

    Parameters
    ----------
    profits : (n,) :math:`X`, losses negative.
    value_at_risk, shortfall : (n,) > 0.
    probability : :math:`p` of a breach, in (0, 1).

    References
    ----------
    Acerbi and Szekely (2014), Backtesting expected shortfall, Risk 27(11), 76-81.
    """
    beyond = profits + value_at_risk < 0.0
    parts = profits[beyond] / shortfall[beyond]
    z1 = float(parts.mean()) + 1.0 if parts.size else float("nan")
    return ShortfallTests(z1, float(parts.sum()) / (profits.size * probability) + 1.0)


def normal_shortfall(confidence: float) -> float:
    r"""Return expected shortfall over value at risk of a normal: :math:`\varphi(z)/((1-a) z)`.

    Examples
    --------
    >>> round(normal_shortfall(0.975), 4)
    1.1928
    """
    z = float(norm.ppf(confidence))
    return float(norm.pdf(z)) / ((1.0 - confidence) * z)


def _likelihood(breaches: int, observations: int, probability: float) -> float:
    """Return the log likelihood of a number of breaches, 0 ln 0 being 0."""
    calm = float(xlog1py(observations - breaches, -probability))
    return calm + float(xlogy(breaches, probability))


def pinball(losses: Floats, margin: Floats, confidence: float) -> float:
    r"""Return the mean quantile loss: the lower, the better the margin is as a quantile.

    .. math:: \frac{1}{n} \sum_t (a - 1\{L_t \le m_t\})(L_t - m_t)

    Parameters
    ----------
    losses, margin : (n,) fractions of notional.
    confidence : :math:`a`, in (0, 1).

    References
    ----------
    Koenker and Bassett (1978), Econometrica 46(1), 33-50.
    """
    beyond = losses - margin
    return float(np.where(beyond > 0.0, confidence * beyond, (confidence - 1.0) * beyond).mean())


def fissler_ziegel(losses: Floats, margin: Floats, shortfall: Floats, confidence: float) -> float:
    r"""Return the mean joint score of value at risk and expected shortfall: lower is better.

    .. math:: S = \frac{1\{L > m\}(L - m)}{(1-a)\, e} + \frac{m}{e} + \ln e - 1

    the member of the class that is homogeneous of degree 0, with losses counted positive.

    Parameters
    ----------
    losses, margin : (n,) :math:`L`, :math:`m`, fractions of notional.
    shortfall : (n,) :math:`e`, expected shortfall, >= margin, > 0.
    confidence : :math:`a`, in (0, 1).

    References
    ----------
    Fissler and Ziegel (2016), Annals of Statistics 44(4), 1680-1707; Patton, Ziegel and Chen
    (2019), Journal of Econometrics 211(2), 388-413, equation 6.
    """
    beyond = np.maximum(losses - margin, 0.0) / ((1.0 - confidence) * shortfall)
    return float((beyond + margin / shortfall + np.log(shortfall) - 1.0).mean())
