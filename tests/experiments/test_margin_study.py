"""Policies along recorded prices: one window for all, exact measures, and no silent padding."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from experiments.backtest import backtest, verdicts
from experiments.margin_disclosure import ITEMS, disclosure
from experiments.margin_path import margin_path
from experiments.margin_record import read_record
from experiments.margin_study import MarginStudy, Terms, study
from experiments.margin_table import conventions, table
from experiments.measures.alarms import alarms
from experiments.measures.procyclicality import directed_peak_to_trough, peak_to_trough
from scenarios.policies import policies_of
from sim.errors import DataError
from sim.margin.ewma import Ewma
from sim.margin.schedule import flat
from sim.price.closes import Closes, read_closes
from sim.roles import MarketState, Schedule
from sim.streams import Streams

DAY = 86_400
DATA = Path(__file__).parents[2] / "../shared/data"
SPX = DATA / "sp500_daily_1990_2022.csv"
MARGINS = DATA / "futures_exchange_margin_history.csv"
NAMES = ("ewma:lambda=0.9,floor=0", "fixed:maintenance=0.03", "ewma:lambda=0.9,floor=0+cap")


def recorded(count: int = 400) -> Closes:
    """Return a made-up record of trading at all hours, calm and then not."""
    draws = Streams(seed=11).at("closes", 0).normal(np.arange(count))
    spread = np.where(np.arange(count) < count // 2, 0.01, 0.03)
    time = np.datetime64("2020-01-01", "s") + np.arange(count) * np.timedelta64(DAY, "s")
    return Closes(time, 100.0 * np.exp(np.cumsum(spread * draws)), DAY, trading_days=False)


def studied(terms: Terms | None = None) -> MarginStudy:
    """Return three policies along the record."""
    return study(recorded(), policies_of(NAMES, {"horizon_hours": 24.0}), terms)


def rows(found: MarginStudy) -> Mapping[str, Mapping[str, object]]:
    """Return the table by policy."""
    frame = table(found).set_index("policy")
    return {str(name): frame.loc[name].to_dict() for name in frame.index}


def need(path: Path) -> Path:
    """Return the path of a file, or skip where it is not there."""
    if not path.exists():
        pytest.skip(f"../shared/data/{path.name} is not there")
    return path


@dataclass(frozen=True)
class OrderStatistic:
    """The ``place``-th worst of the last 500 returns."""

    place: int
    history: int = 500
    update_seconds: float = 86_400.0

    def schedule(self, market: MarketState) -> Schedule:
        """Return one rate for each instrument."""
        worst = np.sort(market.returns[-self.history :], axis=0)[self.place - 1]
        return flat(-worst, -worst)


def test_all_policies_are_fed_the_same_window_from_when_the_last_is_valid() -> None:
    found = studied()
    assert found.first == max(
        section.section.composed().history for section in found.paths.values()
    )
    alone = margin_path(Ewma(decay=0.9, floor=0.0, horizon_hours=24.0), recorded().price, DAY)
    assert np.array_equal(found.paths[NAMES[0]].maintenance, alone.maintenance[:, 0])
    assert {path.maintenance.size for path in found.paths.values()} == {found.time.size}


def test_margin_is_compared_with_the_loss_after_it() -> None:
    found = studied()
    price, rates = found.price, found.paths[NAMES[0]].maintenance
    lost = -np.log(price[1:] / price[:-1])
    by_hand = sum(bool(a > b) for a, b in zip(lost, rates[:-1], strict=True))
    row = rows(found)[NAMES[0]]
    assert row["breaches"] == by_hand > 0
    assert row["observations"] == price.size - 1
    short = rows(studied(Terms(side="short")))[NAMES[0]]
    assert short["breaches"] == int((-lost > rates[:-1]).sum())


def test_longer_margin_periods_are_tested_without_overlap() -> None:
    found = studied(Terms(horizon_hours=72.0))
    price = found.price
    assert found.losses[0] == pytest.approx(-np.log(price[3] / price[0]))
    assert rows(found)[NAMES[1]]["observations"] == len(range(0, price.size - 3, 3))
    assert any("only every 3-th t is tested" in each for each in conventions(found))


def test_a_margin_that_never_moves_is_the_control() -> None:
    row = rows(studied(Terms(baseline=NAMES[1])))[NAMES[1]]
    assert row["peak_to_trough"] == row["peak_to_trough_directed"] == 1.0
    assert row["call_1d"] == row["call_30d"] == row["cost"] == row["responsiveness"] == 0.0
    assert row["calls_made"] == 0


def test_calls_are_those_of_the_path_and_of_the_stress_window() -> None:
    found = studied(Terms(stress=("2020-07-01", "2020-08-01")))
    assert found.stress is not None
    rates, (begin, end) = found.paths[NAMES[0]].maintenance, found.stress
    assert str(found.time[begin])[:10] == "2020-07-01"
    assert str(found.time[end - 1])[:10] == "2020-07-31"
    row = rows(found)[NAMES[0]]
    for days in (1, 5, 20, 30):
        by_hand = max(rates[t] - rates[t - days] for t in range(days, rates.size))
        inside = max(rates[t] - rates[t - days] for t in range(begin + days, end))
        assert row[f"call_{days}d"] == pytest.approx(by_hand)
        assert row[f"stressed_call_{days}d"] == pytest.approx(inside)


def test_false_alarms_and_misses_are_counted_by_hand() -> None:
    found = studied()
    rates, lost = found.paths[NAMES[0]].maintenance, found.losses
    called = [t for t in range(1, lost.size) if rates[t] > 1.05 * rates[t - 1]]
    needed = [t for t in range(1, lost.size) if lost[t] > rates[t - 1]]
    counted = alarms(rates, lost)
    assert counted.justified == len(set(called) & set(needed))
    assert counted.false == len(set(called) - set(needed))
    assert counted.missed == len(set(needed) - set(called))
    assert counted.justified + counted.false + counted.missed + counted.quiet == lost.size - 1


def test_too_short_a_past_says_how_long_it_must_be_and_since_when_it_is_valid() -> None:
    with pytest.raises(DataError) as error:
        studied(Terms(start="2020-01-11"))
    told = error.value.problems
    assert len(told) == 2
    assert "needs 44 returns before it is valid, and the file has 10 before 2020-01-11" in told[0]
    assert "it is valid since 2020-02-14" in told[0]
    with pytest.raises(DataError, match=r"needs 2,520 returns.*the file has 399 in all"):
        study(recorded(), policies_of(["fixed+floor"]))


def test_terms_that_make_no_sense_are_told_all_at_once() -> None:
    terms = Terms(
        horizon_hours=30.0, side="up", baseline="tiered", stress=("2019-01-01", "2019-02-01")
    )
    with pytest.raises(DataError) as error:
        studied(terms)
    told = "\n".join(error.value.problems)
    for part in ("30 h is no whole number", "side must be", "'tiered' is none of", "stress 2019"):
        assert part in told


@pytest.mark.parametrize("end", ["tomorrow", "9999", "2020-13-01"])
def test_the_end_of_a_stress_window_must_be_a_time(end: str) -> None:
    with pytest.raises(DataError, match=f"stress 2020-07-01..{end}: .* is not a time"):
        studied(Terms(stress=("2020-07-01", end)))


def test_a_stress_window_may_end_after_the_prices_do() -> None:
    found = studied(Terms(stress=("2020-07-01", "9999-01-01")))
    assert found.stress is not None
    assert found.stress[1] == found.time.size


@pytest.mark.parametrize(("start", "hours"), [("2021-02-02", 24.0), ("2021-01-30", 72.0)])
def test_fewer_than_two_margin_periods_are_refused(start: str, hours: float) -> None:
    """The last of 400 days is 3 February 2021."""
    with pytest.raises(
        DataError, match=f"first margin on {start} leaves 1 of the 2 margin periods"
    ):
        studied(Terms(start=start, horizon_hours=hours))


def test_a_start_after_the_prices_is_told_with_all_else() -> None:
    with pytest.raises(DataError) as error:
        studied(Terms(start="2022-01-01", side="up"))
    told = "\n".join(error.value.problems)
    assert "the last price is that of 2021-02-03" in told
    assert "side must be" in told


def test_a_backtest_says_in_words_what_its_tests_say() -> None:
    found = backtest(studied(), NAMES[1])
    told = "\n".join(verdicts(found))
    assert "Kupiec: more than chance allows" in told
    assert "Traffic light: red" in told
    assert f"{len(found.breaches)} breaches in" in told
    assert (found.breaches["loss"] > found.breaches["margin"]).all()
    assert found.shortfall.z2 < found.critical < 0.0


def test_a_disclosure_has_every_item() -> None:
    frame = disclosure(studied())
    assert frame["item"].tolist() == list(ITEMS)
    by_item = frame.set_index("item")[NAMES[1]]
    assert by_item["6.1"] == pytest.approx(0.05)
    assert by_item["6.8"] == 0.0
    assert by_item["6.5.3"] == pytest.approx(1 - by_item["6.5.1"] / by_item["6.5.2"])


@pytest.mark.parametrize(
    ("place", "swing", "until_2018", "in_all"), [(6, 4.22, 64, 73), (5, 4.59, 56, 63)]
)
def test_what_the_convention_of_a_quantile_does_to_historical_simulation(
    place: int, swing: float, until_2018: int, in_all: int
) -> None:
    """500 days at 99 %: the ceil(n a)-th loss from below is the 6th from above, the next the 5th.

    The S&P 500 from 1999 to 2018. The reference, which counts 64 and 56 breaches, has those
    before February 2018; the months after it bring nine more, and seven.
    """
    closes = read_closes(need(SPX), end="2019-01-01")
    inside = closes.time >= np.datetime64("1999-01-01")
    price, time = closes.price[inside], closes.time[inside]
    path = margin_path(OrderStatistic(place), price, DAY)
    rates = path.maintenance[:, 0]
    broken = -np.diff(np.log(price[path.first :])) > rates[:-1]
    early = time[path.first + 1 :] < np.datetime64("2018-02-01")
    assert round(peak_to_trough(rates), 2) == swing
    assert int(broken[early].sum()) == until_2018
    assert int(broken.sum()) == in_all


def test_what_direction_does_to_the_swing_of_ewma() -> None:
    closes = read_closes(need(SPX), end="2019-01-01")
    price = closes.price[closes.time >= np.datetime64("1999-01-01")]
    policy = Ewma(decay=0.97, floor=0.0, cap=0.99, horizon_hours=24.0)
    rates = margin_path(policy, price, DAY).maintenance[:, 0]
    # The policy's history of 152 returns leaves a hundredth of the weight to its mean square.
    assert peak_to_trough(rates) == pytest.approx(12.82, rel=0.01)
    assert directed_peak_to_trough(rates) == pytest.approx(9.97, rel=0.01)
    variance = 0.0
    unlimited: list[float] = []
    for move in np.diff(np.log(price)):
        variance = 0.97 * variance + 0.03 * move**2 if unlimited else move**2
        unlimited.append(np.sqrt(variance))
    assert round(peak_to_trough(np.array(unlimited)), 2) == 12.82
    assert round(directed_peak_to_trough(np.array(unlimited)), 2) == 9.97


def test_the_exchange_raised_its_margin_from_6600_to_12000_in_2020() -> None:
    record = read_record(need(MARGINS), "ES", 50.0)
    days = np.array(["2020-02-03", "2020-03-19", "2020-06-30"], dtype="datetime64[s]")
    assert record.at(days).tolist() == [6600.0, 12000.0, 12000.0]


def test_a_record_with_everything_wrong_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["symbol", "date", "maintenance_usd"], ["A", "soon", "1"], ["B", "2020-01-01", "x"]]
        )
    with pytest.raises(DataError, match="holds 2 contracts; name one of A, B"):
        read_record(path, None, 1.0)
    with pytest.raises(DataError, match="'soon' is not a time"):
        read_record(path, "A", 1.0)
    with pytest.raises(DataError, match="has no 'C'; it has A, B"):
        read_record(path, "C", 1.0)


@pytest.mark.parametrize("amount", ["nan", "-5", "0", "inf", "", "x"])
def test_a_recorded_margin_must_be_an_amount(amount: str, tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    path.write_text(f"date,maintenance_usd\n2020-01-01,{amount}\nsoon,{amount}\n")
    with pytest.raises(DataError) as error:
        read_record(path, None, 1.0)
    told = error.value.problems
    assert len(told) == 3
    assert f"{path}:2: maintenance_usd is '{amount}'; it must be a number of USD > 0" in told
    assert not any("it has" in each for each in told)
