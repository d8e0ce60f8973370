"""A scenario on prices from a file."""

from datetime import UTC, datetime
from pathlib import Path as FilePath

from scenarios.load import checked
from scenarios.problems import unknown
from scenarios.schema import Scenario
from sim.errors import ConfigError
from sim.price.bars import read_window


def with_prices(
    scenario: Scenario,
    file: str | FilePath,
    start: str | None = None,
    end: str | None = None,
    asset: str | None = None,
) -> Scenario:
    """Return the scenario with the price of an asset replayed from a file of bars.

    The run begins and ends with the window. Shocks given ``at`` a time keep it; others
    keep their distance from the start.

    Parameters
    ----------
    scenario : the scenario.
    file : a CSV file of bars, see ``sim.price.bars.read_bars``.
    start, end : dates or times in UTC, ``end`` exclusive; the file's own where not given.
    asset : whose price; of the first asset that has one of its own where not given.

    Raises
    ------
    DataError
        Naming everything wrong with the file and the window.
    ConfigError
        If there is no such asset, or the scenario makes no sense on that window.
    """
    name = asset or scenario.main_asset
    if name not in scenario.assets:
        raise ConfigError(unknown("asset", name, scenario.assets))
    _, bars = read_window(file, start, end)
    seconds = len(bars) * bars.interval_seconds
    if seconds < scenario.step_seconds:
        raise ConfigError(f"{file}: the window has no bars; it must hold at least one")
    begin = int(bars.time[0].astype("int64"))
    replay = {
        "kind": "replay",
        "file": str(file),
        "start": f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{datetime.fromtimestamp(begin + seconds, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    data = scenario.model_dump()
    data["assets"][name]["price"] = replay
    data["start"] = datetime.fromtimestamp(begin, UTC)
    data["steps"] = int(seconds // scenario.step_seconds)
    return checked(data, {(): str(file)})
