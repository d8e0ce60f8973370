"""Ribbons between bars: what is put together, and that no dollar is lost by it."""

import pytest

from experiments.figures.ribbons import Flow, draw_ribbons, merged, tallest
from experiments.figures.style import picture


def flows() -> list[Flow]:
    """Return what one bar hands to eight, and half of that on to a ninth called ``outside``."""
    through = [Flow((0, "first"), (1, f"e{i}"), "lost", 10.0 * (i + 1)) for i in range(8)]
    on = [Flow((1, f"e{i}"), (2, "outside"), "lost", 5.0 * (i + 1)) for i in range(8)]
    return [*through, *on]


def test_small_bars_are_put_together_and_every_dollar_stays() -> None:
    found = merged(flows(), lambda _: 3)
    names = {flow.end[1] for flow in found if flow.end[0] == 1}
    assert names == {"e7", "e6", "e5", "5 others"}
    for column in (0, 1):
        whole = sum(flow.usd for flow in flows() if flow.start[0] == column)
        assert sum(flow.usd for flow in found if flow.start[0] == column) == pytest.approx(whole)
    (rest,) = [flow for flow in found if flow.end == (1, "5 others")]
    assert rest.usd == pytest.approx(10.0 + 20.0 + 30.0 + 40.0 + 50.0)


def test_one_small_bar_is_not_called_others_and_a_name_may_be_kept() -> None:
    assert {flow.end[1] for flow in merged(flows(), lambda _: 7) if flow.end[0] == 1} == {
        f"e{i}" for i in range(8)
    }
    kept = merged(flows(), lambda _: 3, last=("e0", "outside"))
    assert {flow.end[1] for flow in kept if flow.end[0] == 1} == {
        *("e7", "e6", "e5", "e0", "4 others"),
    }


def test_what_runs_between_bars_that_are_put_together_is_left_out() -> None:
    inside = Flow((1, "e0"), (1, "e1"), "lost", 1.0)
    found = merged([*flows(), inside], lambda _: 3)
    assert all(flow.start != flow.end for flow in found)


def test_ribbons_are_as_many_as_flows_and_bars_as_high_as_what_they_pass() -> None:
    ax = picture(3.0).subplots()
    draw_ribbons(ax, flows(), ["a", "b", "c"], {"lost": "red"})
    assert tallest(flows()) == 8
    assert len(ax.patches) == len(flows()) + 10
    said = {text.get_text() for text in ax.texts}
    assert {"first  $360", "e7  $80", "outside  $180"} <= said
