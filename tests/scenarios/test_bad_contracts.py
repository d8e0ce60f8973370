"""Futures, options and first positions that cannot be are refused in one message."""

from typing import Any

import pytest

from scenarios.load import checked
from sim.errors import ConfigError
from tests.sim.worlds import Plain, data, exchange


def market(**changes: Any) -> Plain:  # noqa: ANN401 - whatever a section may hold
    """Return an exchange for a perpetual, a future and an option, with changes to the option."""
    venue = exchange()
    common = {
        key: venue["instruments"]["P"][key] for key in ("underlying", "contract_size", "tick")
    }
    venue["instruments"]["F"] = common | {"kind": "dated_future", "expiry_hours": 5}
    option = {"kind": "european_option", "right": "put", "strike": 50_000, "expiry_hours": 5}
    venue["instruments"]["O"] = common | option | changes
    venue["surfaces"] = {"BTC": {"kind": "flat", "volatility": 0.5}}
    return data({"x": venue})


def refusal(plain: Plain) -> str:
    """Return what is said of a scenario that is refused."""
    with pytest.raises(ConfigError) as caught:
        checked(plain, {})
    return "\n".join(caught.value.problems)


def test_the_market_of_these_tests_is_right_as_it_is() -> None:
    scenario = checked(market(), {})
    assert scenario.venues["x"].instruments["O"].mark is not None
    assert scenario.venues["x"].instruments["O"].mark.kind == "theoretical"


def test_everything_wrong_with_contracts_is_told_at_once() -> None:
    plain = market()
    instruments = plain["venues"]["x"]["instruments"]
    del instruments["F"]["expiry_hours"]
    instruments["F"]["expiry"] = "2024-12-31"
    plain["venues"]["x"]["surfaces"] = {"ETH": {"kind": "flat", "volatility": 0.5}}
    instruments["O"]["mechanism"] = {"kind": "constant_product"}
    text = refusal(plain)
    assert "venues.x.instruments.F.expiry" in text
    assert "is not after the start of the run, 2025-01-01T00:00:00Z" in text
    assert "there is no volatility surface for BTC" in text
    assert "unknown underlying of the venue's options `ETH`; known: BTC" in text
    assert "a pool prices an option as if it lasted for ever" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strike": 0}, "strike must be > 0 USD"),
        ({"strike": -1, "tick": 0}, "tick must be > 0"),
        ({"expiry_hours": -2}, "expiry_hours must be > 0 hours"),
        ({"right": "straddle"}, "unknown name `straddle`"),
        ({"expiry": "2025-01-02"}, "one of them, and not both"),
        ({"mark": {"kind": "black"}}, "unknown mark method `black`"),
        ({"strikes": 5}, "strikes"),
    ],
)
def test_an_option_that_cannot_be_is_refused(changes: Plain, words: str) -> None:
    assert words in refusal(market(**changes))


def test_a_volatility_that_cannot_be_is_refused() -> None:
    plain = market()
    plain["venues"]["x"]["surfaces"]["BTC"] = {"kind": "flat", "volatility": -0.5, "limit": 0.5}
    text = refusal(plain)
    assert "volatility must be > 0" in text
    assert "there is no volatility surface" not in text


def test_first_positions_are_of_contracts_that_there_are() -> None:
    plain = market()
    writers = {"kind": "option_writer", "venue": "x", "instrument": "O", "accounts": 2}
    plain["crowd"]["writers"] = writers | {"leverage": 2.0, "hedges": {"O": 1, "Q": 2}}
    plain["crowd"]["flat"] = writers | {"hedges": {"P": 2}}
    desk = {"kind": "whale", "venue": "x", "instrument": "P", "positions": {"P": 1.5, "Z": 2}}
    plain["institutions"] = {"desk": desk}
    text = refusal(plain)
    assert "is the population's own instrument" in text
    assert "unknown instrument of x `Q`" in text
    assert "give the population leverage" in text
    assert "1.5 is not a whole number of contracts" in text
    assert "unknown instrument of its venues `Z`" in text


def test_somebody_must_hold_the_other_side_of_a_hedge() -> None:
    plain = market()
    writers = {"kind": "option_writer", "venue": "x", "instrument": "O", "accounts": 2}
    plain["crowd"]["writers"] = writers | {"leverage": 2.0, "hedges": {"F": 1}}
    plain["crowd"]["carry"] = writers | {"kind": "carry", "cash_share": 0.5}
    assert "nobody takes the other side of initial positions in F of x" in refusal(plain)
