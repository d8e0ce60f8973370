"""Many runs at once, in chunks over worker processes that are started once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from os import cpu_count

from experiments.processes import die_quietly
from experiments.record import Run
from scenarios.schema import Scenario

type Reading = Callable[[Run], object]
"""What is kept of a run; a function at the top of a module, so that it can be sent."""


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
    progress: Callable[[str, int, int], None] | None = None,
) -> list[object]:
    """Run all jobs and return what ``reading`` keeps of each, in the order of the jobs.

    How the work is split changes nothing in the results. Importing the program takes
    seconds, so that workers are started once and given chunks.

    Parameters
    ----------
    jobs : what to run.
    reading : what to keep.
    workers : processes; as many as there are processors by default, none for 1.
    progress : called with a label, the jobs done and all jobs.
    """
    count = min(workers or cpu_count() or 1, max(len(jobs), 1))
    if count == 1:
        return [
            _report(progress, i + 1, len(jobs), _one(job, reading)) for i, job in enumerate(jobs)
        ]
    with ProcessPoolExecutor(
        count, mp_context=get_context("spawn"), initializer=die_quietly
    ) as pool:
        return _collect(pool, jobs, reading, count, progress)


def _collect(
    pool: Executor,
    jobs: Sequence[Job],
    reading: Reading,
    count: int,
    progress: Callable[[str, int, int], None] | None,
) -> list[object]:
    """Send chunks to the workers and put their results in order."""
    results: list[object] = [None] * len(jobs)
    size = max(1, len(jobs) // (8 * count))
    sent = {
        pool.submit(_several, list(jobs[start : start + size]), reading): start
        for start in range(0, len(jobs), size)
    }
    done = 0
    try:
        for future in as_completed(sent):
            found = future.result()
            start = sent[future]
            results[start : start + len(found)] = found
            done += len(found)
            _report(progress, done, len(jobs), None)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    return results


def _several(jobs: Sequence[Job], reading: Reading) -> list[object]:
    """Run a chunk."""
    return [_one(job, reading) for job in jobs]


def _one(job: Job, reading: Reading) -> object:
    """Run one job."""
    from experiments.run import run

    return reading(run(job.scenario, job.seed, twin=job.twin))


def _report(
    progress: Callable[[str, int, int], None] | None, done: int, total: int, result: object
) -> object:
    """Pass a result on, and say how far things are."""
    if progress is not None:
        progress("runs", done, total)
    return result
