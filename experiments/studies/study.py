"""What a study is: a question, the runs that answer it, and claims that hold or do not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.ensemble import Job, Reading, run_jobs
from experiments.figures.style import Picture
from scenarios.schema import Scenario

type Cell = tuple[object, ...]
"""The settings that tell one cell of a grid from the others, in the order of its labels."""

COLUMN = 3.5
"""Width of a column of a journal, inches: figures are legible at that."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is run, and on how many processors.

    Parameters
    ----------
    quick : a coarse grid and few seeds, to see that the study works; not for its verdict.
    workers : processes, all processors without.
    progress : called with a label, the runs done and all runs.
    """

    quick: bool = False
    workers: int | None = None
    progress: Callable[[str, int, int], None] | None = None

    def seeds(self, count: int) -> tuple[int, ...]:
        """Return the seeds to run: ``count`` of them, or three if it is to be quick."""
        return tuple(range(min(count, 3) if self.quick else count))


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that should be so.

    Parameters
    ----------
    text : what should be so, a sentence.
    holds : whether it is.
    evidence : the numbers that it is judged by.
    """

    text: str
    holds: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a study found.

    Parameters
    ----------
    runs : one row a run.
    table : what is shown of them, one row a cell.
    claims : what is claimed, and whether it holds.
    picture : the figure.
    """

    runs: pd.DataFrame
    table: pd.DataFrame
    claims: tuple[Claim, ...]
    picture: Picture

    @property
    def hold(self) -> bool:
        """Whether all claims hold."""
        return all(claim.holds for claim in self.claims)

    def save(self, folder: Path, name: str) -> None:
        """Write runs and table as Parquet, and the figure."""
        folder.mkdir(parents=True, exist_ok=True)
        for what, frame in (("runs", self.runs), ("table", self.table)):
            frame.to_parquet(folder / f"{what}.parquet", compression="zstd", index=False)
        self.picture.savefig(folder / f"{name}.png")


@dataclass(frozen=True, slots=True)
class Study:
    """A question and how it is answered.

    Parameters
    ----------
    question : what is asked, one sentence.
    conduct : runs what is needed and says what it found.
    """

    question: str
    conduct: Callable[[Effort], Findings]


def play(
    cells: Mapping[Cell, Scenario],
    labels: Sequence[str],
    seeds: Sequence[int],
    reading: Reading,
    effort: Effort,
    *,
    twin: bool = False,
) -> pd.DataFrame:
    """Run every cell under every seed; return one row a run: labels, seed and what was read.

    The same seeds in every cell make differences between cells paired.

    Parameters
    ----------
    cells : scenarios by their settings.
    labels : names of the settings, the first columns.
    seeds : of each cell.
    reading : what is read off a run, a dict of numbers; a function at the top of a module.
    twin : whether the twin without impact is run too.
    """
    places = [(cell, seed) for cell in cells for seed in seeds]
    jobs = [Job(cells[cell], seed, twin) for cell, seed in places]
    found = run_jobs(jobs, reading, workers=effort.workers, progress=effort.progress)
    rows = []
    for (cell, seed), numbers in zip(places, found, strict=True):
        if not isinstance(numbers, dict):
            raise TypeError(f"a reading must return a dict, not {type(numbers).__name__}")
        rows.append(dict(zip(labels, cell, strict=True)) | {"seed": seed} | numbers)
    return pd.DataFrame(rows)
