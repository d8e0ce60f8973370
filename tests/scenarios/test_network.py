"""The network section of a scenario: what it may say, and what is refused, all at once."""

import pytest

from scenarios.build import build
from scenarios.load import checked, load, parse
from scenarios.schema import Scenario
from sim.errors import ConfigError
from tests.sim.credit.firms import firm, network, owes
from tests.sim.worlds import Plain, data, exchange, lender


def refused(plain: Plain) -> str:
    """Return what is said about a scenario that is refused."""
    with pytest.raises(ConfigError) as told:
        build(checked(plain, {}), seed=1)
    return str(told.value)


def two() -> Plain:
    """Return two firms."""
    return {"a": firm(1_000.0, holdings={"BTC": 1.0}), "b": firm(1_000.0)}


def test_everything_wrong_with_loans_is_told_at_once() -> None:
    loans = [
        owes("nobody", "b", 10.0),
        owes("a", "a", 10.0),
        owes("a", "b", -5.0),
        owes("a", "b", 5.0, kind="secured"),
        owes("a", "b", 5.0, kind="unsecured", collateral={"BTC": 0.1}),
        owes("a", "b", 5.0, collateral={"DOGE": 1.0}),
        owes("a", "b", 5.0, collateral={"BTC": 0.1}, haircut=1.5),
        owes("a", "b", 5.0, collateral={"BTC": 0.1}, notice_hours=-1.0),
    ]
    said = refused(network(two(), loans))
    for number, word in enumerate(
        ("nobody", "itself", "usd", "collateral", "secured", "DOGE", "haircut", "notice_hours")
    ):
        assert f"loans[{number}]" in said, word
        assert word in said


def test_what_is_not_there_cannot_be_pledged_again() -> None:
    """The broker has the client's coin once, and pledges it twice."""
    loans = [
        owes("a", "b", 100.0, collateral={"BTC": 1.0}),
        owes("b", "c", 100.0, collateral={"BTC": 0.6}),
        owes("b", "c", 100.0, collateral={"BTC": 0.6}),
    ]
    said = refused(network(two() | {"c": firm(1_000.0)}, loans))
    assert "loans[2].collateral.BTC" in said
    assert "0.4" in said


def test_debts_beyond_the_balance_sheet_are_refused_by_name() -> None:
    firms = {"poor": firm(10.0), "rich": firm(1_000.0), "bank": firm(5.0, owed=500.0)}
    said = refused(network(firms, [owes("poor", "rich", 500.0)]))
    assert "poor would owe 490 USD more than it has" in said
    assert "bank would owe 495 USD more" in said


def test_loans_need_a_network() -> None:
    said = refused(network(two(), [owes("a", "b", 5.0)], kind="none"))
    assert "bilateral" in said


def test_a_clearing_house_needs_an_exchange() -> None:
    plain = data({"l": lender()}, accounts=2) | {"network": {"kind": "clearing_house"}}
    assert "exchange" in refused(plain)


def test_an_unknown_clearing_and_its_parameters_are_refused_with_those_there_are() -> None:
    assert "eisenberg_noe" in refused(network(two(), [], algorithm="magic"))
    wrong = {"kind": "rogers_veraart", "alpha": 2.0, "beta": -1.0}
    said = refused(network(two(), [], algorithm=wrong))
    assert "alpha" in said
    assert "beta" in said
    house = {"cover": 5, "skin": 7.0}
    said = refused(network(two(), [], house=house, funding={"alarm": -1.0}))
    assert all(word in said for word in ("cover", "skin", "alarm"))


def test_sales_are_made_in_the_market_not_in_the_clearing() -> None:
    assert "market itself" in refused(network(two(), [], algorithm="fire_sale"))


def test_only_a_firm_needs_no_venue() -> None:
    plain = network(two() | {"w": {"kind": "whale", "cash_usd": 10.0}}, [])
    said = refused(plain)
    assert "institutions.w" in said
    assert "institutions.a" not in said


def test_every_scenario_can_be_cleared_centrally_from_the_command_line() -> None:
    scenario = load("black_thursday", ["network.kind=clearing_house", "network.house.cover=1"])
    assert scenario.network.kind == "clearing_house"
    assert scenario.network.house.cover == 1
    choice = load("prime_broker_contagion", ["network.algorithm=furfine"])
    assert choice.network.algorithm.parameters["recovery"] == 0.0


def test_without_a_word_there_is_no_network() -> None:
    scenario = checked(data({"x": exchange()}), {})
    assert scenario.network.kind == "none"
    assert build(scenario, seed=1).model.world.credit is None


def test_the_documented_claims_on_the_fund_are_the_documented_ones() -> None:
    """3.5 bn USD to 27 creditors, five of them documented; what is generated says so."""
    scenario: Scenario = load("prime_broker_contagion")
    owed = [loan for loan in scenario.network.loans if loan.borrower == "three_arrows"]
    assert len(owed) == 27
    assert sum(loan.usd for loan in owed) == pytest.approx(3.5e9)
    known = {loan.lender: loan.usd for loan in owed if loan.note != "generated"}
    assert known == {
        "genesis": 2.36e9,
        "voyager": 6.8e8,
        "equities_first": 1.62e8,
        "deribit": 8e7,
        "celsius": 7.5e7,
    }
    assert all(loan.note for loan in scenario.network.loans)


def test_a_network_survives_being_written_and_read() -> None:
    scenario = load("ccp_member_default")
    assert parse(scenario.resolved_yaml(), name="again").network == scenario.network
