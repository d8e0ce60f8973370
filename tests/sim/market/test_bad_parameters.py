"""Markets that cannot be, refused with every reason at once."""

import pytest

from sim.errors import ConfigError
from sim.market import MECHANISMS


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("order_book", {"price_range": 1.0}, ["price_range"]),
        ("constant_product", {"depth_usd": 0.0, "fee": 1.0}, ["depth_usd", "fee"]),
        (
            "square_root",
            {"coefficient": 0.0, "daily_volatility": -1.0, "daily_volume_usd": 0.0},
            ["coefficient", "daily_volatility", "daily_volume_usd"],
        ),
        (
            "linear",
            {"depth_usd": -1.0, "half_life_seconds": 0.0, "half_spread": 1.0},
            ["depth_usd", "half_life_seconds", "half_spread"],
        ),
    ],
)
def test_every_impossible_parameter_is_named(
    name: str, wrong: dict[str, float], says: list[str]
) -> None:
    with pytest.raises(ConfigError) as error:
        MECHANISMS[name](**wrong)
    assert len(error.value.problems) == len(says)
    for word in says:
        assert word in str(error.value)


@pytest.mark.parametrize("name", MECHANISMS)
def test_it_does_not_open_without_a_price(name: str) -> None:
    with pytest.raises(ConfigError, match="initial price"):
        MECHANISMS[name]().open(0.5, 0.0, 1.0)
