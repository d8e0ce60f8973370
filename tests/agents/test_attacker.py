"""Push, hold, get out; and count what it cost."""

from math import log

import numpy as np
import pytest

from agents.attacker import Attacker, Stage
from sim.accounts import HOUSE_ROWS
from sim.errors import ConfigError
from sim.orders import OrderKind, Quote
from sim.view import View
from tests.agents.stage import (
    EXCHANGE,
    MARKET,
    PRICE,
    desk_of,
    draws_at,
    fill,
    give,
    seat_of,
    world,
)

ROW = np.array([HOUSE_ROWS])
SHORT = {"push_seconds": 600.0, "hold_seconds": 30.0, "unwind_seconds": 40.0}


def scene() -> View:
    """Return a view with 10 million USD and a thousand coins on the spot venue."""
    view = world(1)
    view.venues[MARKET].accounts.balances[:, ROW] = [[1e7], [1e3]]
    return view


def price(view: View, value: float) -> None:
    view.venues[MARKET].quotes[0] = Quote(value - 0.5, value + 0.5, value)


def attacker(view: View, *more: int, **settings: object) -> Attacker:
    seats = [seat_of(view.venues[venue]) for venue in (MARKET, *more)]
    return desk_of(Attacker, seats, **settings)


def run(made: Attacker, view: View, steps: int, impact: float) -> list[float]:
    """Fill every order in full at the mid, which each USD moves by ``impact``, log units."""
    traded = []
    mid = view.venues[MARKET].quotes[0].mid
    for _ in range(steps):
        size = 0.0
        for batch in made.orders(view, draws_at()):
            size = float(batch.quantity[0])
            fill(view, made.seats[0], size, mid)
            mid *= float(np.exp(impact * size * 0.001 * mid))
            price(view, mid)
        traded.append(size)
        view.step += 1
    return traded


def test_without_the_order_nothing_happens() -> None:
    view = scene()
    made = attacker(view)
    assert not made.orders(view, draws_at())
    assert made.cost_usd(view) == 0.0
    assert made.profit_usd(view) == 0.0


@pytest.mark.parametrize("move", [0.1, -0.1])
def test_it_pushes_to_the_target_holds_and_gives_back_what_it_took(move: float) -> None:
    view = scene()
    made = attacker(view, target_move=move, pace_usd=1e5, **SHORT)
    made.command("attack")
    traded = run(made, view, 40, impact=1e-7)
    assert made.stage is Stage.UNWIND
    pushed = [size for size in traded if size * move > 0]
    assert sum(pushed) * 0.001 * PRICE * 1e-7 == pytest.approx(log(1 + move), rel=0.25)
    assert sum(traded) == pytest.approx(0.0, abs=1e-9)


def test_it_never_pays_beyond_the_target() -> None:
    view = scene()
    made = attacker(view, target_move=0.1)
    made.command("attack")
    (batch,) = made.orders(view, draws_at())
    assert batch.kind[0] == OrderKind.IOC
    assert batch.price[0] == pytest.approx(1.1 * PRICE)


def test_the_cost_is_money_out_less_money_back() -> None:
    """Bought at 50 000 and 50 500, sold at 49 000 and 48 000: the difference, to the dollar."""
    view = scene()
    made = attacker(view, target_move=0.5, pace_usd=50_500.0, push_seconds=20.0, hold_seconds=0.0)
    made.command("attack")
    paid = 0.0
    for at in (50_000.0, 50_500.0):
        price(view, at)
        (batch,) = made.orders(view, draws_at())
        fill(view, made.seats[0], float(batch.quantity[0]), at)
        paid += float(batch.quantity[0]) * 0.001 * at
        view.step += 1
    left = 1e3 + paid / PRICE
    back = 0.0
    for at in (49_000.0, 48_000.0):
        price(view, at)
        (batch,) = made.orders(view, draws_at())
        fill(view, made.seats[0], float(batch.quantity[0]), at)
        back -= float(batch.quantity[0]) * 0.001 * at
        view.step += 1
    held = view.venues[MARKET].accounts.balances[1, HOUSE_ROWS] - 1e3
    assert held < left
    assert made.cost_usd(view) == pytest.approx(paid - back - held * PRICE)
    assert made.spent_usd == pytest.approx(paid)
    assert made.recovered_usd == pytest.approx(back)


def test_the_budget_is_the_end_of_the_push() -> None:
    view = scene()
    made = attacker(view, target_move=0.5, budget_usd=250_000.0, pace_usd=1e5)
    made.command("attack")
    traded = run(made, view, 30, impact=0.0)
    assert sum(size for size in traded if size > 0) * 0.001 * PRICE == pytest.approx(250_000.0)


def test_values_of_the_order_replace_settings_and_name_the_cause() -> None:
    view = scene()
    made = attacker(view)
    made.command("attack", target_move=0.3, cause=42)
    (batch,) = made.orders(view, draws_at())
    assert batch.price[0] == pytest.approx(1.3 * PRICE)
    assert batch.cause.tolist() == [42]


def test_an_order_with_wrong_values_is_refused() -> None:
    made = attacker(scene())
    with pytest.raises(ConfigError, match="attack has no size; it has target_move"):
        made.command("attack", size=3)
    with pytest.raises(ConfigError, match="budget_usd must be > 0"):
        made.command("attack", budget_usd=-1.0)
    assert made.stage is Stage.IDLE


def test_a_position_elsewhere_is_gain_and_not_cost() -> None:
    view = scene()
    give(view.venues[EXCHANGE], ROW, 1e5, 100.0)
    made = attacker(view, EXCHANGE, target_move=0.1)
    made.command("attack")
    made.orders(view, draws_at())
    view.venues[EXCHANGE].accounts.balances[0, ROW] += 7_000.0
    assert made.profit_usd(view) == pytest.approx(7_000.0)
    assert made.cost_usd(view) == 0.0
