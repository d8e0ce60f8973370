"""What contracts that end should cost, and how implied volatilities move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.contracts import ContractKind
from sim.instruments import DatedFuture, EuropeanOption, LinearPerpetual
from sim.instruments.term import YEAR_SECONDS, Term
from sim.surfaces.flat import Flat
from sim.theory import Smile, Theory, contracts_of

YEAR = 365 * 24.0


def smile(volatility: float = 0.5, response: float = 0.0) -> Smile:
    """Return one volatility for all strikes, at a daily variance of 0.001."""
    surface = Flat(volatility=volatility)
    return Smile(
        asset=1,
        surface=surface,
        response=response,
        limit=3.0,
        fast=1e-3,
        slow=1e-3,
        index=100.0,
    )


def option(
    right: str, strike: float, *, hours: float = YEAR, carry: float = 0.0, coin: bool = False
) -> Theory:
    """Return the theory of an option."""
    contract = EuropeanOption(
        name="O",
        underlying=1,
        settlement=int(coin),
        contract_size=2.0,
        tick=1e-6,
        right=right,  # type: ignore[arg-type]
        strike=strike,
        term=Term(expiry_hours=hours, carry=carry),
    )
    return Theory(contract, hours * 3600.0, smile())


def test_an_option_costs_what_blacks_formula_says() -> None:
    """Undiscounted, at the money: 100 (2 N(0.25) - 1) with N from tables."""
    assert option("call", 100.0).price(100.0) == pytest.approx(19.7412651, rel=1e-8)
    assert option("put", 100.0).price(100.0) == pytest.approx(19.7412651, rel=1e-8)
    coin = option("call", 100.0, coin=True).price(100.0)
    assert coin == pytest.approx(0.197412651, rel=1e-8)


@given(
    index=st.floats(30.0, 300.0),
    strike=st.floats(30.0, 300.0),
    hours=st.floats(1.0, 3 * YEAR),
    carry=st.floats(-0.2, 0.2),
)
def test_calls_less_puts_are_worth_the_forward_less_the_strike(
    index: float, strike: float, hours: float, carry: float
) -> None:
    call = option("call", strike, hours=hours, carry=carry)
    put = option("put", strike, hours=hours, carry=carry)
    difference = call.price(index) - put.price(index)
    assert difference == pytest.approx(call.forward(index) - strike, abs=1e-6)


@pytest.mark.parametrize("right", ["call", "put"])
@pytest.mark.parametrize("coin", [False, True])
@pytest.mark.parametrize("carry", [0.0, 0.1])
def test_delta_is_the_slope_of_what_a_holder_is_worth_in_money(
    right: str, *, coin: bool, carry: float
) -> None:
    theory = option(right, 110.0, carry=carry, coin=coin, hours=YEAR / 4)

    def worth(index: float) -> float:
        return theory.price(index) * (index if coin else 1.0)

    h = 1e-4
    slope = (worth(100.0 + h) - worth(100.0 - h)) / (2 * h)
    assert theory.delta(100.0) == pytest.approx(slope, rel=1e-6)


def test_vega_is_what_a_rise_of_the_whole_smile_brings() -> None:
    theory = option("call", 120.0, coin=True, carry=0.1)
    assert theory.smile is not None
    worth = []
    for level in (1.0 - 1e-5, 1.0 + 1e-5):
        theory.smile.level = level
        worth.append(theory.price(100.0) * 100.0)
    theory.smile.level = 1.0
    assert theory.vega(100.0) == pytest.approx((worth[1] - worth[0]) / 2e-5, rel=1e-6)


def test_a_worthless_option_costs_a_little_and_an_old_one_its_pay_out() -> None:
    assert option("put", 1.0, hours=1.0).price(100.0) == pytest.approx(1e-9)
    old = option("put", 120.0, hours=24.0)
    old.pass_to(24 * 3600.0)
    assert old.price(100.0) == pytest.approx(20.0)
    assert old.years * YEAR_SECONDS == pytest.approx(60.0)


def test_implied_volatility_follows_realised_within_limits() -> None:
    calm, wild = smile(response=0.5), smile(response=5.0)
    for step in range(60):
        index = 100.0 * (1.02 if step % 2 else 1.0)
        calm.learn(index, 60.0, 1.0)
        wild.learn(index, 60.0, 1.0)
    assert 1.0 < calm.level < wild.level == 3.0
    assert calm.volatility(100.0, 100.0, 1.0) == pytest.approx(0.5 * calm.level)
    still = smile(response=0.0)
    still.learn(150.0, 60.0, 1.4)
    assert still.level == 1.4


def test_policies_see_contracts_as_they_stand() -> None:
    money = {"underlying": 1, "settlement": 0, "tick": 0.5}
    perp = LinearPerpetual(name="P", contract_size=0.01, **money)  # type: ignore[arg-type]
    future = DatedFuture(
        name="F",
        contract_size=10.0,
        underlying=1,
        settlement=1,
        tick=0.5,
        term=Term(expiry_hours=YEAR, carry=0.1),
    )
    put = option("put", 90.0, hours=YEAR / 2)
    theories = [None, Theory(future, YEAR * 3600.0, None), put]
    seen = contracts_of([perp, future, put.instrument], theories, np.full(3, 100.0))
    assert seen.kind.tolist() == [ContractKind.LINEAR, ContractKind.INVERSE, ContractKind.PUT]
    assert seen.size.tolist() == [0.01, 10.0, 2.0]
    assert seen.years.tolist() == [np.inf, 1.0, 0.5]
    assert seen.forward.tolist() == pytest.approx([100.0, 110.517092, 100.0])
    assert seen.in_coin.tolist() == [False, True, False]
    assert seen.strike[2] == 90.0
    assert np.isnan(seen.strike[:2]).all()
    assert seen.volatility[2] == 0.5
