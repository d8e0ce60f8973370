"""Measures of margin paths against published values, closed forms and other ways to them."""

import json
from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom, norm

from experiments.measures.coverage import (
    acerbi_szekely,
    conditional,
    fissler_ziegel,
    independence,
    kupiec,
    normal_shortfall,
    pinball,
    zone,
)
from experiments.measures.procyclicality import cost, largest_call, peak_to_trough
from experiments.measures.response import ewma_response, impulse_response
from experiments.measures.stable import stable_ratio, stationary_variance, tail_index
from sim.errors import ConfigError
from sim.margin.ewma import FORGOTTEN, Ewma
from sim.margin.fixed import Fixed
from sim.margin.model import composed
from sim.streams import Streams

CHECKS = Path(__file__).parents[2] / "../shared/reference/checks.json"
BASE = [0.05, 0.05, 0.055, 0.07, 0.09, 0.12, 0.11, 0.1, 0.08, 0.06]
TOY = {
    "none": (BASE, 2.4, 0.03, 0.07, 0.0),
    "floor": ([max(m, 0.065) for m in BASE], 1.8461538462, 0.03, 0.055, 0.0573248408),
    "stress25": ([0.75 * m + 0.0325 for m in BASE], 1.75, 0.0225, 0.0525, 0.1640127389),
    "buffer25": (
        [0.0625, 0.0625, 0.0625, 0.07, 0.09, 0.12, 0.11, 0.1, 0.08, 0.0625],
        *(1.92, 0.03, 0.0575, 0.0445859873),
    ),
    "speed10pct": (
        [0.05, 0.05, 0.055, 0.0605, 0.06655, 0.073205, 0.0805255, 0.08857805, 0.08, 0.06],
        *(1.771561, 0.00805255, 0.03357805, -0.1536833758),
    ),
}
"""Path, peak to trough, largest call in one update and in five, cost against no tool."""
IMPULSE = {
    0.94: {1: 1.0862780491200217, 5: 1.3410025849341234, 60: 1.9816035316441238},
    0.97: {1: 1.044030650891055, 20: 1.5390311794176748, 60: 1.8755212589931554},
    0.99: {1: 1.014889156509222, 20: 1.2434947475595977, 60: 1.5357506545099424},
}


def check_named(name: str) -> dict[str, dict[str, object]]:
    """Return a check of the reference file, or skip where the file is not there."""
    if not CHECKS.exists():
        pytest.skip("../shared/reference/checks.json is not there")
    found: dict[str, dict[str, object]] = next(
        check for check in json.loads(CHECKS.read_text()) if check["name"] == name
    )
    return found


@pytest.mark.parametrize("tool", TOY)
def test_the_toy_path_has_the_measures_worked_out_by_hand(tool: str) -> None:
    path, swing, one, five, dearer = TOY[tool]
    rates = np.array(path)
    assert peak_to_trough(rates) == pytest.approx(swing, abs=1e-9)
    assert largest_call(rates, 1).rise == pytest.approx(one, abs=1e-9)
    assert largest_call(rates, 5).rise == pytest.approx(five, abs=1e-9)
    assert cost(rates, np.array(BASE)) == pytest.approx(dearer, abs=1e-9)


def test_the_toy_path_is_that_of_the_reference_file() -> None:
    expected = check_named("APC_toy_path")["expected"]
    for tool, (path, *numbers) in TOY.items():
        known = expected[tool]
        assert isinstance(known, dict)
        assert known["path"] == pytest.approx(path)
        assert [known[name] for name in ("p2t", "call1", "call5", "cost")] == numbers


@pytest.mark.parametrize("decay", IMPULSE)
def test_the_closed_form_of_the_response_of_ewma(decay: float) -> None:
    for updates, ratio in IMPULSE[decay].items():
        assert ewma_response(decay, 2.0, updates) == pytest.approx(ratio, abs=1e-12)
    expected = check_named("EWMA_impulse_response")["expected"]
    known = expected[str(decay)]
    assert isinstance(known, dict)
    for days, ratio in known.items():
        assert ewma_response(decay, 2.0, int(days)) == pytest.approx(ratio, abs=1e-12)


def test_a_policy_answers_a_step_as_its_closed_form_does() -> None:
    """Up to the hundredth of the weight that its history leaves to the start of the recursion."""
    policy = composed(Ewma(decay=0.9, floor=0.0, cap=0.99))
    found = impulse_response(policy, updates=40, paths=400)
    assert found.ratio[0] == 1.0
    for updates in (1, 5, 20, 40):
        closed = ewma_response(0.9, 2.0, updates)
        assert found.after(updates) == pytest.approx(closed, rel=0.02 + FORGOTTEN)
    # lambda^n (1 - s^2) + s^2 = (0.95 s)^2 at n = log((1 - 0.9025) * 4 / 3) / log(0.9) = 19.4.
    assert 17 <= found.covered_after() <= 22


def test_margin_that_never_moves_does_not_answer() -> None:
    found = impulse_response(composed(Fixed()), updates=5, paths=2)
    assert found.ratio.tolist() == [1.0] * 6
    assert found.covered_after() == float("inf")


def test_kupiec_is_that_of_a_published_example() -> None:
    """The documentation of MATLAB's varbacktest: 57 of 1043 at 5 %."""
    verdict = kupiec(57, 1043, 0.05)
    assert verdict.statistic == pytest.approx(0.46146639532895506, abs=5e-6)
    assert verdict.p_value == pytest.approx(0.4969394476803891, abs=5e-6)
    assert check_named("Kupiec_POF_MathWorks")["expected"]["LR"] == pytest.approx(
        0.461466, abs=5e-6
    )


@pytest.mark.parametrize("breaches", [0, 1, 250])
def test_kupiec_knows_that_nought_times_its_logarithm_is_nought(breaches: int) -> None:
    verdict = kupiec(breaches, 250, 0.01)
    share = breaches / 250
    free = breaches * log(share) if share > 0 else 0.0
    free += (250 - breaches) * log(1 - share) if share < 1 else 0.0
    given_ = breaches * log(0.01) + (250 - breaches) * log(0.99)
    assert verdict.statistic == pytest.approx(2 * (free - given_))


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"breaches must lie in.*probability must lie in"):
        kupiec(11, 10, 1.0)


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_the_conditional_test_is_the_sum_of_both(breaches: list[bool]) -> None:
    """The identity of Christoffersen (1998), with the first observation left out of the count."""
    hits = np.array(breaches)
    both = conditional(hits, 0.05)
    parts = kupiec(int(hits[1:].sum()), hits.size - 1, 0.05).statistic
    assert both.statistic == pytest.approx(parts + independence(hits).statistic, abs=1e-12)


def test_breaches_that_come_in_rows_are_not_independent() -> None:
    hits = np.zeros(500, dtype=np.bool_)
    hits[100:110] = True
    scattered = np.zeros(500, dtype=np.bool_)
    scattered[::50] = True
    assert independence(hits).rejected(0.001)
    assert not independence(scattered).rejected()
    # By hand: 10 follow in the row of ten, n01 = 1, n11 = 9, n00 = 488, n10 = 1.
    pooled, calm, storm = 10 / 499, 1 / 489, 9 / 10
    free = 488 * log(1 - calm) + log(calm) + log(1 - storm) + 9 * log(storm)
    same = 489 * log(1 - pooled) + 10 * log(pooled)
    assert independence(hits).statistic == pytest.approx(2 * (free - same))


def test_the_traffic_light_has_the_zones_of_the_committee() -> None:
    zones = [str(zone(x)) for x in range(12)]
    assert zones == ["green"] * 5 + ["yellow"] * 5 + ["red"] * 2
    cdf = check_named("Basel_traffic_light")["expected"]["cdf"]
    assert isinstance(cdf, dict)
    for breaches, known in cdf.items():
        assert binom.cdf(int(breaches), 250, 0.01) == pytest.approx(known, abs=1e-10)


def test_both_tests_of_expected_shortfall_of_a_worked_example() -> None:
    profits = np.array([-2.5, 0.3, -0.1, 1.2, -3.0, 0.5, 0.2, -0.4])
    ones = np.ones(8)
    found = acerbi_szekely(profits, 1.96 * ones, 2.3378 * ones, 0.025)
    assert found.z1 == pytest.approx(-0.17631961673368135, abs=1e-12)
    assert found.z2 == pytest.approx(-10.763196167336812, abs=1e-12)
    expected = check_named("Acerbi_Szekely_example")["expected"]
    assert expected == {"Z1": pytest.approx(found.z1), "Z2": pytest.approx(found.z2)}


def test_without_a_breach_only_the_second_test_can_speak() -> None:
    found = acerbi_szekely(np.zeros(10), np.ones(10), np.ones(10), 0.05)
    assert np.isnan(found.z1)
    assert found.z2 == 1.0


@pytest.mark.parametrize("confidence", [0.975, 0.99])
def test_expected_shortfall_of_a_normal_by_quadrature(confidence: float) -> None:
    z = float(norm.ppf(confidence))
    tail = quad(lambda x: x * norm.pdf(x), z, 12.0)[0] / (1 - confidence)
    assert normal_shortfall(confidence) == pytest.approx(tail / z, rel=1e-9)


@pytest.mark.parametrize(
    ("confidence", "shortfall"), [(0.975, 2.337802792201415), (0.99, 2.665214220345808)]
)
def test_expected_shortfall_of_a_normal_is_the_tabulated_one(
    confidence: float, shortfall: float
) -> None:
    found = normal_shortfall(confidence) * float(norm.ppf(confidence))
    assert found == pytest.approx(shortfall, abs=1e-9)


@pytest.mark.parametrize("score", ["pinball", "fissler_ziegel"])
def test_scores_are_lowest_at_the_true_quantile_and_shortfall(score: str) -> None:
    """Both are consistent: on normal losses no scaled margin has a lower expected score."""
    losses = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    z, ones = float(norm.ppf(0.99)), np.ones(losses.size)

    def scored(scale: float) -> float:
        margin = scale * z * ones
        if score == "pinball":
            return pinball(losses, margin, 0.99)
        return fissler_ziegel(losses, margin, normal_shortfall(0.99) * margin, 0.99)

    assert scored(1.0) < min(scored(0.97), scored(1.03))


def test_the_tail_index_and_the_stable_margin_of_fitted_models() -> None:
    """Fits of the S&P 500, 1999-2018, and of Bitcoin, 2014-2022, with normal innovations."""
    assert tail_index(0.0992, 0.8880) == pytest.approx(4.51, abs=0.005)
    assert tail_index(0.05, 0.94) == pytest.approx(8.80, abs=0.005)
    assert tail_index(0.1265, 0.8410) == pytest.approx(5.58, abs=0.005)
    assert stable_ratio(0.0992, 0.8880) == pytest.approx(1.213, abs=0.0005)
    assert stable_ratio(0.0992, 0.8880, 0.995) == pytest.approx(1.319, rel=0.002)
    assert stable_ratio(0.0992, 0.8880, 0.999) == pytest.approx(1.637, rel=0.004)
    assert stable_ratio(0.05, 0.94) == pytest.approx(1.090, abs=0.001)
    assert stable_ratio(0.1265, 0.8410) == pytest.approx(1.148, abs=0.0005)


def test_the_tail_index_solves_its_equation() -> None:
    kappa = tail_index(0.1, 0.85)
    moment = 2 * quad(lambda z: (0.1 * z * z + 0.85) ** (kappa / 2) * norm.pdf(z), 0, 14)[0]
    assert moment == pytest.approx(1.0, abs=1e-9)


def test_the_grid_of_variances_has_the_moments_of_the_model() -> None:
    """Mean 1; E v^2 = (1 - phi^2) / (1 - phi^2 - 2 alpha^2) for normal innovations."""
    alpha, beta = 0.08, 0.85
    variance, probability = stationary_variance(alpha, beta)
    phi = alpha + beta
    second = (1 - phi**2) / (1 - phi**2 - 2 * alpha**2)
    assert float((probability * variance).sum()) == pytest.approx(1.0, rel=2e-3)
    assert float((probability * variance**2).sum()) == pytest.approx(second, rel=5e-3)


def test_a_variance_that_is_not_stationary_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"alpha \+ beta must be < 1"):
        tail_index(0.2, 0.8)


@pytest.mark.slow
def test_the_tests_reject_a_true_model_as_often_as_they_should() -> None:
    """5 % of 4,000 samples of 2,000 with a fifth of breaches, where chi-square holds well.

    At 1 or 5 % rows of breaches are so few that the test of independence alone, as its
    literature knows, rejects up to 8 % of true models of 1,000 days.
    """
    samples, rejected = 4000, np.zeros(3)
    for sample in range(samples):
        hits = Streams(seed=1).at("kupiec", sample).uniform(np.arange(2000)) < 0.2
        counted = kupiec(int(hits.sum()), 2000, 0.2)
        verdicts = (counted, independence(hits), conditional(hits, 0.2))
        rejected += [verdict.rejected() for verdict in verdicts]
    assert np.all(np.abs(rejected / samples - 0.05) < 4 * sqrt(0.05 * 0.95 / samples))


@pytest.mark.slow
def test_the_critical_value_of_the_second_test_is_the_published_one() -> None:
    """Acerbi and Szekely (2014): about -0.70 at 5 % for 250 days and 2.5 %."""
    z = float(norm.ppf(0.975))
    value, shortfall = np.full(250, z), np.full(250, z * normal_shortfall(0.975))
    found = [
        acerbi_szekely(
            Streams(seed=2).at("shortfall", sample).normal(np.arange(250)), value, shortfall, 0.025
        ).z2
        for sample in range(20_000)
    ]
    assert float(np.quantile(found, 0.05)) == pytest.approx(-0.70, abs=0.02)
