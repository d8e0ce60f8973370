"""Headlines and lines of figures against what they are drawn from."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.transforms import Bbox

from experiments.figures import FIGURES
from experiments.figures.style import Picture, against_time, picture, window_of
from experiments.figures.waterfall import COLOURS
from experiments.metrics.ledger import BEARERS
from experiments.metrics.margin import margin_called_usd, margin_met_share, margin_met_usd
from experiments.record import Run
from experiments.story import tell
from experiments.words import percent
from sim.events import Channel, EventKind
from tests.experiments.sample_run import (
    Told,
    calm_run,
    hand_made_run,
    log_of,
    sample_run,
    with_events,
)
from tests.experiments.sample_tables import entities_table, exposures_table

CALL, CURE, DEFAULT = EventKind.MARGIN_CALL, EventKind.CURE, EventKind.DEFAULT


def event(
    kind: EventKind, usd: float, loss: float = 0.0, *, cause: int = -1, account: int = 5
) -> Told:
    """Return an event as ``log_of`` takes it."""
    return (3, kind, cause, 0, account, usd, loss, Channel.COUNTERPARTY)


def told_by(*rows: Told) -> Run:
    """Return a run with a few events of its own."""
    return with_events(hand_made_run(), log_of(rows))


def generous() -> Run:
    """Return a run with two calls for 40, one of them answered with 100 in two parts."""
    first, second = event(CALL, 40), event(CALL, 40)
    return told_by(first, second, event(CURE, 30, cause=0), event(CURE, 70, cause=0))


def line(figure: Picture, label: str) -> np.ndarray:
    """Return the heights of a line."""
    lines = [found for ax in figure.axes for found in ax.get_lines() if found.get_label() == label]
    return np.asarray(lines[-1].get_ydata(), dtype=np.float64)


def test_what_is_brought_beyond_a_call_meets_no_other() -> None:
    run = generous()
    assert margin_met_usd(run) == pytest.approx(40.0)
    assert margin_met_share(run) == pytest.approx(0.5)
    assert margin_met_usd(run) == pytest.approx(margin_met_share(run) * margin_called_usd(run))


@pytest.mark.parametrize("run", [generous(), hand_made_run()], ids=["generous", "by hand"])
def test_the_margin_figure_says_the_same_as_the_summary(run: Run) -> None:
    figure = FIGURES["margin"](run)
    assert f"{percent(margin_met_share(run))} of it met" in figure.says
    assert line(figure, "brought to meet it")[-1] == pytest.approx(margin_met_usd(run))
    assert line(figure, "called")[-1] == pytest.approx(margin_called_usd(run))


def test_where_nothing_was_called_no_axis_has_numbers() -> None:
    figure = FIGURES["margin"](calm_run())
    assert "nothing was called" in figure.says
    for ax in figure.axes[1:]:
        assert ax.get_yticks().tolist() == [0]
        assert ax.texts


def test_the_twins_price_falls_in_the_step_in_which_the_price_does() -> None:
    figure = FIGURES["overview"](sample_run(steps=120, events=250))
    styles = {
        found.get_drawstyle()
        for ax in figure.axes
        for found in ax.get_lines()
        if found.get_label() in {"outside price", "without impact of forced sales"}
    }
    assert styles == {"steps-post"}


def without_bids(*, inside: bool) -> Run:
    """Return a run in which nobody bids at one moment, within the span that is drawn or later."""
    run = sample_run(steps=360)
    first, last = window_of(run)
    time = run.steps["time"].dt.tz_convert(None)
    shown = (time >= first) & (time <= last)
    moment = time[shown if inside else time > last].iloc[-1]
    depth = run.steps["bid_depth_usd"].where(time != moment, 0.0)
    return replace(run, steps=run.steps.assign(bid_depth_usd=depth))


def test_the_depth_figure_tells_of_what_it_shows_and_apart_of_what_it_does_not() -> None:
    seen, unseen = (FIGURES["depth"](without_bids(inside=inside)).says for inside in (True, False))
    assert seen == "At the worst moment there were no bids on any market"
    assert unseen.startswith("Bids thinned to $")
    assert "outside the span shown, there were none on 1 January at 14:59:50" in unseen


@pytest.mark.parametrize("hours", [0.06, 0.99, 3.9, 95.0, 2_000.0, 30_000.0])
def test_times_are_written_below_any_span_without_a_warning(hours: float) -> None:
    ax = picture(1.0).subplots()
    first = np.datetime64("2025-01-01T00:00:03", "us")
    against_time(ax, (first, first + np.timedelta64(round(3.6e9 * hours), "us")))
    assert 3 <= len(ax.xaxis.get_major_locator()()) <= 10


@pytest.mark.parametrize("count", [2, 5, 12])
def test_circles_in_the_network_leave_room_for_what_neighbours_owe_each_other(count: int) -> None:
    names = [f"firm_{i:02}" for i in range(count)]
    run = replace(
        hand_made_run(),
        entities=entities_table([(name, 1e9) for name in names]),
        exposures=exposures_table([(a, b, 1e9) for a, b in pairwise(names)]),
    )
    figure = FIGURES["network"](run)
    figure.draw_without_rendering()
    before = circles(figure.axes[0])
    assert len(before) == count
    for (one, large), (other, small) in pairwise(before):
        way = float(np.hypot(*(one - other)))
        assert way - large - small > 0.3 * way


def test_every_bearer_has_a_colour_in_the_order_of_the_ledger() -> None:
    assert tuple(COLOURS) == BEARERS


def test_a_defaulters_share_of_the_fund_is_not_lost_by_others() -> None:
    """10 of margin and 20 of a fund of 50 are the defaulter's own; 70 are not."""
    run = told_by(
        event(EventKind.TAKEOVER, 300, 10),
        event(EventKind.INSURANCE, 90, 90, cause=0),
        event(EventKind.DEFAULT_FUND, 20, 20, cause=0),
        event(EventKind.INSURANCE, -20, -20, cause=2, account=-1),
        event(EventKind.DEFAULT_FUND, 30, 30, cause=0, account=-1),
        event(EventKind.INSURANCE, -30, -30, cause=4, account=-1),
    )
    figure = FIGURES["waterfall"](run)
    assert figure.says == "$100 lost, 70 % of it by others than the liquidated"
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    layers = [
        "defaulters' fund shares",
        "own capital, insurance funds",
        "other members' fund shares",
    ]
    assert rows == ["liquidated traders", *layers, "all losses"]


def circles(ax: Axes) -> list[tuple[np.ndarray, float]]:
    """Return the centre and radius of every circle and cross of an axis, pixels."""
    pixel = float(ax.get_figure(root=True).dpi) / 72.0  # type: ignore[union-attr] # it has one
    return [
        (ax.transData.transform(np.asarray(drawn.get_offsets()))[0], 0.5 * pixel * float(size**0.5))
        for drawn in ax.collections
        if isinstance(drawn, PathCollection)
        for size in drawn.get_sizes()
    ]


def covers(box: Bbox, centre: np.ndarray, radius: float) -> bool:
    """Tell whether a text lies over a circle."""
    nearest = np.clip(centre, box.p0, box.p1)
    return bool(np.hypot(*(nearest - centre)) < radius)


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("count", range(2, 16))
def test_names_in_the_network_cover_neither_each_other_nor_a_circle(count: int, large: int) -> None:
    names = [f"equities_{i:02}" for i in range(count)]
    rich = [1e9 if i % 2 == large else 1e7 for i in range(count)]
    run = replace(
        hand_made_run(),
        entities=entities_table(list(zip(names, rich, strict=True))).assign(defaulted=True),
        exposures=exposures_table([(a, b, 1e8) for a, b in pairwise(names)]),
    )
    figure = FIGURES["network"](run)
    figure.draw_without_rendering()
    for ax in figure.axes:
        boxes = [text.get_window_extent().padded(-1.0) for text in ax.texts]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:i])
            assert not any(covers(box, *circle) for circle in circles(ax))


def test_entities_drawn_together_say_how_many_of_them_failed() -> None:
    names = [f"firm_{i}" for i in range(15)]
    entities = entities_table([(name, 100.0 - i) for i, name in enumerate(names)])
    run = replace(
        hand_made_run(),
        entities=entities.assign(defaulted=entities["entity"].isin(["firm_13", "firm_0"])),
        exposures=exposures_table([(name, "firm_0", 1.0) for name in names[1:]]),
    )
    before, after = FIGURES["network"](run).axes
    said = [text.get_text() for text in after.texts if "others" in text.get_text()]
    assert said[0].splitlines()[::2] == ["3 others", "1 defaulted"]
    assert not any("defaulted" in text.get_text() for text in before.texts)


def test_the_network_figure_says_that_it_is_equity_that_it_counts() -> None:
    assert FIGURES["network"](hand_made_run()).says.startswith("Equity: ")


def story_of(run: Run) -> str:
    """Return a run's story in one line."""
    return " ".join(sentence.text for sentence in tell(run))


def test_the_story_counts_waves_after_the_first_failures_and_in_the_right_number() -> None:
    first, second = event(DEFAULT, 90), event(DEFAULT, 50, cause=0)
    assert "In 1 further wave of failures it takes" in story_of(told_by(first, second))
    third = event(DEFAULT, 20, cause=1)
    assert "In 2 further waves of failures it" in story_of(told_by(first, second, third))


def test_the_story_tells_what_the_failure_that_it_names_led_to() -> None:
    """The first failure led to none, the second to one, and the third to another."""
    run = told_by(
        *(event(DEFAULT, 10), event(DEFAULT, 90), event(DEFAULT, 30)),
        *(event(DEFAULT, 50, cause=1), event(DEFAULT, 20, cause=2), event(DEFAULT, 5, cause=4)),
    )
    assert "leaves $90 unpaid. In 1 further wave of failures" in story_of(run)


def test_the_story_of_one_market_and_one_call_is_told_in_the_singular() -> None:
    run = told_by(event(CALL, 40))
    single = run.steps[run.steps["venue"] == "perp_a"].reset_index(drop=True)
    story = story_of(replace(run, steps=single, twin_steps=None))
    assert "1 market on" in story
    assert "the only one" in story


def test_a_run_without_shocks_in_which_much_happens_is_called_no_control() -> None:
    run = replace(sample_run(steps=40, events=60), shocks=hand_made_run().shocks.iloc[:0])
    assert "control" not in story_of(run)
    assert "not to the shock" not in story_of(run)
