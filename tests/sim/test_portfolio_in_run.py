"""Portfolio margin in the run: hedges survive what outright positions do not."""

from dataclasses import dataclass, replace
from math import inf

import numpy as np
import pytest

from scenarios.build import Built
from sim.accounts import OUTSIDE, Standing
from sim.arrays import Floats
from sim.attribution import attribute
from sim.events import Channel, EventKind
from sim.margin.charges import notional_of
from sim.margin.schedule import flat
from sim.record import FIELDS
from sim.roles import MarketState, Schedule
from tests.sim.worlds import FIRST, PRICE, Plain, count, data, exchange, jump, make, of_kind, weigh

PERP, FUT = 0, 1


@dataclass(frozen=True)
class NetCharge:
    """Charges the net exposure at a price, so that hedges get full credit."""

    rate: float
    notional: Floats
    initial_multiple: float = 1.5

    def required(self, positions: Floats) -> Floats:
        """Return the requirement of portfolios, USD."""
        net = positions[0] * self.notional[0]
        for each, usd in zip(positions[1:], self.notional[1:], strict=True):
            net = net + each * usd
        return np.asarray(self.rate * np.abs(net))


@dataclass(frozen=True)
class Net:
    """A share of the net exposure, dearer from an update on if told so."""

    rate: float = 0.05
    update_seconds: float = inf
    later: float = 0.0
    history: int = 0

    def schedule(self, market: MarketState) -> Schedule:
        """Return no brackets, and a charge."""
        assert market.contracts is not None
        none = np.zeros(market.contracts.count)
        rate = self.later if market.seen and self.later else self.rate
        return replace(flat(none, none), charge=NetCharge(rate, notional_of(market.contracts)))


def market(policy: Net | None, *, rule: Plain | None = None) -> Built:
    """Build a perpetual and a future on deep markets, under portfolio margin or the fixed one."""
    venue = exchange(liquidation=rule or {"rule": "whole", "rounds": 1})
    venue["instruments"]["F"] = venue["instruments"]["P"] | {
        "kind": "dated_future",
        "expiry_hours": 1000.0,
    }
    built = make(data({"x": venue}, accounts=4))
    if policy is not None:
        engine = built.model.cast.engines[0]
        engine.policy = policy  # type: ignore[attr-defined]
        past = built.model.cast.requirements[0]
        past.interval_seconds = policy.update_seconds if policy.update_seconds < inf else 1e12
    weigh(built)
    return built


def hold(built: Built, row: int, perps: float, futures: float, equity: float) -> None:
    """Give an account contracts and equity; the off-book dealer holds the other side."""
    venue = built.model.world.venues[0]
    accounts = venue.accounts
    for j, contracts in ((PERP, perps), (FUT, futures)):
        value = float(venue.valuation.values[j])
        for who, q in ((row, contracts), (OUTSIDE, -contracts)):
            accounts.positions[j, who] += q
            accounts.balances[0, who] -= q * value
            accounts.entry[j, who] = PRICE
    accounts.balances[0, row] += equity
    accounts.balances[0, OUTSIDE] -= equity
    venue.watch.invalidate()


def test_a_hedge_lives_under_portfolio_margin_and_is_liquidated_without() -> None:
    liquidated = {}
    for name, policy in (("fixed", None), ("portfolio", Net())):
        built = market(policy)
        hold(built, FIRST, 1000.0, -1000.0, 3_000.0)
        hold(built, FIRST + 1, 1000.0, 0.0, 3_000.0)
        jump(built, 0.95)
        for _ in range(3):
            built.model.step()
        events = built.model.world.events
        mine = events.column("kind") == EventKind.LIQUIDATION
        liquidated[name] = set(events.column("account")[mine].tolist())
    assert liquidated == {"fixed": {FIRST, FIRST + 1}, "portfolio": {FIRST + 1}}


def test_liquidation_under_portfolio_margin_keeps_the_hedge_hedged() -> None:
    built = market(Net(), rule={"rule": "tiered", "large_usd": 40_000.0, "share": 0.2})
    hold(built, FIRST, 1000.0, -700.0, 500.0)
    world = built.model.world
    for _ in range(4):
        held = world.venues[0].accounts.positions[:, FIRST].copy()
        built.model.step()
        now = world.venues[0].accounts.positions[:, FIRST]
        assert abs(now.sum()) <= abs(held.sum())
    assert count(world, EventKind.LIQUIDATION) > 0


def test_a_dearer_charge_is_what_margin_calls_are_put_down_to() -> None:
    built = market(Net(rate=0.02, later=0.08, update_seconds=300.0))
    world = built.model.world
    built.model.step()
    hold(built, FIRST, 1000.0, 0.0, 3_000.0)
    hold(built, FIRST + 1, 1000.0, -1000.0, 3_000.0)
    for _ in range(6):
        built.model.step()
    updates = of_kind(world, EventKind.MARGIN_UPDATE, "price")
    assert updates == pytest.approx([0.08, 0.08])
    events = world.events
    forced = np.flatnonzero(events.column("kind") == EventKind.LIQUIDATION)
    assert events.column("account")[forced].tolist() == [FIRST]
    assert events.column("channel")[forced].tolist() == [Channel.MARGIN_UPDATE]
    causes, channels = attribute(world, world.venues[0], np.array([FIRST + 1]))
    assert channels[0] == Channel.MARGIN_UPDATE
    assert world.venues[0].accounts.standing[FIRST + 1] == Standing.GOOD
    assert causes[0] == world.venues[0].margin_event


def test_records_show_outright_rates_of_a_charge() -> None:
    built = market(Net(rate=0.02))
    hold(built, FIRST, 1000.0, -1000.0, 3_000.0)
    built.model.step()
    row = built.model.cast.recorder.columns[0]
    assert row[:, FIELDS.index("maintenance_rate")] == pytest.approx([0.02, 0.02])
    assert row[:, FIELDS.index("initial_rate")] == pytest.approx([0.03, 0.03])
    dealer = row[0, FIELDS.index("required_usd")]
    assert dealer == pytest.approx(0.0, abs=1e-9)


def test_a_shock_to_margin_scales_charges_too() -> None:
    built = market(Net(rate=0.02))
    world = built.model.world
    built.model.step()
    world.dials.margin[0] = 3.0
    built.model.step()
    assert world.venues[0].asked[0] == pytest.approx([0.06, 0.06])
    world.dials.margin[0] = 1.0
    built.model.step()
    assert world.venues[0].asked[0] == pytest.approx([0.02, 0.02])
