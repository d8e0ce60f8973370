"""Estimators of margin against worked examples and closed forms, at the reference's tolerances."""

import json
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from sim.margin import fhs
from sim.margin.cliff import Cliff
from sim.margin.es_mc import MonteCarlo, triangle
from sim.margin.evt import hill
from sim.margin.ewma import Ewma, ewma_variance
from sim.margin.garch import Garch, aggregated, fit
from sim.margin.schedule import requirements
from sim.margin.tail import Convention, expected_shortfall, value_at_risk
from sim.margin.tail_charge import TailCharge
from sim.roles import MarketState

CHECKS = Path(__file__).parents[2] / "../shared/reference/checks.json"
DAY = 86_400.0
PNL = [
    *(0.3, -1.2, 0.8, -2.5, 0.1, -0.4, 1.9, -3.1, 0.6, -0.9),
    *(2.2, -1.7, 0.2, -0.1, 1.1, -4.0, 0.7, -2.0, 0.9, -0.6),
]
WEIGHTS, SPREADS = np.array([2e6, -1e6, 5e5]), np.array([0.04, 0.05, 0.06])
CORRELATION = ((1.0, 0.8, 0.6), (0.8, 1.0, 0.7), (0.6, 0.7, 1.0))
MEMORY = {
    0.94: (32.33333333333331, 16.666666666666654),
    0.97: (65.66666666666661, 33.33333333333331),
    0.99: (198.99999999999983, 99.99999999999991),
}
"""Effective observations and mean age of the weights of each decay."""
BITMEX = {180: (0.005, 0.01, 0.9), 230: (0.01, 0.015, 2.3), 400: (0.015, 0.02, 6.0)}
"""XBT held: maintenance rate, initial rate, XBT required."""
DAILY = [
    *(4.0e-4, 3.94e-4, 3.8812e-4, 3.823576e-4, 3.76710448e-4, 3.7117623904e-4),
    *(3.6575271425919997e-4, 3.60437659974016e-4, 3.5522890677453563e-4, 3.5012432863904496e-4),
]


def seen(returns: np.ndarray, *, count: int = 0) -> MarketState:
    """Return a market of daily returns, (n, K), after ``count`` updates."""
    width = returns.shape[1]
    return MarketState(
        returns=returns,
        interval_seconds=DAY,
        index=np.ones(width),
        open_interest=np.ones(width),
        seen=count,
    )


def storms(count: int) -> np.ndarray:
    """Return returns that are calm and wild by turns, (count, 1)."""
    rng = np.random.default_rng(4)
    variance, out = 1e-4, np.empty(count)
    for i in range(count):
        out[i] = sqrt(variance) * rng.standard_normal()
        variance = 2e-6 + 0.1 * out[i] ** 2 + 0.88 * variance
    return out[:, None]


def test_the_numbers_here_are_those_of_the_reference_file() -> None:
    if not CHECKS.exists():
        pytest.skip("../shared/reference/checks.json is not there")
    known = {check["name"]: check for check in json.loads(CHECKS.read_text())}
    assert known["HS_VaR_20obs"]["inputs"]["pnl"] == PNL
    assert known["GARCH11_MPOR_variance"]["expected"]["daily"] == pytest.approx(DAILY, abs=1e-14)
    for decay, remembered in MEMORY.items():
        memory = known["EWMA_memory"]["expected"][str(decay)]
        assert (memory["effective_obs"], memory["mean_age"]) == remembered
    for size, expected in BITMEX.items():
        limit = known["bitmex_risk_limit"]["expected"][str(size)]
        assert (limit["mm"], limit["im"], limit["mm_xbt"]) == pytest.approx(expected, abs=1e-12)
    three = known["parametric_VaR_3assets"]["inputs"]
    assert three["weights"] == WEIGHTS.tolist()
    assert three["corr"] == [list(row) for row in CORRELATION]


@pytest.mark.parametrize("decay", MEMORY)
def test_the_weights_of_ewma_have_the_memory_of_the_technical_document(decay: float) -> None:
    ages = np.arange(1, int(np.log(1e-16) / np.log(decay)))
    impulse = [np.concatenate(([[1.0]], np.zeros((age - 1, 1)))) for age in ages]
    weights = np.array([ewma_variance(each, decay, 0.0)[0] for each in impulse])
    effective, mean_age = MEMORY[decay]
    assert 1.0 / (weights**2).sum() == pytest.approx(effective, abs=1e-10)
    assert (ages * weights).sum() == pytest.approx(mean_age, abs=1e-10)


@pytest.mark.parametrize(
    ("confidence", "multiplier"),
    [(0.99, 2.3263478740408408), (0.995, 2.5758293035489004), (0.999, 3.090232306167813)],
)
def test_margin_covers_the_documented_multiple_of_volatility(
    confidence: float, multiplier: float
) -> None:
    calm = np.full((700, 1), 0.01)
    market = seen(calm)
    for policy in (
        Ewma(confidence=confidence, horizon_hours=24.0),
        Garch(confidence=confidence, horizon_hours=24.0, alpha=0.1, beta=0.8),
    ):
        charged = policy.schedule(market).maintenance[0, 0]
        assert charged / 0.01 == pytest.approx(multiplier, abs=1e-9)


def test_garch_variance_until_close_out_is_the_sum_of_its_forecasts() -> None:
    usual, persistence = 2e-6 / (1 - 0.98), 0.98
    sums = [aggregated(4e-4, usual, persistence, days) for days in range(11)]
    np.testing.assert_allclose(np.diff(sums), DAILY, atol=1e-14)
    assert sums[10] == pytest.approx(0.0037439078966867967, abs=1e-14)
    assert sqrt(sums[10] / 0.004) == pytest.approx(0.9674590297122143, abs=1e-14)


def test_a_fit_finds_the_parameters_that_made_the_returns() -> None:
    alpha, beta = fit(storms(4000).tobytes())
    assert alpha == pytest.approx(0.1, abs=0.03)
    assert beta == pytest.approx(0.88, abs=0.04)


def test_a_fit_lasts_until_the_next_and_hangs_on_nothing_but_what_is_seen() -> None:
    policy, returns = Garch(window=200, refit_every=10, floor=0.0), storms(260)
    fit.cache_clear()
    charged = [
        policy.schedule(seen(returns[: 210 + n], count=n)).maintenance[0, 0] for n in range(25)
    ]
    assert fit.cache_info().misses == 3
    fit.cache_clear()
    backwards = [
        policy.schedule(seen(returns[n : 210 + n], count=n)).maintenance[0, 0]
        for n in reversed(range(25))
    ]
    assert backwards[::-1] == charged


def test_each_convention_has_the_quantile_of_the_worked_example() -> None:
    losses = -np.array(PNL)[:, None]
    conventions: dict[Convention, float] = {
        "inverted_cdf": 3.1,
        "linear": 3.145000000000001,
        "weibull": 3.954999999999999,
    }
    for convention, expected in conventions.items():
        found = value_at_risk(losses, 0.95, convention)
        assert found[0] == pytest.approx(expected, abs=1e-12)
    equal = np.full(20, 0.05)
    assert expected_shortfall(losses, equal, 0.95)[0] == pytest.approx(4.0, abs=1e-12)
    assert expected_shortfall(losses, equal, 0.90)[0] == pytest.approx(3.55, abs=1e-12)


def test_losses_are_rescaled_as_in_the_worked_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hull and White (1998), with the volatilities of the example in place of estimates."""
    returns = np.array([0.5, -1.0, 1.2, -2.4, 0.9, -1.5, 3.0, -4.0, 1.0, -2.5])
    spreads = np.array([1.0, 1.0, 1.2, 1.2, 1.5, 1.5, 2.0, 2.0, 2.5, 2.5, 3.0])
    monkeypatch.setattr(fhs, "_variances", lambda *_: spreads[:, None] ** 2)
    found = fhs.rescaled(returns[:, None], 0, 0.97)[:, 0]
    expected = [1.5, -3.0, 3.0, -6.0, 1.8, -3.0, 4.5, -6.0, 1.2, -3.0]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert (-found).max() == pytest.approx(6.0, abs=1e-12)


def test_the_root_of_a_correlation_matrix_gives_the_parametric_value_at_risk() -> None:
    exposed, quantile = WEIGHTS * SPREADS, ndtri(0.99)
    root = triangle(np.array(CORRELATION))
    factors = root.T @ exposed
    spread = sqrt((factors**2).sum())
    assert quantile * spread == pytest.approx(150405.18183163487, abs=1e-4)
    assert sqrt(2.0) * quantile * spread == pytest.approx(212705.04799748948, abs=1e-4)
    components = quantile * exposed * (root @ factors) / spread
    expected = [166956.948253298, -62968.67660415332, 46416.91018249016]
    np.testing.assert_allclose(components, expected, rtol=0, atol=1e-4)


def test_simulated_portfolios_come_near_the_parametric_value_at_risk() -> None:
    """Within three standard errors of a quantile of 200,000 normal draws, 1.1 per cent."""
    policy = MonteCarlo(
        draws=200_000, correlation=CORRELATION, offsets=True, horizon_hours=24.0, window=30
    )
    moves = policy.moves(seen(np.tile(SPREADS, (30, 1))))
    charge = TailCharge(losses=-moves, measure="var", confidence=0.99, initial_multiple=1.0)
    assert charge.required(WEIGHTS[:, None])[0] == pytest.approx(150405.18, rel=0.011)


def test_whole_positions_pay_the_rate_of_their_step_as_published() -> None:
    """The risk limits of BitMEX, in XBT: 180 at half a per cent is 0.90."""
    policy = Cliff(maintenance=0.005, initial=0.01, base_usd=200.0, step_usd=150.0, increment=0.005)
    schedule = policy.schedule(seen(np.zeros((0, 1))))
    for size, (rate, initial, required) in BITMEX.items():
        held = np.array([[float(size)]])
        assert requirements(schedule, held)[0, 0] == pytest.approx(required, abs=1e-12)
        assert requirements(schedule, held)[0, 0] / size == pytest.approx(rate, abs=1e-12)
        opened = requirements(schedule, held, initial=True)[0, 0]
        assert opened / size == pytest.approx(initial, abs=1e-12)


def test_the_tail_index_of_a_pareto_sample_is_that_of_the_reference() -> None:
    sample = (np.arange(1, 1001) / 1001.0) ** (-1.0 / 3.0)
    assert hill(sample, 50) == pytest.approx(3.1176271570220613, abs=1e-9)
