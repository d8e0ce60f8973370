"""Captions, marks and sentences tell of what a run has, and of nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.figures import FIGURES
from experiments.figures.style import against_time, headline, picture
from experiments.record import Run
from experiments.story import tell
from experiments.summary_text import summary_text
from sim.events import Channel, EventKind
from tests.experiments.sample_run import (
    Told,
    calm_run,
    hand_made_run,
    log_of,
    sample_run,
    with_events,
)


def story_of(run: Run) -> str:
    """Return a run's story in one line."""
    return " ".join(sentence.text for sentence in tell(run))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2025-06-01T00:00", "2025-06-01T03:59", "(1 June 2025)"),
        ("2022-06-10T00:00", "2022-06-18T23:30", "(10 to 18 June 2022)"),
        ("2020-02-28T00:00", "2020-03-02T00:00", "(28 February to 2 March 2020)"),
        ("2024-12-31T00:00", "2025-01-01T00:00", "(31 December 2024 to 1 January 2025)"),
    ],
)
def test_the_axis_of_time_names_every_day_that_it_shows(first: str, last: str, said: str) -> None:
    ax = picture(1.0).subplots()
    against_time(ax, (np.datetime64(first, "us"), np.datetime64(last, "us")))
    assert ax.get_xlabel() == f"time, UTC {said}"


def test_a_headline_parts_no_number_from_its_unit() -> None:
    for words in range(8, 30):
        figure = picture(1.0)
        headline(figure, f"{'word ' * words}of $5 m and 20 %, or 5 members")
        lines = figure.get_suptitle().splitlines()
        assert not any(line.split()[0] in {"m", "%,"} for line in lines)
        assert figure.says.endswith("of $5 m and 20 %, or 5 members")


def failing(*when: int) -> Run:
    """Return a run of eight minutes in which entities fail in these, one each."""
    rows: list[Told] = [
        (step, EventKind.DEFAULT, -1, -1, -1, 10.0, 10.0, Channel.COUNTERPARTY) for step in when
    ]
    run = with_events(hand_made_run(), log_of(rows))
    names = [f"firm_{i}" for i in range(len(when))]
    return replace(run, events=run.events.assign(entity=names))


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ((), []),
        ((3,), ["firm_0 fails"]),
        ((3, 3, 5), ["firm_0 and firm_1 fail", "firm_2 fails"]),
        ((3, 3, 3), ["firm_0 and 2 more fail"]),
    ],
)
def test_the_overview_marks_failures_and_names_who_failed(
    when: tuple[int, ...], said: list[str]
) -> None:
    figure = FIGURES["overview"](failing(*when))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert [text for text in texts if "fail" in text] == said
    assert ("failures" in FIGURES["overview"].explain(failing(*when))) == bool(when)


def test_captions_tell_of_what_is_there_alone() -> None:
    calm, storm = calm_run(), sample_run(steps=360, events=600)
    there = {
        ("overview", "oracle attack"): (False, True),
        ("overview", "grey part"): (False, True),
        ("overview", "numbers are shocks"): (False, True),
        ("truth", "Right:"): (False, True),
        ("waterfall", "clearing house"): (False, False),
        ("waterfall", "Winners lose"): (False, True),
        ("network", "red cross"): (False, True),
        ("network", "wave 0"): (False, False),
        ("cascade_tree", "height of a bar"): (False, True),
    }
    for (name, words), wanted in there.items():
        found = tuple(words in FIGURES[name].explain(run) for run in (calm, storm))
        assert found == wanted, (name, words)


def test_the_waterfall_tells_the_loss_of_a_vault_from_what_its_depositors_made() -> None:
    """20 lost on what was sold, of which 15 had been gained with the margin left in it."""
    rows: list[Told] = [
        (3, EventKind.BACKSTOP, -1, 0, 2, 300.0, 0.0, Channel.COUNTERPARTY),
        (4, EventKind.DISPOSAL, 0, 0, 2, 280.0, 20.0, Channel.COUNTERPARTY),
    ]
    run = with_events(hand_made_run(), log_of(rows))
    vault = run.entities.iloc[:1].assign(entity="vault", kind="vault", equity_before_usd=100.0)
    run = replace(run, entities=vault.assign(equity_after_usd=95.0))
    texts = [text.get_text() for text in FIGURES["waterfall"](run).axes[0].texts]
    assert texts[0] == "$20  (100 %); -$5 net of gains"
    assert "their depositors are $5 worse off" in story_of(run)
    assert "takes it over: 1 account with positions of $300." in story_of(run)


def test_a_run_that_stops_before_its_end_says_so() -> None:
    run = hand_made_run()
    early = replace(run, manifest={**run.manifest, "halted": "x: P has no bids", "steps": 1_234})
    assert "The run stops before its end: x: P has no bids." in story_of(early)
    assert "STOPPED before its end, after 1,234 steps: x: P has no bids" in summary_text(early)
    for text in (story_of(run), summary_text(run)):
        assert "before its end" not in text
