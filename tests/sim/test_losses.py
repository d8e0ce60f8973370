"""The waterfall: insurance fund, auto-deleveraging, a loss shared by those who gained."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.build import Built
from sim.accounts import HOUSE_ROWS, INSURANCE, OUTSIDE, Standing
from sim.closing import unrealised
from sim.events import EventKind
from sim.losses import ADL_BAND, absorb_losses
from sim.step import mark
from sim.valuation import net_equity
from sim.world import Venue
from tests.sim.worlds import (
    FIRST,
    PRICE,
    Value,
    count,
    give,
    of_kind,
    one_exchange,
    reprice,
    weigh,
)

LINEAR, INVERSE = "linear_perpetual", "inverse_perpetual"
kinds = pytest.mark.parametrize("kind", [LINEAR, INVERSE])


def stressed(
    *holders: tuple[float, float],
    fall: float,
    kind: str = LINEAR,
    fund: float = 0.0,
    late: bool = False,
    **other: Value,
) -> tuple[Built, Venue]:
    """Give accounts (contracts, equity) at ``PRICE``, let the price fall, and mark it.

    The first account is bankrupt afterwards; the rest hold the other side, where they are
    ``late`` entered after the fall.
    """
    size = 0.001 if kind == LINEAR else 50.0
    built = one_exchange(
        kind=kind, size=size, insurance_fund_usd=fund, accounts=len(holders), **other
    )
    venue = built.model.world.venues[0]
    for i, (contracts, equity) in enumerate(holders):
        if i == 0 or not late:
            give(venue, FIRST + i, contracts, equity)
    reprice(built, 1.0 - fall)
    mark(built.model.world, built.model.cast)
    for i, (contracts, equity) in enumerate(holders):
        if i and late:
            give(venue, FIRST + i, contracts, equity)
    assert venue.accounts.positions[0, OUTSIDE] == 0.0, "the holders hold each other's side"
    weigh(built)
    return built, venue


def equities(venue: Venue) -> np.ndarray:
    """Return what every account is worth, USD."""
    return net_equity(venue.accounts, venue.valuation, np.arange(venue.accounts.count))


def lose(built: Built, venue: Venue, row: int = FIRST) -> None:
    """Hand a bankrupt account to liquidation whose market has been dry for long."""
    venue.failing = np.array([row])
    venue.accounts.standing[row] = Standing.LIQUIDATING
    venue.markets[0].dry_seconds = 1e9
    absorb_losses(built.model.world, venue)
    assert built.model.check is not None
    built.model.check(built.model.world)


@kinds
def test_the_fund_takes_over_position_and_debt(kind: str) -> None:
    built, venue = stressed((100.0, 500.0), (-100.0, 5000.0), fall=0.2, kind=kind, fund=10_000.0)
    world, before = built.model.world, equities(venue)
    assert before[FIRST] < 0.0 < before[INSURANCE]
    lose(built, venue)
    after = equities(venue)
    assert not venue.accounts.positions[:, FIRST].any()
    assert not venue.accounts.balances[:, FIRST].any()
    assert venue.accounts.positions[0, INSURANCE] == 100.0
    assert venue.accounts.entry[0, INSURANCE] == venue.markets[0].mark
    assert after[INSURANCE] == pytest.approx(before[INSURANCE] + before[FIRST])
    assert venue.accounts.standing[FIRST] == Standing.CLOSED
    assert of_kind(world, EventKind.INSURANCE, "usd") == pytest.approx([-before[FIRST]])
    assert of_kind(world, EventKind.TAKEOVER, "loss") == pytest.approx(
        [500.0 if kind == LINEAR else 400.0]
    ), "what was put in, at what it is worth by now"
    assert count(world, EventKind.ADL) == 0


def test_a_takeover_costs_the_owner_what_was_put_in_and_the_fund_the_rest() -> None:
    built, venue = stressed((100.0, 500.0), (-100.0, 5000.0), fall=0.2, fund=10_000.0)
    gained = unrealised(venue, np.array([FIRST, FIRST + 1]))
    assert gained == pytest.approx([-1000.0, 1000.0])
    lose(built, venue)
    world = built.model.world
    total = of_kind(world, EventKind.TAKEOVER, "loss") + of_kind(world, EventKind.INSURANCE, "loss")
    assert total == pytest.approx([1000.0]), "owner and fund together bear the whole loss"


@kinds
def test_an_empty_fund_is_made_whole_by_those_who_gained(kind: str) -> None:
    built, venue = stressed((100.0, 600.0), (-100.0, 5000.0), fall=0.2, kind=kind)
    world, before = built.model.world, equities(venue)
    lose(built, venue)
    after = equities(venue)
    assert count(world, EventKind.ADL) == 1
    assert not venue.accounts.positions[0].any()
    assert after[INSURANCE] == pytest.approx(0.0, abs=1e-6)
    assert after[FIRST + 1] == pytest.approx(before[FIRST + 1] + before[FIRST])
    assert of_kind(world, EventKind.ADL, "loss") == pytest.approx([-before[FIRST]])
    price = of_kind(world, EventKind.ADL, "price")[0]
    # The fund sells at the price at which the lost account would just have had nothing left.
    linear, coins = PRICE - 600.0 / 0.1, (100 * 50.0) / ((600.0 + 5000.0) / PRICE)
    assert price == pytest.approx(linear if kind == LINEAR else coins)


def test_those_who_gained_most_with_most_leverage_go_first() -> None:
    holders = ((90.0, 450.0), (-30.0, 3000.0), (-30.0, 300.0), (-30.0, 900.0))
    built, venue = stressed(*holders, fall=0.2)
    # Closing a third of the fund's position is enough to see the order.
    venue.accounts.positions[0, FIRST] = 45.0
    venue.accounts.positions[0, OUTSIDE] = 45.0
    venue.accounts.balances[0, FIRST] += 45.0 * venue.valuation.values[0]
    venue.accounts.balances[0, OUTSIDE] -= 45.0 * venue.valuation.values[0]
    lose(built, venue)
    world = built.model.world
    assert of_kind(world, EventKind.ADL, "account").tolist() == [FIRST + 2, FIRST + 3]
    assert of_kind(world, EventKind.ADL, "quantity").tolist() == [30.0, 15.0]
    assert venue.accounts.positions[0, FIRST + 1] == -30.0


def test_only_what_the_deficit_needs_is_closed_where_a_venue_says_so() -> None:
    rule = {
        "rule": "whole",
        "rounds": 1,
        "deleveraging": {"policy": "pro_rata", "extent": "deficit"},
    }
    built, venue = stressed(
        (100.0, 600.0), (-60.0, 5000.0), (-40.0, 5000.0), fall=0.2, liquidation=rule
    )
    lose(built, venue)
    world = built.model.world
    # 400 USD at most 8 a contract: 50 of the hundred contracts, at the edge of the band.
    assert of_kind(world, EventKind.ADL, "quantity").tolist() == [30.0, 20.0]
    assert of_kind(world, EventKind.ADL, "price") == pytest.approx(
        [0.8 * PRICE * (1 + ADL_BAND)] * 2
    )
    assert equities(venue)[INSURANCE] == pytest.approx(0.0, abs=1e-6)
    assert venue.rounds[0].closed_usd == pytest.approx(venue.rounds[0].needed_usd)


def test_profit_counts_and_not_leverage_alone() -> None:
    built, venue = stressed((60.0, 450.0), (-30.0, 700.0), (-30.0, 1000.0), fall=0.2)
    venue.accounts.entry[0, FIRST + 1] = venue.markets[0].mark * 0.99
    lose(built, venue)
    assert of_kind(built.model.world, EventKind.ADL, "account").tolist() == [FIRST + 2, FIRST + 1]


@kinds
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_nobody_is_closed_further_from_the_mark_than_the_band(kind: str, side: float) -> None:
    fall = 0.6 if side > 0 else -2.0
    holders = ((100.0 * side, 100.0), (-100.0 * side, 1e6), (0.0, 1e6))
    built, venue = stressed(*holders, fall=fall, kind=kind)
    mark_ = venue.markets[0].mark
    lose(built, venue)
    price = of_kind(built.model.world, EventKind.ADL, "price")
    assert price == pytest.approx([mark_ * (1.0 + side * ADL_BAND)])
    assert count(built.model.world, EventKind.SOCIALISED_LOSS) == 1, "the rest is shared"
    assert equities(venue)[INSURANCE] == pytest.approx(0.0, abs=1e-6)


def test_without_auto_deleveraging_the_loss_is_shared_in_proportion_to_profit() -> None:
    holders = ((90.0, 400.0), (-60.0, 5000.0), (-30.0, 5000.0))
    rule = {"rule": "whole", "rounds": 1, "adl": False}
    built, venue = stressed(*holders, fall=0.2, liquidation=rule)
    before = equities(venue)
    lose(built, venue)
    paid = before - equities(venue)
    assert count(built.model.world, EventKind.ADL) == 0
    assert paid[FIRST + 1] == pytest.approx(2.0 * paid[FIRST + 2])
    assert paid[[FIRST + 1, FIRST + 2]].sum() == pytest.approx(-before[FIRST])
    assert of_kind(built.model.world, EventKind.SOCIALISED_LOSS, "usd") == pytest.approx(
        [-before[FIRST]]
    )
    assert equities(venue)[INSURANCE] == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=40)
@given(
    kind=st.sampled_from([LINEAR, INVERSE]),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    thin=st.lists(st.floats(0.02, 3.0), min_size=5, max_size=5),
    own=st.floats(0.01, 0.3),
    fall=st.floats(0.05, 0.9),
    side=st.sampled_from([1.0, -1.0]),
    fund=st.sampled_from([0.0, 100.0]),
    adl=st.booleans(),
    late=st.booleans(),
)
def test_losses_are_passed_on_whole_and_never_take_more_than_is_there(
    kind: str,
    sizes: list[int],
    thin: list[float],
    own: float,
    fall: float,
    side: float,
    fund: float,
    adl: bool,
    late: bool,
) -> None:
    fall = fall if side > 0 else -fall
    total = float(sum(sizes))
    holders = [(total * side, own * total * 50.0)]
    holders += [(-float(q) * side, e * q * 50.0) for q, e in zip(sizes, thin, strict=False)]
    rule = {"rule": "whole", "rounds": 1, "adl": adl}
    built, venue = stressed(*holders, fall=fall, kind=kind, fund=fund, late=late, liquidation=rule)
    before = equities(venue)
    if before[FIRST] >= -1e-6:
        return
    lose(built, venue)
    after = equities(venue)
    assert after.sum() == pytest.approx(before.sum(), abs=1e-6 * np.abs(before).sum())
    others = np.arange(FIRST + 1, venue.accounts.count)
    sound = others[before[others] >= 0.0]
    assert (after[sound] >= -1e-6 * (1.0 + before[sound])).all(), "nobody is made bankrupt"
    bankrupt = others[before[others] < 0.0]
    assert (after[bankrupt] <= before[bankrupt] + 1e-6).all() or adl
    if after[INSURANCE] < -1e-6:
        held = venue.accounts.positions[0, INSURANCE]
        assert after[sound].sum() <= 1e-6 * before.sum() or held == 0.0
        assert after[sound].max(initial=0.0) <= 1e-6 * np.abs(before).sum(), "nothing is left"


def test_a_dry_market_is_waited_for_before_the_fund_steps_in() -> None:
    built, venue = stressed((100.0, 500.0), (-100.0, 5000.0), fall=0.2, fund=10_000.0)
    venue.failing = np.array([FIRST])
    venue.markets[0].dry_seconds = venue.rules.takeover_after_seconds - 1.0
    absorb_losses(built.model.world, venue)
    assert count(built.model.world, EventKind.TAKEOVER) == 0
    venue.markets[0].dry_seconds = venue.rules.takeover_after_seconds
    absorb_losses(built.model.world, venue)
    assert count(built.model.world, EventKind.TAKEOVER) == 1


def test_the_house_is_never_deleveraged_nor_asked_to_share() -> None:
    built, venue = stressed((100.0, 500.0), (-100.0, 5000.0), fall=0.2)
    lose(built, venue)
    rows = of_kind(built.model.world, EventKind.ADL, "account")
    assert (rows >= HOUSE_ROWS).all()


def test_a_shared_loss_descends_from_the_account_that_made_it_though_it_had_sold_all() -> None:
    rule = {"rule": "whole", "rounds": 1, "adl": False}
    built = one_exchange(accounts=2, liquidation=rule)
    world, venue = built.model.world, built.model.world.venues[0]
    venue.accounts.balances[0, FIRST] = -700.0
    venue.accounts.balances[0, FIRST + 1] = 1000.0
    weigh(built)
    lose(built, venue)
    settled = np.flatnonzero(world.events.column("kind") == EventKind.SETTLEMENT)
    assert of_kind(world, EventKind.SOCIALISED_LOSS, "cause").tolist() == settled.tolist()
    assert count(world, EventKind.TAKEOVER) == 0, "nothing was left to take over"
    assert of_kind(world, EventKind.SOCIALISED_LOSS, "usd") == pytest.approx([700.0])
