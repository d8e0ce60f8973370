"""What every aggregator must do, whichever it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.aggregators import AGGREGATORS
from oracles.aggregators.ema import Ema
from oracles.aggregators.mean import Mean
from oracles.aggregators.median import Median
from oracles.aggregators.stake_weighted_median import StakeWeightedMedian
from oracles.aggregators.trimmed_mean import TrimmedMean
from oracles.aggregators.twap import Twap
from oracles.aggregators.volume_weighted import VolumeWeighted
from oracles.breakdown import k_to_move
from oracles.roles import Aggregator, AggregatorState, Reports
from sim.arrays import Floats
from sim.errors import ConfigError

EXAMPLES: dict[str, Aggregator] = {
    "median": Median(),
    "mean": Mean(),
    "trimmed_mean": TrimmedMean(share=0.2),
    "twap": Twap(window_seconds=45),
    "ema": Ema(half_life_seconds=20),
    "volume_weighted": VolumeWeighted(),
    "stake_weighted_median": StakeWeightedMedian(),
}
GUARDED: dict[str, Aggregator] = {"guarded": VolumeWeighted(maximum_deviation=0.05)}
every_aggregator = pytest.mark.parametrize(
    "aggregator", [*EXAMPLES.values(), *GUARDED.values()], ids=[*EXAMPLES, *GUARDED]
)
a_few_examples = settings(max_examples=40, deadline=None)

type Moment = list[tuple[float, float, float, bool]]
one_report = st.tuples(
    st.floats(0.001, 1e6),  # price
    st.floats(0, 1e7),  # volume
    st.floats(0.5, 10),  # stake
    st.booleans(),  # silent
)
moments = st.lists(one_report, min_size=1, max_size=12).filter(
    lambda reports: not all(silent for *_, silent in reports)
)
histories = st.lists(moments, min_size=1, max_size=5)


def reports_of(moment: Moment, time: float) -> Reports:
    prices, volumes, stakes, silent = (np.array(column) for column in zip(*moment, strict=True))
    return Reports(np.where(silent, np.nan, prices), volumes, stakes, time)


def answers(aggregator: Aggregator, history: list[Reports]) -> list[float]:
    state = AggregatorState()
    return [aggregator.combine(reports, state) for reports in history]


def in_time(history: list[Moment]) -> list[Reports]:
    return [reports_of(moment, 10.0 * i) for i, moment in enumerate(history)]


def test_every_registered_aggregator_is_tested() -> None:
    assert {name: type(aggregator) for name, aggregator in EXAMPLES.items()} == AGGREGATORS


def test_every_registered_aggregator_has_sensible_defaults() -> None:
    for kind in AGGREGATORS.values():
        kind()


@every_aggregator
@given(history=histories)
@a_few_examples
def test_the_answer_lies_between_what_was_reported(
    aggregator: Aggregator, history: list[Moment]
) -> None:
    lowest, highest = np.inf, -np.inf
    reported = in_time(history)
    for reports, answer in zip(reported, answers(aggregator, reported), strict=True):
        lowest = min(lowest, float(np.nanmin(reports.prices)))
        highest = max(highest, float(np.nanmax(reports.prices)))
        assert lowest * (1 - 1e-12) <= answer <= highest * (1 + 1e-12)


@every_aggregator
@given(moment=moments)
@a_few_examples
def test_the_first_answer_lies_between_the_live_reports_exactly(
    aggregator: Aggregator, moment: Moment
) -> None:
    reports = reports_of(moment, 0.0)
    (answer,) = answers(aggregator, [reports])
    assert np.nanmin(reports.prices) <= answer <= np.nanmax(reports.prices)


@every_aggregator
@given(history=histories)
@a_few_examples
def test_the_order_of_reporters_does_not_matter(
    aggregator: Aggregator, history: list[Moment]
) -> None:
    turned = [moment[1:] + moment[:1] for moment in history]
    expected = answers(aggregator, in_time(history))
    assert answers(aggregator, in_time(turned)) == pytest.approx(expected, rel=1e-9)


@every_aggregator
@given(history=histories, scale=st.sampled_from([1e-6, 0.5, 1024.0, 1e8]))
@a_few_examples
def test_the_answer_scales_with_the_unit_of_the_prices(
    aggregator: Aggregator, history: list[Moment], scale: float
) -> None:
    scaled = [
        [(price * scale, volume, stake, silent) for price, volume, stake, silent in moment]
        for moment in history
    ]
    expected = scale * np.array(answers(aggregator, in_time(history)))
    assert answers(aggregator, in_time(scaled)) == pytest.approx(list(expected), rel=1e-9)


@every_aggregator
@given(history=histories)
@a_few_examples
def test_silent_reporters_are_as_if_they_were_not_there(
    aggregator: Aggregator, history: list[Moment]
) -> None:
    without = [[report for report in moment if not report[3]] for moment in history]
    assert answers(aggregator, in_time(history)) == answers(aggregator, in_time(without))


@every_aggregator
@given(history=histories)
@a_few_examples
def test_reports_are_left_as_they_are(aggregator: Aggregator, history: list[Moment]) -> None:
    reported = in_time(history)
    answers(aggregator, reported)
    for before, after in zip(in_time(history), reported, strict=True):
        np.testing.assert_array_equal(before.prices, after.prices)
        np.testing.assert_array_equal(before.volumes, after.volumes)
        np.testing.assert_array_equal(before.stakes, after.stakes)


@every_aggregator
def test_a_price_that_does_not_move_is_answered_exactly(aggregator: Aggregator) -> None:
    steady: list[Moment] = [[(97.3, 5.0, 1.0, False)] * 7] * 20
    assert answers(aggregator, in_time(steady)) == [97.3] * 20


honest_panels = st.lists(
    st.tuples(st.floats(99, 101), st.floats(1, 100), st.integers(1, 5)), min_size=1, max_size=11
)


def lied_to(panel: list[tuple[float, float, int]], k: int, factor: float) -> tuple[Reports, Floats]:
    """Return the reports with the ``k`` largest stakes lying, and the honest prices."""
    prices, volumes, stakes = (np.array(column, dtype=float) for column in zip(*panel, strict=True))
    liars = np.argsort(-stakes, kind="stable")[:k]
    honest = np.delete(prices, liars)
    prices[liars] *= factor
    return Reports(prices, volumes, stakes, 0.0), honest


@every_aggregator
@given(panel=honest_panels, factor=st.sampled_from([1e-4, 1e4]))
@a_few_examples
def test_fewer_than_k_liars_cannot_leave_the_honest_range(
    aggregator: Aggregator, panel: list[tuple[float, float, int]], factor: float
) -> None:
    stakes = np.array([stake for *_, stake in panel], dtype=float)
    for k in range(k_to_move(aggregator, stakes)):
        reports, honest = lied_to(panel, k, factor)
        (answer,) = answers(aggregator, [reports])
        assert honest.min() <= answer <= honest.max()


@every_aggregator
@given(panel=honest_panels)
@a_few_examples
def test_k_liars_move_the_answer_as_far_as_they_like(
    aggregator: Aggregator, panel: list[tuple[float, float, int]]
) -> None:
    stakes = np.array([stake for *_, stake in panel], dtype=float)
    reports, _ = lied_to(panel, k_to_move(aggregator, stakes), 1e9)
    (answer,) = answers(aggregator, [reports])
    assert answer > 1e6


@given(panel=honest_panels.filter(lambda panel: len(panel) >= 3), lie=st.floats(1e-9, 1e12))
@a_few_examples
def test_one_outlier_moves_the_median_no_further_than_to_a_neighbour(
    panel: list[tuple[float, float, int]], lie: float
) -> None:
    prices = np.array([price for price, *_ in panel])
    ordered = np.sort(prices)
    ones = np.ones(prices.size)
    middle = (prices.size - 1) // 2
    prices[0] = lie
    answer = Median().combine(Reports(prices, ones, ones, 0.0), AggregatorState())
    assert ordered[max(middle - 1, 0)] <= answer <= ordered[min(middle + 2, prices.size - 1)]


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (3, 2), (8, 4), (9, 5), (21, 11)])
def test_the_median_of_n_needs_a_majority(n: int, k: int) -> None:
    assert k_to_move(Median(), np.ones(n)) == k == (n - 1) // 2 + 1


def test_the_mean_needs_one_and_the_trimmed_mean_one_more_than_it_cuts() -> None:
    assert k_to_move(Mean(), np.ones(9)) == 1
    assert [k_to_move(TrimmedMean(share=0.2), np.ones(n)) for n in (4, 5, 10)] == [1, 2, 3]
    assert k_to_move(TrimmedMean(share=0.29), np.ones(100)) == 30


def test_the_stake_weighted_median_needs_half_of_the_stake() -> None:
    assert k_to_move(StakeWeightedMedian(), np.array([1.0, 6.0, 1.0, 1.0])) == 1
    assert k_to_move(StakeWeightedMedian(), np.array([1.0, 2.0, 1.0])) == 1
    assert k_to_move(StakeWeightedMedian(), np.array([1.0, 1.9, 1.0])) == 2


def test_impossible_parameters_are_refused_by_name() -> None:
    for build, what in (
        (lambda: TrimmedMean(share=0.5), "share"),
        (lambda: Twap(window_seconds=0), "window_seconds"),
        (lambda: Ema(half_life_seconds=-1), "half_life_seconds"),
        (lambda: VolumeWeighted(maximum_deviation=0), "maximum_deviation"),
        (lambda: k_to_move(Median(), np.ones(0)), "at least one reporter"),
        (lambda: k_to_move(Median(), np.array([1.0, 0.0])), "stake"),
    ):
        with pytest.raises(ConfigError, match=what):
            build()
