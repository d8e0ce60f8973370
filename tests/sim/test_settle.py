"""The settlement kernel: against one line of numpy, against itself in Python, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.arrays import Floats, Ints
from sim.kernels.settle import INVERSE, LINEAR, SPOT, affordable, settle, sum_by

N, M = 9, 60
KINDS = pytest.mark.parametrize("kind", [LINEAR, INVERSE, SPOT], ids=["linear", "inverse", "spot"])


class Books:
    """The accounts of one venue before any trade, and fills to settle."""

    def __init__(self, seed: int, kind: int) -> None:
        rng = np.random.default_rng(seed)
        self.kind = kind
        self.money = 1 if kind == INVERSE else 0
        self.size = float(rng.choice([0.01, 1.0, 25.0]))
        self.fees = (0.0007, -0.0002)
        self.taker: Ints = rng.integers(0, N, M)
        self.maker: Ints = (self.taker + rng.integers(1, N, M)) % N
        self.quantity: Floats = rng.choice([-1.0, 1.0], M) * rng.integers(1, 30, M)
        self.price: Floats = rng.uniform(20_000.0, 60_000.0, M)
        self.balances = rng.uniform(-1e6, 1e6, (2, N))
        self.positions = np.zeros(N)
        self.entry = np.zeros(N)
        self.realised = np.empty(M)

    def run(self, *, compiled: bool = True) -> "Books":
        """Settle all fills."""
        (settle if compiled else settle.py_func)(
            (self.kind, self.money, 1),
            self.size,
            self.fees,
            self.taker,
            self.maker,
            self.quantity,
            self.price,
            self.balances,
            self.positions,
            self.entry,
            self.realised,
        )
        return self


@KINDS
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_compiled_does_what_is_written(kind: int, seed: int) -> None:
    one, other = Books(seed, kind).run(), Books(seed, kind).run(compiled=False)
    for name in ("balances", "positions", "entry", "realised"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@KINDS
@given(seed=st.integers(0, 2**32 - 1))
def test_balances_and_positions_are_what_one_line_of_numpy_says(kind: int, seed: int) -> None:
    before, after = Books(seed, kind), Books(seed, kind).run()
    worth = after.quantity * (
        -after.size / after.price if kind == INVERSE else after.size * after.price
    )
    fee = np.abs(worth)[:, None] * after.fees
    every = np.arange(N)
    took, made = after.taker == every[:, None], after.maker == every[:, None]
    money = before.balances[after.money] - took @ (worth + fee[:, 0]) + made @ (worth - fee[:, 1])
    money[0] += fee.sum()
    np.testing.assert_allclose(after.balances[after.money], money, rtol=1e-9, atol=1e-6)
    moved = took @ after.quantity - made @ after.quantity
    if kind == SPOT:
        np.testing.assert_allclose(after.balances[1], before.balances[1] + moved * after.size)
        assert not after.positions.any()
    else:
        np.testing.assert_array_equal(after.positions, moved)


@KINDS
@given(seed=st.integers(0, 2**32 - 1))
def test_trading_makes_neither_money_nor_contracts(kind: int, seed: int) -> None:
    before, after = Books(seed, kind), Books(seed, kind).run()
    np.testing.assert_allclose(after.balances.sum(axis=1), before.balances.sum(axis=1), rtol=1e-9)
    assert after.positions.sum() == 0.0


@pytest.mark.parametrize("kind", [LINEAR, INVERSE], ids=["linear", "inverse"])
@given(seed=st.integers(0, 2**32 - 1))
def test_equity_is_what_was_realised_and_what_open_positions_have_gained(
    kind: int, seed: int
) -> None:
    """Money moves by whole values, profit by entry prices: two books that must agree."""
    mark = 41_000.0
    before, after = Books(seed, kind), Books(seed, kind).run()
    value = -after.size / mark if kind == INVERSE else after.size * mark
    gain = after.balances[after.money] - before.balances[after.money] + after.positions * value
    open_ = after.positions != 0.0
    paid = np.zeros(N)
    entry = after.entry[open_]
    paid[open_] = -after.size / entry if kind == INVERSE else after.size * entry
    unrealised = np.where(open_, after.positions * (value - paid), 0.0)
    # Every closing is a taker's or a maker's; ask the kernel about the makers by settling the
    # same trades seen from the other side.
    mirror = Books(seed, kind)
    mirror.fees = (mirror.fees[1], mirror.fees[0])
    mirror.taker, mirror.maker, mirror.quantity = mirror.maker, mirror.taker, -mirror.quantity
    mirror.run()
    np.testing.assert_allclose(mirror.entry, after.entry, rtol=1e-12)
    realised = np.zeros(N)
    sum_by(after.taker, after.realised, realised)
    sum_by(mirror.taker, mirror.realised, realised)
    fees = np.abs(after.quantity * (1 / after.price if kind == INVERSE else after.price))
    realised[0] += after.size * (fees * sum(after.fees)).sum()
    scale = np.abs(after.balances[after.money]).max()
    np.testing.assert_allclose(gain, realised + unrealised, atol=1e-12 * scale + 1e-9)


def turned(kind: int, *trades: tuple[float, float]) -> float:
    """Return the entry price of an account after it took some (contracts, price)."""
    n = len(trades)
    entry = np.zeros(2)
    settle(
        (kind, 0, 1),
        1.0,
        (0.0, 0.0),
        np.zeros(n, dtype=np.int64),
        np.ones(n, dtype=np.int64),
        np.array([q for q, _ in trades]),
        np.array([p for _, p in trades]),
        np.zeros((2, 2)),
        np.zeros(2),
        entry,
        np.empty(n),
    )
    assert entry[0] == entry[1]
    return float(entry[0])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_entry_prices_average_as_the_contract_is_valued(sign: float) -> None:
    opened = ((10.0 * sign, 40_000.0), (30.0 * sign, 50_000.0))
    assert turned(LINEAR, *opened) == pytest.approx(47_500.0)
    assert turned(INVERSE, *opened) == pytest.approx(40.0 / (10 / 40_000 + 30 / 50_000))


@pytest.mark.parametrize("kind", [LINEAR, INVERSE])
def test_closing_leaves_the_entry_price_and_crossing_zero_sets_a_new_one(kind: int) -> None:
    assert turned(kind, (10.0, 40_000.0), (-4.0, 50_000.0)) == 40_000.0
    assert turned(kind, (10.0, 40_000.0), (-10.0, 50_000.0)) == 0.0
    assert turned(kind, (10.0, 40_000.0), (-14.0, 50_000.0)) == 50_000.0


@given(
    held=st.integers(-20, 20),
    wanted=st.integers(-30, 30).filter(bool),
    free=st.floats(-100.0, 1000.0),
    need=st.floats(0.5, 100.0),
)
def test_closing_is_always_allowed_and_opening_only_with_margin(
    held: int, wanted: int, free: float, need: float
) -> None:
    account, q, position, cost = np.zeros(1, dtype=np.int64), *np.array([[wanted], [held], [need]])
    out, slow = np.empty(1), np.empty(1)
    affordable(account, q, position, cost, np.array([free]), out)
    affordable.py_func(account, q, position, cost, np.array([free]), slow)
    np.testing.assert_array_equal(out, slow)
    closing = min(abs(wanted), abs(held)) if held * wanted < 0 else 0
    room = max(int(max(free, 0.0) / need), 0)
    assert abs(out[0]) == closing + min(abs(wanted) - closing, room)
    assert out[0] * wanted >= 0


def test_orders_of_one_account_share_its_free_margin() -> None:
    out = np.empty(3)
    affordable(
        np.array([0, 1, 0]),
        np.array([6.0, 6.0, 6.0]),
        np.zeros(3),
        np.full(3, 10.0),
        np.array([100.0, 35.0]),
        out,
    )
    assert out.tolist() == [6.0, 3.0, 4.0]


@given(seed=st.integers(0, 2**32 - 1))
def test_sums_by_index_are_those_of_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    index, values = rng.integers(0, 7, 40), rng.normal(size=40)
    out, slow = np.ones(7), np.ones(7)
    sum_by(index, values, out)
    sum_by.py_func(index, values, slow)
    np.testing.assert_array_equal(out, slow)
    np.testing.assert_allclose(out, 1.0 + np.bincount(index, weights=values, minlength=7))
