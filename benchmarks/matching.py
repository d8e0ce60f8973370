"""Messages a second of the order book, on one core: ``python -m benchmarks.matching``.

The flow is 55 % limit orders, 10 % market orders and 35 % cancels around a moving mid. Handles
count messages, so that cancels can be written down before anything is matched. Seconds are the
process's own, which others on the machine lengthen less than those on the wall.
"""

from argparse import ArgumentParser
from fractions import Fraction
from time import process_time

import numpy as np

from benchmarks.plain_book import PlainBook
from sim.arrays import Ints
from sim.market.order_book import OrderBook, OrderBookMarket
from sim.orders import OrderKind, Orders
from sim.streams import Streams

TICK, PRICE, ACCOUNTS = 0.5, 50_000.0, 100_000
LIMIT_SHARE, MARKET_SHARE = 0.55, 0.10
LIFETIME = 3_000
"""Mean messages between an order and its cancel."""


def flow(n: int, seed: int = 7) -> Orders:
    """Return ``n`` messages of the mixed flow.

    Offsets from the mid are exponential (20 ticks), one in twenty crosses it; the mid walks a
    tick in a hundred messages; sizes are uniform, 1 to 20 contracts, market orders up to 40.
    """
    draws, entities = Streams(seed).at("benchmark/matching", 0), np.arange(n)
    lane = [draws.uniform(entities, lane) for lane in range(6)]
    kind = np.full(n, OrderKind.CANCEL, dtype=np.int8)
    kind[lane[0] < LIMIT_SHARE + MARKET_SHARE] = OrderKind.MARKET
    kind[lane[0] < LIMIT_SHARE] = OrderKind.LIMIT
    account = 4 + (lane[1] * ACCOUNTS).astype(np.int64)
    sign = np.where(lane[2] < 0.5, 1.0, -1.0)
    quantity = sign * np.ceil(lane[3] * np.where(kind == OrderKind.MARKET, 40, 20))
    walk = np.cumsum(np.where(lane[4] < 0.005, 1, 0) - np.where(lane[4] > 0.995, 1, 0))
    offset = np.floor(-20.0 * np.log(lane[5])) + 1.0
    offset[lane[4] % 0.05 < 0.0025] *= -0.1
    price = PRICE + TICK * np.round(walk - sign * offset)
    _aim_cancels(kind, account, quantity, draws.uniform(entities, 6))
    none = np.full(n, -1, dtype=np.int64)
    return Orders(0, account, np.zeros(n, dtype=np.int64), quantity, kind, price, none, lane[0])


def _aim_cancels(kind: np.ndarray, account: Ints, quantity: np.ndarray, age: np.ndarray) -> None:
    """Let each cancel name an earlier limit order, the one whose lifetime ends about then."""
    limits = np.flatnonzero(kind == OrderKind.LIMIT)
    cancels = np.flatnonzero(kind == OrderKind.CANCEL)
    doomed = limits[age[limits] < cancels.size / limits.size]
    lifetime = -LIFETIME * np.log(age[doomed] * limits.size / cancels.size)
    target = doomed[np.argsort(doomed + lifetime, kind="stable")]
    target = np.concatenate([np.full(LIFETIME // 2, doomed[0]), target, target])[: cancels.size]
    late = target >= cancels
    target[late] = doomed[0]
    quantity[cancels] = target
    account[cancels] = account[target]


def plain_seconds(orders: Orders) -> tuple[float, PlainBook]:
    """Return how long the plain book takes for the messages."""
    book = PlainBook(Fraction(TICK), int(PRICE * 4 / TICK))
    columns = (orders.account, orders.quantity, orders.kind, orders.price)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    start = process_time()
    for row in rows:
        book.message(*row)
    return process_time() - start, book


def fast_seconds(orders: Orders, repeats: int) -> tuple[float, OrderBookMarket, int]:
    """Return the shortest time over repeats, each on a new book, and the fills."""
    seconds = []
    for _ in range(repeats):
        book = OrderBook().open(TICK, PRICE, contract_size=1.0)
        start = process_time()
        fills = book.submit(orders)
        seconds.append(process_time() - start)
    return min(seconds), book, fills.order.size


def copy_seconds(orders: Orders, repeats: int) -> float:
    """Return the shortest time to copy the columns that matching reads."""
    columns = (orders.account, orders.quantity, orders.kind, orders.price)
    pairs = [(column.view(np.int8), np.empty(column.nbytes, dtype=np.int8)) for column in columns]
    seconds = []
    for _ in range(repeats):
        start = process_time()
        for column, copy in pairs:
            np.copyto(copy, column)
        seconds.append(process_time() - start)
    return min(seconds)


def small_batch_seconds(orders: Orders, size: int) -> float:
    """Return the mean time of a batch of ``size`` messages on a filled book."""
    book = OrderBook().open(TICK, PRICE, contract_size=1.0)
    parts = [orders.take(np.arange(at, at + size)) for at in range(0, orders.size - size, size)]
    start = process_time()
    for part in parts:
        book.submit(part)
    return (process_time() - start) / len(parts)


def main() -> None:
    """Measure and print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--sample", type=int, default=100_000, help="messages for the plain book")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    fast_seconds(flow(1_000), 1)  # compile, or read the compiled code
    orders, sample = flow(options.messages), flow(options.sample)
    fast, book, fills = fast_seconds(orders, options.repeats)
    plain, _ = plain_seconds(sample)
    rate, plain_rate = orders.size / fast, sample.size / plain
    copied = orders.size / copy_seconds(orders, options.repeats)
    batch = small_batch_seconds(sample, 100)
    rows = [
        ("order book", f"{rate / 1e6:8.2f}", "1"),
        ("plain Python book", f"{plain_rate / 1e6:8.2f}", f"{rate / plain_rate:.0f} times slower"),
        ("copy of the messages", f"{copied / 1e6:8.2f}", f"{copied / rate:.0f} times faster"),
    ]
    print(f"{'':22}{'million messages/s':>20}  against the order book")
    for name, speed, ratio in rows:
        print(f"{name:22}{speed:>20}  {ratio}")
    resting = book.state()[0].shape[0]
    print(f"\n{orders.size:,} messages: {fills:,} fills, {resting:,} orders rest at the end")
    print(f"a batch of 100 messages takes {batch * 1e6:.0f} microseconds")


if __name__ == "__main__":
    main()
