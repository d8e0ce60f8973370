"""What is said of a comparison: intervals, dominance, a verdict that knows its limits, a page."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import cli
from experiments.comparison import MEASURES, MOMENTS, PATHS, Comparison
from experiments.comparison_report import ranking_table, ranking_text, save
from experiments.figures.comparison import PICTURES
from experiments.paired import bad_day, draws_of, estimate, not_dominated, variance_ratio
from experiments.verdict import ranking
from tests.experiments.comparing import tiny_comparison

SEEDS = 12


def made(
    losses: dict[str, np.ndarray], normalisations: tuple[str, ...] = ("same cap",)
) -> Comparison:
    """Return a comparison in which only losses differ, as given by policy, (n_seeds,)."""
    rows = [
        dict.fromkeys(MEASURES, 1.0)
        | {name: np.linspace(0.0, 1.0, MOMENTS) for name in PATHS}
        | {
            "policy": policy,
            "normalisation": normalisation,
            "scale": 1.0,
            "seed": seed,
            "loss_usd": float(loss),
        }
        for normalisation in normalisations
        for policy, values in losses.items()
        for seed, loss in enumerate(values)
    ]
    manifest = {
        "scenario": "made",
        "title": "Made up",
        "policies": {name: {} for name in losses},
        "normalisations": list(normalisations),
        "baseline": next(iter(losses)),
        "seeds": SEEDS,
        "hours": 6.0,
    }
    searches = pd.DataFrame(
        [
            {
                "normalisation": normalisation,
                "policy": policy,
                "target": 0.02,
                "trial": 0,
                "scale": 1.0,
                "margin": 0.02,
            }
            for normalisation in normalisations
            for policy in losses
        ]
    )
    return Comparison(manifest=manifest, runs=pd.DataFrame(rows), searches=searches)


def noise(number: int) -> np.ndarray:
    """Return numbers that look random, mean about zero, (SEEDS,)."""
    return np.sin(np.arange(SEEDS) * (2.3 + number))


def test_an_interval_holds_the_mean_as_often_as_it_says() -> None:
    rng = np.random.Generator(np.random.Philox(1))
    draws = draws_of(40, 400)
    hits = [
        (found := estimate(rng.normal(3.0, 1.0, 40), draws)).low <= 3.0 <= found.high
        for _ in range(400)
    ]
    assert 0.90 <= np.mean(hits) <= 0.98


def test_the_interval_of_a_normal_mean_is_that_of_theory() -> None:
    values = noise(0)
    found = estimate(values, draws_of(SEEDS, 20_000))
    half = 1.96 * values.std() / np.sqrt(SEEDS)
    assert found.value == pytest.approx(values.mean())
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)


def test_a_tail_is_a_quantile_over_seeds() -> None:
    values = np.arange(10.0)
    found = bad_day(values, draws_of(10))
    assert found.value == pytest.approx(np.quantile(values, 0.9))
    assert found.low < found.value <= found.high


def test_seeds_without_a_measure_are_left_out() -> None:
    assert estimate(np.array([1.0, np.nan, 3.0]), draws_of(3)).value == 2.0
    assert np.isnan(estimate(np.full(3, np.nan), draws_of(3)).low)


def test_pairing_is_worth_what_seeds_share() -> None:
    """A common part of variance 9 and own parts of 1: (10 + 10) / 2 = 10 times."""
    rng = np.random.Generator(np.random.Philox(2))
    common = 3.0 * rng.normal(size=200_000)
    one, other = (common + rng.normal(size=200_000) for _ in range(2))
    assert variance_ratio(one, other) == pytest.approx(10.0, rel=0.02)


def test_who_is_worse_in_both_is_dominated_and_a_tie_is_not() -> None:
    cost = {"a": np.array([1.0, 1.0]), "b": np.array([1.0, 1.0]), "c": np.array([2.0, 2.0])}
    harm = {"a": np.array([5.0, 6.0]), "b": np.array([5.0, 6.0]), "c": np.array([6.0, 7.0])}
    assert not_dominated(cost, harm, draws_of(2)) == {"a": 1.0, "b": 1.0, "c": 0.0}


def test_a_policy_without_the_measure_has_no_chance_and_takes_nobody_elses() -> None:
    ones = np.ones(2)
    cost = {"a": ones, "b": 2.0 * ones, "c": 0.5 * ones}
    harm = {"a": ones, "b": 2.0 * ones, "c": np.array([1.0, np.nan])}
    chances = not_dominated(cost, harm, draws_of(2))
    assert (chances["a"], chances["b"]) == (1.0, 0.0)
    assert np.isnan(chances["c"])


def test_the_verdict_says_when_a_ranking_is_luck() -> None:
    found = made({"a": 100.0 + noise(0), "b": 100.1 + noise(1), "c": 100.05 + noise(2)})
    assert any("the ranking is not significant" in sentence for sentence in found.verdict)
    assert not any(place.told_apart for place in ranking(found, "same cap"))


def test_the_verdict_names_a_clear_winner() -> None:
    found = made({"a": 100.0 + noise(0), "b": 150.0 + noise(1), "c": 90.0 + noise(2)})
    first = found.verdict[0]
    assert "c loses least" in first
    assert "significantly less than every other policy" in first
    assert [place.policy for place in ranking(found, "same cap")] == ["c", "a", "b"]


def test_the_verdict_tells_apart_what_it_can_and_no_more() -> None:
    found = made({"a": 100.0 + noise(0), "b": 150.0 + noise(1), "c": 100.1 + noise(2)})
    assert "c cannot be told from it" in found.verdict[0]


def test_two_seeds_tell_nobody_apart_and_the_verdict_says_how_many_would() -> None:
    few = made({"a": np.array([1.0, 2.0]), "b": np.array([5.0, 7.0]), "c": np.array([9.0, 9.0])})
    assert not any(place.told_apart for place in ranking(few, "same cap"))
    assert "to tell 3 policies apart takes 7 seeds at least" in few.verdict[0]


def test_policies_that_lose_the_same_are_not_ranked_by_the_verdict() -> None:
    alike = made({"a": np.zeros(SEEDS), "b": np.zeros(SEEDS)})
    assert alike.verdict[0] == "At the same cap, every policy loses the same, $0 [$0, $0] a run."


def with_swings(swings: dict[str, np.ndarray], gaps: dict[str, np.ndarray]) -> Comparison:
    """Return a comparison of policies with these swings and gaps, (n_seeds,) each."""
    found = made({name: 100.0 + noise(0) for name in swings})
    runs = found.runs.copy()
    runs["peak_to_trough"] = np.concatenate(list(swings.values()))
    runs["endogeneity_gap"] = np.concatenate(list(gaps.values()))
    return Comparison(manifest=found.manifest, runs=runs, searches=found.searches)


def test_the_only_margin_that_moves_is_not_called_the_one_that_moves_least() -> None:
    ones = np.ones(SEEDS)
    found = with_swings({"a": ones, "b": 3.0 * ones}, {"a": ones, "b": ones})
    told = "The margin of a never moves; that of b does (peak to trough 3.00)."
    assert found.verdict[1].startswith(told)


def test_a_margin_that_falls_to_nothing_is_not_called_one_that_never_moves() -> None:
    ones = np.ones(SEEDS)
    swings = {"a": np.nan * ones, "b": 3.0 * ones, "c": np.append(2.0 * ones[1:], np.nan)}
    found = with_swings(swings, dict.fromkeys(swings, ones))
    told = (
        "The margin of a falls to nothing: no peak over a trough of 0. Margin of c moves least "
        "(peak to trough 2.00) and that of b most (3.00)."
    )
    assert found.verdict[1].startswith(told)
    assert "nan" not in ranking_text(found)
    alone = with_swings({"a": np.nan * ones, "b": 3.0 * ones}, {"a": ones, "b": ones})
    assert "Margin of b moves (peak to trough 3.00)." in alone.verdict[1]
    nobody = with_swings({"a": np.nan * ones, "b": ones}, {"a": ones, "b": ones})
    assert nobody.verdict[1].startswith("The margin of a falls to nothing")
    assert len(found.pictures["frontier"].png()) > 10_000


def test_feedback_is_told_of_the_policy_whose_gap_is_sure_not_of_the_largest_by_luck() -> None:
    ones = np.ones(SEEDS)
    found = with_swings(
        {"a": 2.0 * ones, "b": 3.0 * ones},
        {"a": 1.1 + 0.01 * noise(0), "b": 1.2 + noise(1)},
    )
    assert "Feedback adds most to a: 10" in found.verdict[1]


def test_a_choice_that_hangs_on_the_normalisation_is_said_to() -> None:
    clear = made({"a": 100.0 + noise(0), "b": 150.0 + noise(1)}, ("same mean margin", "same cap"))
    assert any("Under every normalisation a is among the best" in each for each in clear.verdict)
    runs = clear.runs.copy()
    flipped = (runs["normalisation"] == "same cap") & (runs["policy"] == "a")
    runs.loc[flipped, "loss_usd"] += 100.0
    torn = Comparison(manifest=clear.manifest, runs=runs, searches=clear.searches)
    assert any("hangs on the normalisation" in each for each in torn.verdict)


def test_a_comparison_is_saved_in_tables_figures_and_a_page(tmp_path: Path) -> None:
    found = made({"a": 100.0 + noise(0), "b": 150.0 + noise(1)}, ("same mean margin", "same cap"))
    save(found, tmp_path / "x")
    table = pd.read_parquet(tmp_path / "x" / "table.parquet")
    pd.testing.assert_frame_equal(table, found.table)
    page = (tmp_path / "x" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(PICTURES)
    assert "http" not in page.replace("http://www.w3.org", "")
    summary = json.loads((tmp_path / "x" / "summary.json").read_text())
    assert [row["policy"] for row in summary["ranking"]] == ["a", "b", "a", "b"]
    assert not list((tmp_path / "x").glob(".*"))


def test_a_real_comparison_can_be_told_in_tables_and_pictures() -> None:
    found = tiny_comparison()
    text = ranking_text(found)
    for name in found.policies:
        assert name in text
    assert "same mean margin" in text
    assert "variance" in text
    rows = ranking_table(found)
    assert len(rows) == 2 * len(found.policies)
    same = found.runs[found.runs["normalisation"] == "same mean margin"]
    means = same.groupby("policy")["mean_maintenance_outside"].mean()
    np.testing.assert_allclose(means, means[found.baseline], rtol=1e-8)
    for picture in found.pictures.values():
        assert len(picture.png()) > 10_000


def test_the_command_compares_and_says_where_the_report_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["compare", "calm", "--policies", "fixed,ewma", "--seeds", "2", "--normalise", "none"]
    small = ["--set", "steps=40", "--set", "longs.accounts=50", "--set", "shorts.accounts=20"]
    code = cli.main([*asked, *small, "--workers", "1", "--quiet", "--out", str(tmp_path)])
    said = capsys.readouterr().out
    assert code == 0
    assert "as asked" in said
    assert Path(said.split("report   ")[1].strip()).is_file()


def test_a_wrong_command_writes_nothing_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["compare", "calm", "--policies", "fixed,emwa,ewma+flor", "--seeds", "1"]
    assert cli.main([*asked, "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    for words in ("emwa", "flor", "seeds"):
        assert words in said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_told_with_all_else_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    asked = ["compare", "calm", "--policies", "fixed,ewma", "--seeds", "1", "--workers", "0"]
    assert cli.main([*asked, "--out", str(taken)]) == 2
    said = capsys.readouterr().err
    for words in (
        "is a file; results need a folder",
        "--workers must be >= 1",
        "seeds must lie in",
    ):
        assert words in said
