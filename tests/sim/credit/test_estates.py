"""What creditors have lost at the end, and what chains of collateral leave to whom."""

import numpy as np
import pytest

from scenarios.build import Built
from sim.accounts import CENT
from sim.default import worths
from sim.events import EventKind
from sim.world import World
from tests.sim.credit.firms import built, firm, names_of, owes, who
from tests.sim.worlds import BTC, PRICE, USD, Value, jump, of_kind


def chain(**more: Value) -> Built:
    """Return a fund that owes a lender who owes a bank who has outside depositors."""
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 0.2}),
        "lender": firm(2_000.0),
        "bank": firm(500.0, owed=2_500.0),
    }
    loans = [owes("fund", "lender", 8_000.0), owes("lender", "bank", 5_000.0)]
    return built(firms, loans, scenario={"steps": 6}, **more)


def play(it: Built, *factors: float) -> World:
    """Let prices jump at the first steps, play to the end, and return the world."""
    for step in range(6):
        jump(it, factors[step] if step < len(factors) else 1.0)
        it.model.step()
    return it.model.world


def losses(world: World) -> dict[str, float]:
    """Return what each creditor has lost by others' defaults in the end, USD."""
    entity = of_kind(world, EventKind.CONTAGION_LOSS, "entity")
    usd = of_kind(world, EventKind.CONTAGION_LOSS, "loss")
    sums = {world.entities[e]: float(usd[entity == e].sum()) for e in np.unique(entity)}
    return {name: lost for name, lost in sums.items() if abs(lost) > CENT}


def broker(*, owed: float) -> World:
    """Return a world in which a broker, who has pledged a client's coin again, lacks 14,000 USD."""
    firms = {
        "client": firm(30_000.0, holdings={"BTC": 1.0}),
        "broker": firm(40_000.0, owed=owed, holdings={"BTC": 0.1}),
        "bank": firm(90_000.0),
    }
    loans = [
        owes("client", "broker", 20_000.0, collateral={"BTC": 1.0}, cover=1.0),
        owes("broker", "bank", 40_000.0, collateral={"BTC": 1.0}, cover=1.0),
    ]
    it = built(firms, loans)
    world = it.model.world
    gone = 39_000.0 - owed
    world.wallets[USD, who(world, "broker")] -= gone
    world.wallets[USD, 0] += gone
    assert worths(world)[who(world, "broker")] == pytest.approx(-14_000.0)
    it.model.step()
    return world


def test_who_pledged_a_coin_again_owes_it_back_and_nothing_to_nobody() -> None:
    """The broker has 1,000, 0.1 BTC and 10,000 from the bank; it owes its client 30,000."""
    assert losses(broker(owed=0.0)) == pytest.approx({"client": 14_000.0})


def test_a_client_shares_with_creditors_outside_by_what_each_is_owed() -> None:
    shares = {"client": 14_000.0 * 30 / 39, "world": 14_000.0 * 9 / 39}
    assert losses(broker(owed=9_000.0)) == pytest.approx(shares)


def test_what_an_estate_recovers_reaches_the_creditors_of_its_creditors() -> None:
    """The fund ends with 6,000 of 8,000: the lender can pay in full, and the bank lost nothing."""
    world = play(chain(), 0.05, 10.0)
    assert names_of(world, world.defaulted) == ["fund", "lender"]
    assert losses(world) == pytest.approx({"lender": 2_000.0})


def test_what_an_estate_loses_later_fails_who_outlived_it_at_first() -> None:
    """The fund leaves 4,000 at first and 6,700 in the end, of which the lender can bear 5,000."""
    world = play(chain(), 0.3, 0.1)
    assert names_of(world, world.defaulted) == ["fund", "lender"]
    assert losses(world) == pytest.approx({"lender": 6_700.0, "bank": 1_700.0})
    last = of_kind(world, EventKind.DEFAULT, "cause")[-1]
    assert world.events.column("kind")[last] == EventKind.CONTAGION_LOSS


@pytest.mark.parametrize("kind", ["furfine", "collateral_chain", "linear_debtrank"])
def test_an_assumed_loss_in_default_gives_way_to_what_is_there(kind: str) -> None:
    """1,500 of the fund's 8,000 are there, whatever was written off when it failed."""
    world = play(chain(algorithm=kind), 0.05)
    assert losses(world) == pytest.approx({"lender": 6_500.0, "bank": 1_500.0})


def test_with_the_network_cut_a_creditor_that_cannot_bear_it_goes_on() -> None:
    it = built(
        {"fund": firm(0.0, holdings={"BTC": 0.2}), "lender": firm(0.0, owed=7_000.0)},
        [owes("fund", "lender", 8_000.0)],
        scenario={"steps": 6, "without": ["network"]},
    )
    world = play(it, 0.3, 0.5)
    assert names_of(world, world.defaulted) == ["fund"]
    assert losses(world) == pytest.approx({"lender": 8_000.0 - 0.03 * PRICE})


@pytest.mark.parametrize("kind", ["debtrank", "linear_debtrank"])
def test_nobody_fails_by_having_no_equity_or_by_repaying_a_debt(kind: str) -> None:
    """B is recalled and repays 10,000 at no loss; C, whose only debtor it is, has lost nothing."""
    firms = {
        "s1": firm(0.0, holdings={"BTC": 0.02}),
        "s2": firm(900.0, holdings={"BTC": 0.01}),
        "L": firm(20_000.0),
        "B": firm(10_500.0, other=8_600.0),
        "C": firm(1_000.0, owed=5_000.0),
        "D": firm(1_000.0),
    }
    loans = [
        owes("s1", "L", 900.0),
        owes("B", "L", 10_000.0, notice_hours=0.05),
        owes("B", "C", 9_000.0),
        owes("s2", "D", 1_100.0),
    ]
    it = built(firms, loans, algorithm=kind, funding={"alarm": 0.0, "recall": 1e6})
    world = it.model.world
    jump(it, 0.5)
    for _ in range(3):
        it.model.step()
    assert of_kind(world, EventKind.REPAYMENT, "usd").sum() == pytest.approx(10_000.0)
    assert names_of(world, world.defaulted) == ["s1"], "the idle owner of the exchange has none"
    jump(it, 0.1)
    for _ in range(2):
        it.model.step()
    assert names_of(world, world.defaulted) == ["s1", "s2"]


def test_collateral_that_was_pledged_again_comes_back_once_the_lender_has_it() -> None:
    """The client has repaid; the broker gets its coin from the bank only later."""
    firms = {
        "client": firm(30_000.0, holdings={"BTC": 1.0}),
        "broker": firm(100_000.0),
        "bank": firm(90_000.0),
    }
    loans = [
        owes("client", "broker", 20_000.0, collateral={"BTC": 1.0}, cover=1.0),
        owes("broker", "bank", 40_000.0, collateral={"BTC": 1.0}, cover=1.0),
    ]
    it = built(firms, loans)
    world = it.model.world
    assert world.credit is not None
    of_client, of_broker = world.credit.loans
    client = who(world, "client")
    of_client.usd = 0.0
    it.model.step()
    assert world.wallets[BTC, client] == 0.0
    assert of_client.units[BTC] == 1.0
    world.wallets[BTC, [who(world, "bank"), who(world, "broker")]] += [-1.0, 1.0]
    of_broker.units[BTC] = of_broker.usd = 0.0
    it.model.step()
    assert world.wallets[BTC, client] == pytest.approx(1.0)
    assert of_client.units[BTC] == pytest.approx(0.0)
