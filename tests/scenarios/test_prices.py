"""Prices from a file take the place of a scenario's own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scenarios.load import load, parse
from scenarios.prices import with_prices
from scenarios.schema import Scenario
from sim.errors import ConfigError, DataError

DATA = Path(__file__).parents[2] / "../shared/data/btcusd_spot_1h_2018-05_2022-03.csv"


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Return a file of four hours of bars."""
    path = tmp_path / "bars.csv"
    rows = [f"2024-12-31T{hour:02}:00:00Z,100,110,90,105" for hour in range(20, 24)]
    rows.append("2025-01-01T00:00:00Z,105,106,104,105")
    rows.append("2025-01-01T01:00:00Z,105,106,104,105")
    path.write_text("\n".join(["timestamp,open,high,low,close", *rows]) + "\n")
    return path


@pytest.fixture
def scenario(small: str) -> Scenario:
    """Return the small scenario."""
    return parse(small)


def test_the_run_is_as_long_as_the_window(scenario: Scenario, bars: Path) -> None:
    replay = with_prices(scenario, bars, "2024-12-31T22:00:00", "2025-01-01T01:00:00")
    assert replay.start == datetime(2024, 12, 31, 22, tzinfo=UTC)
    assert replay.steps == 3 * 360
    assert replay.assets["BTC"].price.kind == "replay"
    assert replay.assets["BTC"].price.build().open().initial_price == 100


def test_without_a_window_the_whole_file_runs(scenario: Scenario, bars: Path) -> None:
    replay = with_prices(scenario, bars)
    assert replay.steps == 6 * 360
    assert parse(replay.resolved_yaml(), replay.name) == replay


def test_all_else_stays(scenario: Scenario, bars: Path) -> None:
    replay = with_prices(scenario, bars)
    assert replay.venues == scenario.venues
    assert replay.shocks == scenario.shocks
    assert replay.assets["BTC"].outside == scenario.assets["BTC"].outside


def test_a_shock_given_a_time_keeps_it(small: str, bars: Path) -> None:
    scenario = parse(small.replace("at_minutes: 20", "at: 2025-01-01T00:30:00Z"))
    assert scenario.timed_shocks()[1].at_seconds == 1800
    replay = with_prices(scenario, bars, "2024-12-31T22:00:00")
    assert replay.timed_shocks()[0].at_seconds == 600
    assert replay.timed_shocks()[1].at_seconds == 2.5 * 3600


def test_a_shock_outside_the_window_is_told(small: str, bars: Path) -> None:
    scenario = parse(small.replace("at_minutes: 20", "at: 2025-01-01T00:30:00Z"))
    with pytest.raises(ConfigError, match="is when the run is over"):
        with_prices(scenario, bars, None, "2025-01-01T00:00:00")


def test_a_bad_file_is_told_before_anything_is_built(scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("timestamp,open\n2025-01-01T00:00:00Z,1\n")
    with pytest.raises(DataError, match="high"):
        with_prices(scenario, path)


def test_an_unknown_asset_is_told(scenario: Scenario, bars: Path) -> None:
    with pytest.raises(ConfigError, match="unknown asset `ETH`"):
        with_prices(scenario, bars, asset="ETH")


def test_pegged_assets_keep_their_peg(bars: Path) -> None:
    replay = with_prices(load("collateral_depeg", ["shocks=[]"]), bars)
    assert replay.assets["BTC"].price.kind == "replay"
    assert replay.assets["STBTC"].price.kind == "pegged"


@pytest.mark.skipif(not DATA.exists(), reason="the shared market data are not here")
def test_black_thursday_replays_its_four_days() -> None:
    replay = with_prices(load("black_thursday"), DATA, "2020-03-11", "2020-03-15")
    assert replay.start == datetime(2020, 3, 11, tzinfo=UTC)
    assert replay.steps * replay.step_seconds == 4 * 86_400
    outage = replay.timed_shocks()[1].at_seconds
    assert outage == (2 * 24 + 2) * 3600 + 16 * 60
