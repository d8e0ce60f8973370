"""From a scenario to a world: everybody in place, with the money and positions they should have."""

import numpy as np
import pytest

from scenarios.build import Built, build
from scenarios.build.people import BELOW_THRESHOLD
from scenarios.build.plan import Plan
from scenarios.load import checked, load, names, parse
from sim.accounts import FEES, HOUSE_ROWS, INSURANCE, OUTSIDE, POOL
from sim.arrays import NONE
from sim.errors import ConfigError
from sim.events import EventKind
from sim.instruments import CollateralisedLoan
from sim.rules import Cuts
from sim.valuation import initial_requirement, margin, net_equity
from tests.sim.worlds import data, exchange, lender

every_scenario = pytest.mark.parametrize("name", names())


@pytest.fixture
def built(small: str) -> Built:
    """Return the small scenario of these tests as a model."""
    return build(parse(small), seed=5, check=True)


def spoiled(small: str, old: str, new: str) -> Built:
    """Build the small scenario with something changed in its text."""
    assert old in small
    return build(parse(small.replace(old, new)), seed=5, check=True)


def test_everything_has_the_index_of_its_place_in_the_file(built: Built) -> None:
    world, plan = built.model.world, built.plan
    assert world.assets == ("USD", "BTC")
    assert [venue.name for venue in world.venues] == ["perp", "lender"]
    assert [market.instrument.name for market in world.venues[0].markets] == ["BTC-PERP"]
    assert world.entities == ("world", "perp", "lender", "maker")
    assert plan.entity("desk") == plan.entities.index("lender"), "a treasury is its lender"
    assert plan.rows["longs"].tolist() == list(range(HOUSE_ROWS + 2, HOUSE_ROWS + 11))
    assert plan.rows["borrowers"].tolist() == list(range(HOUSE_ROWS, HOUSE_ROWS + 9))
    assert [plan.name_of(entity) for entity in (0, 3, 4, 12, 15, NONE)] == [
        "world",
        "maker",
        "longs#0",
        "longs#8",
        "borrowers#0",
        "",
    ]


def test_house_rows_belong_to_the_venue_and_the_dealer_to_nobody(built: Built) -> None:
    for venue in built.model.world.venues:
        assert venue.owner == built.plan.entities.index(venue.name)
        entity = venue.accounts.entity
        assert entity[[FEES, INSURANCE, POOL, OUTSIDE]].tolist() == [venue.owner] * 3 + [0]
        assert (entity[HOUSE_ROWS:] > 0).all()
        assert venue.institutions == HOUSE_ROWS + (2 if venue.name == "perp" else 0)


@every_scenario
def test_positions_sum_to_zero_before_the_first_step(name: str) -> None:
    for venue in build(load(name), seed=2).model.world.venues:
        for j, market in enumerate(venue.markets):
            positions = venue.accounts.positions[j]
            gross = np.abs(positions).sum()
            assert abs(positions.sum()) <= (1e-9 * gross if not market.derivative else 0.0)
            entered = venue.accounts.entry[j] > 0.0
            assert ((positions != 0.0) == entered).all() or not market.derivative


@every_scenario
def test_nobody_begins_below_the_initial_margin_or_above_the_threshold(name: str) -> None:
    built = build(load(name), seed=2)
    for crowd in built.plan.scenario.crowd:
        section = built.plan.scenario.crowd[crowd]
        venue = built.model.world.venues[built.plan.venues[section.venue]]
        rows = built.plan.rows[crowd]
        equity, required = margin(venue.accounts, venue.valuation, rows)
        assert (equity >= required).all()
        if venue.kind == "exchange":
            assert (equity >= initial_requirement(venue.accounts, venue.valuation, rows)).all()


def test_traders_have_the_cash_and_the_leverage_that_was_asked_for(small: str) -> None:
    built = spoiled(
        small, "accounts: 9, leverage: 5", "accounts: 9, cash_usd: 3000, side: long, leverage: 5"
    )
    venue, rows = built.model.world.venues[0], built.plan.rows["longs"]
    equity = net_equity(venue.accounts, venue.valuation, rows)
    assert equity == pytest.approx(3000.0)
    notional = venue.accounts.positions[0, rows] * venue.valuation.notionals[0]
    assert notional == pytest.approx(15_000.0, abs=venue.valuation.notionals[0])
    assert (venue.accounts.positions[0, rows] == np.round(venue.accounts.positions[0, rows])).all()


def test_a_reserve_is_kept_outside_the_venue(small: str) -> None:
    text = "accounts: 9, cash_usd: 3000, reserve_share: 0.4, leverage: 2"
    built = spoiled(small, "accounts: 9, leverage: 5", text)
    venue, rows = built.model.world.venues[0], built.plan.rows["longs"]
    assert venue.accounts.reserve[rows] == pytest.approx(1200.0)
    assert net_equity(venue.accounts, venue.valuation, rows) == pytest.approx(1800.0)


@pytest.mark.parametrize(("side", "sign"), [("long", 1.0), ("short", -1.0)])
def test_a_side_is_a_side(small: str, side: str, sign: float) -> None:
    text = f"accounts: 9, cash_usd: 3000, side: {side}, leverage: 5"
    built = spoiled(small, "accounts: 9, leverage: 5", text)
    held = built.model.world.venues[0].accounts.positions[0, built.plan.rows["longs"]]
    assert (np.sign(held) == sign).all()


def test_carry_traders_hold_the_other_side_with_their_share_of_cash(small: str) -> None:
    text = "accounts: 9, cash_usd: 3000, side: long, leverage: 5"
    built = spoiled(small, "accounts: 9, leverage: 5", text)
    venue, rows = built.model.world.venues[0], built.plan.rows["carry"]
    held = venue.accounts.positions[0, rows]
    assert held.sum() == -venue.accounts.positions[0, built.plan.rows["longs"]].sum()
    assert np.ptp(held) <= 1.0, "shared out evenly"
    equity = net_equity(venue.accounts, venue.valuation, rows)
    assert equity == pytest.approx(0.5 * np.abs(held) * venue.valuation.notionals[0])


def test_without_carry_traders_one_sided_positions_are_refused() -> None:
    longs = {"kind": "directional", "venue": "x", "instrument": "P", "accounts": 3}
    longs |= {"cash_usd": 1000.0, "side": "long", "leverage": 2.0}
    with pytest.raises(ConfigError, match="nobody takes the other side"):
        checked(data({"x": exchange()}) | {"crowd": {"longs": longs}}, {})


def borrowing(loan_to_value: object, pool: float = 1e6) -> Built:
    """Build a lender with three borrowers."""
    crowd = {"kind": "borrower", "venue": "l", "instrument": "L", "accounts": 3}
    crowd |= {"cash_usd": 10_000.0, "loan_to_value": loan_to_value}
    plain = data({"l": lender(pool_usd=pool)}) | {"crowd": {"b": crowd}}
    return build(checked(plain, {}), seed=1, check=True)


def test_loans_come_out_of_the_pool_and_leave_the_model() -> None:
    built = borrowing(0.6)
    world, venue = built.model.world, built.model.world.venues[0]
    assert venue.accounts.positions[0, HOUSE_ROWS:] == pytest.approx([-6000.0] * 3)
    assert venue.accounts.positions[0, POOL] == pytest.approx(18_000.0)
    assert venue.accounts.balances[0, POOL] == pytest.approx(1e6 - 18_000.0)
    assert world.wallets[0, 0] == pytest.approx(18_000.0)
    assert world.totals()[0] == pytest.approx(1e6)


def test_loans_begin_just_below_their_threshold_at_most() -> None:
    venue = borrowing({"uniform": [0.7998, 0.79999]}).model.world.venues[0]
    worth = venue.accounts.balances[1, HOUSE_ROWS:] * venue.valuation.prices[1]
    ratio = -venue.accounts.positions[0, HOUSE_ROWS:] / worth
    assert ratio == pytest.approx(BELOW_THRESHOLD * 0.8)


def test_a_pool_that_is_too_small_is_refused_with_what_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"venues\.l\.pool_usd: borrowers owe 8,000 USD more"):
        borrowing(0.6, pool=10_000.0)


def test_loans_in_anything_but_dollars_are_refused() -> None:
    """The lender's rules reckon debts at par."""
    plain = data({"l": lender(loan={"settlement": "ETH"})})
    plain["assets"]["ETH"] = {"price": {"kind": "diffusion", "initial_price": 3000.0}}
    plain["feeds"]["eth"] = plain["feeds"]["btc"] | {"asset": "ETH"}
    plain["venues"]["l"]["feeds"] = {"BTC": "btc", "ETH": "eth"}
    with pytest.raises(ConfigError, match=r"L\.settlement: debts are reckoned at par"):
        checked(plain, {})


def test_a_second_kind_of_loan_needs_a_lender_of_its_own() -> None:
    plain = data({"l": lender()})
    loans = plain["venues"]["l"]["instruments"]
    loans["M"] = dict(loans["L"])
    with pytest.raises(ConfigError, match=r"M: a lender gives one kind of loan"):
        checked(plain, {})


def test_an_institutions_cash_is_shared_between_its_venues_and_its_wallet(built: Built) -> None:
    world, plan = built.model.world, built.plan
    row = plan.seats["maker", "perp"]
    venue = world.venues[0]
    assert net_equity(venue.accounts, venue.valuation, np.array([row])) == pytest.approx([5e5])
    assert world.wallets[0, plan.entity("maker")] == pytest.approx(5e5)


def test_funds_pools_and_amm_reserves_are_where_they_belong() -> None:
    spot = {"kind": "spot", "underlying": "BTC", "contract_size": 0.01, "tick": 0.5}
    spot |= {"mechanism": {"kind": "constant_product", "depth_usd": 5e5}, "mark": {"kind": "mid"}}
    inverse = exchange(kind="inverse_perpetual", size=1.0, insurance_fund_usd=1e5)
    amm = exchange() | {"instruments": {"S": spot}}
    plain = data({"inverse": inverse, "amm": amm, "l": lender(insurance_fund_usd=7.0)})
    crowd = {"kind": "noise", "venue": "amm", "instrument": "S", "accounts": 2, "cash_usd": 1.0}
    built = build(checked(plain | {"crowd": {"noise": crowd}}, {}), seed=1)
    coin, pool, bank = built.model.world.venues
    assert coin.accounts.balances[:, INSURANCE].tolist() == [0.0, 2.0]
    assert pool.accounts.balances[:, POOL] == pytest.approx([5e5, 10.0])
    assert bank.accounts.balances[0, [INSURANCE, POOL]].tolist() == [7.0, 1e7]
    assert bank.supplied_usd == 1e7


def test_what_a_venue_does_not_take_as_margin_counts_for_nothing() -> None:
    plain = data({"x": exchange(collateral={"USD": {}}), "l": lender()})
    x, bank = build(checked(plain, {}), seed=1).model.world.venues
    assert x.valuation.haircuts.tolist() == [0.0, 1.0]
    loan = bank.markets[0].instrument
    assert isinstance(loan, CollateralisedLoan)
    assert bank.valuation.haircuts.tolist() == pytest.approx(
        [0.0, 1.0 - loan.liquidation_threshold]
    )


@pytest.mark.parametrize("channel", sorted(Cuts.__annotations__))
def test_a_cut_is_a_cut(small: str, channel: str) -> None:
    built = build(parse(small, overrides=[f"without=[{channel}]"]), seed=5)
    cuts = built.model.world.cuts
    assert {name: getattr(cuts, name) for name in Cuts.__annotations__} == {
        name: name == channel for name in Cuts.__annotations__
    }
    assert [each.frozen for each in built.model.cast.requirements] == [
        channel == "margin_update"
    ] * 2
    assert built.model.view.behaviour == (channel != "behaviour")


def test_a_feed_and_an_asset_of_one_name_are_not_taken_for_each_other(small: str) -> None:
    """A jump of the asset is no attack on the feed that happens to be called like it."""
    text = small.replace("btc:", "BTC:").replace("{BTC: btc}", "{BTC: BTC}")
    text = text.replace("feed: btc", "feed: BTC")
    built = build(parse(text), seed=5)
    built.model.run()
    events = built.model.world.events
    jump = next(each.event for each in built.strikes.records if each.kind == "price_jump")
    updates = events.column("kind") == EventKind.ORACLE_UPDATE
    assert not (events.column("cause")[updates] == jump).any()
    capture = next(each.event for each in built.strikes.records if each.kind == "capture")
    assert (events.column("cause")[updates] == capture).any()
    assert built.model.world.feeds[0].attack == NONE


def test_a_treasury_can_fail_and_its_lender_fails_with_it(small: str) -> None:
    shock = "  - {at_minutes: 5, kind: whale_default, institution: desk}\n"
    built = build(parse(small + shock), seed=5, check=True)
    built.model.run()
    world = built.model.world
    assert next(iter(world.defaulted)) == world.entities.index("lender")


def test_shocks_are_events_with_a_beginning_and_an_end(built: Built) -> None:
    built.model.run()
    records = {each.kind: each for each in built.strikes.records}
    assert (records["capture"].start_step, records["capture"].end_step) == (60, 90)
    assert (records["price_jump"].start_step, records["price_jump"].end_step) == (120, 120)
    events = built.model.world.events
    for record in records.values():
        assert events.column("kind")[record.event] == EventKind.SHOCK
        assert events.column("step")[record.event] == record.start_step
        assert events.column("cause")[record.event] == NONE


def test_policies_that_learn_begin_with_a_past(small: str) -> None:
    policy = "margin: {policy: ewma, update_seconds: 300, decay: 0.94}"
    built = spoiled(small, "margin: {policy: fixed, maintenance: 0.01, initial: 0.02}", policy)
    past = built.model.cast.requirements[0]
    assert len(past.returns) == past.returns.maxlen == 75
    assert np.std([each[0] for each in past.returns]) > 0.0
    assert past.interval_seconds == 300.0


@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_the_same_seed_builds_the_same_world_and_another_another(small: str, seed: int) -> None:
    text = small.replace("leverage: 5}", "cash_usd: {lognormal: [3000, 1.0]}, leverage: 5}")
    one, same, other = (build(parse(text), each).model.world for each in (seed, seed, seed + 1))
    assert one.digest() == same.digest()
    assert one.digest() != other.digest()


def test_a_plan_is_made_of_names_alone(small: str) -> None:
    plan = Plan(parse(small))
    assert plan.accounts_on("perp") == HOUSE_ROWS + 2 + 9 + 2
    assert plan.institutions_on("lender") == HOUSE_ROWS
    with pytest.raises(ValueError, match="not in"):
        plan.entity("nobody")
