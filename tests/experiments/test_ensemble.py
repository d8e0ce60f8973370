"""Many runs: the same results at any number of workers, in the order that was asked for."""

from typing import cast

import pytest

from experiments.ensemble import Job, run_jobs
from experiments.record import Run
from scenarios.load import parse
from sim.errors import ConfigError
from tests.experiments.tiny import TINY

QUICK = parse(TINY, "tiny", ["steps=35"])
JOBS = [Job(QUICK, seed, twin=seed == 2) for seed in (5, 2, 9)]


def state(run: Run) -> tuple[int, str, bool]:
    """Keep of a run what tells it from any other."""
    return run.seed, str(run.manifest["state_hash"]), run.twin_steps is None


def kept(results: list[object]) -> list[tuple[int, str, bool]]:
    """Return results as what ``state`` made of them."""
    return cast("list[tuple[int, str, bool]]", results)


def fails(run: Run) -> object:
    """Refuse to read the second run."""
    if run.seed == 2:
        raise ConfigError("unreadable")
    return run.seed


def test_two_workers_come_to_what_one_comes_to() -> None:
    heard: list[tuple[str, int, int]] = []
    alone = run_jobs(JOBS, state, workers=1)
    shared = run_jobs(JOBS, state, workers=2, progress=lambda *told: heard.append(told))
    assert shared == alone
    assert [part[0] for part in kept(alone)] == [5, 2, 9]
    assert [part[2] for part in kept(alone)] == [True, False, True]
    assert heard[-1] == ("runs", 3, 3)


def test_progress_is_told_run_by_run() -> None:
    heard: list[int] = []
    run_jobs(JOBS[:2], state, workers=1, progress=lambda _, done, __: heard.append(done))
    assert heard == [0, 1, 2]


def test_nothing_to_do_is_done_at_once() -> None:
    assert run_jobs([], state, workers=4) == []


def test_a_failure_in_a_run_is_not_swallowed() -> None:
    with pytest.raises(ConfigError, match="unreadable"):
        run_jobs(JOBS, fails, workers=1)
