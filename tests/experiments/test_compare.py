"""Comparisons: the same worlds, the same numbers as without agents, and no run done twice."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.compare import compare as comparing
from experiments.compare.cases import Case, with_policy
from experiments.compare.compare import conduct, folder_of
from experiments.compare.parts import finished, put
from experiments.compare.question import question
from experiments.compare.reading import read
from experiments.compare.scales import (
    SAME_CAP,
    SAME_MEAN,
    find_scales,
    highest_margin,
    mean_margin,
    scaled_rates,
)
from experiments.margin_path import margin_outside
from scenarios.load import load
from scenarios.policies import policy_of
from sim.errors import ConfigError, UserError
from sim.events import Channel, EventKind
from sim.margin import POLICIES as ALL_POLICIES
from tests.experiments.comparing import POLICIES, tiny_comparison, tiny_question
from tests.experiments.sample_run import Told, hand_made_run, log_of, with_events

FEEDBACK = ("impact", "oracle_error", "behaviour", "rehypothecation")
PATHS = {
    "flat": [np.full(6, 0.02)] * 2,
    "moving": [np.array([0.01, 0.03, 0.2]), np.array([0.01, 0.02, 0.05])],
}


def test_policies_are_scaled_to_the_same_mean() -> None:
    for search in find_scales(PATHS, [SAME_MEAN], "flat"):
        assert mean_margin(PATHS[search.policy], search.scale) == pytest.approx(0.02, rel=1e-9)
        assert search.target == pytest.approx(0.02)


def test_policies_are_scaled_to_the_same_cap() -> None:
    for search in find_scales(PATHS, [SAME_CAP], "flat", cap=0.1):
        assert highest_margin(PATHS[search.policy], search.scale) == pytest.approx(0.1, rel=1e-9)


def test_without_a_cap_it_is_the_median_of_the_peaks_at_the_same_mean() -> None:
    factor = 0.02 / mean_margin(PATHS["moving"])
    expected = np.median([0.02, 0.2 * factor])
    assert find_scales(PATHS, [SAME_CAP], "flat")[0].target == pytest.approx(expected)


def test_a_scale_that_hits_the_whole_notional_is_still_found() -> None:
    """Scaled to a mean of 0.5, the peak is cut at 1 and the rest must rise further."""
    paths = {"a": [np.full(3, 0.5)], "b": PATHS["moving"][:1]}
    found = {each.policy: each for each in find_scales(paths, [SAME_MEAN], "a")}["b"]
    assert scaled_rates(paths["b"][0], found.scale).max() == 1.0
    assert mean_margin(paths["b"], found.scale) == pytest.approx(0.5, rel=1e-8)
    assert len(found.tried) > 2


def test_a_policy_that_asks_for_nothing_cannot_be_scaled() -> None:
    paths = {"a": [np.full(3, 0.5)], "nothing": [np.zeros(3)]}
    with pytest.raises(ConfigError, match="'nothing' asks for nothing"):
        find_scales(paths, [SAME_MEAN], "a")


def test_every_exchange_gets_the_policy_and_keeps_its_grace() -> None:
    whole = load("oracle_compromise")
    variant = with_policy(whole, policy_of("ewma:lambda=0.9+cap:level=0.3"), scale=1.5)
    for name in ("perp_a", "perp_b"):
        margin, before = variant.venues[name].margin, whole.venues[name].margin
        assert margin is not None
        assert before is not None
        assert (margin.policy, margin.scale) == ("ewma", 1.5)
        assert margin.parameters["decay"] == 0.9
        assert [tool.tool for tool in margin.tools] == ["cap"]
        assert margin.grace_seconds == before.grace_seconds
    assert variant.venues["lender"].margin is None


@pytest.mark.parametrize("policy", ALL_POLICIES)
def test_with_feedback_cut_margin_is_that_of_the_path_without_agents(policy: str) -> None:
    """Every update of every policy, to the last bit."""
    cut = {"without": list(FEEDBACK), "normalise": ["none"], "seeds": 2}
    asked = question(
        tiny_question().scenario,
        [f"{policy}", "fixed:initial=0.06"],
        **cut,  # type: ignore[arg-type]
    )
    found = conduct(asked, workers=1)
    mine = found.runs[found.runs["policy"] == policy]
    assert (mine["endogeneity_gap"] == 1.0).all()
    assert (mine["peak_to_trough"] == mine["peak_to_trough_outside"]).all()
    assert (mine["mean_maintenance"] == mine["mean_maintenance_outside"]).all()
    for seed, ratio in zip(mine["seed"], mine["peak_to_trough"], strict=True):
        rates = margin_outside(with_policy(asked.scenario, asked.policies[policy]), int(seed))
        assert ratio == rates.max() / rates.min()


def test_the_same_seeds_meet_the_same_outside_world() -> None:
    """With impact cut, prices are the same under every policy."""
    found = tiny_comparison(seeds=2, normalise=["mean"], without=["impact"])
    prices = found.runs.pivot_table(
        index="seed", columns="policy", values="price_path", aggfunc="first"
    )
    for seed in prices.index:
        for policy in POLICIES[1:]:
            np.testing.assert_array_equal(prices[policy][seed], prices[POLICIES[0]][seed])


def test_the_number_of_workers_changes_nothing() -> None:
    alone = tiny_comparison(seeds=2, normalise=["mean"])
    shared = conduct(tiny_question(seeds=2, normalise=["mean"]), workers=2)
    pd.testing.assert_frame_equal(alone.runs, shared.runs)


def test_an_interrupted_comparison_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tiny_question(seeds=2, normalise=["mean"])
    played: list[str] = []
    real = comparing._play

    def stop_after_four(case: Case) -> dict[str, object]:
        if len(played) == 4:
            raise KeyboardInterrupt
        played.append(case.key)
        return real(case)

    monkeypatch.setattr(comparing, "_play", stop_after_four)
    with pytest.raises(KeyboardInterrupt):
        conduct(asked, workers=1, results=tmp_path)
    before = set(finished(folder_of(asked, tmp_path)))
    assert before == set(played)

    def count(case: Case) -> dict[str, object]:
        played.append(case.key)
        return real(case)

    monkeypatch.setattr(comparing, "_play", count)
    resumed = conduct(asked, workers=1, results=tmp_path)
    assert len(played) == len(set(played)) == 6
    monkeypatch.setattr(comparing, "_play", real)
    pd.testing.assert_frame_equal(resumed.runs, conduct(asked, workers=1).runs)


def test_the_same_run_under_two_normalisations_is_done_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The baseline meets its own mean at a scale of 1, which is how it was asked for."""
    played: list[str] = []
    real = comparing._play

    def count(case: Case) -> dict[str, object]:
        played.append(case.key)
        return real(case)

    monkeypatch.setattr(comparing, "_play", count)
    found = conduct(tiny_question(seeds=2, normalise=["none", "mean"]), workers=1)
    assert len(found.runs) == 12
    assert len(played) == len(set(played)) == 10


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path, [{"key": "a", "loss": 1.0, "path": np.arange(3.0)}])
    assert finished(tmp_path)["a"]["path"] == [0.0, 1.0, 2.0]
    path = next((tmp_path / "parts").iterdir())
    path.write_bytes(b"not parquet")
    with pytest.raises(UserError, match=path.name):
        finished(tmp_path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"seeds": 1}, ["seeds must lie in"]),
        ({"policies": ["fixed"]}, ["at least two"]),
        ({"policies": ["fixed", "emwa"], "baseline": "ewma"}, ["`emwa`", "ewma", "baseline"]),
        ({"policies": ["fixed", "ewma:lambda=2"]}, ["decay", "(0, 1)"]),
        ({"policies": ["fixed", "ewma:windw=5+flor"]}, ["windw", "horizon_hours", "`flor`"]),
        ({"normalise": ["mode"]}, ["'mode'", "mean"]),
        ({"cap": 2.0, "normalise": []}, ["cap must lie in", "at least one normalisation"]),
        ({"scenario": "clam"}, ["clam"]),
        (
            {"policies": ["fixed", "ewma:update_seconds=25"]},
            ["'ewma:update_seconds=25' is updated every 25 s", "record_every_steps"],
        ),
    ],
)
def test_everything_wrong_is_told_at_once(options: dict[str, object], told: Sequence[str]) -> None:
    usual: dict[str, object] = {"scenario": "calm", "policies": ["fixed", "ewma"], "seeds": 3}
    with pytest.raises(ConfigError) as caught:
        question(**(usual | options))  # type: ignore[arg-type]
    for words in told:
        assert words in str(caught.value)


def test_what_others_than_the_owner_pay_is_the_shortfall_whichever_layer_it_is() -> None:
    """100 owed beyond margin: 25 from assessments, 30 from the fund, 20 from gains."""
    layers = {
        EventKind.ASSESSMENT: 25.0,
        EventKind.DEFAULT_FUND: 30.0,
        EventKind.GAINS_HAIRCUT: 20.0,
    }
    rows: list[Told] = [
        (3, EventKind.TAKEOVER, -1, 0, 5, 300.0, 10.0, Channel.IMPACT),
        (3, EventKind.INSURANCE, 0, 0, 5, 100.0, 100.0, Channel.IMPACT),
    ]
    for kind, paid in layers.items():
        rows.append((3, kind, 0, 0, -1, paid, paid, Channel.COUNTERPARTY))
        cause = len(rows) - 1
        rows.append((3, EventKind.INSURANCE, cause, 0, -1, -paid, -paid, Channel.COUNTERPARTY))
    run = with_events(hand_made_run(), log_of(rows))
    assert read(run, np.inf)["shortfall_usd"] == pytest.approx(100.0)
