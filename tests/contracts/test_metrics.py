"""Every registered metric, against numbers counted by hand on a small tree of events."""

import json
import math

import pandas as pd
import pytest

from experiments.metrics import METRICS
from experiments.metrics.metric import Metric, Value
from experiments.record import Run
from experiments.store import plain
from tests.experiments.sample_run import calm_run, hand_made_run, sample_run

UNKNOWN = None
"""What JSON holds where a run cannot tell."""

EXAMPLES: dict[str, Value] = {
    "liquidated_usd": 100 + 50 + 20 + 30 + 20 + 40,
    "liquidated_share_of_open_interest": 260 / 1000,
    "forced_trades": 7,
    "forced_usd": 100 + 50 + 20 + 25 + 20 + 20 + 40,
    "generations": 3,
    "mean_generation": (1 * 100 + 2 * (50 + 20 + 30) + 3 * (20 + 40)) / 260,
    "branching_ratio": 5 / 4,
    "liquidated_usd_by_channel": {"impact": 140, "oracle_error": 100, "margin_update": 20},
    "price_fall": 0.4,
    "price_fall_without_impact": 0.2,
    "amplification": 2.0,
    "price_recovery_seconds": 240,
    "depth_recovery_seconds": 180,
    "loss_usd": 30 + 10 + 1 + 3 + 5 + 4,
    "loss_usd_by_bearer": {
        "liquidated traders": 30 + 10 + 1 + 3,
        "insurance funds": 5 + 4 - 2,
        "auto-deleveraged winners": 2,
    },
    "insurance_draw_usd": 5 + 4 - 2,
    "adl_usd": 20,
    "adl_overshoot": (300 + 100) / (50 + 30) - 1,
    "adl_top_ten_share": (300 * 0.5 + 100 * 0.9) / 400,
    "adl_gini": (300 * 0.2 + 100 * 0.6) / 400,
    "adl_winners_hit": (30 + 5) / (40 + 20),
    "adl_haircut_dispersion": (300 * 0.1 + 100 * 0.3) / 400,
    "vault_pnl_usd": UNKNOWN,
    "socialised_loss_usd": 0,
    "uncovered_usd": UNKNOWN,
    "bad_debt_usd": 0,
    "accounts_liquidated": 5,
    "accounts_wiped_out": 1,
    "house_paid_usd_by_layer": {},
    "defaulted_entities": 1,
    "margin_called_usd": 40,
    "margin_met_usd": 10,
    "margin_met_share": 0.25,
    "mean_margin": 2 * (3 * 0.05 + 4 * 0.1 + 0.2) / 8,
    "peak_to_trough": 4,
    "endogeneity_gap": 2,
    "margin_increase": {"10 min": UNKNOWN, "1 h": UNKNOWN, "1 d": UNKNOWN, "5 d": UNKNOWN},
    "coverage": 4 / 7,
    "debt_rank": 25 / 170,
    "debt_rank_by_entity": {"pool": 0, "fund": 25 / 170, "maker": (10 + 5) / 170},
    "defaults_by_wave": {},
    "network_loss_usd_by_channel": {},
    "network_added_usd": UNKNOWN,
    "network_amplification": UNKNOWN,
    "network_amplification_bound": UNKNOWN,
    "became_true_seconds": 240,
    "loss_share_before_truth": 45 / 53,
    "liquidated_share_before_truth": 150 / 260,
    "truth_by_venue": {
        "perp_a": {
            "liquidated_before_usd": 100,
            "liquidated_after_usd": 40,
            "loss_before_usd": 30,
            "loss_after_usd": 1,
        },
        "lender": {
            "liquidated_before_usd": 0,
            "liquidated_after_usd": 30,
            "loss_before_usd": 0,
            "loss_after_usd": 7,
        },
        "perp_b": {
            "liquidated_before_usd": 50,
            "liquidated_after_usd": 40,
            "loss_before_usd": 15,
            "loss_after_usd": 0,
        },
    },
    "attack_cost_usd": 7,
}
every_metric = pytest.mark.parametrize(("name", "metric"), METRICS.items(), ids=list(METRICS))
RUNS = {"by hand": hand_made_run(), "calm": calm_run(), "storm": sample_run(steps=90, events=200)}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())


def test_every_registered_metric_is_tested() -> None:
    assert EXAMPLES.keys() == METRICS.keys()


@every_metric
def test_a_metric_is_what_counting_by_hand_gives(name: str, metric: Metric) -> None:
    same(plain(metric(RUNS["by hand"])), EXAMPLES[name])


@every_metric
def test_a_metric_says_what_it_is_and_in_which_unit(name: str, metric: Metric) -> None:
    assert len(metric.meaning) > 20
    assert metric.meaning.endswith(".")
    assert metric.unit in {"USD", "fraction", "ratio", "count", "seconds"}
    assert name.islower()


@every_run
def test_metrics_leave_a_run_as_it_was(run: Run) -> None:
    before = {table: getattr(run, table).copy() for table in ("steps", "events", "entities")}
    first = {name: plain(metric(run)) for name, metric in METRICS.items()}
    second = {name: plain(metric(run)) for name, metric in METRICS.items()}
    assert first == second
    for table, frame in before.items():
        pd.testing.assert_frame_equal(getattr(run, table), frame)


@every_run
def test_a_summary_is_valid_json(run: Run) -> None:
    assert json.loads(json.dumps(plain(run.summary), allow_nan=False)).keys() == METRICS.keys()


def test_calm_has_no_cascade_and_no_loss() -> None:
    summary = RUNS["calm"].summary
    for name in ("adl_overshoot", "adl_gini", "adl_winners_hit", "vault_pnl_usd"):
        assert math.isnan(float(str(summary[name])))
    for name in ("liquidated_usd", "generations", "loss_usd", "forced_trades"):
        assert summary[name] == 0
    assert math.isnan(float(str(summary["attack_cost_usd"])))
    assert summary["amplification"] == pytest.approx(1.0)
    assert summary["endogeneity_gap"] == pytest.approx(1.0)
    assert summary["price_fall"] == summary["price_fall_without_impact"]


def same(found: object, wanted: Value) -> None:
    """Compare numbers that may stand in nested dicts."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict)
        assert list(found) == list(wanted)
        for key, value in wanted.items():
            same(found[key], value)
    elif wanted is None:
        assert found is None
    else:
        assert isinstance(found, int | float)
        assert math.isclose(found, float(wanted), rel_tol=1e-12, abs_tol=1e-12), (found, wanted)
