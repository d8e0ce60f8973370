"""The order book, rule by rule."""

import numpy as np
import pytest

from sim.arrays import NONE
from sim.errors import ConfigError
from sim.kernels import book as codes
from sim.kernels.book_orders import YOUNG
from sim.market.order_book import OrderBook, OrderBookMarket
from sim.orders import Fills, OrderKind, Orders

LIMIT, IOC = OrderKind.LIMIT, OrderKind.IOC


@pytest.fixture
def book() -> OrderBookMarket:
    return OrderBook().open(tick=0.1, initial_price=100.0, contract_size=1.0)


def send(
    book: OrderBookMarket,
    account: int,
    quantity: float,
    price: float = np.nan,
    kind: OrderKind | None = None,
) -> Fills:
    """Send one order: a limit where there is a price, else a market order."""
    kind = kind if kind is not None else OrderKind.MARKET if np.isnan(price) else LIMIT
    return book.submit(Orders.of(0, [account], 0, [quantity], kind=kind, price=price))


def cancel(book: OrderBookMarket, account: int, handle: int) -> None:
    send(book, account, float(handle), kind=OrderKind.CANCEL)


def test_the_kernel_knows_the_kinds_by_the_same_numbers() -> None:
    for kind in OrderKind:
        assert getattr(codes, kind.name) == kind


def test_the_best_price_trades_first_then_the_first_to_come(book: OrderBookMarket) -> None:
    for account, price in ((4, 100.2), (5, 100.1), (6, 100.1)):
        send(book, account, -2, price)
    fills = send(book, 9, 5)
    assert fills.maker.tolist() == [5, 6, 4]
    assert fills.price.tolist() == [100.1, 100.1, 100.2]
    assert fills.quantity.tolist() == [2, 2, 1]
    assert book.resting(4)[2].tolist() == [-1]


def test_a_limit_order_takes_first_and_rests_with_what_is_left(book: OrderBookMarket) -> None:
    send(book, 4, -2, 100.1)
    fills = send(book, 5, 5, 100.3)
    assert fills.price.tolist() == [100.1]
    assert fills.unfilled[0] == 0
    assert book.quote().bid == 100.3
    assert np.isnan(book.quote().ask)
    assert book.resting(5)[2].tolist() == [3]


def test_immediate_or_cancel_rests_nothing_and_is_not_exhausted(book: OrderBookMarket) -> None:
    send(book, 4, -2, 100.1)
    send(book, 4, -2, 100.5)
    fills = send(book, 5, 5, 100.3, IOC)
    assert (fills.unfilled[0], fills.exhausted[0]) == (3, 0)
    assert book.resting(5)[0].size == 0


def test_a_market_order_that_empties_the_book_says_so(book: OrderBookMarket) -> None:
    send(book, 4, 3, 99.0)
    fills = send(book, 5, -10)
    assert (fills.unfilled[0], fills.exhausted[0]) == (7, 1)
    assert np.isnan(book.quote().bid)
    assert book.quote().mid == 99.0
    assert book.depth(0.5) == (0.0, 0.0)


def test_the_own_resting_order_gives_way(book: OrderBookMarket) -> None:
    send(book, 4, -2, 100.1)
    send(book, 5, -2, 100.1)
    fills = send(book, 4, 3, 100.1)
    assert fills.maker.tolist() == [5]
    assert book.resting(4)[2].tolist() == [1]


@pytest.mark.parametrize(
    ("quantity", "price", "rests_at"),
    [(1, 99.97, 99.9), (-1, 100.03, 100.1), (1, 99.9, 99.9), (-1, 0.1 * 1003, 100.3)],
)
def test_a_price_between_ticks_never_turns_against_its_sender(
    book: OrderBookMarket, quantity: float, price: float, rests_at: float
) -> None:
    send(book, 4, quantity, price)
    assert book.resting(4)[1].tolist() == [rests_at]


@pytest.mark.parametrize("price", [0.0, -1.0, 400.2, np.inf, 0.05])
def test_bids_at_impossible_prices_are_refused(book: OrderBookMarket, price: float) -> None:
    assert send(book, 4, 2, price, LIMIT).unfilled[0] == 2
    assert book.resting(4)[0].size == 0


def test_parts_of_a_contract_are_left_over(book: OrderBookMarket) -> None:
    send(book, 4, -5, 100.0)
    fills = send(book, 5, 2.75)
    assert fills.quantity.tolist() == [2]
    assert fills.unfilled[0] == 0.75


def test_an_order_without_an_account_is_refused(book: OrderBookMarket) -> None:
    assert send(book, NONE, 2, 99.0).unfilled[0] == 2


def test_only_the_owner_cancels(book: OrderBookMarket) -> None:
    handle = book.next_handle
    send(book, 4, 2, 99.0)
    assert book.handles.tolist() == [handle]
    cancel(book, 5, handle)
    assert book.resting(4)[0].tolist() == [handle]
    cancel(book, 4, handle)
    assert book.resting(4)[0].size == 0
    assert np.isnan(book.quote().bid)


def test_a_handle_dies_with_its_order(book: OrderBookMarket) -> None:
    handle = book.next_handle
    send(book, 4, 2, 99.0)
    cancel(book, 4, handle)
    send(book, 4, 3, 98.0)
    for dead in (handle, -1, 10**9, np.nan):
        send(book, 4, dead, kind=OrderKind.CANCEL)
    assert book.resting(4)[2].tolist() == [3]


def test_cancel_all_takes_one_account_off_the_book(book: OrderBookMarket) -> None:
    for price in (99.0, 98.0, 97.0):
        send(book, 4, 1, price)
        send(book, 5, 1, price)
    send(book, 4, -1, 101.0)
    send(book, 4, 0, kind=OrderKind.CANCEL_ALL)
    assert book.resting(4)[0].size == 0
    assert book.resting(5)[1].tolist() == [99.0, 98.0, 97.0]
    assert np.isnan(book.quote().ask)


def test_accounts_nobody_heard_of_have_nothing(book: OrderBookMarket) -> None:
    assert book.resting(10**7)[0].size == book.resting(-1)[0].size == 0


def test_a_million_accounts_can_rest_at_once(book: OrderBookMarket) -> None:
    account = np.arange(4, 1_000_004)
    price = (100.0 - 0.1 * (account % 500)).tolist()
    book.submit(Orders.of(0, account, 0, np.ones(account.size), kind=LIMIT, price=price))
    assert book.depth(1.0)[0] == 1_000_000
    assert book.resting(1_000_003)[2].tolist() == [1]


def test_old_orders_keep_their_handles_while_memory_follows_what_rests(
    book: OrderBookMarket,
) -> None:
    kept = []
    for price in (90.0, 91.0, 92.0):
        kept.append(book.next_handle)
        send(book, 4, 1, price)
        for _ in range(12):
            n = YOUNG // 4
            first = book.next_handle
            book.submit(Orders.of(0, np.full(n, 5), 0, np.ones(n), kind=LIMIT, price=80.0))
            gone = np.arange(first, first + n, dtype=np.float64)
            book.submit(Orders.of(0, np.full(n, 5), 0, gone, kind=OrderKind.CANCEL))
    assert book.resting(4)[0].tolist() == kept
    cancel(book, 4, kept[1])
    assert book.resting(4)[0].tolist() == [kept[0], kept[2]]
    inside = book._book
    assert book.next_handle > 10 * YOUNG
    assert max(inside.orders.shape[0], inside.young.size, inside.old.shape[0]) <= 2 * YOUNG


def test_the_ladder_shows_the_best_levels_of_each_side(book: OrderBookMarket) -> None:
    for price, size in ((99.0, 2), (99.0, 3), (98.5, 1), (101.0, -4), (103.0, -5)):
        send(book, 4, size, price)
    bids, bid_sizes, asks, ask_sizes = book.ladder(1)
    assert (bids.tolist(), bid_sizes.tolist()) == ([99.0], [5.0])
    assert (asks.tolist(), ask_sizes.tolist()) == ([101.0], [4.0])
    assert book.ladder(9)[2].tolist() == [101.0, 103.0]
    assert book.depth(0.011) == (5.0, 4.0)


@pytest.mark.parametrize("name", ["ladder", "resting_of"])
def test_what_is_read_is_the_same_without_the_compiler(
    book: OrderBookMarket, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for price, size in ((99.0, 2), (98.5, 1), (101.0, -4), (103.0, -5)):
        send(book, 4, size, price)
    compiled = [column.tolist() for column in (*book.ladder(9), *book.resting(4))]
    monkeypatch.setattr(f"sim.market.order_book.{name}", getattr(codes, name).py_func)
    assert [column.tolist() for column in (*book.ladder(9), *book.resting(4))] == compiled


@pytest.mark.parametrize("tick", [1e-9, 1e9])
def test_a_tick_that_cannot_be_meant_is_refused(tick: float) -> None:
    with pytest.raises(ConfigError, match="tick"):
        OrderBook().open(tick, 100.0, 1.0)
