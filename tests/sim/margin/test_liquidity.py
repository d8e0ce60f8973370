"""What large positions are charged for being large."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.policies import policy_of
from sim.errors import ConfigError
from sim.margin.cliff import Cliff
from sim.margin.fixed import Fixed
from sim.margin.model import composed
from sim.margin.schedule import requirements
from sim.margin.tiered import Tiered
from sim.margin.tools.cap import Cap
from sim.margin.tools.liquidity import Liquidity
from sim.roles import MarginPolicy, MarketState

VOLUME = 1e9
PLAIN = Liquidity(daily_volume_usd=VOLUME, daily_volatility=0.04, participation=0.0)
SLOW = Liquidity(daily_volume_usd=VOLUME, daily_volatility=0.04, impact=0.0, participation=0.1)


def market(n: int = 1) -> MarketState:
    """Return a market of ``n`` instruments with no past."""
    return MarketState(
        returns=np.zeros((0, n)),
        interval_seconds=3600.0,
        index=np.ones(n),
        open_interest=np.zeros(n),
    )


def added(tool: Liquidity, sizes: np.ndarray, policy: MarginPolicy | None = None) -> np.ndarray:
    """Return what a tool adds to the requirement of positions, (n,) USD."""
    base = (policy or Fixed()).schedule(market())
    more = requirements(tool.over(base, market()), sizes[None, :])
    found: np.ndarray = (more - requirements(base, sizes[None, :]))[0]
    return found


def test_the_cost_is_that_of_the_square_root_law() -> None:
    """Y = 0.9, 4 % a day, 0.1 to 25 % of a day's volume."""
    size = np.array([0.001, 0.01, 0.05, 0.25]) * VOLUME
    rate = PLAIN.cost(size[:, None], np.array([0.04]), np.array([0.025]))[:, 0] / size
    expected = [0.0011384199576606167, 0.0036, 0.008049844718999244, 0.018]
    assert rate == pytest.approx(expected, abs=1e-12)


def test_what_takes_longer_to_sell_is_covered_for_longer() -> None:
    """Half of a day's volume at a tenth of it takes five days: 0.25 days become 5.25."""
    size = np.array([[0.5 * VOLUME]])
    found = SLOW.cost(size, np.array([0.04]), np.array([0.025]))[0, 0]
    assert found == pytest.approx(0.025 * 0.5 * VOLUME * (np.sqrt(5.25 / 0.25) - 1))


@pytest.mark.parametrize(("tool", "most"), [(PLAIN, 1.046), (SLOW, 9 / 8)], ids=["impact", "time"])
def test_brackets_lie_above_the_cost_by_a_little(tool: Liquidity, most: float) -> None:
    """Chords from x to 2x: of x^1.5 they are 4.6 % above it at most, of x^2 an eighth."""
    sizes = np.geomspace(1e-4, 9.9, 4000) * VOLUME
    exact = tool.cost(sizes[:, None], np.array([0.04]), np.array([0.025]))[:, 0]
    found = added(tool, sizes)
    uncut = exact < 0.9 * sizes
    assert (found[uncut] >= exact[uncut] * (1 - 1e-9)).all()
    assert (found[uncut] <= exact[uncut] * most * (1 + 1e-9)).all()


@given(st.lists(st.floats(0.0, 2e10), min_size=2, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_larger_position_never_requires_less_whatever_is_beneath(sizes: list[float]) -> None:
    ordered = np.sort(np.array(sizes))
    for policy in (Fixed(), Tiered(), Cliff(base_usd=1e6, step_usd=2e6, highest=0.4)):
        full = Liquidity(daily_volume_usd=VOLUME, daily_volatility=0.05)
        schedule = full.over(policy.schedule(market()), market())
        for initial in (False, True):
            required = requirements(schedule, ordered[None, :], initial=initial)[0]
            assert (np.diff(required) >= -1e-6 * np.maximum(required[1:], 1.0)).all()
            assert (required <= ordered * (1 + 1e-9)).all()


def test_small_positions_pay_what_the_policy_beneath_asks() -> None:
    assert 0 < added(PLAIN, np.array([10.0]))[0] < 1e-2 * 0.025 * 10.0


def test_order_decides_whether_the_addition_is_capped() -> None:
    """A cap over it scales the whole requirement down; under it the addition stays whole."""
    size = np.array([[0.25 * VOLUME]])
    over = composed(Fixed(maintenance=0.04, initial=0.08), [PLAIN, Cap(level=0.02)]).open()
    under = composed(Fixed(maintenance=0.04, initial=0.08), [Cap(level=0.02), PLAIN]).open()
    capped = requirements(over.schedule(market()), size)[0, 0]
    whole = requirements(under.schedule(market()), size)[0, 0]
    cost = added(PLAIN, size[0], Fixed(maintenance=0.04, initial=0.08))[0]
    outright = PLAIN.over(Fixed(maintenance=0.04, initial=0.08).schedule(market()), market())
    share = 0.02 / outright.maintenance[0, 0]
    assert capped == pytest.approx(share * (0.04 * size[0, 0] + cost), rel=1e-9)
    assert whole == pytest.approx(0.02 * size[0, 0] + cost, rel=1e-9)


def test_a_policy_string_can_name_it_and_its_mistakes_are_all_told() -> None:
    assert policy_of("fixed+liquidity:daily_volatility=0.03").composed().history == 0
    assert policy_of("fixed+liquidity").composed().history == 250
    with pytest.raises(ConfigError) as caught:
        Liquidity(daily_volume_usd=0.0, impact=-1.0, participation=2.0, lookback=1)
    for word in ("daily_volume_usd", "impact", "participation", "lookback"):
        assert word in str(caught.value)
