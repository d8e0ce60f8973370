"""What margin does after a step of volatility: how much it rises, and how long it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from experiments.margin_path import Market, along
from sim import elementary
from sim.arrays import Floats
from sim.errors import check
from sim.margin.model import Composed
from sim.streams import Streams

DAILY_VOLATILITY = 0.01
DAYS = (1, 5, 20, 60)
ALMOST = 0.95
"""Share of the new regime's margin that counts as full coverage."""


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """How margin answers to a step of volatility.

    Parameters
    ----------
    ratio : (n + 1,) margin over what it would have been without the step, after 0, 1, ... n
        returns of the new regime.
    step : by what volatility was multiplied.
    """

    ratio: Floats
    step: float

    def after(self, updates: int) -> float:
        """Return the ratio after some returns, ``nan`` beyond what was asked for."""
        return float(self.ratio[updates]) if updates < self.ratio.size else float("nan")

    def covered_after(self, share: float = ALMOST) -> float:
        """Return after how many returns margin first reaches a share of the full step.

        ``inf`` if it does not within what was asked for.
        """
        there = np.flatnonzero(self.ratio >= share * self.step)
        return float(there[0]) if there.size else float("inf")


def ewma_response(decay: float, step: float, updates: int) -> float:
    r"""Return the response of an untruncated EWMA: :math:`\sqrt{\lambda^n + (1-\lambda^n) s^2}`.

    The root of the ratio of expected variances.

    Examples
    --------
    >>> round(ewma_response(0.97, 2.0, 20), 6)
    1.539031
    """
    left = decay**updates
    return sqrt(left + (1.0 - left) * step**2)


def impulse_response(
    policy: Composed,
    *,
    step: float = 2.0,
    updates: int = 60,
    paths: int = 50,
    seed: int = 0,
    interval_seconds: float = 86_400.0,
    volatility: float = DAILY_VOLATILITY,
) -> Response:
    r"""Return how a policy answers when the volatility of normal returns is multiplied.

    Each path is run twice on the same normal draws, with and without the step; the response is
    :math:`\sqrt{\sum m_1^2 / \sum m_0^2}` over paths, which for EWMA estimates the closed form
    of ``ewma_response``.

    Parameters
    ----------
    policy : what is asked.
    step : by what volatility is multiplied, > 0.
    updates : returns after the step, > 0.
    paths : pairs of paths, > 0.
    seed : of the draws.
    interval_seconds : between two returns.
    volatility : of a return before the step, > 0.

    References
    ----------
    Gurrola-Perez and Murphy (2024), on impulse responses of margin models.
    """
    check(
        (step > 0, "step must be > 0"),
        (updates > 0 and paths > 0, "updates and paths must be > 0"),
        (volatility > 0, "volatility must be > 0"),
    )
    streams, count = Streams(seed), policy.history + updates
    sums = np.zeros((2, updates + 1))
    for path in range(paths):
        draws = streams.at("impulse response", path).normal(np.arange(count))
        for row, factor in enumerate((1.0, step)):
            scale = np.where(np.arange(count) < policy.history, 1.0, factor)
            rates = _rates(policy, volatility * scale * draws, updates, interval_seconds)
            sums[row] += rates**2
    return Response(np.sqrt(sums[1] / sums[0]), step)


def response_table(
    policies: Mapping[str, Composed],
    interval_seconds: float,
    progress: Callable[[str, int, int], None] | None = None,
    *,
    paths: int = 20,
) -> pd.DataFrame:
    """Return how policies answer to a doubling of volatility, one row a policy.

    Margin over what it would have been after 1, 5, 20 and 60 days, and the days until it is 95 %
    of the new regime's; ``inf`` where it is not within 60.

    Parameters
    ----------
    policies : by what they are called.
    interval_seconds : between two updates, a part of a day or a day.
    progress : called after each policy.
    paths : pairs of paths of each.
    """
    day = max(1, round(86_400.0 / interval_seconds))
    rows = []
    for done, (name, policy) in enumerate(policies.items(), 1):
        found = impulse_response(
            policy, updates=day * max(DAYS), paths=paths, interval_seconds=interval_seconds
        )
        answers = {f"after {d} d": found.after(d * day) for d in DAYS}
        rows.append({"policy": name} | answers | {"days to cover": found.covered_after() / day})
        if progress is not None:
            progress("impulse responses", done, len(policies))
    return pd.DataFrame(rows)


def _rates(policy: Composed, returns: Floats, updates: int, interval_seconds: float) -> Floats:
    """Return margin after each of the last ``updates`` returns, and before the first of them."""
    before = policy.history
    index = elementary.exp(np.append(0.0, np.cumsum(returns[before:])))[:, None]
    market = Market(
        past=returns[:before, None],
        index=index,
        start=index[0],
        interval_seconds=interval_seconds,
        factor=np.ones(updates + 1),
    )
    return along(policy, market).maintenance[:, 0]
