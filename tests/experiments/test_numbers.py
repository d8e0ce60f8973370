"""Prices, margin, coverage, the network and the moment of truth, where contracts do not reach."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.metrics import coverage, margin, network, price, truth
from experiments.record import Run
from oracles import ATTACKS
from sim.arrays import Floats
from tests.experiments.sample_run import calm_run, hand_made_run, sample_run


@settings(max_examples=50, deadline=None)
@given(prices=arrays(np.float64, st.integers(1, 20), elements=st.floats(1, 100)))
def test_the_deepest_fall_is_the_deepest_of_all_pairs(prices: Floats) -> None:
    pairs = [1 - prices[j] / prices[i] for i in range(prices.size) for j in range(i, prices.size)]
    fall = price.deepest_fall(prices)
    assert fall.size == pytest.approx(max(pairs), abs=1e-12)
    assert 1 - prices[fall.trough] / prices[fall.peak] == pytest.approx(fall.size, abs=1e-12)
    assert fall.peak <= fall.trough


def test_without_a_twin_nothing_is_compared_with_it() -> None:
    run = sample_run(steps=90, events=50, twin=False)
    assert np.isnan(price.amplification(run))
    assert np.isnan(margin.endogeneity_gap(run))


def test_a_price_that_never_comes_back_has_no_recovery_time() -> None:
    assert np.isnan(price.price_recovery_seconds(sample_run(steps=90, events=50)))


def test_a_rising_price_needs_no_recovery() -> None:
    run = calm_run()
    up = run.steps.assign(outside=1.0 + run.steps["step"])
    assert price.price_recovery_seconds(replace(run, steps=up)) == 0


def test_margin_increases_look_over_their_own_span() -> None:
    run = sample_run(steps=90, events=0)
    found = margin.margin_increase(run)
    rates = run.markets["perp_a", "BTC-PERP"]["maintenance_rate"].to_numpy()
    assert found["10 min"] == pytest.approx((rates[60:] - rates[:-60]).max())
    assert np.isnan(float(str(found["1 h"])))


def test_runs_recorded_every_third_step_keep_their_times() -> None:
    run = sample_run(steps=361, events=300)
    thin = replace(run, steps=run.steps[run.steps["step"] % 3 == 0], twin_steps=None)
    assert thin.step_seconds == run.step_seconds == 10
    assert thin.row_seconds == 30
    whole = truth.became_true_seconds(run)
    assert whole <= truth.became_true_seconds(thin) < whole + 30
    assert thin.summary["liquidated_usd"] == run.summary["liquidated_usd"]


def test_coverage_uses_the_grace_period_of_each_venue() -> None:
    run = hand_made_run()
    assert coverage.coverage(run) == 4 / 7
    twice = replace(run, manifest={"grace_seconds": 120})
    assert coverage.coverage(twice) == pytest.approx(2 / 6)


def test_a_margin_of_everything_covers_everything() -> None:
    run = hand_made_run()
    assert coverage.coverage(replace(run, steps=run.steps.assign(maintenance_rate=1.0))) == 1


def test_a_network_without_claims_has_no_reach() -> None:
    run = hand_made_run()
    alone = replace(run, exposures=run.exposures.iloc[:0])
    assert network.debt_rank(alone) == 0
    assert network.debt_rank_by_entity(alone) == {}


def test_every_attack_that_a_scenario_can_name_is_known() -> None:
    assert set(truth.ATTACKS) == {*ATTACKS, "manipulation"}


def lie(run: Run, factor: float) -> Run:
    """Return the run by hand with another false answer."""
    steps = run.steps.assign(index=run.steps["index"].where(~run.steps["false_price"], factor))
    return replace(run, steps=steps)


def test_a_lie_too_low_never_becomes_true() -> None:
    run = lie(hand_made_run(), 20.0)
    assert run.truth is not None
    assert run.truth.step is None
    assert np.isnan(truth.became_true_seconds(run))
    assert truth.loss_share_before(run) == 1
    assert truth.liquidated_share_before(run) == 1


def test_a_lie_above_the_price_becomes_true_from_below() -> None:
    run = hand_made_run()
    risen = run.steps.assign(outside=200.0 - run.steps["outside"])
    up = lie(replace(run, steps=risen), 130.0)
    assert up.truth is not None
    assert not up.truth.below
    assert up.truth.step == 5


def test_the_twin_tells_whether_the_lie_would_have_come_true_anyway() -> None:
    run = hand_made_run()
    assert run.truth is not None
    assert not run.truth.unaided
    fallen = replace(run, twin_steps=run.steps)
    assert fallen.truth is not None
    assert fallen.truth.unaided


def test_a_crash_that_no_attack_caused_has_no_moment_of_truth() -> None:
    run = hand_made_run()
    shocks = run.shocks.assign(kind="price_jump")
    assert replace(run, shocks=shocks).truth is None
    assert replace(run, shocks=run.shocks.iloc[:0]).truth is None


def test_the_first_attack_is_the_one_that_counts() -> None:
    run = hand_made_run()
    later = run.shocks.assign(event=1, start_step=6, end_step=7)
    both = replace(run, shocks=pd.concat([later, run.shocks], ignore_index=True))
    assert both.truth == run.truth
