"""The constant-product pool against the published formulas."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts import POOL
from sim.market.constant_product import ConstantProduct, ConstantProductMarket
from sim.orders import OrderKind, Orders

FINE = 1e-6
"""A contract so small that whole contracts do not show."""


def pool(fee: float = 0.003, depth: float = 1e6, contract: float = 1.0) -> ConstantProductMarket:
    return ConstantProduct(depth_usd=depth, fee=fee).open(0.01, 100.0, contract)


def product(market: ConstantProductMarket) -> Fraction:
    base, quote = market.reserves
    return Fraction(base) * Fraction(quote)


def test_a_sale_pays_what_uniswap_pays() -> None:
    """Out is in * 997 * other / (reserve * 1000 + in * 997), as in the contract's code."""
    fills = pool().submit(Orders.of(0, [4], 0, [-500.0]))
    expected = Fraction(500 * 997 * 1_000_000, 10_000 * 1000 + 500 * 997)
    assert -fills.quantity[0] * fills.price[0] == pytest.approx(float(expected), rel=1e-14)
    assert fills.maker[0] == POOL


def test_a_purchase_costs_what_uniswap_asks() -> None:
    """In is reserve * out * 1000 / ((other - out) * 997)."""
    fills = pool().submit(Orders.of(0, [4], 0, [500.0]))
    expected = Fraction(1_000_000 * 500 * 1000, (10_000 - 500) * 997)
    assert fills.quantity[0] * fills.price[0] == pytest.approx(float(expected), rel=1e-14)


sizes = st.lists(st.integers(-9_000, 9_000), min_size=1, max_size=20)


@given(sizes=sizes, fee=st.sampled_from([0.0, 0.0005, 0.003, 0.05]))
def test_the_product_of_reserves_never_falls(sizes: list[int], fee: float) -> None:
    market = pool(fee)
    for size in sizes:
        before = product(market)
        traded = market.submit(Orders.of(0, [4], 0, [float(size)])).quantity.size
        growth = float(product(market) / before) - 1.0
        assert growth >= -1e-14
        if fee and traded:
            assert growth > 0
        if not fee:
            assert growth == pytest.approx(0.0, abs=1e-13)


@given(sizes=sizes)
def test_what_settles_is_what_the_reserves_say(sizes: list[int]) -> None:
    contract = 0.01
    market = pool(contract=contract)
    base, quote = market.reserves
    fills = market.submit(Orders.of(0, [4] * len(sizes), 0, [float(size) for size in sizes]))
    for quantity, price in zip(fills.quantity, fills.price, strict=True):
        base -= quantity * contract
        quote += quantity * contract * price
    assert market.reserves == pytest.approx((base, quote), rel=1e-14)


def test_two_halves_without_fee_cost_as_much_as_the_whole() -> None:
    whole, halves = pool(fee=0.0), pool(fee=0.0)
    one = whole.submit(Orders.of(0, [4], 0, [2000.0]))
    two = halves.submit(Orders.of(0, [4, 4], 0, [1000.0, 1000.0]))
    assert (one.quantity * one.price).sum() == pytest.approx((two.quantity * two.price).sum())
    assert one.price[0] == pytest.approx(125.0)


@pytest.mark.parametrize(("sign", "limit"), [(1.0, 110.0), (-1.0, 93.0)])
def test_a_limit_stops_where_the_marginal_price_reaches_it(sign: float, limit: float) -> None:
    fee, market = 0.003, pool(contract=FINE)
    base, quote = market.reserves
    order = Orders.of(0, [4], 0, [sign * 1e13], kind=OrderKind.IOC, price=limit)
    fills = market.submit(order)
    units = abs(fills.quantity[0]) * FINE
    kept = 1.0 - fee
    if sign > 0:
        marginal = base * quote / (base - units) ** 2 / kept
    else:
        marginal = base * quote * kept / (base + units * kept) ** 2
    assert marginal == pytest.approx(limit, rel=1e-8)
    assert fills.exhausted[0] == 0


@pytest.mark.parametrize("factor", [0.3, 0.9, 1.0, 1.05, 3.0])
@pytest.mark.parametrize("fee", [0.0, 0.003, 0.05])
def test_the_cost_of_a_push_is_what_the_push_costs(factor: float, fee: float) -> None:
    market = pool(fee=fee, contract=FINE)
    base, quote = market.reserves
    cost = market.cost_to_move(factor)
    market.submit(Orders.of(0, [4], 0, [np.round(cost.base_received / FINE)]))
    after_base, after_quote = market.reserves
    assert after_quote / after_base == pytest.approx(factor * quote / base, rel=1e-8)
    assert after_quote - quote == pytest.approx(cost.quote_spent, rel=1e-6, abs=1e-3)
    assert cost.loss == pytest.approx(cost.quote_spent - cost.base_received * 100.0, abs=1e-9)
    assert cost.loss > 0 or factor == 1.0


def test_a_push_without_fee_has_its_closed_form() -> None:
    """Quadrupling the price doubles one reserve, halves the other, and loses half the depth."""
    cost = pool(fee=0.0).cost_to_move(4.0)
    assert cost == pytest.approx((1e6, 5_000.0, 5e5))
