"""Changes from the command line: where they reach, and what they say when they reach nothing."""

import pytest

from scenarios.load import load, parse
from scenarios.schema import Scenario
from sim.errors import ConfigError


def changed(text: str, *overrides: str) -> Scenario:
    """Return the small scenario with some changes."""
    return parse(text, name="small.yaml", overrides=overrides)


def told(text: str, *overrides: str) -> tuple[str, ...]:
    """Return the problems that changes make."""
    with pytest.raises(ConfigError) as caught:
        changed(text, *overrides)
    return caught.value.problems


def test_a_full_path_sets_one_value(small: str) -> None:
    scenario = changed(small, "venues.perp.margin.call_ratio=1.5", "shocks.0.fraction=-0.3")
    margin = scenario.venues["perp"].margin
    assert margin is not None
    assert margin.call_ratio == 1.5
    assert scenario.shocks[0].parameters["fraction"] == -0.3


def test_a_part_of_a_venue_is_set_on_every_exchange_and_on_no_lender() -> None:
    scenario = load("oracle_compromise", ["margin.policy=ewma", "liquidation.rule=whole"])
    for name in ("perp_a", "perp_b"):
        margin = scenario.venues[name].margin
        assert margin is not None
        assert margin.policy == "ewma"
        assert scenario.venues[name].liquidation.rule == "whole"
    assert scenario.venues["lender"].margin is None
    assert scenario.venues["lender"].liquidation.rule == "bonus"


def test_a_pool_is_set_on_lenders(small: str) -> None:
    scenario = changed(small, "pool_usd=5")
    assert scenario.venues["lender"].pool_usd == 5
    assert scenario.venues["perp"].pool_usd == 0


def test_a_name_stands_for_its_section(small: str) -> None:
    scenario = changed(small, "longs.leverage={uniform: [2, 4]}", "btc.quorum=2", "perp.fees={}")
    leverage = scenario.crowd["longs"].leverage
    assert leverage is not None
    assert leverage.support == (2, 4)
    assert scenario.feeds["btc"].quorum == 2


def test_a_new_choice_keeps_what_all_choices_share_and_drops_the_rest(small: str) -> None:
    scenario = changed(small, "margin.grace_seconds=7", "margin.policy=ewma", "margin.decay=0.9")
    margin = scenario.venues["perp"].margin
    assert margin is not None
    assert margin.grace_seconds == 7
    assert margin.parameters["decay"] == 0.9
    assert "maintenance" not in margin.parameters


def test_a_parameter_that_both_choices_know_stays() -> None:
    text = "liquidation.rule=tiered"
    scenario = load("oracle_compromise", ["liquidation.rounds=5", text])
    assert scenario.venues["perp_a"].liquidation.rounds == 5


def test_a_choice_written_as_its_name_alone_can_be_given_parameters(small: str) -> None:
    text = small.replace("tick: 1}", "tick: 1, mechanism: order_book}")
    scenario = changed(text, "perp.instruments.BTC-PERP.mechanism.price_range=3")
    mechanism = scenario.venues["perp"].instruments["BTC-PERP"].mechanism
    assert mechanism is not None
    assert mechanism.parameters["price_range"] == 3


def test_a_section_that_is_there_by_default_can_be_changed(small: str) -> None:
    assert changed(small, "fees.taker=0.001").venues["perp"].fees.taker == 0.001


def test_a_new_population_can_be_added(small: str) -> None:
    section = "{kind: noise, venue: perp, instrument: BTC-PERP, accounts: 3}"
    assert changed(small, f"crowd.more={section}").crowd["more"].accounts == 3


def test_numbers_are_read_as_the_file_would_read_them(small: str) -> None:
    assert changed(small, "perp.depth_band=1e-3").venues["perp"].depth_band == 0.001


def test_channels_are_cut_in_a_fixed_order(small: str) -> None:
    assert changed(small, "without=[behaviour, impact, impact]").without == ("impact", "behaviour")


def test_the_later_of_two_changes_holds(small: str) -> None:
    assert changed(small, "steps=400", "steps=500").steps == 500


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("margn.policy=ewma", "unknown path `margn`; did you mean `margin`"),
        ("long.leverage=3", "did you mean `longs`"),
        ("venues.prep.depth_band=0.1", "unknown key of venues `prep`; did you mean `perp`"),
        ("shocks.2.minutes=1", "shocks has 2 entries, counted from 0"),
        ("steps.more=1", "steps is a value and has no `more`"),
        ("steps", "must be path=value"),
        ("=3", "must be path=value"),
        ("steps=[1", "is not valid YAML"),
        ("margin.policy=emwa", "unknown margin policy `emwa`; did you mean `ewma`"),
        ("margin.polcy=ewma", "unknown key `polcy`; did you mean `policy`"),
        ("longs.leverage=51", "51 times is more than the initial margin"),
    ],
)
def test_a_change_that_makes_no_sense_is_told_with_what_was_asked(
    small: str, override: str, words: str
) -> None:
    problems = told(small, override)
    assert len(problems) == 1
    assert problems[0].startswith(f"--set {override}: ")
    assert words in problems[0]


def test_all_changes_that_hit_nothing_are_told_at_once(small: str) -> None:
    assert len(told(small, "margn=1", "steps", "shocks.9.minutes=1")) == 3


def test_a_name_with_two_meanings_must_say_which(small: str) -> None:
    text = small.replace("  longs:", "  btc:")
    (problem,) = told(text, "btc.quorum=1")
    assert "say feeds.btc or crowd.btc" in problem


def test_a_change_leaves_the_library_alone() -> None:
    before = load("calm").digest()
    load("calm", ["steps=10"])
    assert load("calm").digest() == before
