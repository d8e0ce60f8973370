"""One run of a scenario, with its twin in which forced sales move nothing."""

import platform
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import pandas as pd

from experiments.frames import (
    balance_sheet,
    entities_frame,
    events_frame,
    exposures_frame,
    rounds_frame,
    shocks_frame,
    steps_frame,
)
from experiments.metrics.losses import loss_usd
from experiments.processes import die_quietly
from experiments.record import Run
from scenarios.build import Built, build
from scenarios.load import load
from scenarios.schema import CHANNELS, Channel, Scenario
from sim.errors import ConfigError

IMPACT: Channel = "impact"
NETWORK: Channel = "network"
NO_NETWORK = "none"
PACKAGES = ("mesa", "numpy", "numba", "scipy", "pandas")
"""Packages whose versions can change a result, or how it is read."""

type Progress = Callable[[str, int, int], None]
"""Called with what is running, the steps done, and all steps."""


@dataclass(frozen=True, slots=True)
class _Finished:
    """A model that has run, and its balance sheet before."""

    built: Built
    run_seconds: float
    frames: dict[str, pd.DataFrame]


def run(
    scenario: str | Path | Scenario,
    seed: int = 0,
    *,
    settings: Sequence[str] = (),
    without: Sequence[str] = (),
    twin: bool = True,
    check: bool = False,
    progress: Progress | None = None,
    workers: int = 1,
) -> Run:
    """Run a scenario and return everything that happened.

    Parameters
    ----------
    scenario : a name of the library, the path of a file, or a scenario.
    seed : of every stream of random numbers, >= 0.
    settings : changes as ``a.b.c=value``, as for ``--set``.
    without : channels of feedback to cut: impact, oracle_error, margin_update, behaviour,
        rehypothecation, network.
    twin : whether to run the same seed again with the impact of forced sales cut; what
        amplification and the endogeneity gap are measured against. Where entities owe each
        other, once more with the network cut: what the network adds is measured against it.
    check : whether to check after every step that books balance.
    progress : called after every step.
    workers : with 2, the twin runs in a process of its own meanwhile; a script must then
        guard its entry with ``if __name__ == "__main__"``.

    Raises
    ------
    ConfigError
        Naming everything that is wrong with the scenario or the arguments.
    """
    chosen = prepare(scenario, settings=settings, without=without)
    if seed < 0:
        raise ConfigError(f"seed must be >= 0, not {seed}")
    twins = twin and IMPACT not in chosen.without
    twin_steps: pd.DataFrame | None = None
    if twins and workers > 1:
        spawn = get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn, initializer=die_quietly) as pool:
            beside = pool.submit(_twin_steps, chosen, seed, check=check)
            main = _play(chosen, seed, check=check, progress=progress, label=chosen.name)
            twin_steps = beside.result()
    else:
        main = _play(chosen, seed, check=check, progress=progress, label=chosen.name)
        if twins:
            twin_steps = _twin_steps(chosen, seed, check=check, progress=progress)
    manifest = _manifest(chosen, seed, main)
    if twin and chosen.network.kind != NO_NETWORK and NETWORK not in chosen.without:
        apart = _play(
            chosen.cut(NETWORK), seed, check=check, progress=progress, label="twin without network"
        )
        bare = _finished_run(chosen, seed, apart, _manifest(chosen, seed, apart))
        manifest["loss_without_network_usd"] = loss_usd(bare)
    return _finished_run(chosen, seed, main, manifest, twin_steps)


def _finished_run(
    scenario: Scenario,
    seed: int,
    done: _Finished,
    manifest: dict[str, object],
    twin_steps: pd.DataFrame | None = None,
) -> Run:
    """Return what happened, in frames."""
    return Run(
        scenario=scenario.resolved_yaml(),
        name=scenario.name,
        title=scenario.title,
        seed=seed,
        manifest=manifest,
        twin_steps=twin_steps,
        **done.frames,
    )


def model_of(
    scenario: str | Path | Scenario,
    seed: int = 0,
    *,
    settings: Sequence[str] = (),
    without: Sequence[str] = (),
    check: bool = False,
) -> Built:
    """Return the model of a scenario before its first step, to be stepped and looked into.

    The arguments are those of ``run``. ``built.model.step()`` lets one step pass,
    ``built.desks[name]`` is an agent, ``built.model.view`` what agents see.
    """
    return build(prepare(scenario, settings=settings, without=without), seed, check=check)


def _twin_steps(
    scenario: Scenario, seed: int, *, check: bool, progress: Progress | None = None
) -> pd.DataFrame:
    """Return the steps of the same run with the impact of forced sales cut."""
    label = "twin without impact"
    twin = _play(scenario.cut(IMPACT), seed, check=check, progress=progress, label=label)
    return twin.frames["steps"]


def prepare(
    scenario: str | Path | Scenario,
    *,
    settings: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Scenario:
    """Return the scenario with changes made and channels cut."""
    unknown = ", ".join(channel for channel in without if channel not in CHANNELS)
    known = ", ".join(CHANNELS)
    problems = [f"no channel {unknown} to run without; there are {known}"] if unknown else []
    if isinstance(scenario, Scenario):
        if settings:
            problems.append("settings go with a scenario's name or file, not with one loaded")
        chosen = scenario
    else:
        try:
            chosen = load(scenario, settings)
        except ConfigError as error:
            raise ConfigError(*error.problems, *problems) from error
    if problems:
        raise ConfigError(*problems)
    return chosen.cut(*(channel for channel in CHANNELS if channel in without))


def _play(
    scenario: Scenario, seed: int, *, check: bool, progress: Progress | None, label: str
) -> _Finished:
    """Build a model, run it to its end, and read off its frames."""
    built = build(scenario, seed, check=check)
    before = balance_sheet(built)
    begun = perf_counter()
    if progress is None:
        built.model.run()
    else:
        report = progress
        built.model.run(lambda done: report(label, done, scenario.steps))
    seconds = perf_counter() - begun
    after = balance_sheet(built)
    frames = {
        "steps": steps_frame(built),
        "events": events_frame(built),
        "entities": entities_frame(built, before, after),
        "exposures": exposures_frame(before, after),
        "shocks": shocks_frame(built),
        "adl_rounds": rounds_frame(built),
    }
    return _Finished(built, seconds, frames)


def _manifest(scenario: Scenario, seed: int, done: _Finished) -> dict[str, object]:
    """Return what is needed to repeat the run and to know that it was repeated."""
    world = done.built.model.world
    return {
        "name": scenario.name,
        "title": scenario.title,
        "seed": seed,
        "hash": scenario.digest(),
        "state_hash": world.digest(),
        "marginquake": version("marginquake"),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "without": list(scenario.without),
        "steps": world.step,
        "halted": world.halted,
        "accounts": sum(venue.accounts.count for venue in world.venues),
        "run_seconds": round(done.run_seconds, 3),
        "clearing_houses": [
            venue.name
            for venue in world.venues
            if world.credit is not None and venue.index in world.credit.houses
        ],
        "grace_seconds": {
            name: venue.margin.grace_seconds
            for name, venue in scenario.venues.items()
            if venue.margin is not None
        },
    }
