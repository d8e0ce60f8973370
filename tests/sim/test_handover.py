"""What the insurance fund loses on positions that it took over, whatever closes them."""

import numpy as np
import pytest

from sim.accounts import INSURANCE
from sim.closing import take_over
from sim.disposal import dispose
from sim.events import EventKind
from sim.losses import deleverage
from sim.step import mark
from sim.valuation import net_equity
from sim.world import Venue
from tests.sim.test_losses import INVERSE, LINEAR
from tests.sim.worlds import FIRST, PRICE, count, give, of_kind, one_exchange, reprice, weigh

kinds = pytest.mark.parametrize("kind", [LINEAR, INVERSE])


class Fund:
    """An exchange whose fund takes accounts over at prices that a test sets."""

    def __init__(self, kind: str = LINEAR, fund: float = 1e6) -> None:
        size = 0.001 if kind == LINEAR else 50.0
        self.built = one_exchange(kind=kind, size=size, accounts=9, insurance_fund_usd=fund)
        self.world, self.venue = self.built.model.world, self.built.model.world.venues[0]
        self.factor, self.next, self.brought = 1.0, FIRST, 0.0
        self.start = self.worth()
        mark(self.world, self.built.model.cast)

    def worth(self, row: int = INSURANCE) -> float:
        return float(net_equity(self.venue.accounts, self.venue.valuation, np.array([row]))[0])

    def goes(self, factor: float) -> None:
        """Let the price go to ``factor`` times what it was at the start."""
        reprice(self.built, factor / self.factor)
        self.factor = factor
        mark(self.world, self.built.model.cast)

    def takes(self, contracts: float, equity: float = 0.0) -> None:
        """Let an account appear and fail."""
        give(self.venue, self.next, contracts, equity)
        take_over(self.world, self.venue, np.array([self.next]))
        self.next, self.brought = self.next + 1, self.brought + equity

    def sells_all(self) -> None:
        check = weigh(self.built)
        while self.venue.accounts.positions[0, INSURANCE]:
            dispose(self.world, self.venue)
        check(self.world)

    def booked(self, *names: EventKind) -> float:
        return float(sum(of_kind(self.world, name, "loss").sum() for name in names))


def entry_of(venue: Venue) -> float:
    return float(venue.accounts.entry[0, INSURANCE])


@kinds
def test_a_later_takeover_does_not_wipe_out_what_an_earlier_one_has_lost(kind: str) -> None:
    fund = Fund(kind)
    fund.takes(100.0, 300.0)
    fund.goes(0.9)
    fund.takes(1.0, 10.0)
    fund.goes(0.8)
    fund.takes(50.0, 5.0)
    fund.sells_all()
    if kind == LINEAR:
        lost = fund.start + fund.brought - fund.worth()
        assert lost == pytest.approx(100 * 50 * 0.2 + 1 * 50 * 0.1)
    else:
        # A fund that is paid in coins loses coins, worth 0.8 of what they were.
        size, now = 50.0, 0.8 * PRICE
        lost = size * now * (100 * (1 / now - 1 / PRICE) + (1 / now - 1 / (0.9 * PRICE)))
    # The market that the fund sells into is deep, not bottomless.
    booked = fund.booked(EventKind.DISPOSAL, EventKind.CLOSE_OUT)
    assert booked == pytest.approx(lost, rel=2e-6)


@kinds
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_what_meets_the_other_side_in_the_fund_is_closed_and_booked(kind: str, side: float) -> None:
    fund, now = Fund(kind), 0.9 if side > 0 else 1.1
    fund.takes(100.0 * side)
    entry = entry_of(fund.venue)
    fund.goes(now)
    mark_ = fund.venue.markets[0].mark
    fund.takes(-40.0 * side)
    move = abs(1.0 - now) if kind == LINEAR else abs(1.0 / now - 1.0) * now
    assert fund.booked(EventKind.CLOSE_OUT) == pytest.approx(40 * 50.0 * move)
    assert of_kind(fund.world, EventKind.CLOSE_OUT, "quantity").tolist() == [-40.0 * side]
    assert of_kind(fund.world, EventKind.CLOSE_OUT, "price") == pytest.approx([mark_])
    assert entry_of(fund.venue) == entry, "what is left was entered where it was"
    fund.takes(-100.0 * side)
    assert fund.booked(EventKind.CLOSE_OUT) == pytest.approx(100 * 50.0 * move)
    assert entry_of(fund.venue) == mark_, "and what is turned round is new"
    fund.sells_all()
    assert fund.booked(EventKind.DISPOSAL) == pytest.approx(0.0, abs=0.01)


def test_a_gain_of_the_fund_is_no_loss() -> None:
    fund = Fund()
    fund.takes(100.0)
    fund.goes(1.1)
    fund.takes(-100.0)
    assert count(fund.world, EventKind.CLOSE_OUT) == 0
    assert not fund.venue.accounts.positions[0, INSURANCE]


def test_each_loss_descends_from_a_takeover_that_still_weighs() -> None:
    """What was closed by the first short no longer stands for what the fund holds."""
    fund = Fund()
    fund.takes(100.0)
    fund.goes(0.9)
    fund.takes(-50.0)
    assert fund.venue.takeovers.total == pytest.approx((5000.0 + 2250.0) * 50 / 150)
    causes = of_kind(fund.world, EventKind.CLOSE_OUT, "cause")
    kinds = fund.world.events.column("kind")
    assert (kinds[causes] == EventKind.TAKEOVER).all()


def test_auto_deleveraging_leaves_the_fund_what_the_winners_do_not_pay() -> None:
    """The fund has 100 USD, loses 500 on what it took over, and winners pay the rest."""
    fund = Fund(fund=100.0)
    fund.takes(100.0)
    give(fund.venue, FIRST + 5, -100.0, 1e5)
    fund.goes(0.9)
    deficit = -fund.worth()
    assert deficit == pytest.approx(400.0)
    deleverage(fund.world, fund.venue, 0, deficit)
    assert fund.worth() == pytest.approx(0.0, abs=0.01)
    assert fund.booked(EventKind.CLOSE_OUT) == pytest.approx(500.0)
    assert fund.booked(EventKind.ADL) == pytest.approx(400.0)
    assert fund.booked(EventKind.INSURANCE) == pytest.approx(-400.0), "of that it is relieved"
