"""A run from its first step to its last, or to the end of its market."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from sim.events import EventKind
from sim.orders import Bids, OrderKind, Orders, OutsideTrade, Transfers
from sim.price.path import DrawnPath
from sim.record import FIELDS
from sim.streams import Draws
from sim.view import View
from tests.sim.worlds import BTC, FIRST, count, data, exchange, give, jump, make, weigh


@dataclass
class OneOrder:
    """Somebody who sends the same order in every step."""

    entity: int
    order: Orders
    name: str = "one"
    priority: ClassVar[int] = 1

    def orders(self, view: View, draws: Draws) -> Sequence[Orders]:  # noqa: ARG002
        return (self.order,)

    def cure(
        self,
        view: View,  # noqa: ARG002
        draws: Draws,  # noqa: ARG002
    ) -> tuple[Sequence[Transfers], Sequence[Orders]]:
        return (), ()

    def bids(self, view: View) -> Sequence[Bids]:  # noqa: ARG002
        return ()

    def outside(self, view: View, draws: Draws) -> Sequence[OutsideTrade]:  # noqa: ARG002
        return ()


class FirstOrder(OneOrder):
    """Somebody who is asked before the others."""

    priority: ClassVar[int] = 0


def test_a_run_ends_after_its_last_step() -> None:
    built = make(data({"x": exchange()}, steps=5))
    seen: list[int] = []
    built.model.run(seen.append)
    assert seen == [1, 2, 3, 4, 5]
    assert built.model.world.halted == ""
    assert count(built.model.world, EventKind.HALT) == 0
    assert built.model.cast.recorder.steps == [0, 1, 2, 3, 4]


def test_only_every_so_many_steps_are_recorded() -> None:
    built = make(data({"x": exchange()}, steps=7, record_every_steps=3))
    built.model.run()
    recorder = built.model.cast.recorder
    assert recorder.steps == [0, 3, 6]
    assert np.isfinite(recorder.columns[:, 0, FIELDS.index("mark")]).all()


@pytest.mark.parametrize("at", [0, 3])
def test_a_price_below_the_smallest_ends_the_run_with_a_reason(at: int) -> None:
    built = make(data({"x": exchange(tick=0.5)}, steps=9))
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 3000.0)
    weigh(built)
    for _ in range(at):
        built.model.step()
    jump(built, 1e-6)
    built.model.run()
    assert world.step == at
    assert world.halted == (
        "x: what P is about has fallen to 0.05 USD, below the smallest price of 0.5 USD that it "
        "can trade at"
    )
    assert count(world, EventKind.HALT) == 1
    recorder = built.model.cast.recorder
    assert recorder.steps == list(range(at + 1)), "how it ended is written down too"
    assert recorder.columns[at, 0, FIELDS.index("outside")] == pytest.approx(0.05)


def test_a_false_price_alone_does_not_end_the_run() -> None:
    shocks = [{"at_minutes": 2, "kind": "wrong_decimals", "feed": "btc", "digits": -8}]
    built = make(data({"x": exchange(tick=0.5)}, steps=9, shocks=shocks))
    built.model.run()
    world = built.model.world
    assert world.feeds[0].price < 0.001
    assert (world.halted, world.step) == ("", 9)


def test_a_mark_that_is_no_number_ends_the_run_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = make(data({"x": exchange()}, steps=9))
    real = DrawnPath.step_return
    monkeypatch.setattr(
        DrawnPath,
        "step_return",
        lambda path, step, scale: float("nan") if step == 4 else real(path, step, scale),
    )
    built.model.run()
    world = built.model.world
    assert world.step == 4
    assert world.halted == "x: P has no positive price"


def test_a_market_without_a_bid_goes_on_through_the_waterfall_and_keeps_its_books() -> None:
    """Nobody quotes at all: the fund takes over, winners are closed out, the rest is shared."""
    built = make(data({"x": exchange(mechanism={"kind": "order_book"}, tick=0.5)}, steps=12))
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 100.0, 300.0)
    give(venue, FIRST + 1, -100.0, 800.0)
    weigh(built)
    for step in range(10):
        if step == 2:
            jump(built, 0.8)
        built.model.step()
    assert count(world, EventKind.BOOK_EXHAUSTED) > 0
    assert count(world, EventKind.TAKEOVER) == count(world, EventKind.ADL) == 1
    assert not venue.accounts.positions.any()
    assert world.outside.price[BTC] == pytest.approx(40_000.0)
    assert world.halted == ""


def test_a_market_in_which_nobody_bids_for_an_hour_ends_the_run_with_a_reason() -> None:
    built = make(data({"x": exchange(mechanism={"kind": "order_book"}, tick=0.5)}, steps=500))
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 10.0, 3000.0)
    weigh(built)
    built.model.run()
    assert world.halted == "x: P has had no bids for 60 minutes"
    assert world.step == pytest.approx(3600 / world.clock.step_seconds, abs=1)
    assert count(world, EventKind.HALT) == 1


def test_bids_that_are_taken_as_soon_as_they_stand_keep_a_market_alive() -> None:
    """A buyer comes once a step, a seller takes all of it: no step begins with a bid."""
    built = make(data({"x": exchange(mechanism={"kind": "order_book"}, tick=0.5)}, steps=100))
    model, venue = built.model, built.model.world.venues[0]
    give(venue, FIRST, 1000.0, 1e6)
    give(venue, FIRST + 1, 0.0, 1e6)
    weigh(built)
    people = (
        FirstOrder(FIRST + 1, Orders.of(0, [FIRST + 1], 0, [5.0], kind=OrderKind.LIMIT, price=4e4)),
        OneOrder(FIRST, Orders.of(0, [FIRST], 0, [-5.0])),
    )
    model.cast = replace(model.cast, actors=people)
    model.run()
    assert model.world.halted == ""
    assert model.world.step == 100
    assert np.isnan(venue.markets[0].quote.bid)
    assert venue.accounts.positions[0, FIRST + 1] == 500.0


def test_a_price_above_all_that_a_book_can_hold_ends_the_run_with_a_reason() -> None:
    mechanism = {"kind": "order_book", "price_range": 2.0}
    built = make(data({"x": exchange(mechanism=mechanism, tick=0.5)}, steps=9))
    world, venue = built.model.world, built.model.world.venues[0]
    give(venue, FIRST, 10.0, 3000.0)
    weigh(built)
    jump(built, 3.0)
    built.model.run()
    assert "risen to 150000 USD, above the highest price of 100000 USD" in world.halted
    assert count(world, EventKind.HALT) == 1
