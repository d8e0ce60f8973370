"""Many runs at once, in chunks over worker processes that are started once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from os import cpu_count

from experiments.processes import die_quietly
from experiments.record import Run
from scenarios.schema import Scenario

type Reading = Callable[[Run], object]
"""What is kept of a run; a function at the top of a module, so that it can be sent."""
type Progress = Callable[[str, int, int], None]
"""Called with a label, what is done, and all there is to do."""


LARGEST = 5
"""Tasks of a chunk at most: what an interruption loses, and how often progress is told."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be done; ``twin`` as for ``run``."""

    scenario: Scenario
    seed: int
    twin: bool = False


def run_jobs(
    jobs: Sequence[Job],
    reading: Reading,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[object]:
    """Run all jobs and return what ``reading`` keeps of each, in the order of the jobs.

    Parameters
    ----------
    jobs : what to run.
    reading : what to keep.
    workers, progress : as for ``spread``.
    """
    return spread(jobs, partial(_one, reading), workers=workers, progress=progress)


def spread[T, R](
    tasks: Sequence[T],
    work: Callable[[T], R],
    *,
    workers: int | None = None,
    label: str = "runs",
    progress: Progress | None = None,
    done: Callable[[Sequence[T], Sequence[R]], None] | None = None,
) -> list[R]:
    """Do all tasks and return what came of each, in their order.

    How the work is split changes nothing in the results. Importing the program takes
    seconds, so that workers are started once and given chunks.

    Parameters
    ----------
    tasks : what to do; they and what comes of them are sent between processes.
    work : does one; a function at the top of a module, or a ``partial`` of one.
    workers : processes; as many as there are processors by default, none for 1.
    label : what progress calls the tasks.
    progress : called with the label, the tasks done and all tasks.
    done : called in this process with each chunk of tasks as it is finished, and what came of
        them: what it has put away survives an interruption.
    """
    count = min(workers or cpu_count() or 1, max(len(tasks), 1))
    if tasks:
        _report(progress, label, 0, len(tasks))
    if count > 1:
        spawn = get_context("spawn")
        with ProcessPoolExecutor(count, mp_context=spawn, initializer=die_quietly) as pool:
            return _collect(pool, tasks, work, count, label, progress, done)
    results = []
    for i, task in enumerate(tasks):
        results.append(work(task))
        if done is not None:
            done([task], results[-1:])
        _report(progress, label, i + 1, len(tasks))
    return results


def _collect[T, R](  # noqa: PLR0917 - the arguments of ``spread``, passed on
    pool: Executor,
    tasks: Sequence[T],
    work: Callable[[T], R],
    count: int,
    label: str,
    progress: Progress | None,
    done: Callable[[Sequence[T], Sequence[R]], None] | None,
) -> list[R]:
    """Send chunks to the workers and put their results in order."""
    results: dict[int, R] = {}
    size = min(max(1, len(tasks) // (8 * count)), LARGEST)
    sent = {
        pool.submit(_several, tasks[start : start + size], work): start
        for start in range(0, len(tasks), size)
    }
    try:
        for future in as_completed(sent):
            start, found = sent[future], future.result()
            results |= dict(enumerate(found, start))
            if done is not None:
                done(tasks[start : start + len(found)], found)
            _report(progress, label, len(results), len(tasks))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    return [results[i] for i in range(len(tasks))]


def _several[T, R](tasks: Sequence[T], work: Callable[[T], R]) -> list[R]:
    """Do a chunk."""
    return [work(task) for task in tasks]


def _one(reading: Reading, job: Job) -> object:
    """Run one job."""
    from experiments.run import run

    return reading(run(job.scenario, job.seed, twin=job.twin))


def _report(progress: Progress | None, label: str, done: int, total: int) -> None:
    """Say how far things are."""
    if progress is not None:
        progress(label, done, total)
