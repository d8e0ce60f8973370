"""One trader at a time: looking at one, and writing one."""

from math import inf, isnan

import numpy as np
import pytest

from agents.base import Desk
from agents.lender_desk import LenderDesk
from agents.prototype import NoSettings, Prototype
from agents.seats import Seat
from agents.trader import TraderView, look
from agents.whale import Whale
from sim.accounts import HOUSE_ROWS, Standing
from sim.errors import ConfigError
from sim.orders import OrderKind, Quote
from sim.streams import Draws
from sim.view import View
from tests.agents.stage import (
    EXCHANGE,
    LENDER,
    LOAN,
    MAINTENANCE,
    MARKET,
    PERP,
    PRICE,
    XBT,
    called,
    desk_of,
    draws_at,
    give,
    lend,
    seat_of,
    venue_of,
    view_of,
    world,
)

ROW = np.array([HOUSE_ROWS])
INITIAL = 0.1


class DipBuyer(Prototype[NoSettings]):
    """Buys while the price is low and its leverage bearable."""

    parameters = NoSettings

    def decide(self, me: TraderView, view: View, draws: Draws) -> float:
        mid = view.venues[EXCHANGE].quotes[0].mid
        cheap = mid < 0.99 * view.outside[1] and me.leverage < 3.0
        return 1 + int(draws.one() * 3) if cheap else 0


def test_a_strategy_of_one_object_trades_through_orders() -> None:
    view = world(1)
    give(view.venues[EXCHANGE], ROW, 1000.0, 10.0)
    trader = desk_of(DipBuyer, [seat_of(view.venues[EXCHANGE])])
    assert isinstance(trader, Desk)
    assert not trader.orders(view, draws_at())
    view.venues[EXCHANGE].quotes[0] = Quote(0.95 * PRICE, 0.95 * PRICE + 1, 0.95 * PRICE)
    (batch,) = trader.orders(view, draws_at())
    assert batch.account.tolist() == ROW.tolist()
    assert batch.quantity[0] in {1.0, 2.0, 3.0}
    assert batch.kind.tolist() == [OrderKind.MARKET]
    view.venues[EXCHANGE].accounts.standing[ROW] = Standing.LIQUIDATING
    assert not trader.orders(view, draws_at())


def test_a_closed_venue_is_not_even_looked_at() -> None:
    view = world(1)
    view.venues[EXCHANGE].open = False
    assert not desk_of(DipBuyer, [seat_of(view.venues[EXCHANGE])]).orders(view, draws_at())


@pytest.mark.parametrize(
    ("instrument", "side", "price"),
    [
        (PERP, 1, PRICE * (1 - INITIAL) / (1 - MAINTENANCE)),
        (PERP, -1, PRICE * (1 + INITIAL) / (1 + MAINTENANCE)),
        (XBT, 1, PRICE * (1 + MAINTENANCE) / (1 + INITIAL)),
        (XBT, -1, PRICE * (1 - MAINTENANCE) / (1 - INITIAL)),
    ],
    ids=["linear long", "linear short", "inverse long", "inverse short"],
)
def test_the_distance_to_liquidation_is_the_textbook_one(
    instrument: object, side: int, price: float
) -> None:
    """Isolated liquidation prices in closed form, margin ``INITIAL`` of notional."""
    assert instrument in (PERP, XBT)
    contract = PERP if instrument is PERP else XBT
    view = view_of(venue_of(0, contract, 1, Quote(PRICE - 0.5, PRICE + 0.5, PRICE)))
    notional = 100 * contract.notional(PRICE)
    give(view.venues[0], ROW, INITIAL * notional, 100.0 * side)
    seen = look(view, seat_of(view.venues[0]), 0)
    assert PRICE * (1 - side * seen.liquidation_distance) == pytest.approx(price)
    assert seen.leverage == pytest.approx(1 / INITIAL)


def test_a_loan_is_as_far_from_liquidation_as_its_collateral_may_fall() -> None:
    view = world(1)
    lend(view.venues[LENDER], ROW, 1.0, 30_000.0)
    seen = look(view, seat_of(view.venues[LENDER]), 0)
    assert seen.position == -30_000.0
    assert PRICE * (1 - seen.liquidation_distance) * LOAN.liquidation_threshold == pytest.approx(
        30_000.0
    )


def test_who_holds_nothing_has_nothing_to_fear() -> None:
    view = world(1)
    seen = look(view, seat_of(view.venues[EXCHANGE]), 0)
    assert (seen.leverage, seen.liquidation_distance) == (0.0, inf)
    assert isnan(seen.entry)
    view.venues[MARKET].accounts.balances[1, ROW] = 2.0
    assert look(view, seat_of(view.venues[MARKET]), 0).position == 2000.0


def test_who_has_lost_all_is_infinitely_levered_and_at_the_door() -> None:
    view = world(1)
    give(view.venues[EXCHANGE], ROW, -5.0, 10.0)
    seen = look(view, seat_of(view.venues[EXCHANGE]), 0)
    assert (seen.leverage, seen.liquidation_distance) == (inf, 0.0)


@pytest.mark.parametrize("kind", [Whale, LenderDesk])
def test_institutions_meet_calls_as_far_as_the_reserve_reaches(
    kind: type[Whale] | type[LenderDesk],
) -> None:
    view = world(1)
    give(view.venues[EXCHANGE], ROW, 280.0, 100.0)
    made = desk_of(kind, [seat_of(view.venues[EXCHANGE])], delay_seconds=0.0, target_ratio=1.5)
    assert made.cure(view, draws_at()) == ([], ())
    called(view.venues[EXCHANGE], ROW)
    (paid,), _ = made.cure(view, draws_at())
    assert paid.amount == pytest.approx([1.5 * MAINTENANCE * 5000.0 - 280.0])
    view.venues[EXCHANGE].accounts.reserve[ROW] = 40.0
    (paid,), _ = made.cure(view, draws_at())
    assert paid.amount.tolist() == [40.0]
    view.venues[EXCHANGE].accounts.reserve[ROW] = 0.0
    assert made.cure(view, draws_at()) == ([], ())


def test_a_whale_that_defaults_answers_no_more() -> None:
    view = world(1)
    give(view.venues[EXCHANGE], ROW, 280.0, 100.0)
    called(view.venues[EXCHANGE], ROW)
    whale = desk_of(Whale, [seat_of(view.venues[EXCHANGE])], delay_seconds=0.0)
    assert whale.cure(view, draws_at())[0]
    whale.command("default")
    assert whale.cure(view, draws_at()) == ((), ())


def test_a_seat_that_cannot_be_is_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(ConfigError) as refusal:
        Seat(
            venue=0,
            instrument=0,
            rows=np.array([4, 6]),
            underlying=1,
            contract_size=0.0,
            kind="spot",
        )
    assert len(refusal.value.problems) == 2
