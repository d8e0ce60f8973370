"""Measures of a round of auto-deleveraging, against numbers worked out by hand."""

import numpy as np
import pytest

from sim.deleveraging.fairness import Round, gini, measure
from sim.roles import Candidates


def a_round(closed: list[float], *, size: float = 10.0, losers: int = 0) -> Round:
    """Close contracts worth 100 USD each of accounts that hold ``size``; the last ones lost."""
    n = len(closed)
    sizes = np.full(n, size)
    gain = np.where(np.arange(n) < n - losers, 0.1, -0.1)
    crowd = Candidates(
        size=sizes,
        gain=gain,
        profit=gain * 100 * sizes,
        market_profit=gain * 100 * sizes,
        notional=100 * sizes,
        equity=np.ones(n),
        required=np.ones(n),
    )
    places = np.flatnonzero(closed)
    return measure(
        crowd,
        places,
        np.array(closed)[places],
        step=3,
        instrument=0,
        deficit_usd=40.0,
        needed_usd=200.0,
        given_usd=40.0,
    )


def test_all_treated_alike_is_neither_unequal_nor_dispersed() -> None:
    done = a_round([5.0] * 20)
    assert (done.gini, done.dispersion, done.winners_hit) == (0.0, 0.0, 20)
    assert done.top_ten_share == 0.5
    assert (done.needed_usd, done.closed_usd) == (200.0, 10_000.0)


def test_one_who_bears_all_is_as_unequal_as_can_be() -> None:
    done = a_round([0.0, 0.0, 0.0, 10.0])
    assert done.gini == 0.75
    assert done.dispersion == pytest.approx(np.sqrt(0.25 * 0.75))
    assert (done.winners, done.winners_hit, done.top_ten_share) == (4, 1, 1.0)


def test_accounts_without_profit_count_for_the_notional_only() -> None:
    done = a_round([10.0, 10.0, 4.0], losers=1)
    assert (done.winners, done.winners_hit, done.gini) == (2, 2, 0.0)
    assert done.closed_usd == 2400.0


def test_nothing_shared_has_no_gini() -> None:
    assert np.isnan(gini(np.zeros(3)))
    assert np.isnan(gini(np.zeros(0)))
