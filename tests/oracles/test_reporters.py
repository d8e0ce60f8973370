"""Reporters: how late, how wrong and how silent, and that nobody disturbs anybody else."""

from collections.abc import Sequence

import numpy as np
import pytest

from oracles.reporters import Panel, Reporter
from sim.arrays import Floats
from sim.clock import Clock
from sim.errors import ConfigError
from sim.streams import Streams

CLOCK = Clock(steps=1000, step_seconds=10)
SOURCES = ("spot_a", "spot_b")


def panel(*reporters: Reporter, seed: int = 5) -> Panel:
    return Panel("btc", reporters, SOURCES, CLOCK, Streams(seed=seed))


def observed(subject: Panel, steps: int, sources: Sequence[float] | None = None) -> Floats:
    """Return what is said in each step, (steps, n), of prices that rise by 1 a step."""
    first = np.array([100.0, 500.0]) if sources is None else np.array(sources)
    rise = 0.0 if sources is not None else 1.0
    return np.array([subject.observe(step, first + rise * step) for step in range(steps)])


def test_a_perfect_reporter_says_what_it_reads() -> None:
    said = observed(panel(Reporter(name="x", source="spot_b")), 4)
    assert said[:, 0].tolist() == [500, 501, 502, 503]


def test_reporters_stand_in_the_order_of_their_names() -> None:
    subject = panel(
        Reporter(name="zoe", source="spot_a", stake=1),
        Reporter(name="amy", source="spot_b", stake=2),
    )
    assert subject.names == ("amy", "zoe")
    assert subject.stakes.tolist() == [2, 1]
    assert observed(subject, 1).tolist() == [[500, 100]]


@pytest.mark.parametrize(
    ("delay", "steps"), [(0, 0), (1, 1), (10, 1), (10.5, 2), (30, 3), (95, 10)]
)
def test_a_delay_is_that_many_whole_steps_rounded_up(delay: float, steps: int) -> None:
    said = observed(panel(Reporter(name="x", source="spot_a", delay_seconds=delay)), 25)
    expected = [100 + max(step - steps, 0) for step in range(25)]
    assert said[:, 0].tolist() == expected


def test_reporters_with_different_delays_do_not_mix() -> None:
    subject = panel(
        Reporter(name="a", source="spot_a"),
        Reporter(name="b", source="spot_a", delay_seconds=20),
        Reporter(name="c", source="spot_b", delay_seconds=50),
    )
    assert observed(subject, 12)[11].tolist() == [111, 109, 506]


def test_noise_has_the_standard_deviation_asked_for() -> None:
    subject = panel(Reporter(name="x", source="spot_a", noise=0.01))
    errors = np.log(observed(subject, 4000, (100.0, 500.0))[:, 0] / 100)
    assert errors.std() == pytest.approx(0.01, rel=0.05)
    assert abs(errors.mean()) < 0.01 * 3 / np.sqrt(4000)


def test_two_reporters_of_one_source_err_each_in_its_own_way() -> None:
    subject = panel(*(Reporter(name=name, source="spot_a", noise=0.01) for name in "xy"))
    errors = np.log(observed(subject, 2000, (100.0, 500.0)) / 100)
    assert abs(np.corrcoef(errors.T)[0, 1]) < 0.07


UNRELIABLE = {"noise": 0.002, "outage_probability": 0.05, "outage_seconds": 40.0}


def test_adding_a_reporter_leaves_what_the_others_say_bit_for_bit() -> None:
    old = [Reporter(name=name, source="spot_a", **UNRELIABLE) for name in ("beth", "dora", "fay")]
    new = [Reporter(name=name, source="spot_b", **UNRELIABLE) for name in ("amy", "cleo", "zoe")]
    few, many = panel(*old), panel(*new, *old)
    kept = [many.names.index(name) for name in few.names]
    np.testing.assert_array_equal(observed(few, 300), observed(many, 300)[:, kept])


def test_the_order_in_which_reporters_are_given_does_not_matter() -> None:
    reporters = [Reporter(name=name, source="spot_a", **UNRELIABLE) for name in ("a", "b", "c")]
    np.testing.assert_array_equal(
        observed(panel(*reporters), 100), observed(panel(*reporters[::-1]), 100)
    )


def test_another_seed_gives_other_errors_and_the_same_seed_the_same() -> None:
    reporter = Reporter(name="x", source="spot_a", noise=0.01)
    one, same, other = (observed(panel(reporter, seed=seed), 5) for seed in (1, 1, 2))
    assert one.tolist() == same.tolist()
    assert not (one == other).any()


def test_the_noise_of_one_reporter_does_not_depend_on_its_delay_or_outages() -> None:
    plain = Reporter(name="x", source="spot_a", noise=0.01)
    failing = Reporter(name="x", source="spot_a", noise=0.01, outage_probability=0.2)
    clear, broken = observed(panel(plain), 200)[:, 0], observed(panel(failing), 200)[:, 0]
    spoken = ~np.isnan(broken)
    assert clear[spoken].tolist() == broken[spoken].tolist()
    assert 0 < spoken.sum() < 200


@pytest.mark.parametrize(("seconds", "length"), [(0, 1), (10, 1), (11, 2), (50, 5)])
def test_an_outage_silences_from_the_step_it_begins_in_for_its_length(
    seconds: float, length: int
) -> None:
    probability, steps = 0.03, 600
    reporter = Reporter(
        name="x", source="spot_a", outage_probability=probability, outage_seconds=seconds
    )
    silent = np.isnan(observed(panel(reporter), steps)[:, 0])
    single = Reporter(name="x", source="spot_a", outage_probability=probability)
    begins = np.flatnonzero(np.isnan(observed(panel(single), steps)[:, 0]))
    expected = np.zeros(steps, dtype=bool)
    for begin in begins:
        expected[begin : begin + length] = True
    assert begins.size > 5
    np.testing.assert_array_equal(silent, expected)


def test_outages_are_as_frequent_as_asked_and_certain_at_one() -> None:
    rare = Reporter(name="x", source="spot_a", outage_probability=0.1)
    always = Reporter(name="y", source="spot_a", outage_probability=1)
    silent = np.isnan(observed(panel(rare, always), 3000)).mean(axis=0)
    assert silent[0] == pytest.approx(0.1, abs=0.02)
    assert silent[1] == 1


def test_a_market_without_a_price_silences_its_readers_only() -> None:
    subject = panel(Reporter(name="a", source="spot_a"), Reporter(name="b", source="spot_b"))
    said = subject.observe(0, np.array([np.nan, 500.0]))
    assert np.isnan(said[0])
    assert said[1] == 500


def test_the_first_by_name_and_by_stake() -> None:
    subject = panel(
        *(
            Reporter(name=name, source="spot_a", stake=stake)
            for name, stake in (("a", 1), ("b", 5), ("c", 2), ("d", 5))
        )
    )
    assert np.flatnonzero(subject.first(2, "name")).tolist() == [0, 1]
    assert np.flatnonzero(subject.first(1, "stake")).tolist() == [1]
    assert np.flatnonzero(subject.first(3, "stake")).tolist() == [1, 2, 3]
    assert subject.first(None, "name").all()


def test_everything_wrong_with_a_reporter_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Reporter(
            name="x",
            source="",
            noise=-1,
            delay_seconds=-1,
            outage_probability=2,
            outage_seconds=-1,
            stake=0,
        )
    assert len(caught.value.problems) == 6


def test_everything_wrong_with_a_panel_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        panel(
            Reporter(name="x", source="spot_a"),
            Reporter(name="x", source="spot_b"),
            Reporter(name="y", source="spot_z"),
        )
    assert caught.value.problems == (
        "feed btc: reporter x is there more than once",
        "feed btc: reporter y reads spot_z, which is not one of the sources spot_a, spot_b",
    )
    with pytest.raises(ConfigError, match="feed btc has no reporter"):
        panel()


def test_names_that_share_a_checksum_are_refused() -> None:
    with pytest.raises(ConfigError, match="share a checksum"):
        panel(
            Reporter(name="plumless", source="spot_a"), Reporter(name="buckeroo", source="spot_a")
        )
