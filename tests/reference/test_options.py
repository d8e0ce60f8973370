"""Option prices and greeks against published and independently found values, and against parity."""

from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from sim.black76 import (
    coin_delta,
    delta,
    gamma,
    implied_volatility,
    premium,
    theta,
    vega,
)
from sim.errors import ConfigError
from sim.surfaces.fit import fit_slice
from sim.surfaces.quoted import Quoted
from sim.surfaces.svi import Slice, Svi

MONTH = 30 / 365
options = st.tuples(
    st.floats(20.0, 500.0), st.floats(20.0, 500.0), st.floats(0.01, 2.0), st.floats(0.05, 2.0)
)


def discounted(
    spot: float, strike: float, years: float, rate: float, sigma: float, *, call: bool
) -> float:
    """Return an option on a spot price with interest, by the forward's formula."""
    forward = spot * exp(rate * years)
    return exp(-rate * years) * premium(forward, strike, years, sigma, call=call)


def test_textbook_calls_and_puts_cost_what_they_should() -> None:
    """Haug's call on spot; Hull's call and put: closed form checked by integration."""
    assert discounted(60, 65, 0.25, 0.08, 0.3, call=True) == pytest.approx(2.1333684449, abs=1e-8)
    assert discounted(42, 40, 0.5, 0.1, 0.2, call=True) == pytest.approx(4.7594223929, abs=1e-8)
    assert discounted(42, 40, 0.5, 0.1, 0.2, call=False) == pytest.approx(0.8085993729, abs=1e-8)


def test_an_option_on_a_future_costs_what_black_says() -> None:
    found = exp(-0.1 * 0.75) * premium(19, 19, 0.75, 0.28, call=True)
    assert found == pytest.approx(1.7010507252, abs=1e-8)


def test_the_greeks_of_a_bitcoin_call_are_those_of_the_closed_form() -> None:
    terms = 60_000.0, 66_000.0, MONTH, 0.65
    assert premium(*terms, call=True) == pytest.approx(2273.23428661601, rel=1e-8)
    assert delta(*terms, call=True) == pytest.approx(0.33786920595, rel=1e-8)
    assert gamma(*terms) == pytest.approx(3.2691782e-05, rel=1e-7)
    assert vega(*terms) == pytest.approx(6287.570046247799, rel=1e-8)
    assert theta(*terms) / 365 == pytest.approx(-68.115342167684, rel=1e-8)


@given(options)
def test_a_price_is_the_mean_of_what_it_pays(terms: tuple[float, float, float, float]) -> None:
    forward, strike, years, sigma = terms
    root = sigma * sqrt(years)

    def paid(z: float) -> float:
        end = forward * exp(root * z - 0.5 * root * root)
        return float(max(end - strike, 0.0) * norm.pdf(z))

    kink = (np.log(strike / forward) + 0.5 * root * root) / root
    low = min(max(kink, -12.0), 12.0)
    expected, _ = quad(paid, low, 14.0, epsabs=1e-10, limit=200)
    assert premium(*terms, call=True) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(options)
def test_calls_and_puts_are_in_parity(terms: tuple[float, float, float, float]) -> None:
    forward, strike, _, _ = terms
    call, put = premium(*terms, call=True), premium(*terms, call=False)
    assert call - put == pytest.approx(forward - strike, abs=1e-9 * (forward + strike))
    assert delta(*terms, call=True) - delta(*terms, call=False) == pytest.approx(1.0)


@given(options)
def test_greeks_are_the_slopes_of_the_price(terms: tuple[float, float, float, float]) -> None:
    forward, strike, years, sigma = terms
    h = 1e-4 * forward

    def at(f: float = forward, t: float = years, s: float = sigma) -> float:
        return premium(f, strike, t, s, call=True)

    least = 1e-6 * forward
    assert delta(*terms, call=True) == pytest.approx(
        (at(forward + h) - at(forward - h)) / (2 * h), rel=2e-3, abs=least
    )
    curved = (
        delta(forward + h, strike, years, sigma, call=True)
        - delta(forward - h, strike, years, sigma, call=True)
    ) / (2 * h)
    assert gamma(*terms) == pytest.approx(curved, rel=2e-3, abs=1e-7)
    assert vega(*terms) == pytest.approx(
        (at(s=sigma + 1e-5) - at(s=sigma - 1e-5)) / 2e-5, rel=2e-3, abs=least
    )
    waited = (at(t=years - 1e-6) - at(t=years + 1e-6)) / 2e-6
    assert theta(*terms) == pytest.approx(waited, rel=2e-3, abs=least)


@given(options)
def test_a_premium_in_coins_hedges_with_its_own_delta(
    terms: tuple[float, float, float, float],
) -> None:
    """In coins the option is worth c / F; F times the slope of that is delta less c / F."""
    forward, strike, years, sigma = terms
    h = 1e-5 * forward
    up, down = (premium(f, strike, years, sigma, call=True) / f for f in (forward + h, forward - h))
    slope = forward * (up - down) / (2 * h)
    assert coin_delta(*terms, call=True) == pytest.approx(slope, rel=1e-4, abs=1e-6)


@given(options)
def test_the_implied_volatility_is_the_one_put_in(terms: tuple[float, float, float, float]) -> None:
    forward, strike, years, sigma = terms
    price = premium(*terms, call=True)
    if vega(*terms) < 1e-3 * forward:  # the price hardly tells
        return
    found = implied_volatility(price, forward, strike, years, call=True)
    assert found == pytest.approx(sigma, rel=1e-6)


def test_an_impossible_price_has_no_volatility() -> None:
    with pytest.raises(ConfigError, match="costs more than 20 and less than 100"):
        implied_volatility(19.0, 100.0, 80.0, 0.1, call=True)
    with pytest.raises(ConfigError, match="costs 80 only at a volatility of more than 50 a year"):
        implied_volatility(80.0, 100.0, 100.0, 0.001, call=True)


def test_a_fit_finds_the_slice_that_quotes_were_made_of() -> None:
    made = Slice(days=30, a=0.01, b=0.06, rho=-0.35, m=0.02, sigma=0.15)
    k = np.linspace(-0.4, 0.4, 17)
    found = fit_slice(30, k, np.sqrt(made.variance(k) * 365 / 30))
    for name in ("a", "b", "rho", "m", "sigma"):
        assert getattr(found, name) == pytest.approx(getattr(made, name), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    "surface",
    [
        Quoted(
            days=[7, 30, 90],
            moneyness=[0.7, 0.85, 1.0, 1.15, 1.4],
            volatility=[
                [0.80, 0.68, 0.60, 0.62, 0.70],
                [0.75, 0.66, 0.60, 0.61, 0.66],
                [0.70, 0.64, 0.60, 0.605, 0.63],
            ],
        ),
        Svi(
            slices=(
                Slice(days=7, a=0.002, b=0.02, rho=-0.3, m=0.0, sigma=0.1),
                Slice(days=30, a=0.012, b=0.06, rho=-0.3, m=0.0, sigma=0.15),
            )
        ),
    ],
    ids=["quoted", "svi"],
)
def test_a_surface_leaves_no_arbitrage_on_a_dense_grid(surface: Quoted | Svi) -> None:
    """Call prices fall and are convex in the strike, and total variance rises with time."""
    strikes = np.linspace(0.6, 1.6, 401)
    before = np.zeros(strikes.size)
    for days in (3, 7, 12, 20, 30, 45, 60, 90, 120):
        sigma = surface.at(np.log(strikes), days / 365)
        total = sigma**2 * days / 365
        assert (total >= before - 1e-12).all()
        before = total
        calls = np.array(
            [premium(1.0, k, days / 365, s, call=True) for k, s in zip(strikes, sigma, strict=True)]
        )
        slope = np.diff(calls) / np.diff(strikes)
        assert (slope <= 1e-9).all()
        assert (slope >= -1.0 - 1e-9).all()
        assert (np.diff(slope) >= -1e-7).all()


def test_a_surface_with_arbitrage_is_refused_with_the_place() -> None:
    with pytest.raises(ConfigError, match=r"30 days have less total variance than 7"):
        Quoted(days=[7, 30], moneyness=[0.9, 1.1], volatility=[[1.5, 1.5], [0.5, 0.5]])
    with pytest.raises(
        ConfigError, match=r"a butterfly around 0\.975 .* costs less than nothing at 7"
    ):
        Quoted(
            days=[7], moneyness=[0.9, 0.95, 1.0, 1.05, 1.1], volatility=[[0.4, 0.4, 0.9, 0.4, 0.4]]
        )


def test_a_surface_moves_with_the_forward() -> None:
    """Sticky moneyness: what is ten per cent out of the money keeps its volatility."""
    quotes = Quoted(days=[30], moneyness=[0.8, 1.0, 1.2], volatility=[[0.8, 0.6, 0.7]])
    for forward in (20_000.0, 60_000.0):
        strike = 1.1 * forward
        assert quotes.at(np.log([strike / forward]), MONTH) == pytest.approx(
            quotes.at(np.log([1.1]), MONTH)
        )
