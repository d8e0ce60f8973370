"""Loans: close factor, bonus, capital of keepers, pledged collateral called back, bad debt."""

import numpy as np
import pytest

from scenarios.build import Built
from sim.accounts import INSURANCE, POOL, Standing
from sim.arrays import NONE
from sim.events import Channel, EventKind
from sim.lending import accept_bids, accrue, repay, write_off
from sim.orders import Bids
from sim.step import call, mark
from sim.world import Venue
from tests.sim.worlds import (
    BTC,
    FIRST,
    PRICE,
    USD,
    Value,
    count,
    data,
    lend,
    lender,
    make,
    of_kind,
    reprice,
    weigh,
)

KEEPER, BORROWER = FIRST, FIRST + 1


def with_keeper(purse: float = 1e9, **terms: Value) -> tuple[Built, Venue]:
    """Return a lender with a keeper's account, and two borrowers of one coin each.

    The first owes 39 000 USD and is sound down to 48 750 USD a coin; the second is far from it.
    """
    built = make(data({"l": lender(**terms)}, accounts=4))
    venue = built.model.world.venues[0]
    venue.accounts.entity[KEEPER] = 1
    venue.accounts.balances[USD, KEEPER] = purse
    lend(venue, BORROWER, 1.0, 39_000.0)
    lend(venue, BORROWER + 1, 1.0, 5_000.0)
    weigh(built)
    return built, venue


def fail(built: Built, factor: float) -> None:
    """Let the price move and the margin engine look."""
    reprice(built, factor)
    mark(built.model.world, built.model.cast)
    call(built.model.world, built.model.cast)


def bid(built: Built, amount: float, row: int = BORROWER) -> float:
    """Let the keeper bid for a borrower's debt; return what it came to repay."""
    venue = built.model.world.venues[0]
    before = float(venue.accounts.positions[0, row])
    accept_bids(
        built.model.world,
        venue,
        [Bids(0, KEEPER, np.array([row]), np.array([amount]))],
    )
    assert built.model.check is not None
    built.model.check(built.model.world)
    return float(venue.accounts.positions[0, row]) - before


def test_a_loan_fails_at_its_threshold_and_not_before() -> None:
    built, venue = with_keeper()
    fail(built, 48_751.0 / PRICE)
    assert not venue.failing.size
    fail(built, 48_749.0 / 48_751.0)
    assert venue.failing.tolist() == [BORROWER]


def test_a_keeper_repays_at_most_the_close_factor_and_gets_its_bonus() -> None:
    built, venue = with_keeper()
    fail(built, 0.97)
    purse = venue.accounts.balances[USD, KEEPER]
    assert bid(built, 1e6) == pytest.approx(19_500.0)
    assert venue.accounts.balances[USD, KEEPER] == pytest.approx(purse - 19_500.0)
    seized = 19_500.0 * 1.05 / (0.97 * PRICE)
    world = built.model.world
    assert world.wallets[BTC, 1] == pytest.approx(seized)
    assert venue.accounts.balances[BTC, BORROWER] == pytest.approx(1.0 - seized)
    assert venue.accounts.balances[USD, POOL] == pytest.approx(1e7 - 39_000.0 - 5_000.0 + 19_500.0)
    assert of_kind(world, EventKind.LIQUIDATION, "usd") == pytest.approx([19_500.0])
    assert of_kind(world, EventKind.LIQUIDATION, "loss") == pytest.approx([0.05 * 19_500.0])
    assert venue.accounts.standing[BORROWER] == Standing.GOOD


def test_one_close_factor_is_shared_by_all_who_bid_in_a_step() -> None:
    built, venue = with_keeper()
    fail(built, 0.97)
    bids = [Bids(0, KEEPER, np.array([BORROWER]), np.array([12_000.0]))] * 2
    accept_bids(built.model.world, venue, bids)
    assert of_kind(built.model.world, EventKind.LIQUIDATION, "usd") == pytest.approx(
        [12_000.0, 7_500.0]
    )


def test_a_keeper_pays_with_what_it_has() -> None:
    built, venue = with_keeper(purse=4_000.0)
    fail(built, 0.97)
    assert bid(built, 10_000.0) == pytest.approx(4_000.0)
    assert venue.accounts.balances[USD, KEEPER] == pytest.approx(0.0)
    assert bid(built, 10_000.0) == 0.0


def test_sound_loans_and_open_prices_attract_no_liquidation() -> None:
    built, _ = with_keeper()
    fail(built, 0.99)
    assert bid(built, 10_000.0) == 0.0
    fail(built, 0.97 / 0.99)
    assert bid(built, 10_000.0, row=BORROWER + 1) == 0.0


def test_no_more_is_seized_than_there_is() -> None:
    built, venue = with_keeper()
    fail(built, 0.6)
    assert bid(built, 1e6) == pytest.approx(0.6 * PRICE / 1.05)
    assert venue.accounts.balances[BTC, BORROWER] == pytest.approx(0.0, abs=1e-12)
    assert venue.accounts.positions[0, BORROWER] == pytest.approx(-39_000 + 0.6 * PRICE / 1.05)


def test_debt_without_collateral_is_written_off_against_the_fund_and_then_the_pool() -> None:
    built, venue = with_keeper(insurance_fund_usd=4_000.0)
    world = built.model.world
    pool = float(venue.accounts.balances[USD, POOL] + venue.accounts.positions[0, POOL])
    fail(built, 0.6)
    bid(built, 1e6)
    bad = -float(venue.accounts.positions[0, BORROWER])
    write_off(world, venue, final=False)
    assert of_kind(world, EventKind.BAD_DEBT, "usd") == pytest.approx([bad])
    assert of_kind(world, EventKind.INSURANCE, "usd") == pytest.approx([4_000.0])
    assert venue.accounts.balances[USD, INSURANCE] == 0.0
    after = float(venue.accounts.balances[USD, POOL] + venue.accounts.positions[0, POOL])
    assert after == pytest.approx(pool - bad + 4_000.0)
    assert venue.accounts.positions[0, BORROWER] == pytest.approx(0.0, abs=1e-9)
    assert venue.accounts.standing[BORROWER] == Standing.CLOSED
    assert not venue.failing.size


def test_what_was_written_off_stays_written_off() -> None:
    """Whatever rounding leaves of the collateral, no account is failed again and again."""
    n = 200
    built = make(data({"l": lender()}, accounts=n + 1))
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.entity[KEEPER] = 1
    venue.accounts.balances[USD, KEEPER] = 1e12
    rng = np.random.default_rng(0)
    for row, coins in enumerate(rng.lognormal(size=n), start=BORROWER):
        lend(venue, row, coins, 39_000.0 * coins * rng.uniform(0.9, 1.0))
    weigh(built)
    fail(built, 0.6)
    rows = venue.failing
    accept_bids(world, venue, [Bids(0, KEEPER, rows, np.full(n, 1e9))])
    write_off(world, venue, final=False)
    assert count(world, EventKind.BAD_DEBT) == n
    assert (venue.accounts.balances[BTC, rows] >= 0.0).all()
    for _ in range(3):
        built.model.step()
        assert not venue.failing.size
    assert count(world, EventKind.BAD_DEBT) == n


def test_what_is_uncovered_at_the_end_counts_as_lost() -> None:
    built, venue = with_keeper()
    world = built.model.world
    fail(built, 0.6)
    write_off(world, venue, final=False)
    assert count(world, EventKind.BAD_DEBT) == 0, "there is collateral that a keeper may want"
    write_off(world, venue, final=True)
    assert of_kind(world, EventKind.BAD_DEBT, "usd") == pytest.approx([39_000.0 - 0.6 * PRICE])
    weigh(built)(world)


def test_interest_grows_every_debt_and_the_claim_of_the_pool_alike() -> None:
    _, venue = with_keeper(loan={"rate": 0.1})
    accrue(venue, 365.0 * 86_400.0 / 2.0)
    debts = venue.accounts.positions[0]
    assert debts[BORROWER] == pytest.approx(-39_000.0 * 1.05)
    assert debts[POOL] == pytest.approx(44_000.0 * 1.05)
    assert abs(debts.sum()) < 1e-6


def test_an_hour_of_interest_is_added_every_hour() -> None:
    built, venue = with_keeper(loan={"rate": 0.1})
    for _ in range(61):
        built.model.step()
    hourly = 0.1 / (365.0 * 24.0)
    assert venue.accounts.positions[0, BORROWER] == pytest.approx(-39_000.0 * (1.0 + hourly))


def test_what_is_paid_in_pays_back_debt() -> None:
    _, venue = with_keeper()
    venue.accounts.balances[USD, BORROWER] = 50_000.0
    repay(venue, np.array([BORROWER]))
    assert venue.accounts.positions[0, BORROWER] == 0.0
    assert venue.accounts.balances[USD, BORROWER] == 11_000.0
    assert venue.accounts.positions[0, POOL] == 5_000.0


def test_liquidations_of_loans_have_the_failure_as_their_cause() -> None:
    built, venue = with_keeper()
    fail(built, 0.97)
    assert venue.accounts.trigger[BORROWER] == NONE, "a move that nobody in the model made"
    assert venue.accounts.channel[BORROWER] == Channel.EXOGENOUS
    bid(built, 1e6)
    assert of_kind(built.model.world, EventKind.LIQUIDATION, "cause").tolist() == [NONE]
    assert of_kind(built.model.world, EventKind.LIQUIDATION, "generation").tolist() == [1]
