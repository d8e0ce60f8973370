"""What every contract keeps to: worth, exposure and end, and the names scenarios give it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenarios.choices import choose
from scenarios.problems import Problems
from sim.errors import ConfigError
from sim.instruments import (
    INSTRUMENTS,
    CollateralisedLoan,
    DatedFuture,
    EuropeanOption,
    Instrument,
    InversePerpetual,
    LinearPerpetual,
    Spot,
)
from sim.instruments.term import Term
from sim.surfaces import SURFACES
from sim.surfaces.flat import Flat
from sim.surfaces.quoted import Quoted
from sim.surfaces.svi import Slice, Svi
from sim.theory import Surface

DAY = Term(expiry_hours=24.0)
IN_MONEY: dict[str, Any] = {"underlying": 1, "settlement": 0, "contract_size": 0.01, "tick": 0.5}
IN_COIN: dict[str, Any] = IN_MONEY | {"settlement": 1}
EXAMPLES: dict[str, tuple[Instrument, ...]] = {
    "spot": (Spot(name="S", **IN_MONEY),),
    "linear_perpetual": (LinearPerpetual(name="P", **IN_MONEY),),
    "inverse_perpetual": (InversePerpetual(name="I", **IN_COIN),),
    "dated_future": (
        DatedFuture(name="F", term=DAY, **IN_MONEY),
        DatedFuture(name="G", term=DAY, **IN_COIN),
    ),
    "european_option": (
        EuropeanOption(name="C", right="call", strike=100.0, term=DAY, **IN_MONEY),
        EuropeanOption(name="D", right="put", strike=100.0, term=DAY, **IN_COIN),
    ),
    "collateralised_loan": (
        CollateralisedLoan(name="L", underlying=1, settlement=0, liquidation_threshold=0.8),
    ),
}
ALL = [each for every in EXAMPLES.values() for each in every]
every_instrument = pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.name)
WEEK = Slice(days=7, a=0.002, b=0.02, rho=-0.3, m=0.0, sigma=0.1)
MONTH = Slice(days=30, a=0.012, b=0.06, rho=-0.3, m=0.0, sigma=0.15)
SURFACE_EXAMPLES: dict[str, Surface] = {
    "flat": Flat(volatility=0.6),
    "quoted": Quoted(
        days=[7, 30],
        moneyness=[0.8, 0.9, 1.0, 1.1, 1.25],
        volatility=[[0.8, 0.68, 0.6, 0.62, 0.7], [0.72, 0.65, 0.6, 0.61, 0.66]],
    ),
    "svi": Svi(slices=(WEEK, MONTH)),
}


def test_every_registered_instrument_is_tested() -> None:
    assert {name: type(each[0]) for name, each in EXAMPLES.items()} == INSTRUMENTS


@every_instrument
@pytest.mark.parametrize("price", [20.0, 100.0, 700.0])
def test_exposure_is_positive_and_worth_rises_with_the_price(
    instrument: Instrument, price: float
) -> None:
    assert instrument.notional(price) > 0
    assert instrument.value(1.1 * price) >= instrument.value(price)


@pytest.mark.parametrize("kind", [DatedFuture, EuropeanOption])
@pytest.mark.parametrize("index", [60.0, 100.0, 150.0])
def test_what_ends_pays_its_worth_at_the_settlement_price(
    kind: type[DatedFuture | EuropeanOption], index: float
) -> None:
    for each in ALL:
        if not isinstance(each, kind):
            continue
        usd = each.value(each.settled_at(index)) * (index if each.in_coin else 1.0)
        if isinstance(each, EuropeanOption):
            gain = index - 100.0 if each.call else 100.0 - index
            assert usd == pytest.approx(0.01 * max(gain, 0.0))
        else:
            assert usd == pytest.approx(-0.01 if each.in_coin else 0.01 * index)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"expiry_hours": 0}, ["expiry_hours must be > 0"]),
        ({"expiry_hours": 5, "expiry": "2025-06-01"}, ["one of them, and not both"]),
        ({}, ["one of them, and not both"]),
        ({"expiry": "June"}, ["'June' is not a time"]),
        ({"expiry_hours": 5, "strike": -1, "tick": 0}, ["strike must be > 0", "tick must be > 0"]),
        ({"expiry_hours": 5, "settlement_seconds": -1}, ["settlement_seconds must be >= 0"]),
        ({"expiry_hours": 5, "right": "both"}, ["unknown name `both`"]),
    ],
)
def test_an_impossible_option_is_refused_with_everything_wrong(
    given: dict[str, object], wanted: list[str]
) -> None:
    good = {"contract_size": 0.1, "tick": 1.0, "right": "put", "strike": 100.0}
    section = {"kind": "european_option"} | good | given
    hidden = {"name": "it", "underlying": 1, "settlement": 0}
    with pytest.raises(Problems) as caught:
        choose(INSTRUMENTS, section, hidden=hidden)
    text = "; ".join(each.text for each in caught.value.found)
    for words in wanted:
        assert words in text


def test_a_term_counts_from_the_start_of_the_run() -> None:
    assert Term(expiry="1970-01-02").seconds(3600.0) == 86400.0 - 3600.0
    assert Term(expiry_hours=2.0).seconds(3600.0) == 7200.0
    assert Term(expiry_hours=2.0, carry=0.1).forward(100.0, 1.0) == pytest.approx(110.517, abs=1e-3)


def test_every_registered_surface_is_tested() -> None:
    assert {name: type(each) for name, each in SURFACE_EXAMPLES.items()} == SURFACES


@pytest.mark.parametrize("surface", SURFACE_EXAMPLES.values(), ids=SURFACE_EXAMPLES.keys())
def test_a_surface_gives_positive_volatilities_everywhere(surface: Surface) -> None:
    moneyness = np.linspace(-3.0, 3.0, 41)
    for years in (1e-6, 1 / 365, 0.1, 5.0):
        found = surface.at(moneyness, years)
        assert found.shape == moneyness.shape
        assert ((found > 0) & np.isfinite(found)).all()


def test_no_volatility_is_refused() -> None:
    with pytest.raises(ConfigError, match="volatility must be > 0"):
        Flat(volatility=0.0)


def test_total_variance_runs_straight_between_expiries() -> None:
    surface, k = Svi(slices=(WEEK, MONTH)), np.array([-0.2, 0.0, 0.3])
    early, late = surface.at(k, 7 / 365) ** 2 * 7, surface.at(k, 30 / 365) ** 2 * 30
    middle = surface.at(k, 18.5 / 365) ** 2 * 18.5
    np.testing.assert_allclose(middle, 0.5 * (early + late), rtol=1e-12)
    np.testing.assert_allclose(surface.at(k, 1 / 365), surface.at(k, 7 / 365))
    np.testing.assert_allclose(surface.at(k, 2.0), surface.at(k, 30 / 365))


@pytest.mark.parametrize(
    ("slices", "words"),
    [
        ((replace(WEEK, a=-0.01),), "not positive at 7 days"),
        ((replace(WEEK, b=0.5, sigma=0.01),), "a butterfly around"),
        ((WEEK, replace(MONTH, a=0.0, b=0.01)), "30 days have less total variance than 7"),
        ((MONTH, WEEK), "in the order of their days"),
        ((replace(WEEK, rho=1.0, sigma=0.0),), "rho must lie in"),
        ((), "must not be empty"),
    ],
)
def test_a_surface_with_arbitrage_is_refused_with_the_place(
    slices: tuple[Slice, ...], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        Svi(slices=slices)
