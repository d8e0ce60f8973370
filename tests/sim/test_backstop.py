"""A vault takes over what the market does not close, with its own money and no more of it."""

from typing import Any

import numpy as np
import pytest

from experiments.run import run
from scenarios.build import Built
from scenarios.load import checked
from sim.accounts import HOUSE_ROWS, INSURANCE, Standing
from sim.arrays import NONE
from sim.backstop import back_up, work_off
from sim.errors import ConfigError
from sim.events import EventKind
from sim.step import mark
from sim.valuation import initial_requirement, margin, net_equity
from sim.world import Venue
from tests.sim.worlds import FLAT, count, data, exchange, give, make, of_kind, reprice, weigh

VAULT, FIRST = HOUSE_ROWS, HOUSE_ROWS + 1
HLP: dict[str, Any] = {"kind": "vault", "venue": "x", "cash_usd": 20_000.0}
DEEP = FLAT | {"depth_usd": 3e5, "half_life_seconds": 60.0}


def plain(
    *, institutions: dict[str, Any] | None = None, grace: float = 0.0, **backstop: float
) -> dict[str, Any]:
    """Return a scenario of one exchange with a vault behind it."""
    behind: dict[str, Any] = {"vault": "hlp"} | backstop
    rule = {"rule": "whole", "rounds": 1, "backstop": behind}
    venue = exchange(liquidation=rule, mechanism=DEEP)
    venue["margin"] |= {"call_ratio": 1.3 if grace else 1.0, "grace_seconds": grace}
    people = {"hlp": HLP} if institutions is None else institutions
    return data({"x": venue}, accounts=4, institutions=people)


def failing(
    *holders: tuple[float, float], grace: float = 0.0, **backstop: float
) -> tuple[Built, Venue]:
    """Let accounts (contracts of 50 USD, equity) fail that the market has not closed."""
    built = make(plain(institutions=None, grace=grace, **backstop))
    venue = built.model.world.venues[0]
    for i, (contracts, equity) in enumerate(holders):
        give(venue, FIRST + i, contracts, equity)
    built.model.world.events.add(0, EventKind.SHOCK)
    rows = np.arange(FIRST, FIRST + len(holders))
    venue.failing = rows
    venue.accounts.standing[rows] = Standing.LIQUIDATING
    venue.accounts.trigger[rows] = 0
    weigh(built)
    mark(built.model.world, built.model.cast)
    return built, venue


def after_backstop(built: Built, venue: Venue) -> np.ndarray:
    """Let the vault act, check the books, and return what every account is worth."""
    back_up(built.model.world, venue)
    assert built.model.check is not None
    built.model.check(built.model.world)
    return net_equity(venue.accounts, venue.valuation, np.arange(venue.accounts.count))


def test_the_vault_takes_the_position_and_keeps_the_margin() -> None:
    built, venue = failing((1000.0, 1500.0))
    worth = after_backstop(built, venue)
    world = built.model.world
    assert worth[[VAULT, FIRST]] == pytest.approx([11_500.0, 0.0])
    assert venue.accounts.positions[0, [VAULT, FIRST, INSURANCE]].tolist() == [1000.0, 0.0, 0.0]
    assert venue.accounts.entry[0, VAULT] == venue.markets[0].mark
    assert venue.accounts.standing[FIRST] == Standing.CLOSED
    assert of_kind(world, EventKind.TAKEOVER, "loss") == pytest.approx([1500.0])
    assert of_kind(world, EventKind.BACKSTOP, "quantity").tolist() == [1000.0]
    assert of_kind(world, EventKind.BACKSTOP, "account").tolist() == [VAULT]
    taken = np.flatnonzero(world.events.column("kind") == EventKind.TAKEOVER)
    assert of_kind(world, EventKind.BACKSTOP, "cause").tolist() == taken.tolist()


def test_what_is_sound_enough_or_under_water_is_not_the_vaults() -> None:
    built, venue = failing((100.0, 170.0), (100.0, -10.0), (100.0, 160.0))
    after_backstop(built, venue)
    assert venue.accounts.positions[0, FIRST : FIRST + 3].tolist() == [100.0, 100.0, 0.0]
    assert venue.failing.tolist() == [FIRST, FIRST + 1]


def test_the_vault_takes_the_weakest_first_and_stops_where_its_money_ends() -> None:
    """Opening takes a tenth: 2 x 45,000 USD are within its 10,000 and the margin it gets."""
    built, venue = failing((900.0, 900.0), (900.0, 500.0), (900.0, 700.0))
    after_backstop(built, venue)
    assert venue.accounts.positions[0, FIRST : FIRST + 3].tolist() == [900.0, 0.0, 0.0]
    mine = np.array([VAULT])
    equity, _ = margin(venue.accounts, venue.valuation, mine)
    assert initial_requirement(venue.accounts, venue.valuation, mine) <= equity


def test_the_vault_binds_no_more_than_a_share_of_its_money() -> None:
    built, venue = failing((800.0, 500.0), (800.0, 700.0), capital_share=0.5)
    after_backstop(built, venue)
    assert venue.accounts.positions[0, FIRST : FIRST + 2].tolist() == [0.0, 800.0]


def test_longs_and_shorts_meet_in_the_vault_at_the_mark() -> None:
    built, venue = failing((500.0, 100.0), (-300.0, 100.0), (-400.0, 100.0))
    after_backstop(built, venue)
    assert venue.accounts.positions[0, VAULT] == -200.0
    assert venue.accounts.entry[0, VAULT] == pytest.approx(venue.markets[0].mark)


def test_what_the_vault_sells_descends_from_what_it_took_over() -> None:
    built, venue = failing((1000.0, 1500.0), disposal_share=0.3)
    world = built.model.world
    after_backstop(built, venue)
    for _ in range(80):
        built.model.step()
        if venue.accounts.positions[0, VAULT] == 0.0:
            break
    assert venue.accounts.positions[0, VAULT] == 0.0
    assert of_kind(world, EventKind.DISPOSAL, "account").tolist() == [VAULT] * count(
        world, EventKind.DISPOSAL
    )
    assert count(world, EventKind.DISPOSAL) > 3, "piece by piece"
    cause = of_kind(world, EventKind.DISPOSAL, "cause")
    assert (world.events.column("kind")[cause] == EventKind.TAKEOVER).all()


def test_without_a_vault_the_fund_stands_alone() -> None:
    built = make(data({"x": exchange()}, accounts=2))
    back_up(built.model.world, built.model.world.venues[0])
    work_off(built.model.world, built.model.world.venues[0])
    assert built.model.world.events.count == 0


def test_a_vault_in_need_draws_on_what_its_depositors_hold_outside() -> None:
    built, venue = failing((1900.0, 500.0), grace=600.0)
    after_backstop(built, venue)
    assert venue.accounts.positions[0, VAULT] == 1900.0
    reprice(built, 0.94)
    for _ in range(3):
        built.model.step()
    assert count(built.model.world, EventKind.CURE) >= 1
    assert built.model.world.wallets[0, venue.accounts.entity[VAULT]] < 10_000.0


@pytest.mark.parametrize(
    ("institutions", "told"),
    [
        ({}, "vault"),
        ({"hlp": HLP | {"kind": "whale"}}, "of kind `whale`; must be of kind `vault`"),
    ],
)
def test_a_backstop_needs_a_vault_that_is_there(institutions: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        checked(plain(institutions=institutions), {})


def test_a_vault_that_has_no_account_on_the_venue_is_told() -> None:
    other = plain()
    other["venues"]["y"] = exchange()
    other["institutions"] = {"hlp": HLP | {"venue": "y"}}
    with pytest.raises(ConfigError, match="has no account on x"):
        checked(other, {})


def test_a_whale_that_withdraws_leaves_the_vault_with_the_position() -> None:
    done = run("vault_takeover", seed=0, settings=["steps=240"], twin=False, check=True)
    events = done.events
    taken = events[events["kind"] == "backstop"]
    assert taken["entity"].tolist() == ["hlp"]
    assert float(taken["usd"].iloc[0]) > 2e8
    left = events[events["kind"] == "withdrawal"]
    assert left["entity"].tolist() == ["whale"]
    root = done.cascade.origin[taken["id"].to_numpy()]
    assert events["kind"].iloc[root].tolist() == ["shock"]
    assert root.tolist() == [int(left["cause"].iloc[0])], "it goes back to the withdrawal"
    assert (events["cause"][events["kind"] == "disposal"] != NONE).all()
    hlp = done.entities.set_index("entity").loc["hlp"]
    pnl = float(str(hlp["equity_after_usd"])) - float(str(hlp["equity_before_usd"]))
    assert done.summary["vault_pnl_usd"] == pytest.approx(pnl)
    assert "depositors of backstop vaults" in dict(done.summary["loss_usd_by_bearer"])  # type: ignore[arg-type]
