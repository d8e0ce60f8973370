"""Calls for collateral: when they go out, what cures them, and who fails by them."""

import pytest

from scenarios.build import Built
from sim.arrays import NONE
from sim.credit.loans import Loan
from sim.events import EventKind
from tests.sim.credit.firms import built, firm, names_of, owes, who
from tests.sim.worlds import BTC, USD, count, jump, of_kind


def covered_fund(*, notice_hours: float, alarm: float = 0.0) -> Built:
    """Return a fund without money whose coin stands for 30,000, and one that fails at 30,000."""
    firms = {
        "source": firm(0.0, holdings={"BTC": 0.1}),
        "fund": firm(0.0, other=100_000.0, holdings={"BTC": 1.0}),
        "lender": firm(20_000.0),
    }
    secured = owes(
        "fund", "lender", 30_000.0, collateral={"BTC": 1.0}, cover=1.0, notice_hours=notice_hours
    )
    terms = {"alarm": alarm, "tighten": 1.0}
    return built(firms, [owes("source", "lender", 4_000.0), secured], funding=terms)


def loan_of_fund(it: Built) -> Loan:
    """Return the loan of the one who is called."""
    world = it.model.world
    assert world.credit is not None
    return next(loan for loan in world.credit.loans if loan.borrower == who(world, "fund"))


@pytest.mark.parametrize("alarm", [0.0, 1e6], ids=["haircut raised", "haircut as it was"])
def test_a_price_that_covers_the_loan_again_ends_the_call(alarm: float) -> None:
    """The coin falls to 20,000 USD and rises to 80,000: nobody has to pay by the deadline."""
    it = covered_fund(notice_hours=0.1, alarm=alarm)
    world, loan = it.model.world, loan_of_fund(it)
    jump(it, 0.4)
    for _ in range(2):
        it.model.step()
    assert (loan.tightened != NONE) == (alarm == 0.0)
    assert loan.called > 5_000.0
    jump(it, 4.0)
    for _ in range(10):
        it.model.step()
    assert loan.called == 0.0
    assert loan.usd == pytest.approx(30_000.0)
    assert names_of(world, world.defaulted) == ["source"]


def test_a_call_that_neither_prices_nor_money_meet_fails_the_borrower() -> None:
    it = covered_fund(notice_hours=0.1)
    world = it.model.world
    jump(it, 0.4)
    for _ in range(10):
        it.model.step()
    assert names_of(world, world.defaulted) == ["source", "fund"]


def test_a_call_that_was_cured_gives_the_whole_notice_when_it_comes_again() -> None:
    it = covered_fund(notice_hours=0.2)
    world, loan = it.model.world, loan_of_fund(it)
    jump(it, 0.4)
    for _ in range(8):
        it.model.step()
    jump(it, 4.0)
    it.model.step()
    jump(it, 0.25)
    for _ in range(8):
        it.model.step()
    assert loan.called > 5_000.0
    assert names_of(world, world.defaulted) == ["source"]
    assert (of_kind(world, EventKind.LOAN_CALL, "entity") == who(world, "fund")).sum() == 2


def test_money_that_meets_a_call_leaves_no_more_than_the_cover_asks_for() -> None:
    """A fall to 25,000 USD leaves 5,000 without cover."""
    it = covered_fund(notice_hours=1.0, alarm=1e6)
    world, loan = it.model.world, loan_of_fund(it)
    world.wallets[USD, who(world, "fund")] += 8_000.0
    world.wallets[USD, 0] -= 8_000.0
    jump(it, 0.5)
    for _ in range(2):
        it.model.step()
    assert world.outside.price[BTC] == pytest.approx(25_000.0)
    assert loan.usd == pytest.approx(25_000.0)
    assert loan.called == pytest.approx(0.0)
    assert count(world, EventKind.LOAN_CALL) == 1
