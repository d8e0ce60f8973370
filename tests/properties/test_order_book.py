"""The book against one that anybody can check by reading."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.plain_book import PlainBook
from sim.kernels.book_bitmap import (
    PLACES,
    at_or_above,
    at_or_below,
    clear_if,
    empty_bitmap,
    highest,
    lowest,
    mark,
)
from sim.market.order_book import OrderBook
from sim.orders import OrderKind, Orders
from sim.streams import Streams

TICK, PRICE, LEVELS = 0.1, 20.0, 400
MILLION = 1_000_000


def messages(n: int) -> Orders:
    """Return ``n`` messages meant to hurt: few prices, few accounts, everything allowed."""
    draws, entities = Streams(11).at("test/order_book", 0), np.arange(n)
    u = [draws.uniform(entities, lane) for lane in range(8)]
    kind = np.searchsorted([0.55, 0.62, 0.70, 0.985], u[0]).astype(np.int8)
    account = 4 + (u[1] * 30).astype(np.int64)
    quantity = np.floor(61 * u[2]) - 30
    wander = 60.0 * np.sin(np.arange(n) / 20_000.0)
    ticks = np.floor(200.0 + wander + 14.0 * np.log(u[3] / (1 - u[3])))
    between = u[4] < 0.2
    ticks[between] += u[5][between]
    price = ticks * TICK
    wild = u[4] > 0.98
    price[wild] = np.array([0.0, -1.0, 1e9, np.nan, 0.04, 40.0])[(6 * u[5][wild]).astype(int)]
    cancels = np.flatnonzero(kind == OrderKind.CANCEL)
    age = np.where(u[6] < 0.9, 1.0 - 40.0 * np.log(u[7]), u[7] * entities)[cancels]
    target = np.maximum(cancels - age.astype(np.int64), 0)
    quantity[cancels] = target
    honest = cancels[u[3][cancels] < 0.95]
    account[honest] = account[quantity[honest].astype(np.int64)]
    none = np.full(n, -1, dtype=np.int64)
    return Orders(0, account, np.zeros(n, dtype=np.int64), quantity, kind, price, none, u[0])


def plain_after(orders: Orders) -> PlainBook:
    plain = PlainBook(Fraction(1, 10), LEVELS)
    columns = (orders.account, orders.quantity, orders.kind, orders.price)
    for row in zip(*(column.tolist() for column in columns), strict=True):
        plain.message(*row)
    return plain


def test_a_million_messages_trade_as_in_the_plain_book() -> None:
    orders = messages(MILLION)
    plain = plain_after(orders)
    book = OrderBook(price_range=2.0).open(TICK, PRICE, 1.0)
    cuts = [0, 1, 2, 5, 100, 40_000, 300_000, 300_001, 900_000, MILLION]
    fills = []
    for start, stop in pairwise(cuts):
        part = book.submit(orders.take(np.arange(start, stop)))
        fills.append((part.order + start, part.maker, part.quantity, part.price, part.unfilled))
    order, maker, quantity, price, unfilled = (
        np.concatenate(column) for column in zip(*fills, strict=True)
    )
    expected = np.array(plain.fills)
    assert order.size > MILLION // 5
    np.testing.assert_array_equal(order, expected[:, 0])
    np.testing.assert_array_equal(maker, expected[:, 1])
    np.testing.assert_array_equal(quantity, expected[:, 2])
    np.testing.assert_array_equal(price, expected[:, 3] / 10)
    np.testing.assert_array_equal(unfilled, plain.unfilled)
    resting = book.state()[0]
    assert resting.shape[0] > 50
    np.testing.assert_array_equal(resting, plain.resting())
    bids, bid_sizes, asks, ask_sizes = book.ladder(LEVELS)
    for sign, prices, sizes in ((1, bids, bid_sizes), (-1, asks, ask_sizes)):
        levels = plain.sides[sign][::-sign]
        np.testing.assert_array_equal(prices, np.array(levels) / 10)
        totals = [sum(o.size for o in plain.queues[level].values()) for level in levels]
        np.testing.assert_array_equal(sizes, totals)


rows = st.lists(
    st.tuples(
        st.sampled_from([4, 5, 6]),
        st.integers(-9, 30),
        st.sampled_from([0, 0, 0, 1, 2, 3, 3, 4]),
        st.sampled_from([19.8, 19.9, 19.95, 20.0, 20.1, 20.14, 20.2, 0.0, 40.0]),
    ),
    max_size=40,
)


@given(rows=rows)
def test_any_few_messages_trade_as_in_the_plain_book(
    rows: list[tuple[int, int, int, float]],
) -> None:
    plain = PlainBook(Fraction(1, 10), LEVELS)
    for row in rows:
        plain.message(*row)
    book = OrderBook(price_range=2.0).open(TICK, PRICE, 1.0)
    account, quantity, kind, price = zip(*rows, strict=True) if rows else ((), (), (), ())
    fills = book.submit(
        Orders.of(0, account, 0, quantity, kind=np.array(kind, dtype=np.int8), price=price)
    )
    got = zip(fills.order, fills.maker, fills.quantity, np.round(fills.price * 10), strict=True)
    assert list(got) == plain.fills
    assert [tuple(row) for row in book.state()[0]] == plain.resting()
    assert fills.unfilled.tolist() == plain.unfilled


places = st.integers(1, PLACES - 2)


@given(marked=st.sets(places | st.integers(1, 5000)), taken_off=st.data(), around=places)
def test_the_bitmap_finds_what_a_sorted_list_finds(
    marked: set[int], taken_off: st.DataObject, around: int
) -> None:
    words = empty_bitmap()
    for place in (0, PLACES - 1, *marked):
        mark(words, place)
    gone = taken_off.draw(st.sets(st.sampled_from(sorted(marked)))) if marked else set()
    for place in sorted(marked):
        clear_if(words, place, place in gone)
    left = sorted(({0, PLACES - 1} | marked) - gone)
    for place in (around, *sorted(marked)):
        assert at_or_above(words, place) == min(p for p in left if p >= place)
        assert at_or_below(words, place) == max(p for p in left if p <= place)
        assert at_or_above.py_func(words, place) == at_or_above(words, place)
        assert at_or_below.py_func(words, place) == at_or_below(words, place)


@given(word=st.integers(1, 2**64 - 1))
def test_the_ends_of_a_word_are_found(word: int) -> None:
    for find, expected in (
        (lowest, (word & -word).bit_length() - 1),
        (highest, word.bit_length() - 1),
    ):
        assert find(np.uint64(word)) == find.py_func(np.uint64(word)) == expected
