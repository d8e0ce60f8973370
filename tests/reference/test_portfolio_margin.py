"""Portfolio margin against published tables, by hand, and by what it must never do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contracts import ContractKind, Contracts
from sim.margin.grid import Grid
from sim.margin.sensitivity import Sensitivity
from sim.margin.span import Span, SpanCharge
from sim.repricing import slopes, vegas
from sim.roles import MarketState, PortfolioCharge

FUTURE = [0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10000, 10000, -10000, -10000]
FUTURE += [7000, -7000]
SHORT_CALL = [-460, 610, -2640, -1730, 1270, 2340, -5210, -4540, 2540, 3430, -8060, -7640, 3380]
SHORT_CALL += [3990, -3130, 1500]
COMPOSITE = [-460, 610, 690, 1600, -2060, -990, 1460, 2130, -4130, -3240, 1940, 2360, -6620, -6010]
COMPOSITE += [3870, -5500]
"""A long S&P future and a short December 410 call: what each gains, and both together; McMillan,
Options as a Strategic Investment."""


def market(contracts: Contracts) -> MarketState:
    """Return a market of these contracts, with no past."""
    return MarketState(
        returns=np.zeros((0, contracts.count)),
        interval_seconds=3600.0,
        index=contracts.index,
        open_interest=np.zeros(contracts.count),
        contracts=contracts,
    )


def book() -> Contracts:
    """Return a perpetual, two futures, a call and a put on one coin, and a perpetual on another."""
    kinds = ["LINEAR", "LINEAR", "LINEAR", "CALL", "PUT", "LINEAR"]
    years = np.array([np.inf, 30 / 365, 90 / 365, 30 / 365, 30 / 365, np.inf])
    index = np.array([60_000.0] * 5 + [3000.0])
    return Contracts(
        kind=np.array([int(ContractKind[kind]) for kind in kinds], dtype=np.int8),
        underlying=np.array([1, 1, 1, 1, 1, 2]),
        size=np.array([1.0, 1.0, 1.0, 1.0, 1.0, 10.0]),
        strike=np.array([np.nan, np.nan, np.nan, 66_000.0, 54_000.0, np.nan]),
        years=years,
        index=index,
        forward=index.copy(),
        volatility=np.array([np.nan, np.nan, np.nan, 0.6, 0.7, np.nan]),
        in_coin=np.zeros(6, dtype=np.bool_),
    )


CHARGES: dict[str, PortfolioCharge] = {
    "span": Span().charge(market(book())),
    "grid": Grid().schedule(market(book())).charge,  # type: ignore[dict-item]  # it has one
    "sensitivity": Sensitivity(delta_concentration_usd=1e12, vega_concentration_usd=1e12).charge(
        market(book())
    ),
}
every_charge = pytest.mark.parametrize("charge", CHARGES.values(), ids=CHARGES.keys())
positions = st.lists(st.integers(-20, 20), min_size=6, max_size=6).map(
    lambda each: np.array(each, dtype=np.float64)[:, None]
)


def test_the_published_covered_write_has_its_published_scan_risk() -> None:
    gains = np.array([FUTURE, SHORT_CALL], dtype=np.float64).T
    assert (gains.sum(axis=1) == COMPOSITE).all()
    charge = SpanCharge(
        losses=-gains,
        deltas=np.array([10_000.0, -5_000.0]),
        groups=np.zeros(2, dtype=np.int64),
        months=np.zeros(2, dtype=np.int64),
        minimum=np.zeros(2),
        month_charge=0.0,
        credit=0.0,
        initial_multiple=1.0,
    )
    both = np.ones((2, 1))
    assert charge.scan_risk(both, np.arange(2)).tolist() == [6620.0]
    assert charge.required(both).tolist() == [6620.0]
    assert int(np.argmax(charge.losses.sum(axis=1))) + 1 == 13


@pytest.mark.parametrize(
    ("sigma", "days", "up", "down"),
    [
        (0.6, 7, 1.0642246732, 0.3678876634),
        (0.6, 30, 0.9, 0.45),
        (0.6, 90, 0.8600731343, 0.4699634329),
        (0.3, 7, 0.5321123366, 0.1839438317),
        (0.3, 30, 0.5, 0.225),
        (0.3, 90, 0.5, 0.2349817164),
    ],
)
def test_volatilities_of_the_grid_move_as_documented(
    sigma: float, days: float, up: float, down: float
) -> None:
    """Deribit's parameters for BTC: 0.5 up, 0.25 down, powers 0.3 and 0.13, at least 0.5 up."""
    one = Contracts(
        kind=np.array([int(ContractKind.CALL)], dtype=np.int8),
        underlying=np.array([1]),
        size=np.ones(1),
        strike=np.array([100.0]),
        years=np.array([days / 365]),
        index=np.array([100.0]),
        forward=np.array([100.0]),
        volatility=np.array([sigma]),
        in_coin=np.array([False]),
    )
    higher, same, lower = Grid()._volatilities(one)
    assert higher[0] == pytest.approx(up, abs=1e-9)
    assert same[0] == sigma
    assert lower[0] == pytest.approx(down, abs=1e-9)


def test_an_outright_future_needs_its_scan_range() -> None:
    """A full range loses a tenth; twice the range at 35 % only seven hundredths."""
    held = np.zeros((6, 2))
    held[0] = [1.0, -1.0]
    assert CHARGES["span"].required(held) == pytest.approx([6000.0, 6000.0])


def test_a_calendar_spread_pays_the_charge_between_months_and_no_more() -> None:
    """Long 30 days, short 90: no scan risk, and one per cent of 60,000 USD."""
    held = np.array([[0, 1, -1, 0, 0, 0.0]]).T
    assert CHARGES["span"].required(held) == pytest.approx([600.0])


def test_opposite_coins_set_off_half_of_the_smaller_risk_of_both() -> None:
    """6000 and 3000 USD of risk on 60,000 and 30,000 of delta: 9000 - 0.5 * 30,000 * 0.2."""
    held = np.array([[1, 0, 0, 0, 0, -1.0]]).T
    assert CHARGES["span"].required(held) == pytest.approx([6000.0])
    same_way = np.array([[1, 0, 0, 0, 0, 1.0]]).T
    assert CHARGES["span"].required(same_way) == pytest.approx([9000.0])


def test_an_option_far_away_still_needs_its_minimum() -> None:
    far = Contracts(**{name: getattr(book(), name) for name in book().__slots__})
    far.strike[3] = 600_000.0
    charge = Span().charge(market(far))
    short = np.array([[0, 0, 0, -1, 0, 0.0]]).T
    assert charge.required(short) == pytest.approx([0.01 * 60_000])
    assert charge.required(-short) == pytest.approx([0.0], abs=1e-3)


def test_sensitivities_aggregate_as_the_formula_says() -> None:
    """Two deltas in one bucket, correlation 0.8, weights 12 %: by hand."""
    held = np.array([[1, 0, 0, 0, 0, 2.0]]).T
    one, other = 0.12 * 60_000, 0.12 * 60_000
    expected = np.sqrt(one**2 + other**2 + 2 * 0.8 * one * other)
    assert CHARGES["sensitivity"].required(held) == pytest.approx([expected], rel=1e-9)


def test_crowded_positions_need_more_than_in_proportion() -> None:
    charge = Sensitivity(delta_concentration_usd=60_000.0).charge(market(book()))
    held = np.zeros((6, 3))
    held[0] = [1.0, 4.0, 16.0]
    assert charge.required(held) == pytest.approx(0.12 * 60_000 * np.array([1.0, 8.0, 64.0]))


def test_only_who_is_short_of_curvature_pays_for_it() -> None:
    charge = Sensitivity().charge(market(book()))
    held = np.zeros((6, 2))
    held[3] = [1.0, -1.0]
    *_, curvature = charge.parts(held)
    assert curvature[0] == 0.0
    expected = 0.6 * 0.5 * (14 / 30) * vegas(book())[3]
    assert curvature[1] == pytest.approx(expected)


def test_slopes_are_deltas_times_exposure() -> None:
    found = slopes(book())
    assert found[[0, 5]] == pytest.approx([60_000.0, 30_000.0])
    assert 0 < found[3] < 60_000
    assert -60_000 < found[4] < 0


COHERENT = CHARGES | {"span": Span(month_charge=0.0, credit=0.0).charge(market(book()))}
"""SPAN's credits between coins are given portfolio by portfolio: with them two portfolios can
need less apart than together. Its scan risk and its minimum cannot."""


@pytest.mark.parametrize("charge", COHERENT.values(), ids=COHERENT.keys())
@settings(max_examples=60, deadline=None)
@given(one=positions, other=positions)
def test_together_never_need_more_than_apart(
    charge: PortfolioCharge, one: np.ndarray, other: np.ndarray
) -> None:
    apart = charge.required(one) + charge.required(other)
    assert charge.required(one + other) <= apart + 1e-6


@every_charge
@settings(max_examples=30, deadline=None)
@given(held=positions)
def test_twice_the_portfolio_needs_twice_as_much_and_nothing_nothing(
    charge: PortfolioCharge, held: np.ndarray
) -> None:
    assert charge.required(2 * held) == pytest.approx(2 * charge.required(held), rel=1e-9, abs=1e-6)
    assert charge.required(0 * held) == pytest.approx([0.0], abs=1e-9)
    assert (charge.required(held) >= 0).all()


@every_charge
def test_what_one_portfolio_needs_does_not_hang_on_its_company(charge: PortfolioCharge) -> None:
    rng = np.random.default_rng(5)
    many = rng.integers(-9, 9, (6, 700)).astype(np.float64)
    together = charge.required(many)
    assert (together[[3, 650]] == charge.required(many[:, [3, 650]])).all()
