"""Studies: their statistics are right, their claims can fail, and their runs are the model's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.figures.style import picture
from experiments.studies import (
    STUDIES,
    __main__,
    calm,
    channels,
    monotone,
    phase_order,
    second_exchange,
    threshold,
)
from experiments.studies.compromise import compromise, spared
from experiments.studies.intervals import interval, never_falls, ratio
from experiments.studies.study import Cell, Claim, Effort, Findings, Study, play
from scenarios.build import build
from scenarios.schema import Scenario

SEEDS = range(8)


def test_the_interval_of_three_numbers_is_students() -> None:
    found = interval([1.0, 2.0, 3.0])
    assert (found.low, found.high) == pytest.approx((2.0 - 2.919986 / 3**0.5, 3.685855), abs=1e-5)


def test_nine_of_ten_intervals_hold_the_true_mean() -> None:
    samples = np.random.default_rng(7).normal(3.0, 2.0, (4000, 10))
    held = [found.low < 3.0 < found.high for found in map(interval, samples)]
    assert np.mean(held) == pytest.approx(0.9, abs=0.015)


def test_numbers_that_are_not_finite_are_left_out_and_one_number_says_nothing() -> None:
    assert interval([1.0, np.nan, 3.0]).mean == 2.0
    assert interval([5.0]).low == -np.inf


def test_a_ratio_hangs_on_means_and_not_on_a_tiny_divisor() -> None:
    found = ratio([10.0, 10.0, 10.0, 10.0], [1.0, 1.0, 1.0, 1e-9])
    assert 10.0 < found.mean < 20.0


def test_a_real_fall_is_seen_and_noise_is_not() -> None:
    rng = np.random.default_rng(7)
    flat = 100.0 + rng.normal(0.0, 1.0, (5, 20))
    falling = flat - 5.0 * np.arange(5)[:, None]
    assert never_falls(flat)
    assert never_falls(falling[::-1])
    assert not never_falls(falling)


def shares(steepness: float, top: float = 1.0) -> pd.DataFrame:
    """Return made-up runs of the threshold study: logistic curves."""
    rows = [
        {
            "leverage": leverage,
            "impact": impact,
            "size": size,
            "seed": seed,
            "share": 0.0
            if size == 0
            else top / (1 + np.exp(-steepness * (size - (1.0 if impact else 1.3) / leverage))),
        }
        for leverage in threshold.LEVERAGES
        for impact in (True, False)
        for size in threshold.SIZES
        for seed in SEEDS
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(share=frame["share"] * (1 + 1e-3 * np.sin(frame["seed"])))


def threshold_claims(runs: pd.DataFrame) -> list[bool]:
    """Return which claims of the threshold study hold for some runs."""
    curves = {
        (leverage, impact): threshold._curve(runs, leverage, impact=impact)
        for leverage in threshold.LEVERAGES
        for impact in (True, False)
    }
    return [claim.holds for claim in threshold._claims(threshold.SIZES, curves)]


def test_the_threshold_is_claimed_for_steep_curves_only() -> None:
    assert all(threshold_claims(shares(60.0)))
    assert not threshold_claims(shares(8.0))[2]
    assert not threshold_claims(shares(60.0, top=0.8))[3]


def test_a_curve_that_never_gets_there_has_no_crossing() -> None:
    curve = np.array([[0.0, 0.0], [0.2, 0.4], [0.3, 0.8]])
    assert np.isnan(threshold.crossing((0.0, 0.1, 0.2), curve, 0.6)[0])
    assert threshold.crossing((0.0, 0.1, 0.2), curve, 0.6)[1] == pytest.approx(0.15)


def test_a_fall_liquidates_nothing_at_size_nought_and_nearly_all_at_forty_per_cent() -> None:
    cells: dict[Cell, Scenario] = {(size,): threshold.falling(size, 8) for size in (0.0, 0.4)}
    runs = play(cells, ["size"], [0], threshold.share_closed, Effort(workers=1))
    assert list(runs["size"]) == [0.0, 0.4]
    assert runs["share"].iloc[0] == 0.0
    assert 0.95 < runs["share"].iloc[1] <= 1.05


def test_the_threshold_figure_explains_its_lines_and_axes() -> None:
    figure = threshold.draw(shares(60.0))
    axes = figure.axes[0]
    assert "open interest" in axes.get_ylabel()
    assert "fall" in axes.get_xlabel()
    legend = axes.get_legend()
    assert legend is not None
    assert "90 % of the seeds" in [text.get_text() for text in legend.get_texts()]


def test_the_usual_order_of_phases_is_the_one_of_the_model() -> None:
    scenario = threshold.falling(0.06, 8)
    own, model = (build(scenario, 3).model for _ in range(2))
    for _ in range(40):
        phase_order.advance(own.world, own.cast, phase_order.liquidate_first)
        model.step()
    assert own.world.events.count > 100
    assert own.world.digest() == model.world.digest()


def test_the_other_order_is_another_market() -> None:
    orders = {
        order: phase_order.play_in_order(threshold.falling(0.06, 8), (order, 3))
        for order in phase_order.ORDERS
    }
    assert orders["liquidate first"]["liquidated_usd"] != orders["respond first"]["liquidated_usd"]


def test_correlations_and_tails_of_known_series() -> None:
    rng = np.random.default_rng(7)
    noise = rng.normal(size=20_000)
    assert np.abs(calm.correlations(noise)).max() < 0.03
    assert calm.correlations(np.cumsum(noise))[0] > 0.99
    assert calm.kurtosis(noise) == pytest.approx(0.0, abs=0.15)
    assert calm.kurtosis(rng.laplace(size=50_000)) == pytest.approx(3.0, abs=0.5)


def calm_runs(**changes: object) -> pd.DataFrame:
    """Return made-up runs of the control in which everything is as it should be."""
    numbers: dict[str, object] = {
        "generations": 1.0,
        "spread_drift": 0.01,
        "depth_drift": -0.01,
        "excess_kurtosis": 2.0,
        "acf": [0.01] * calm.LAGS,
    } | changes
    return pd.DataFrame([{"seed": seed} | numbers for seed in SEEDS])


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (0, {"generations": 3.0}),
        (1, {"spread_drift": 0.3}),
        (2, {"depth_drift": -0.3}),
        (3, {"acf": [0.2] * calm.LAGS}),
        (4, {"excess_kurtosis": -0.1}),
    ],
)
def test_each_claim_about_the_control_can_fail(place: int, changes: dict[str, object]) -> None:
    assert all(claim.holds for claim in calm._claims(calm_runs()))
    held = [claim.holds for claim in calm._claims(calm_runs(**changes))]
    assert held.index(False) == place
    assert sum(held) == 4


def second_runs(*, leak: float) -> pd.DataFrame:
    """Return made-up runs in which so much reaches the second exchange without impact."""
    amounts = {(True, True): 5e7, (True, False): leak, (False, True): 0.0, (False, False): 0.0}
    return pd.DataFrame(
        [
            {
                "attack": attack,
                "impact": impact,
                "seed": seed,
                "second_usd": usd * (1.0 + 0.01 * seed),
                "second_by_impact_usd": usd * impact,
                "first_usd": 0.0,
            }
            for (attack, impact), usd in amounts.items()
            for seed in SEEDS
        ]
    )


def test_harm_to_the_second_exchange_without_impact_is_noticed() -> None:
    assert [claim.holds for claim in second_exchange._claims(second_runs(leak=0.0))] == [True, True]
    assert [claim.holds for claim in second_exchange._claims(second_runs(leak=5e6))] == [
        True,
        False,
    ]


def test_the_short_compromise_is_the_librarys_with_and_without_its_attack() -> None:
    attacked, calm_ = compromise(), spared()
    assert len(attacked.shocks) == 1
    assert not calm_.shocks
    assert attacked.crowd == calm_.crowd
    assert compromise(without=("impact",)).without == ("impact",)


def test_thinner_markets_are_thinner_on_venues_and_outside() -> None:
    base, thin = compromise(), compromise(monotone.thinner(4.0))
    maker, asset = "maker_a", base.main_asset
    wide, narrow = (
        float(str(each.institutions[maker].parameters["size_usd"])) for each in (base, thin)
    )
    assert narrow == wide / 4
    volumes = [each.assets[asset].outside.daily_volume_usd for each in (base, thin)]
    assert volumes[1] == volumes[0] / 4


def test_amplification_is_one_where_nothing_is_amplified() -> None:
    runs = pd.DataFrame(
        {
            "cut": channels.NOTHING,
            "seed": list(SEEDS),
            "price_fall": 0.1,
            "price_fall_without_impact": 0.1,
        }
    )
    assert channels._amplification(runs, channels.NOTHING).mean == pytest.approx(1.0)


def study(*, holds: bool) -> Study:
    """Return a study that finds what it is told to."""

    def conduct(effort: Effort) -> Findings:
        runs = pd.DataFrame({"seed": effort.seeds(5), "share": 0.5})
        claim = Claim("So it is.", holds, "0.5 [0.4, 0.6]")
        return Findings(runs, runs.head(2), (claim,), picture(1.0))

    return Study("Is it so?", conduct)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Run the command line with a single study that finds what it is told to."""

    def run(*arguments: str, holds: bool) -> int:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(__main__, "STUDIES", {"threshold": study(holds=holds)})
        return __main__.main(["--quiet", *arguments])

    return run


def test_a_claim_that_does_not_hold_is_an_exit_code(
    only: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert only(holds=True) == 0
    assert "verdict: holds" in capsys.readouterr().out
    assert only(holds=False) == 1
    assert "verdict: does not hold" in capsys.readouterr().out
    assert only("--quick", holds=False) == 0


def test_a_study_leaves_its_runs_its_table_and_its_figure(
    only: Callable[..., int], tmp_path: Path
) -> None:
    only("--readme", holds=True)
    folder = tmp_path / "results" / "studies" / "threshold"
    assert len(pd.read_parquet(folder / "runs.parquet")) == 5
    assert len(pd.read_parquet(folder / "table.parquet")) == 2
    assert (folder / "threshold.png").stat().st_size > 0
    assert (tmp_path / "docs" / "images" / "threshold.png").is_file()


def test_every_study_asks_a_question_and_help_lists_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert all(each.question.endswith("?") for each in STUDIES.values())
    with pytest.raises(SystemExit) as end:
        __main__.main(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in STUDIES)
    assert "example" in said


@pytest.mark.parametrize("words", [["nonesuch"], ["--workers", "0"]])
def test_a_mistake_in_the_command_is_told(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        __main__.main(words)
    assert end.value.code == 2
    assert words[-1] in capsys.readouterr().err or "--workers" in words
