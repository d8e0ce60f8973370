"""Policies as one writes them in a line: what holds together, and what tools take over."""

import pytest

from scenarios.policies import policy_of, split_policies
from sim.errors import ConfigError
from sim.margin.tiered import Tiered
from sim.margin.tools.floor import Floor
from sim.margin.tools.liquidity import Liquidity


def test_brackets_hold_together_in_a_policy_and_in_a_list_of_them() -> None:
    text = "tiered:tiers=[[1000, 0.01, 50], [5000, 0.03, 20]]"
    assert policy_of(text).composed().policy == Tiered(tiers=((1000, 0.01, 50), (5000, 0.03, 20)))
    assert split_policies(f"fixed,{text},ewma:lambda=0.9,floor=0") == [
        "fixed",
        text,
        "ewma:lambda=0.9,floor=0",
    ]


def test_the_sign_of_an_exponent_joins_no_tool() -> None:
    (tool,) = policy_of("fixed+liquidity:daily_volume_usd=2.5e+9").composed().tools
    assert tool == Liquidity(daily_volume_usd=2.5e9)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("ewma+floor", 6.0),
        ("ewma:horizon_hours=24+floor", 24.0),
        ("ewma:horizon_hours=24+floor:horizon_hours=48", 48.0),
        ("ewma+floor:horizon_hours=48", 48.0),
    ],
)
def test_a_tool_covers_the_horizon_of_the_policy_beneath_unless_it_says_otherwise(
    text: str, hours: float
) -> None:
    (tool,) = policy_of(text).composed().tools
    assert tool == Floor(horizon_hours=hours)


def test_a_horizon_of_the_policy_goes_before_a_default() -> None:
    chosen = policy_of("ewma:horizon_hours=24+floor+cap", {"horizon_hours": 1.0}).composed()
    assert chosen.tools[0] == Floor(horizon_hours=24.0)
    assert policy_of("ewma+floor", {"horizon_hours": 1.0}).composed().tools[0] == Floor(
        horizon_hours=1.0
    )


def test_a_tool_that_is_not_named_after_a_plus_is_told_of() -> None:
    with pytest.raises(ConfigError, match="unknown margin tool"):
        policy_of("ewma+")
