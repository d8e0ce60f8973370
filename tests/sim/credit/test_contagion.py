"""Losses that travel from balance sheet to balance sheet within a run."""

import numpy as np
import pytest

from scenarios.build import Built
from sim.default import worths
from sim.events import Channel, EventKind
from sim.network.clearing import CLEARING
from sim.network.exposures import Exposures
from sim.network.roles import Contagion
from sim.world import World
from tests.sim.credit.firms import built, firm, names_of, network, owes, who
from tests.sim.worlds import BTC, PRICE, USD, Value, count, data, exchange, jump, make, of_kind


def chain(**more: Value) -> Built:
    """Return a fund that owes a lender who owes a bank who has outside depositors."""
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 0.2}),
        "lender": firm(2_000.0),
        "bank": firm(500.0, owed=2_500.0),
        "calm": firm(1_000.0),
    }
    loans = [owes("fund", "lender", 8_000.0), owes("lender", "bank", 5_000.0)]
    return built(firms, loans, **more)


def losses(world: World) -> dict[str, float]:
    """Return what each creditor lost by others' defaults, USD."""
    entity = of_kind(world, EventKind.CONTAGION_LOSS, "entity")
    usd = of_kind(world, EventKind.CONTAGION_LOSS, "loss")
    return {world.entities[e]: float(usd[entity == e].sum()) for e in np.unique(entity)}


def test_claims_and_debts_count_in_what_an_entity_is_worth() -> None:
    world = chain().model.world
    worth = dict(zip(world.entities, worths(world), strict=True))
    assert worth["fund"] == pytest.approx(1_000.0 + 0.2 * PRICE - 8_000.0)
    assert worth["lender"] == pytest.approx(2_000.0 + 8_000.0 - 5_000.0)
    assert worth["bank"] == pytest.approx(500.0 + 5_000.0 - 2_500.0)


def test_a_loss_runs_down_a_chain_wave_by_wave() -> None:
    """0.2 BTC at 2,500 USD and 1,000 USD pay 1,500 of 8,000; 3,500 of 5,000; 4,000 of 2,500."""
    it = chain()
    world = it.model.world
    jump(it, 0.05)
    it.model.step()
    assert names_of(world, world.defaulted) == ["fund", "lender"]
    assert losses(world) == pytest.approx({"lender": 6_500.0, "bank": 1_500.0})
    assert of_kind(world, EventKind.DEFAULT, "usd") == pytest.approx([6_500.0, 1_500.0])


def test_every_loss_keeps_its_cause_down_the_chain() -> None:
    it = chain()
    log = it.model.world.events
    jump(it, 0.05)
    it.model.step()
    kind, cause = log.column("kind"), log.column("cause")
    last = int(np.flatnonzero(kind == EventKind.CONTAGION_LOSS)[-1])
    path = [int(kind[last])]
    while cause[last] >= 0:
        last = int(cause[last])
        path.append(int(kind[last]))
    hops = [EventKind.CONTAGION_LOSS, EventKind.DEFAULT] * 2
    assert path[:4] == [int(each) for each in hops]


def test_without_the_network_the_first_creditor_loses_and_nobody_follows() -> None:
    it = chain(scenario={"without": ["network"]})
    world = it.model.world
    jump(it, 0.05)
    for _ in range(3):
        it.model.step()
    assert names_of(world, world.defaulted) == ["fund"]
    assert losses(world) == pytest.approx({"lender": 6_500.0})
    assert worths(world)[who(world, "lender")] == pytest.approx(5_000.0)
    assert not count(world, EventKind.LOAN_CALL)


def test_creditors_outside_share_what_a_firm_cannot_pay() -> None:
    """A bank has 1,000 for 3,000 owed outside and 1,000 owed inside: each is paid a quarter."""
    firms = {"bank": firm(0.0, holdings={"BTC": 0.2}, owed=3_000.0), "friend": firm(5_000.0)}
    it = built(firms, [owes("bank", "friend", 1_000.0)])
    jump(it, 0.1)
    it.model.step()
    assert losses(it.model.world) == pytest.approx({"friend": 750.0, "world": 2_250.0})


def test_collateral_is_seized_up_to_the_claim_and_sold() -> None:
    """Two coins at 20,000 USD stand for 30,000: the lender keeps one and a half."""
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 2.0}, owed=50_000.0),
        "lender": firm(10_000.0),
    }
    loan = owes("fund", "lender", 30_000.0, collateral={"BTC": 2.0}, cover=0.5)
    it = built(firms, [loan], funding={"sale_hours": 0.1})
    world = it.model.world
    jump(it, 0.4)
    it.model.step()
    assert world.credit is not None
    assert world.wallets[BTC, who(world, "lender")] == pytest.approx(1.5)
    assert world.wallets[BTC, who(world, "fund")] == pytest.approx(0.5)
    assert world.credit.loans[0].usd == pytest.approx(0.0)
    for _ in range(8):
        it.model.step()
    assert world.wallets[BTC, who(world, "lender")] == pytest.approx(0.0, abs=1e-12)
    sales = of_kind(world, EventKind.COLLATERAL_SALE, "cause")
    assert (world.events.column("kind")[sales] == EventKind.SEIZURE).all()


def test_a_fire_sale_costs_what_sales_take_off_the_price_and_not_what_the_market_does() -> None:
    """One coin and a half is sold while the undisturbed price falls from 20,000 USD to 15,000."""
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 2.0}, owed=50_000.0),
        "lender": firm(10_000.0),
    }
    loan = owes("fund", "lender", 30_000.0, collateral={"BTC": 2.0}, cover=0.5)
    plain = network(firms, [loan], funding={"sale_hours": 0.1})
    plain["assets"]["BTC"]["outside"] = {"law": "linear", "depth_usd": 1e6, "half_life_hours": 1e6}
    it = make(plain, check=True)
    world, paths = it.model.world, []
    for factor in (0.4, 1.0, 0.75, *[1.0] * 6):
        jump(it, factor)
        it.model.step()
        paths.append(float(world.outside.exogenous[BTC]))
    assert (paths[0], paths[-1]) == pytest.approx((20_000.0, 15_000.0))
    units, price, step = (
        of_kind(world, EventKind.COLLATERAL_SALE, name) for name in ("quantity", "price", "step")
    )
    assert -units.sum() == pytest.approx(1.5)
    lost = -(units * (np.array(paths)[step] - price)).sum()
    kind, channel = world.events.column("kind"), world.events.column("channel")
    pressed = (kind == EventKind.CONTAGION_LOSS) & (channel == Channel.IMPACT)
    assert world.events.column("loss")[pressed].sum() == pytest.approx(lost)
    sold = 1.5 * 20_000.0
    assert 0.0 < lost < sold * sold / 1e6, "no more than all of it at the last price reached"


def test_collateral_pledged_again_is_lost_with_the_one_who_pledged_it() -> None:
    """The broker fails; who took its client's coin keeps it, and the client has a claim."""
    firms = {
        "client": firm(30_000.0, holdings={"BTC": 1.0}),
        "broker": firm(40_000.0, owed=9_000.0, holdings={"BTC": 0.1}),
        "bank": firm(90_000.0),
    }
    loans = [
        owes("client", "broker", 20_000.0, collateral={"BTC": 1.0}, cover=1.0),
        owes("broker", "bank", 40_000.0, collateral={"BTC": 1.0}, cover=1.0),
    ]
    it = built(firms, loans)
    world = it.model.world
    world.wallets[USD, who(world, "broker")] -= 30_000.0
    world.wallets[USD, 0] += 30_000.0
    before = worths(world)
    it.model.step()
    assert names_of(world, world.defaulted) == ["broker"]
    seized = of_kind(world, EventKind.SEIZURE, "channel").tolist()
    assert seized == [Channel.COUNTERPARTY, Channel.REHYPOTHECATION]
    client = who(world, "client")
    assert world.wallets[BTC, client] == 0.0
    claim = world.credit.loans[-1]  # type: ignore[union-attr] # a network there is
    assert (claim.lender, claim.usd) == (client, pytest.approx(30_000.0))
    lost = losses(world)
    assert lost["client"] > 0.0
    assert worths(world)[client] == pytest.approx(before[client] - lost["client"])


def test_a_call_that_is_not_met_in_time_fails_a_solvent_borrower() -> None:
    firms = {"fund": firm(0.0, other=50_000.0), "lender": firm(1_000.0, owed=9_500.0)}
    firms["source"] = firm(0.0, holdings={"BTC": 0.1}, owed=100.0)
    loans = [
        owes("fund", "lender", 9_000.0, notice_hours=0.05),
        owes("source", "lender", 4_000.0),
    ]
    it = built(firms, loans, funding={"alarm": 0.01, "recall": 1.0})
    world = it.model.world
    jump(it, 0.2)
    for _ in range(6):
        it.model.step()
    assert names_of(world, world.defaulted)[0] == "source"
    assert "fund" in names_of(world, world.defaulted)
    called = of_kind(world, EventKind.LOAN_CALL, "entity")
    assert who(world, "fund") in called


def test_a_recalled_borrower_pays_from_its_wallet_then_sells_coins() -> None:
    firms = {
        "source": firm(0.0, holdings={"BTC": 0.1}),
        "lender": firm(10_000.0),
        "fund": firm(1_000.0, holdings={"BTC": 1.0}),
    }
    loans = [owes("source", "lender", 4_000.0), owes("fund", "lender", 10_000.0)]
    it = built(firms, loans, funding={"alarm": 0.0, "recall": 10.0})
    world = it.model.world
    jump(it, 0.2)
    for _ in range(3):
        it.model.step()
    assert of_kind(world, EventKind.REPAYMENT, "usd").sum() == pytest.approx(10_000.0)
    sold = of_kind(world, EventKind.COLLATERAL_SALE, "usd").sum()
    assert sold == pytest.approx(9_000.0)
    assert (of_kind(world, EventKind.COLLATERAL_SALE, "channel") == Channel.FUNDING).all()
    assert "fund" not in names_of(world, world.defaulted)


def test_a_wrong_price_on_one_venue_fails_a_lender_that_never_traded_there() -> None:
    """The feed says a third; the whale is closed out for nothing, and its lender with it."""
    whale = firm(20_000.0, venue="x", instrument="P", position_usd=60_000.0)
    firms = {"whale": whale, "lender": firm(1_000.0, owed=12_500.0), "calm": firm(10.0)}
    plain = network(firms, [owes("whale", "lender", 12_000.0)])
    rule = {"rule": "whole", "rounds": 1, "adl": False, "price_band": 0.9}
    thin = {"kind": "linear", "depth_usd": 2e5, "half_spread": 0.0, "half_life_seconds": 1e9}
    plain["venues"] = {"x": exchange(liquidation=rule, mechanism=thin)}
    plain["crowd"]["carry"] = {
        "kind": "carry", "venue": "x", "instrument": "P", "accounts": 2, "cash_share": 1.0,
    }  # fmt: skip
    lie = {"at_minutes": 2, "kind": "bias", "feed": "btc", "fraction": -0.6, "minutes": 60}
    plain["shocks"] = [lie]
    it = make(plain, check=True)
    world = it.model.world
    for _ in range(8):
        it.model.step()
    assert world.outside.exogenous[BTC] == pytest.approx(PRICE)
    assert {"whale", "lender"} <= set(names_of(world, world.defaulted))
    lender = who(world, "lender")
    assert not any((venue.accounts.entity == lender).any() for venue in world.venues)
    log = world.events
    event = int(np.flatnonzero(
        (log.column("kind") == EventKind.DEFAULT) & (log.column("entity") == lender)
    )[0])  # fmt: skip
    while log.column("cause")[event] >= 0:
        event = int(log.column("cause")[event])
    assert log.column("kind")[event] == EventKind.SHOCK


def test_a_clearing_that_does_not_converge_halts_the_run_and_says_why() -> None:
    class Stubborn:
        """Never gets there."""

        def clear(self, exposures: Exposures, shock: np.ndarray) -> Contagion:
            done = CLEARING["eisenberg_noe"]().clear(exposures, shock)
            return type(done)(
                **{name: getattr(done, name) for name in done.__slots__}
                | {"converged": False, "residual": 12.0}
            )

    it = chain()
    world = it.model.world
    assert world.credit is not None
    world.credit.clearing = Stubborn()
    jump(it, 0.05)
    it.model.run()
    assert "did not converge" in world.halted
    assert "12" in world.halted
    assert not world.defaulted
    assert count(world, EventKind.HALT) == 1


@pytest.mark.parametrize("kind", ["eisenberg_noe", "rogers_veraart", "furfine", "threshold",
                                  "debtrank", "linear_debtrank", "paddrik_rajan_young",
                                  "collateral_chain"])  # fmt: skip
def test_every_clearing_can_settle_a_run(kind: str) -> None:
    it = chain(algorithm=kind)
    jump(it, 0.05)
    for _ in range(3):
        it.model.step()
    assert "fund" in names_of(it.model.world, it.model.world.defaulted)
    assert losses(it.model.world)["lender"] > 0.0


def test_a_world_without_a_network_has_none() -> None:
    assert make(data({"x": exchange()}, accounts=3)).model.world.credit is None
