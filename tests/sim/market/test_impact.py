"""The reduced-form markets against their formulas."""

from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts import OUTSIDE
from sim.kernels.impact_curve import LINEAR, SQUARE_ROOT, area, flow_at, multiple_at
from sim.market.impact import ImpactMarket
from sim.market.linear import Linear
from sim.market.square_root import SquareRoot
from sim.orders import Fills, OrderKind, Orders

LAW = SquareRoot(coefficient=0.8, daily_volatility=0.05, daily_volume_usd=1e8, half_spread=0.0)
KYLE = Linear(depth_usd=1e7, half_life_seconds=60.0, half_spread=0.0)
shapes = st.sampled_from([(SQUARE_ROOT, 4e-6), (LINEAR, 1e-7)])


def opened(kind: SquareRoot | Linear) -> ImpactMarket:
    return kind.open(tick=0.5, initial_price=200.0, contract_size=0.1)


def trade(market: ImpactMarket, *quantity: float) -> Fills:
    return market.submit(Orders.of(0, [4] * len(quantity), 0, quantity))


def test_the_square_root_law_holds_for_a_single_order() -> None:
    market = opened(LAW)
    fills = trade(market, -50_000.0)  # USD 1m, 1 % of a day
    assert market.quote().mid == pytest.approx(200.0 * exp(-0.8 * 0.05 * 0.1))
    assert fills.price[0] == pytest.approx(200.0 * (1 - 0.8 * 0.05 * 0.1 * 2 / 3), rel=1e-5)
    assert fills.maker[0] == OUTSIDE


def test_a_quarter_of_the_flow_moves_half_as_far() -> None:
    moves = []
    for quantity in (10_000.0, 40_000.0):
        market = opened(LAW)
        trade(market, quantity)
        moves.append(np.log(market.quote().mid / 200.0))
    assert moves[1] == pytest.approx(2 * moves[0])


def test_a_usd_sold_lowers_the_linear_price_by_one_part_in_depth() -> None:
    market = opened(KYLE)
    trade(market, -25_000.0)
    assert market.flow_usd == -500_000.0
    assert market.quote().mid == pytest.approx(200.0 * (1 - 0.05))


@pytest.mark.parametrize("kind", [LAW, KYLE])
def test_flow_fades_by_half_in_a_half_life(kind: SquareRoot | Linear) -> None:
    market = opened(kind)
    trade(market, 5_000.0)
    market.anchor(150.0, kind.half_life_seconds)
    assert market.flow_usd == pytest.approx(50_000.0)
    market.anchor(150.0, 100 * kind.half_life_seconds)
    assert market.quote().mid == pytest.approx(150.0)


@pytest.mark.parametrize("kind", [LAW, KYLE])
@given(sizes=st.lists(st.integers(1, 20_000), min_size=1, max_size=10))
def test_an_order_in_parts_pays_what_the_whole_pays(
    kind: SquareRoot | Linear, sizes: list[int]
) -> None:
    parts = trade(opened(kind), *(-float(size) for size in sizes))
    whole = trade(opened(kind), -float(sum(sizes)))
    assert (parts.quantity * parts.price).sum() == pytest.approx(
        (whole.quantity * whole.price).sum(), rel=1e-9
    )


@pytest.mark.parametrize(("sign", "limit"), [(1.0, 203.0), (-1.0, 196.0)])
@pytest.mark.parametrize("spread", [0.0, 0.002])
def test_a_limit_stops_where_the_marginal_price_reaches_it(
    sign: float, limit: float, spread: float
) -> None:
    market = opened(Linear(depth_usd=1e7, half_spread=spread))
    order = Orders.of(0, [4], 0, [sign * 1e9], kind=OrderKind.LIMIT, price=limit)
    fills = market.submit(order)
    touch = market.quote().ask if sign > 0 else market.quote().bid
    assert touch == pytest.approx(limit, rel=1e-5)
    assert (limit - touch) * sign >= -1e-9
    assert fills.exhausted[0] == 0
    assert fills.unfilled[0] > 0


def test_sales_end_at_one_tick_and_purchases_at_the_ceiling() -> None:
    for sign, mid in ((-1.0, 0.5), (1.0, 200_000.0)):
        for kind in (LAW, KYLE):
            market = opened(kind)
            assert trade(market, sign * 1e15).exhausted[0] == 1
            assert market.quote().mid == pytest.approx(mid, rel=1e-4)


def test_without_an_outside_price_nobody_trades() -> None:
    market = opened(KYLE)
    market.anchor(0.0, 1.0)
    fills = trade(market, 5.0, -5.0)
    assert fills.exhausted.tolist() == [1, 1]
    assert fills.unfilled.tolist() == [5.0, 5.0]
    assert market.depth(0.1) == (0.0, 0.0)


@given(shape=shapes, flow=st.floats(-5e6, 5e6))
def test_the_area_is_the_integral_of_the_price(shape: tuple[int, float], flow: float) -> None:
    # Substituting flow = s**2 makes the square root smooth, so that the rule converges.
    nodes, weights = np.polynomial.legendre.leggauss(20)
    root = sqrt(abs(flow)) * 0.5 * (nodes + 1.0)
    heights = [multiple_at(*shape, np.sign(flow) * s * s) * 2.0 * s for s in root]
    expected = np.sign(flow) * 0.5 * sqrt(abs(flow)) * np.dot(weights, heights)
    assert area(*shape, flow) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@given(shape=shapes, flow=st.floats(-5e6, 5e6))
def test_the_flow_of_a_price_is_the_flow_that_makes_it(
    shape: tuple[int, float], flow: float
) -> None:
    assert flow_at(*shape, multiple_at(*shape, flow)) == pytest.approx(flow, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("kappa", [0.1, 0.3, 0.6])
def test_a_deleveraging_spiral_adds_up_to_its_closed_form(kappa: float) -> None:
    """Holders at target leverage L sell (L - 1) A of what is lost: drop = r0 / (1 - kappa)."""
    depth, shock = 1e9, 1e-4
    market = Linear(depth_usd=depth, half_life_seconds=np.inf, half_spread=0.0).open(
        1e-6, 200.0, 1e-6
    )
    market.anchor(200.0 * (1.0 - shock), 0.0)
    seen = 200.0
    for _ in range(80):
        price = market.quote().mid
        sold_usd = kappa * depth * (seen - price) / seen
        seen = price
        trade(market, -np.round(sold_usd / (price * 1e-6)))
    assert 1.0 - market.quote().mid / 200.0 == pytest.approx(shock / (1.0 - kappa), rel=0.01)
