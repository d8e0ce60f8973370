"""What every margin policy must do, whatever it charges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ConfigError
from sim.margin import POLICIES
from sim.margin.cliff import Cliff
from sim.margin.es_mc import MonteCarlo
from sim.margin.evt import ExtremeValue
from sim.margin.ewma import Ewma
from sim.margin.fhs import FilteredHistoricalSimulation
from sim.margin.fixed import Fixed
from sim.margin.garch import Garch
from sim.margin.grid import Grid
from sim.margin.hs import HistoricalSimulation
from sim.margin.oi_scaled import OpenInterestScaled
from sim.margin.schedule import asked_rates, requirements
from sim.margin.sensitivity import Sensitivity
from sim.margin.span import Span
from sim.margin.tiered import Tiered
from sim.roles import MarginPolicy, MarketState

EXAMPLES: dict[str, MarginPolicy] = {
    "fixed": Fixed(maintenance=0.03, initial=0.05),
    "tiered": Tiered(tiers=[[1e4, 0.01, 40], [1e6, 0.02, 20], [1e7, 0.1, 5]]),
    "cliff": Cliff(base_usd=1e5, step_usd=2e5, highest=0.2),
    "ewma": Ewma(decay=0.94, horizon_hours=2.0, floor=0.005, cap=0.4, initial_multiple=2.0),
    "garch": Garch(window=100, refit_every=20, floor=0.0, horizon_hours=2.0),
    "hs": HistoricalSimulation(window=60, span=2, age_decay=0.98, confidence=0.95),
    "fhs": FilteredHistoricalSimulation(window=60, warm_up=30, confidence=0.95),
    "es_mc": MonteCarlo(draws=400, window=40, copula="t", marginal="t", floor=0.0),
    "evt": ExtremeValue(window=100, tail_share=0.2, confidence=0.99, decay=0.95, warm_up=20),
    "oi_scaled": OpenInterestScaled(lower_usd=1e8, upper_usd=5e8, maintenance_per_billion=0.01),
    "span": Span(price_range=0.05, multiplier=3.0, decay=0.9),
    "grid": Grid(price_range=0.1, contingency=0.01),
    "sensitivity": Sensitivity(delta_weight=0.1),
}
every_policy = pytest.mark.parametrize("policy", EXAMPLES.values(), ids=EXAMPLES.keys())
NOTIONALS = np.concatenate([[0.0], np.geomspace(1.0, 1e9, 400)])


@st.composite
def market_states(draw: st.DrawFn) -> MarketState:
    """Return a market with enough of a past for every example."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_instruments = draw(st.integers(1, 4))
    length = max(policy.history for policy in EXAMPLES.values()) + draw(st.integers(0, 50))
    scale = draw(st.sampled_from([0.0, 1e-5, 1e-3, 0.02, 0.3]))
    return MarketState(
        returns=scale * rng.standard_t(3, (length, n_instruments)),
        interval_seconds=draw(st.sampled_from([10.0, 300.0, 3600.0])),
        index=rng.uniform(0.1, 1e5, n_instruments),
        open_interest=rng.uniform(0.0, 1e9, n_instruments),
    )


def stormier(calm: MarketState, by: float) -> MarketState:
    """Return the same market with every return ``by`` times as large."""
    return MarketState(
        returns=by * calm.returns,
        interval_seconds=calm.interval_seconds,
        index=calm.index,
        open_interest=calm.open_interest,
    )


def charged(policy: MarginPolicy, market: MarketState) -> tuple[np.ndarray, np.ndarray]:
    """Return maintenance and initial requirement of rising notionals, (K, n)."""
    schedule = policy.schedule(market)
    sizes = np.repeat(NOTIONALS[None, :], market.index.size, axis=0)
    return requirements(schedule, sizes), requirements(schedule, sizes, initial=True)


def test_every_registered_policy_is_tested() -> None:
    assert {name: type(policy) for name, policy in EXAMPLES.items()} == POLICIES


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_has_sensible_defaults(name: str) -> None:
    policy = POLICIES[name]()
    assert policy.update_seconds > 0
    rng = np.random.default_rng(2)
    market = MarketState(
        returns=0.01 * rng.standard_t(5, (policy.history, 2)),
        interval_seconds=3600.0,
        index=np.array([100.0, 2.0]),
        open_interest=np.array([1e6, 1e7]),
    )
    maintenance, initial = asked_rates(policy.schedule(market), market.index)
    assert np.all((maintenance > 0) & (maintenance <= initial) & (initial <= 1))


@every_policy
@settings(max_examples=25, deadline=None)
@given(market=market_states())
def test_a_schedule_covers_every_instrument_with_sound_rates(
    policy: MarginPolicy, market: MarketState
) -> None:
    schedule = policy.schedule(market)
    for column in (schedule.maintenance, schedule.initial):
        assert column.shape == schedule.edges.shape == (len(schedule.edges), market.index.size)
        assert column.dtype == np.float64
        assert np.all((column >= 0) & (column <= 1))
    assert np.all(schedule.edges[0] == 0)
    assert np.all(np.diff(schedule.edges, axis=0) > 0)
    assert np.all(schedule.maintenance_amount[0] == 0)
    assert np.all(schedule.initial_amount[0] == 0)
    assert np.all(schedule.maintenance < 1)


@every_policy
@settings(max_examples=25, deadline=None)
@given(market=market_states())
def test_a_larger_position_never_requires_less(policy: MarginPolicy, market: MarketState) -> None:
    for required in charged(policy, market):
        assert np.all(required[:, 0] == 0)
        assert np.all(np.diff(required, axis=1) >= 0)
        assert np.all(required <= NOTIONALS)


@every_policy
@settings(max_examples=25, deadline=None)
@given(market=market_states())
def test_opening_never_takes_less_than_holding(policy: MarginPolicy, market: MarketState) -> None:
    maintenance, initial = charged(policy, market)
    assert np.all(initial >= maintenance * (1 - 1e-12))


@every_policy
@settings(max_examples=25, deadline=None)
@given(calm=market_states())
def test_storm_never_costs_less_than_calm(policy: MarginPolicy, calm: MarketState) -> None:
    for before, after in zip(
        charged(policy, calm), charged(policy, stormier(calm, by=2.0)), strict=True
    ):
        assert np.all(after >= before)


@every_policy
@settings(max_examples=25, deadline=None)
@given(market=market_states(), data=st.data())
def test_the_order_of_instruments_does_not_matter(
    policy: MarginPolicy, market: MarketState, data: st.DataObject
) -> None:
    order = np.array(data.draw(st.permutations(range(market.index.size))))
    shuffled = MarketState(
        returns=market.returns[:, order],
        interval_seconds=market.interval_seconds,
        index=market.index[order],
        open_interest=market.open_interest[order],
    )
    for plain, mixed in zip(charged(policy, market), charged(policy, shuffled), strict=True):
        np.testing.assert_allclose(mixed, plain[order], rtol=1e-12)


@every_policy
def test_the_market_shown_is_left_as_it_was(policy: MarginPolicy) -> None:
    returns = np.random.default_rng(3).normal(0.0, 0.01, (policy.history + 5, 2))
    before = returns.copy()
    market = MarketState(
        returns=returns, interval_seconds=60.0, index=np.ones(2), open_interest=np.ones(2)
    )
    first, second = policy.schedule(market), policy.schedule(market)
    np.testing.assert_array_equal(returns, before)
    np.testing.assert_array_equal(first.maintenance, second.maintenance)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Fixed(maintenance=1.2, initial=0.1), ["maintenance", "initial"]),
        (
            lambda: Ewma(decay=1.0, confidence=0.4, horizon_hours=0.0, update_seconds=0.0),
            ["decay", "confidence", "horizon_hours", "update_seconds"],
        ),
        (
            lambda: Ewma(floor=0.3, cap=0.2, initial_multiple=0.5),
            ["floor and cap", "initial_multiple"],
        ),
        (lambda: Tiered(tiers=[]), ["at least one row"]),
        (lambda: Tiered(tiers=[[1e4, 0.01]]), ["upper notional USD"]),
        (
            lambda: Tiered(tiers=[[1e4, 0.02, 60], [1e3, 0.01, 0.5]]),
            ["must be > 0 and rise", "never fall", ">= 1", "one over the leverage"],
        ),
        (lambda: Tiered(tiers=[[1e4, 0.01, 5], [1e5, 1.0, 20]]), ["[0, 1)", "never rise"]),
    ],
)
def test_impossible_parameters_are_all_named(build: object, told: list[str]) -> None:
    assert callable(build)
    with pytest.raises(ConfigError) as caught:
        build()
    for words in told:
        assert words in str(caught.value)
