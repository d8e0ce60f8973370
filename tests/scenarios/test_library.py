"""Every scenario that comes with the program is right, complete, and tells its sources."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.load import LIBRARY, load, names, parse, path_of
from scenarios.reading import read_file

every_scenario = pytest.mark.parametrize("name", names())

EXPECTED = {
    "black_thursday",
    "calm",
    "ccp_member_default",
    "collateral_depeg",
    "liquidity_withdrawal",
    "october_2025",
    "options_expiry",
    "oracle_compromise",
    "prime_broker_contagion",
    "volatility_spike",
    "whale_default",
}


def test_the_library_has_what_it_promises() -> None:
    assert set(names()) >= EXPECTED


@every_scenario
def test_every_scenario_loads_and_says_what_it_shows(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.summary
    assert scenario.sources


@every_scenario
def test_a_resolved_scenario_loads_again_as_itself(name: str) -> None:
    scenario = load(name)
    again = parse(scenario.resolved_yaml(), name="elsewhere")
    assert again == scenario
    assert again.digest() == scenario.digest()
    assert again.resolved_yaml() == scenario.resolved_yaml()


def test_digests_are_the_same_in_another_process() -> None:
    program = "from scenarios.load import load, names; print(*[load(n).digest() for n in names()])"
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=LIBRARY.parents[1],
    )
    assert told.stdout.split() == [load(name).digest() for name in names()]


@every_scenario
def test_a_scenario_can_be_sent_to_a_worker(name: str) -> None:
    scenario = load(name)
    assert pickle.loads(pickle.dumps(scenario)) == scenario  # noqa: S301 - our own bytes


def test_a_digest_changes_with_any_value() -> None:
    digests = {
        load("calm", overrides).digest()
        for overrides in ([], ["steps=2161"], ["longs.leverage=3"], ["without=[impact]"])
    }
    assert len(digests) == 4
    assert all(len(digest) == 12 for digest in digests)


@every_scenario
def test_resolving_leaves_no_default_untold(name: str) -> None:
    data, _ = read_file(path_of(name))
    resolved = load(name).model_dump()
    assert set(data) <= set(resolved)
    for venue in resolved["venues"].values():
        assert {"fees", "liquidation", "depth_band"} <= set(venue)


def test_the_control_has_no_shock() -> None:
    assert not load("calm").shocks


def test_the_compromise_keeps_the_second_exchange_off_the_bad_feed() -> None:
    scenario = load("oracle_compromise")
    attacked = {shock.parameters["feed"] for shock in scenario.shocks}
    assert attacked == {"alt_main"}
    assert "alt_main" not in scenario.venues["perp_b"].feeds.values()
    users = {name for name, v in scenario.venues.items() if "alt_main" in v.feeds.values()}
    assert users == {"perp_a", "lender"}
    assert scenario.timed_shocks()[0].at_seconds == 3600


def test_black_thursday_goes_through_the_documented_prices() -> None:
    points = load("black_thursday").assets["BTC"].price.parameters["points"]
    assert isinstance(points, list)
    assert [price for _, price in points] == [7342, 5721, 5802, 3850, 5641]


def test_a_file_elsewhere_is_loaded_by_its_path(tmp_path: Path, small: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(small)
    assert load(path).name == "mine"
