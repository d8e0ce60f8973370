"""What every market must do, however it makes its prices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts import HOUSE_ROWS
from sim.arrays import Ints
from sim.kernels.book import match, resting, within
from sim.kernels.constant_product import swap
from sim.kernels.impact_curve import push
from sim.market import MECHANISMS, LiveMarket, MechanismKind
from sim.market.constant_product import ConstantProduct
from sim.market.linear import Linear
from sim.market.order_book import OrderBook, OrderBookMarket
from sim.market.square_root import SquareRoot
from sim.orders import Fills, OrderKind, Orders
from sim.roles import Mechanism

EXAMPLES: dict[str, MechanismKind] = {
    "order_book": OrderBook(price_range=3.0),
    "constant_product": ConstantProduct(depth_usd=100_000.0, fee=0.003),
    "square_root": SquareRoot(daily_volume_usd=1e6, half_life_seconds=600.0, half_spread=0.0005),
    "linear": Linear(depth_usd=200_000.0, half_life_seconds=600.0, half_spread=0.0005),
}
every_mechanism = pytest.mark.parametrize("kind", EXAMPLES.values(), ids=EXAMPLES.keys())

TICK, PRICE, CONTRACT = 0.5, 100.0, 1.0
MAKER = 99
TRADING = (OrderKind.LIMIT, OrderKind.MARKET, OrderKind.IOC)
Row = tuple[OrderKind, int, int, float]

contracts = st.integers(1, 400).flatmap(lambda size: st.sampled_from([-size, size]))
trading: st.SearchStrategy[Row] = st.tuples(
    st.sampled_from(TRADING), st.integers(HOUSE_ROWS, 8), contracts, st.floats(80.0, 120.0)
)
cancelling: st.SearchStrategy[Row] = st.tuples(
    st.sampled_from([OrderKind.CANCEL, OrderKind.CANCEL_ALL]),
    st.integers(HOUSE_ROWS, 8),
    st.integers(0, 60),
    st.just(np.nan),
)
batches = st.lists(trading | cancelling, max_size=25)


def orders(rows: list[Row]) -> Orders:
    return Orders.of(
        0,
        [row[1] for row in rows],
        0,
        [float(row[2]) for row in rows],
        kind=np.array([row[0] for row in rows], dtype=np.int8),
        price=[row[3] for row in rows],
    )


def market_order(quantity: float, account: int = 4) -> Orders:
    return Orders.of(0, [account], 0, [quantity])


def stocked(kind: MechanismKind) -> LiveMarket:
    """Return an open market with something to trade against."""
    market = kind.open(TICK, PRICE, CONTRACT)
    offset = np.arange(1, 21) * TICK
    price = np.concatenate([PRICE - offset, PRICE + offset])
    if isinstance(market, OrderBookMarket):
        maker = np.full(40, MAKER)
        size = np.repeat([20.0, -20.0], 20)
        market.submit(Orders.of(0, maker, 0, size, kind=OrderKind.LIMIT, price=price))
    return market


def filled(fills: Fills, count: int) -> np.ndarray:
    """Return the contracts that each order traded, signed, (count,)."""
    out = np.zeros(count)
    np.add.at(out, fills.order, fills.quantity)
    return out


def assert_same(one: Fills, other: Fills) -> None:
    for name in ("order", "maker", "quantity", "price", "unfilled", "exhausted"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def assert_same_state(one: LiveMarket, other: LiveMarket) -> None:
    for mine, theirs in zip(one.state(), other.state(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_every_registered_mechanism_is_tested() -> None:
    assert {name: type(kind) for name, kind in EXAMPLES.items()} == MECHANISMS


@every_mechanism
def test_what_opens_is_a_mechanism(kind: MechanismKind) -> None:
    market: Mechanism = kind.open(TICK, PRICE, CONTRACT)
    market.anchor(PRICE, 10.0)


@every_mechanism
def test_a_market_that_saw_no_order_is_at_its_initial_price(kind: MechanismKind) -> None:
    market = kind.open(TICK, PRICE, CONTRACT)
    quote = market.quote()
    assert quote.last == PRICE
    assert quote.mid == pytest.approx(PRICE, rel=1e-4)
    assert not quote.bid > quote.ask
    assert min(market.depth(0.05)) >= 0


@every_mechanism
def test_no_orders_change_nothing(kind: MechanismKind) -> None:
    market, other = stocked(kind), stocked(kind)
    fills = market.submit(orders([]))
    assert fills.order.size == fills.unfilled.size == 0
    assert_same_state(market, other)


@every_mechanism
@given(rows=batches)
def test_what_was_asked_is_traded_left_over_or_rests(kind: MechanismKind, rows: list[Row]) -> None:
    fills = stocked(kind).submit(orders(rows))
    done = filled(fills, len(rows))
    for i, (what, _, quantity, _) in enumerate(rows):
        if what not in TRADING:
            assert done[i] == fills.unfilled[i] == fills.exhausted[i] == 0
            continue
        rests = abs(quantity) - abs(done[i]) - fills.unfilled[i]
        assert done[i] * quantity >= 0
        assert fills.unfilled[i] >= 0
        assert rests >= 0
        assert rests == 0 or (what == OrderKind.LIMIT and isinstance(kind, OrderBook))


@every_mechanism
@given(rows=batches)
def test_no_order_trades_beyond_its_limit(kind: MechanismKind, rows: list[Row]) -> None:
    fills = stocked(kind).submit(orders(rows))
    for order, quantity, price in zip(fills.order, fills.quantity, fills.price, strict=True):
        what, _, _, limit = rows[order]
        if what != OrderKind.MARKET:
            assert (price - limit) * np.sign(quantity) <= 1e-9 * limit


@every_mechanism
@given(rows=batches)
def test_nobody_trades_with_himself(kind: MechanismKind, rows: list[Row]) -> None:
    fills = stocked(kind).submit(orders(rows))
    takers = np.array([rows[order][1] for order in fills.order], dtype=np.int64)
    assert not np.any(takers == fills.maker)


@every_mechanism
@given(size=st.integers(1, 900))
def test_selling_never_raises_the_price_and_buying_never_lowers_it(
    kind: MechanismKind, size: int
) -> None:
    for sign in (-1, 1):
        market = stocked(kind)
        before = market.quote()
        fills = market.submit(market_order(float(sign * size)))
        after = market.quote()
        assert (after.mid - before.mid) * sign >= 0
        touch = before.ask if sign > 0 else before.bid
        assert np.all((fills.price - touch) * sign >= -1e-9 * PRICE)


@every_mechanism
@given(size=contracts, warm_up=contracts)
def test_a_round_trip_never_makes_money(kind: MechanismKind, size: int, warm_up: int) -> None:
    market = stocked(kind)
    market.submit(market_order(float(warm_up)))
    there = market.submit(market_order(float(size)))
    back = market.submit(market_order(-float(there.quantity.sum())))
    if back.unfilled.sum():
        return
    paid = (there.quantity * there.price).sum() + (back.quantity * back.price).sum()
    assert paid >= -1e-9 * PRICE * abs(size)


@every_mechanism
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_market_order_beyond_all_measure_leaves_a_defined_state(
    kind: MechanismKind, sign: float
) -> None:
    market = stocked(kind)
    fills = market.submit(market_order(sign * 1e12))
    assert fills.exhausted[0] == (fills.unfilled[0] > 0)
    assert abs(fills.quantity.sum()) + fills.unfilled[0] == 1e12
    assert 0 < market.quote().mid < np.inf
    assert np.all(np.isfinite(fills.price))
    again = market.submit(market_order(sign))
    assert abs(again.quantity.sum()) + again.unfilled[0] == 1


@every_mechanism
def test_a_purchase_of_more_than_there_is_is_exhausted(kind: MechanismKind) -> None:
    fills = stocked(kind).submit(market_order(1e12))
    assert fills.exhausted[0] == 1
    assert fills.unfilled[0] > 0


@every_mechanism
@pytest.mark.parametrize("width", [0.001, 0.01, 0.04, 0.5])
def test_depth_is_what_an_order_with_that_limit_trades(kind: MechanismKind, width: float) -> None:
    mid = stocked(kind).quote().mid
    for side, sign in enumerate((-1.0, 1.0)):
        market = stocked(kind)
        deep = market.depth(width)[side]
        limit = mid * (1.0 + sign * width)
        order = Orders.of(0, [4], 0, [sign * 1e8], kind=OrderKind.IOC, price=limit)
        assert abs(market.submit(order).quantity.sum()) == pytest.approx(deep, abs=1)


@every_mechanism
def test_orders_at_impossible_prices_or_of_no_size_come_back(kind: MechanismKind) -> None:
    market, other = stocked(kind), stocked(kind)
    prices = np.array([0.0, -5.0, np.nan, PRICE])
    fills = market.submit(
        Orders.of(0, [4] * 4, 0, [3.0, -3.0, 3.0, 0.0], kind=OrderKind.LIMIT, price=prices)
    )
    assert fills.order.size == 0
    np.testing.assert_array_equal(fills.unfilled, [3.0, 3.0, 3.0, 0.0])
    assert market.quote() == other.quote()
    assert market.depth(0.5) == other.depth(0.5)


@every_mechanism
@given(rows=batches, cut=st.integers(0, 25))
def test_it_does_not_matter_how_messages_are_cut_into_batches(
    kind: MechanismKind, rows: list[Row], cut: int
) -> None:
    whole, parts = stocked(kind), stocked(kind)
    together = whole.submit(orders(rows))
    first, second = parts.submit(orders(rows[:cut])), parts.submit(orders(rows[cut:]))
    np.testing.assert_array_equal(together.price, np.concatenate([first.price, second.price]))
    np.testing.assert_array_equal(
        together.unfilled, np.concatenate([first.unfilled, second.unfilled])
    )
    assert_same_state(whole, parts)


@every_mechanism
@given(rows=batches)
def test_compiled_and_plain_python_agree_to_the_bit(kind: MechanismKind, rows: list[Row]) -> None:
    compiled, plain = stocked(kind), stocked(kind)
    for market in (compiled, plain):
        market.anchor(PRICE * 1.01, 30.0)
    fast = compiled.submit(orders(rows))
    seen = compiled.depth(0.05), compiled.state()
    with pytest.MonkeyPatch.context() as patch:
        for function in (match, within, resting):
            name = function.py_func.__name__
            patch.setattr(f"sim.market.order_book.{name}", function.py_func)
        patch.setattr("sim.market.constant_product.swap", swap.py_func)
        patch.setattr("sim.market.impact.push", push.py_func)
        slow = plain.submit(orders(rows))
        assert plain.depth(0.05) == seen[0]
        for mine, theirs in zip(plain.state(), seen[1], strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert_same(fast, slow)


@every_mechanism
def test_columns_that_are_views_or_read_only_are_taken_too(kind: MechanismKind) -> None:
    market, other = stocked(kind), stocked(kind)
    account: Ints = np.array([4, 0, 5, 0])[::2]
    quantity = np.array([7.0, 0.0, -9.0, 0.0])[::2]
    quantity.flags.writeable = False
    assert_same(
        market.submit(Orders.of(0, account, 0, quantity)),
        other.submit(Orders.of(0, [4, 5], 0, [7.0, -9.0])),
    )
