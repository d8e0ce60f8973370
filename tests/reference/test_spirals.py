"""Two spirals that can be solved by hand, wound up in the real machine."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.build import Built
from sim.accounts import OUTSIDE
from sim.events import EventKind
from sim.lending import accept_bids
from sim.liquidation.bonus import loan_to_value_after
from sim.orders import Bids
from sim.step import call, mark
from tests.sim.worlds import (
    BTC,
    FIRST,
    PRICE,
    USD,
    data,
    exchange,
    give,
    jump,
    lend,
    lender,
    make,
    of_kind,
    reprice,
    weigh,
)

CHECKS = Path(__file__).parents[2] / "../shared/reference/checks.json"
SIZE = 1e-6
HOLDERS = 4
ASSETS = 1e8
"""What all holders hold together, USD."""
SHOCK = 1e-5


def leveraged(leverage: float, kappa: float) -> Built:
    """Return holders at their target leverage, in a market as deep as ``kappa`` says.

    The venue asks for a maintenance margin of one over the target and closes, of whoever
    falls short of it, just what brings the account back to it: that is selling down to the
    target. Each USD sold lowers the price by the same amount, and the venue marks at the mid.
    """
    depth = (leverage - 1.0) * ASSETS / kappa
    rate = 1.0 / leverage
    venue = exchange(
        size=SIZE,
        tick=1e-9,
        mechanism={"kind": "linear", "depth_usd": depth, "half_spread": 0.0}
        | {"half_life_seconds": 1e15},
        margin={"policy": "fixed", "maintenance": rate, "initial": rate}
        | {"call_ratio": 1.0, "grace_seconds": 0.0},
        liquidation={"rule": "partial", "target_ratio": 1.0, "cost": 0.0, "rounds": 1},
    )
    venue["instruments"]["P"]["mark"] = {"kind": "mid"}
    built = make(data({"x": venue}, accounts=HOLDERS, steps=400))
    each = round(ASSETS / HOLDERS / (SIZE * PRICE))
    for i in range(HOLDERS):
        give(built.model.world.venues[0], FIRST + i, each, each * SIZE * PRICE / leverage)
    weigh(built)
    return built


def fall(built: Built, shock: float, steps: int) -> np.ndarray:
    """Let the undisturbed price fall and the holders sell; return the fall after each step."""
    market = built.model.world.venues[0].markets[0]
    falls = []
    for step in range(steps):
        if step == 1:
            jump(built, 1.0 - shock)
        built.model.step()
        falls.append(1.0 - market.quote.mid / PRICE)
    return np.array(falls)


def documented() -> list[tuple[float, float, float]]:
    """Return (leverage, kappa, amplification) of the documented cases."""
    if not CHECKS.is_file():
        return [(2.0, 0.2, 1.25), (5.0, 0.4, 5.0 / 3.0), (10.0, 0.6, 2.5), (20.0, 0.9, 10.0)]
    entries = json.loads(CHECKS.read_text())
    expected = next(e["expected"] for e in entries if e["group"] == "spiral_analytic")
    cases = []
    for name, amplification in expected.items():
        leverage, kappa = name.removeprefix("L").split("_kappa")
        cases.append((float(leverage), float(kappa), float(amplification)))
    return cases


@pytest.mark.parametrize(("leverage", "kappa", "amplification"), documented())
def test_a_deleveraging_spiral_multiplies_a_small_shock_by_one_over_one_less_kappa(
    leverage: float, kappa: float, amplification: float
) -> None:
    """Greenwood, Landier and Thesmar (2015); Cont and Wagalath (2013), to first order."""
    built = leveraged(leverage, kappa)
    falls = fall(built, SHOCK, steps=30 if kappa <= 0.6 else 150)
    assert falls[0] == pytest.approx(0.0, abs=1e-12)
    assert amplification == pytest.approx(1.0 / (1.0 - kappa))
    assert falls[-1] / SHOCK == pytest.approx(amplification, rel=0.01)


@settings(max_examples=8)
@given(leverage=st.floats(2.0, 20.0), kappa=st.floats(0.05, 0.6))
def test_the_multiplier_holds_within_a_per_cent_up_to_kappa_of_six_tenths(
    leverage: float, kappa: float
) -> None:
    falls = fall(leveraged(leverage, kappa), SHOCK, steps=25)
    assert falls[-1] / SHOCK == pytest.approx(1.0 / (1.0 - kappa), rel=0.01)


def test_every_round_is_kappa_times_the_one_before() -> None:
    falls = fall(leveraged(10.0, 0.6), SHOCK, steps=12)
    rounds = np.diff(falls)[1:]
    np.testing.assert_allclose(rounds[1:] / rounds[:-1], 0.6, rtol=2e-3)


@pytest.mark.parametrize("kappa", [1.0, 1.3])
def test_at_kappa_of_one_the_spiral_runs_away(kappa: float) -> None:
    falls = fall(leveraged(10.0, kappa), SHOCK, steps=60)
    rounds = np.diff(falls[falls < 0.01])[1:]
    assert rounds.size > 15
    assert (rounds[1:] >= 0.99 * rounds[:-1]).all(), "no round is smaller than the one before"
    assert falls[-1] > 50.0 * SHOCK
    damped = fall(leveraged(10.0, 0.6), SHOCK, steps=60)
    assert falls[-1] > 20.0 * damped[-1]


def test_the_books_of_a_spiral_balance() -> None:
    built = leveraged(10.0, 1.3)
    fall(built, 1e-3, steps=40)
    world = built.model.world
    assert of_kind(world, EventKind.LIQUIDATION, "usd").sum() > 0.1 * ASSETS
    assert world.venues[0].accounts.positions.sum() == 0.0
    assert world.venues[0].accounts.positions[0, OUTSIDE] != 0.0


KEEPER, BORROWER = FIRST, FIRST + 1


def loan_to_value(built: Built) -> float:
    """Return the borrower's debt over the worth of the collateral."""
    venue = built.model.world.venues[0]
    worth = venue.accounts.balances[BTC, BORROWER] * venue.valuation.prices[BTC]
    return float(-venue.accounts.positions[0, BORROWER] / worth)


def liquidate(ltv: float, bonus: float) -> tuple[float, float, float]:
    """Liquidate a loan once; return loan-to-value before and after, and what was repaid."""
    loan = {"bonus": bonus, "close_factor": 0.2, "liquidation_threshold": 0.5}
    rule = {"rule": "bonus", "full_below": 0.0, "small_usd": 0.0}
    built = make(data({"l": lender(loan=loan, liquidation=rule)}))
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.entity[KEEPER] = venue.owner
    venue.accounts.balances[USD, KEEPER] = 1e9
    lend(venue, BORROWER, 2.0, ltv * 2.0 * PRICE)
    balance = weigh(built)
    reprice(built, 1.0)
    mark(world, built.model.cast)
    call(world, built.model.cast)
    before, debt = loan_to_value(built), float(-venue.accounts.positions[0, BORROWER])
    accept_bids(world, venue, [Bids(0, KEEPER, np.array([BORROWER]), np.array([1e9]))])
    balance(world)
    return before, loan_to_value(built), debt + float(venue.accounts.positions[0, BORROWER])


@settings(max_examples=20)
@given(ltv=st.floats(0.6, 1.1), bonus=st.floats(0.0, 0.3))
def test_a_liquidation_raises_the_loan_to_value_where_it_exceeds_one_over_one_plus_bonus(
    ltv: float, bonus: float
) -> None:
    """Warmuz, Chaudhary and Pinna (2022), through the code that scenarios run."""
    edge = 1.0 / (1.0 + bonus)
    before, after, repaid = liquidate(ltv, bonus)
    assert before == pytest.approx(ltv)
    assert repaid == pytest.approx(0.2 * ltv * 2.0 * PRICE)
    assert after == pytest.approx(
        float(loan_to_value_after(ltv * 2.0 * PRICE, 2.0 * PRICE, repaid, bonus))
    )
    if abs(ltv - edge) > 1e-9:
        assert (after > before) == (ltv > edge)


def test_at_the_edge_a_liquidation_changes_nothing() -> None:
    before, after, _ = liquidate(1.0 / 1.05, 0.05)
    assert after == pytest.approx(before, rel=1e-12)


def test_above_the_edge_liquidation_after_liquidation_makes_it_worse() -> None:
    ltv, path = 0.97, []
    for _ in range(8):
        _, ltv, _ = liquidate(ltv, 0.05)
        path.append(ltv)
    assert path == sorted(path)
    assert path[-1] > 1.0
