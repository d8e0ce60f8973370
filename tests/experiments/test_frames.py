"""The frames of a run say what the arrays of the model say."""

import numpy as np
import pytest

from experiments.frames import (
    balance_sheet,
    entities_frame,
    events_frame,
    exposures_frame,
    shocks_frame,
    steps_frame,
)
from experiments.record import (
    ENTITY_COLUMNS,
    EVENT_COLUMNS,
    EXPOSURE_COLUMNS,
    SHOCK_COLUMNS,
    STEP_COLUMNS,
)
from scenarios.build import Built, build
from scenarios.load import parse
from sim.events import Channel, EventKind
from sim.record import FIELDS
from tests.experiments.tiny import TINY


@pytest.fixture(scope="module")
def built() -> Built:
    """Return the tiny scenario after its run."""
    made = build(parse(TINY, name="tiny"), seed=3)
    made.model.run()
    return made


def test_a_row_is_a_step_and_a_market(built: Built) -> None:
    frame = steps_frame(built)
    assert tuple(frame.columns) == STEP_COLUMNS
    assert len(frame) == 60 * 2
    assert frame["venue"].tolist()[:4] == ["perp", "bank", "perp", "bank"]
    assert frame["instrument"].tolist()[:2] == ["P", "L"]
    assert frame["kind"].tolist()[:2] == ["linear_perpetual", "collateralised_loan"]
    recorder = built.model.cast.recorder
    marks = recorder.columns[:, :, FIELDS.index("mark")].ravel()
    np.testing.assert_array_equal(frame["mark"].to_numpy(), marks)
    assert frame["false_price"].dtype == np.bool_


def test_times_are_those_at_which_steps_begin_in_utc(built: Built) -> None:
    frame = steps_frame(built)
    clock = built.model.world.clock
    assert frame["time"].iloc[0] == clock.start
    assert frame["time"].iloc[-1] == clock.time(59)
    assert str(frame["time"].dt.tz) == "UTC"


def test_steps_of_less_than_a_second_keep_their_times() -> None:
    made = build(parse(TINY, "tiny", ["steps=4", "step_seconds=0.25", "shocks=[]"]), seed=3)
    made.model.run()
    frame = steps_frame(made)
    assert frame["time"].diff().dt.total_seconds().max() == 0.25


def test_a_start_in_another_time_zone_is_told_in_utc() -> None:
    text = TINY.replace("steps: 60\n", "steps: 60\nstart: 2025-06-01T02:00:00+02:00\n")
    made = build(parse(text, "tiny"), seed=3)
    made.model.step()
    assert str(steps_frame(made)["time"].iloc[0]) == "2025-06-01 00:00:00+00:00"


def test_events_have_names_in_place_of_indices(built: Built) -> None:
    frame, log = events_frame(built), built.model.world.events
    assert tuple(frame.columns) == EVENT_COLUMNS
    assert frame["id"].tolist() == list(range(log.count))
    assert frame["kind"].tolist() == [EventKind(k).name.lower() for k in log.column("kind")]
    assert frame["channel"].tolist() == [Channel(k).name.lower() for k in log.column("channel")]
    for row in (frame["kind"] == "liquidation").to_numpy().nonzero()[0]:
        venue = built.model.world.venues[int(log.column("venue")[row])]
        assert frame["venue"].iloc[row] == venue.name
        market = venue.markets[int(log.column("instrument")[row])]
        assert frame["instrument"].iloc[row] == market.instrument.name
        entity = int(venue.accounts.entity[int(log.column("account")[row])])
        assert frame["entity"].iloc[row] == built.plan.name_of(entity)
    shock = frame[frame["kind"] == "shock"].iloc[0]
    assert (shock["venue"], shock["instrument"], shock["entity"]) == ("", "", "")


def test_shocks_know_when_they_began_and_ended(built: Built) -> None:
    frame = shocks_frame(built)
    assert tuple(frame.columns) == SHOCK_COLUMNS
    assert frame["kind"].tolist() == ["bias", "price_jump"]
    assert frame["target"].tolist() == ["btc", "BTC"]
    assert frame["start_step"].tolist() == [10, 30]
    assert frame["end_step"].tolist() == [15, 30]
    events = events_frame(built)
    assert (events["kind"].iloc[frame["event"]] == "shock").all()


def test_a_shock_that_is_not_over_lasts_to_the_end() -> None:
    made = build(parse(TINY.replace(", minutes: 5}", "}"), "tiny"), seed=3)
    made.model.run()
    assert shocks_frame(made)["end_step"].tolist() == [60, 30]


def test_all_that_is_owned_and_owed_adds_up_to_what_there_is() -> None:
    """Who is in the model, the rest of the world, and who has lent to pools: nobody is missing."""
    made = build(parse(TINY, "tiny"), seed=3)
    world = made.model.world
    equity, _ = balance_sheet(made)
    others = float(world.wallets[:, 0] @ world.outside.price)
    lent = sum(venue.supplied_usd for venue in world.venues)
    total = float(world.totals() @ world.outside.price)
    assert sum(equity.values()) + others + lent == pytest.approx(total)


def test_who_owes_whom_is_told_before_and_after(built: Built) -> None:
    fresh = build(parse(TINY, "tiny"), seed=3)
    before, after = balance_sheet(fresh), balance_sheet(built)
    frame = exposures_frame(before, after)
    assert tuple(frame.columns) == EXPOSURE_COLUMNS
    assert (frame[["usd_before", "usd_after"]].to_numpy() >= 0.0).all()
    claims = frame.set_index(["source", "target", "kind"])["usd_before"]
    venue = fresh.model.world.venues[1]
    debts = -venue.accounts.positions[0, fresh.plan.rows["borrowers"]].sum()
    assert claims["bank", "borrowers", "loan"] == pytest.approx(debts)
    pledge = fresh.model.world.pledges[0]
    worth = pledge.units * fresh.model.world.outside.price[1]
    assert claims["bank", "perp", "pledge"] == pytest.approx(worth)
    assert claims["maker", "perp", "deposit"] == pytest.approx(5e5)


@pytest.mark.parametrize("second", ["desk", "vault"], ids=["one account", "two accounts"])
def test_all_that_a_lender_has_pledged_on_an_exchange_counts_once(second: str) -> None:
    """Two pledges of 0.1 and 0.2 are worth 0.3, in one account as in two."""
    pledge = "{{lender: bank, asset: BTC, share: {share}, exchange: perp, institution: {desk}}}"
    desk = "  desk: {kind: lender_desk, venue: perp, cash_usd: 2000, position_usd: 9000}\n"
    one, two = pledge.format(share=0.1, desk="desk"), pledge.format(share=0.2, desk=second)
    text = TINY.replace(pledge.format(share=0.3, desk="desk"), f"{one}\n  - {two}")
    if second != "desk":
        text = text.replace(desk, desk + desk.replace("desk:", f"{second}:"))
    made = build(parse(text, "tiny"), seed=3)
    world = made.model.world
    assert len(world.pledges) == 2
    worth = sum(pledge.units for pledge in world.pledges) * float(world.outside.price[1])
    _, owed = balance_sheet(made)
    assert owed["bank", "perp", "pledge"] == pytest.approx(worth)


def test_entities_are_institutions_venues_and_populations(built: Built) -> None:
    fresh = build(parse(TINY, "tiny"), seed=3)
    frame = entities_frame(built, balance_sheet(fresh), balance_sheet(built))
    assert tuple(frame.columns) == ENTITY_COLUMNS
    assert set(frame["entity"]) == {
        *("perp", "bank", "maker", "arb", "keeper", "longs", "noise", "carry", "borrowers")
    }
    kinds = dict(zip(frame["entity"], frame["kind"], strict=True))
    assert kinds["bank"] == "lender"
    assert kinds["longs"] == "directional"
    longs = frame.set_index("entity").loc["longs"]
    assert longs["equity_after_usd"] < longs["equity_before_usd"]
    defaulted = {built.plan.entities[i] for i in built.model.world.defaulted}
    assert set(frame["entity"][frame["defaulted"]]) == defaulted
