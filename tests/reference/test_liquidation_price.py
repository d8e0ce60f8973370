"""Liquidation and bankruptcy prices against closed forms and against the margin kernels."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts import Accounts
from sim.instruments.inverse_perpetual import InversePerpetual
from sim.instruments.linear_perpetual import LinearPerpetual
from sim.liquidation_price import Brackets, bankruptcy_price, isolated_balance, liquidation_price
from sim.margin.schedule import flat, requirements, tiered
from sim.margin.tiered import Tiered
from sim.roles import MarketState
from sim.valuation import Valuation, margin

CHECKS = Path(__file__).parents[2] / "../shared/reference/checks.json"
LINEAR = LinearPerpetual(name="LIN", underlying=1, settlement=0, contract_size=0.01, tick=0.5)
INVERSE = InversePerpetual(name="INV", underlying=1, settlement=1, contract_size=100.0, tick=0.5)
SIDES = np.array([1000.0, -1000.0])
EXPECTED = {
    "linear_long": 45226.13065326633,
    "linear_short": 54726.368159203994,
    "inverse_long": 45681.81818181817,
    "inverse_short": 55277.777777777774,
}


def test_isolated_positions_are_liquidated_where_the_closed_forms_say() -> None:
    found: dict[str, float] = {}
    for kind, instrument in (("linear", LINEAR), ("inverse", INVERSE)):
        balance = isolated_balance(instrument, SIDES, 50_000.0, leverage=10.0)
        prices = liquidation_price(instrument, balance, SIDES, Brackets.flat(0.005))
        found |= {f"{kind}_long": prices[0], f"{kind}_short": prices[1]}
    assert found == pytest.approx(EXPECTED, abs=1e-6)


def test_the_reference_file_has_the_same_prices() -> None:
    if not CHECKS.exists():
        pytest.skip("reference/checks.json is not there")
    checks = {check["name"]: check for check in json.loads(CHECKS.read_text())}
    check = checks["liquidation_price_isolated"]
    assert check["inputs"] == {
        "entry": 50_000.0,
        "leverage": 10,
        "mmr": 0.005,
        "fees": 0,
        "mm_basis": "current mark value",
    }
    assert check["expected"] == pytest.approx(EXPECTED, abs=1e-6)


@pytest.mark.parametrize(
    ("instrument", "long", "short"),
    [(LINEAR, 45_000.0, 55_000.0), (INVERSE, 50_000 / 1.1, 50_000 / 0.9)],
)
def test_bankruptcy_is_where_the_margin_is_gone(
    instrument: LinearPerpetual | InversePerpetual, long: float, short: float
) -> None:
    balance = isolated_balance(instrument, SIDES, 50_000.0, leverage=10.0)
    assert bankruptcy_price(instrument, balance, SIDES) == pytest.approx([long, short])


def test_risk_limits_give_the_published_rates_within_a_step() -> None:
    """BitMEX: 180 XBT needs 0.9 XBT; above 200 XBT each further 150 adds half a per cent.

    The venue charges the new rate on the whole position; marginally, as here, 230 XBT needs
    200 at a half and 30 at one per cent, so less than the 2.3 XBT of the cliff.
    """
    steps = tiered([0, 200, 350], [0.005, 0.01, 0.015], [0.01, 0.015, 0.02], n_instruments=1)
    sizes = np.array([[180.0, 230.0, 400.0]])
    assert requirements(steps, sizes)[0] == pytest.approx([0.9, 1.3, 3.25])
    assert requirements(steps, sizes)[0, 1] < 2.3


def test_nobody_is_liquidated_who_owes_nothing() -> None:
    none = Brackets.flat(0.005)
    long, short = np.array([10.0]), np.array([-10.0])
    assert liquidation_price(LINEAR, np.array([5.0]), long, none) == 0.0
    assert liquidation_price(INVERSE, np.array([5.0]), short, none) == np.inf


def test_who_owns_nothing_is_liquidated_at_any_price() -> None:
    none = Brackets.flat(0.005)
    long, short = np.array([10.0]), np.array([-10.0])
    assert liquidation_price(LINEAR, np.array([-5.0]), short, none) == 0.0
    assert liquidation_price(INVERSE, np.array([-5.0]), long, none) == np.inf


@settings(max_examples=80, deadline=None)
@given(
    contracts=st.integers(1, 10**6),
    sign=st.sampled_from([-1.0, 1.0]),
    leverage=st.floats(1.05, 100.0),
    inverse=st.booleans(),
    shape=st.sampled_from(["flat", "tiered"]),
)
def test_at_the_liquidation_price_equity_equals_the_requirement(
    contracts: int, sign: float, leverage: float, inverse: bool, shape: str
) -> None:
    """The margin engine itself, asked at that price, sees nothing to spare and nothing short."""
    nothing = MarketState(
        returns=np.zeros((0, 1)), interval_seconds=60.0, index=np.ones(1), open_interest=np.ones(1)
    )
    schedule = flat([0.004], [0.01]) if shape == "flat" else Tiered().schedule(nothing)
    instrument = INVERSE if inverse else LINEAR
    quantity = np.array([sign * contracts])
    balance = isolated_balance(instrument, quantity, 50_000.0, leverage)
    price = float(liquidation_price(instrument, balance, quantity, Brackets.of(schedule, 0))[0])
    if not np.isfinite(price):
        return
    assert price > 0
    accounts = Accounts.empty(5, n_assets=2, n_instruments=1)
    accounts.positions[0, 4] = quantity[0]
    accounts.balances[instrument.settlement, 4] = balance[0]

    def spare(at: float) -> float:
        now = Valuation(
            np.array([instrument.settlement]),
            np.array([instrument.value(at)]),
            np.array([instrument.notional(at)]),
            np.array([1.0, at]),
            np.zeros(2),
            schedule,
        )
        equity, required = margin(accounts, now, np.array([4]))
        return float(equity[0] - required[0])

    scale = contracts * instrument.notional(price)
    assert spare(price) == pytest.approx(0.0, abs=1e-9 * scale)
    assert spare(price * (1 + sign * 0.001)) > 0 > spare(price * (1 - sign * 0.001))


def test_an_inverse_perpetual_gains_what_its_definition_says() -> None:
    """100,000 USD long from 50,000 to 40,000: Q (1 / entry - 1 / exit) coins."""
    contract = InversePerpetual(name="I", underlying=1, settlement=1, contract_size=1.0, tick=0.5)
    coins = 100_000.0 * (contract.value(40_000.0) - contract.value(50_000.0))
    assert coins == pytest.approx(-0.49999999999999994, abs=1e-12)
    assert coins * 40_000.0 == pytest.approx(-19999.999999999996, abs=1e-8)
