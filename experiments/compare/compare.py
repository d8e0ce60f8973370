"""Run every policy on the same seeds, and put side by side what came of it."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from experiments.compare.cases import KEPT, Case, cases, with_policy
from experiments.compare.parts import finished, put
from experiments.compare.question import Question, Terms, question
from experiments.compare.reading import read
from experiments.compare.scales import Search, find_scales, scaled_rates
from experiments.comparison import Comparison
from experiments.ensemble import Progress, spread
from experiments.margin_path import margin_outside
from experiments.measures.procyclicality import peak_to_trough
from experiments.run import PACKAGES, run
from scenarios.schema import Scenario
from sim.arrays import Floats


def compare(
    scenario: str | Path | Scenario,
    policies: str | Sequence[str],
    seeds: int = 30,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    results: Path | str | None = None,
    **terms: Unpack[Terms],
) -> Comparison:
    """Compare margin policies in one market, with feedback: ``conduct`` of a ``question``.

    Parameters
    ----------
    scenario, policies, seeds, terms : as for ``question``.
    workers, progress, results : as for ``conduct``.

    Raises
    ------
    ConfigError
        Naming everything that is wrong with the arguments.
    """
    asked = question(scenario, policies, seeds, **terms)
    return conduct(asked, workers=workers, progress=progress, results=results)


def conduct(
    asked: Question,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    results: Path | str | None = None,
) -> Comparison:
    """Run what a question asks for, and put it side by side.

    Every policy meets the same seeds: the same outside world, and the same arrivals until its
    own feedback parts them. Finished runs are put away under ``results`` as they come, and a
    comparison that was interrupted goes on from there.

    Parameters
    ----------
    asked : what is compared.
    workers : processes; all processors without.
    progress : called with what is done, how many of it, and how many there are.
    results : folder of results; nothing is written without.

    Raises
    ------
    ConfigError
        If a policy cannot be scaled as asked.
    """
    folder = None if results is None else folder_of(asked, Path(results))
    outside = _outside(asked, workers, progress)
    searches = find_scales(outside, asked.normalisations, asked.baseline, asked.cap)
    scales = {(each.normalisation, each.policy): each.scale for each in searches}
    wanted = cases(asked.scenario, asked.policies, scales, asked.seeds)
    rows = _rows(wanted, folder, workers, progress)
    return Comparison(
        manifest=_manifest(asked),
        runs=_with_outside(pd.DataFrame(rows), outside),
        searches=_searches(searches),
    )


def folder_of(asked: Question, root: Path) -> Path:
    """Return where a comparison belongs: ``root/compare/<scenario>/<hash>``."""
    return root / "compare" / asked.scenario.name / asked.hash


def _outside(
    asked: Question, workers: int | None, progress: Progress | None
) -> dict[str, list[Floats]]:
    """Return each policy's margin on the outside path of every seed."""
    tasks = [
        (with_policy(asked.scenario, margin), seed)
        for margin in asked.policies.values()
        for seed in asked.seeds
    ]
    label = "margin on outside paths"
    found = iter(spread(tasks, _rates_outside, workers=workers, label=label, progress=progress))
    return {policy: [next(found) for _ in asked.seeds] for policy in asked.policies}


def _rates_outside(task: tuple[Scenario, int]) -> Floats:
    """Return a scenario's margin on its outside path, one rate an update."""
    return margin_outside(*task)


def _rows(
    wanted: Sequence[Case],
    folder: Path | None,
    workers: int | None,
    progress: Progress | None,
) -> list[dict[str, object]]:
    """Return what is read of every run: of those put away before, and of those run now."""
    known = {} if folder is None else finished(folder)
    # A policy at a scale of 1 is the same run under every normalisation.
    missing = list({case.key: case for case in wanted if case.key not in known}.values())

    def keep(_: Sequence[Case], rows: Sequence[dict[str, object]]) -> None:
        known.update({str(row["key"]): row for row in rows})
        if folder is not None:
            put(folder, rows)

    spread(missing, _play, workers=workers, progress=progress, done=keep)
    named = ("policy", "normalisation", "scale", "seed")
    return [known[case.key] | {name: getattr(case, name) for name in named} for case in wanted]


def _play(case: Case) -> dict[str, object]:
    """Run a case and return what is read of it."""
    margins = (venue.margin for venue in case.scenario.venues.values())
    every = next(margin.composed().update_seconds for margin in margins if margin is not None)
    done = run(case.scenario, case.seed, twin=False)
    return {"key": case.key} | read(done, every)


def _with_outside(runs: pd.DataFrame, outside: Mapping[str, Sequence[Floats]]) -> pd.DataFrame:
    """Add how margin moved on the outside path, and by how much more it did in the run."""
    swings = []
    for policy, scale, seed in zip(runs["policy"], runs["scale"], runs["seed"], strict=True):
        rates = scaled_rates(outside[str(policy)][int(seed)], float(scale))
        swings.append((float(rates.mean()), peak_to_trough(rates)))
    means, ratios = np.array(swings).T
    return runs.assign(
        mean_maintenance_outside=means,
        peak_to_trough_outside=ratios,
        endogeneity_gap=runs["peak_to_trough"] / ratios,
    )


def _searches(searches: Sequence[Search]) -> pd.DataFrame:
    """Return every scale that was tried."""
    return pd.DataFrame(
        {
            "normalisation": each.normalisation,
            "policy": each.policy,
            "target": each.target,
            "trial": trial,
            "scale": scale,
            "margin": margin,
        }
        for each in searches
        for trial, (scale, margin) in enumerate(each.tried)
    )


def _manifest(asked: Question) -> dict[str, object]:
    """Return what is needed to repeat the comparison."""
    scenario = asked.scenario
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "hash": asked.hash,
        "scenario_hash": scenario.digest(),
        "policies": {
            name: margin.model_dump(exclude={*KEPT, "scale"})
            for name, margin in asked.policies.items()
        },
        "baseline": asked.baseline,
        "normalisations": list(asked.normalisations),
        "seeds": len(asked.seeds),
        "without": list(scenario.without),
        "hours": scenario.steps * scenario.step_seconds / 3600.0,
        "marginquake": version("marginquake"),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }
