"""What a comparison asks, and everything that can be wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import TypedDict

from experiments.compare.cases import digest
from experiments.compare.scales import NORMALISATIONS
from experiments.run import prepare
from scenarios.policies import policies_of, split_policies
from scenarios.schema import Scenario
from scenarios.venues import Margin
from sim.errors import ConfigError

MOST_SEEDS = 100_000
ROUNDING = 1e-9


class Terms(TypedDict, total=False):
    """What may be said of a comparison besides scenario, policies and seeds; see ``question``."""

    normalise: Sequence[str]
    baseline: str | None
    cap: float | None
    settings: Sequence[str]
    without: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared.

    Parameters
    ----------
    scenario : the market, whatever policy it names itself.
    policies : margin sections by what they are called.
    seeds : of every policy.
    normalisations : how they are made comparable.
    baseline : the policy that the others are set against.
    cap : of the normalisation by cap; chosen where it is not given.
    """

    scenario: Scenario
    policies: Mapping[str, Margin]
    seeds: tuple[int, ...]
    normalisations: tuple[str, ...]
    baseline: str
    cap: float | None

    @property
    def hash(self) -> str:
        """What names the comparison, 12 hexadecimal digits."""
        more = (self.normalisations, self.baseline, self.cap, version("marginquake"))
        return digest(self.scenario, self.policies, self.seeds, *more)


def question(
    scenario: str | Path | Scenario,
    policies: str | Sequence[str],
    seeds: int = 30,
    *,
    normalise: Sequence[str] = ("mean", "cap"),
    baseline: str | None = None,
    cap: float | None = None,
    settings: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Question:
    """Return what a comparison asks.

    Parameters
    ----------
    scenario : a name of the library, the path of a file, or a scenario.
    policies : policy strings (``ewma:lambda=0.97+floor``), or one string with commas.
    seeds : how many, >= 2: the seeds 0, 1, 2, ...
    normalise : of ``none``, ``mean`` and ``cap``.
    baseline : the policy that others are set against; the first one named without.
    cap : highest margin under ``cap``, fraction of notional; see ``find_scales``.
    settings, without : as for ``run``.

    Raises
    ------
    ConfigError
        Naming everything that is wrong with the arguments.
    """
    names = split_policies(policies) if isinstance(policies, str) else list(policies)
    problems = _of_numbers(names, seeds, normalise, baseline, cap)
    sections: dict[str, Margin] = {}
    chosen: Scenario | None = None
    try:
        sections = policies_of(names)
    except ConfigError as error:
        problems += error.problems
    try:
        chosen = prepare(scenario, settings=settings, without=without)
    except ConfigError as error:
        problems += error.problems
    if chosen is not None and all(venue.margin is None for venue in chosen.venues.values()):
        problems.append(f"{chosen.name} has no exchange whose margin could be compared")
    if chosen is not None:
        problems += _of_records(chosen, sections)
    if problems or chosen is None:
        raise ConfigError(*problems)
    return Question(
        scenario=chosen,
        policies=sections,
        seeds=tuple(range(seeds)),
        normalisations=tuple(NORMALISATIONS[each] for each in normalise),
        baseline=baseline or names[0],
        cap=cap,
    )


def _of_records(scenario: Scenario, sections: Mapping[str, Margin]) -> list[str]:
    """Return which policies are updated at times that the scenario does not write down."""
    record = scenario.record_every_steps * scenario.step_seconds
    every = {name: section.composed().update_seconds for name, section in sections.items()}
    return [
        f"policy {name!r} is updated every {seconds:g} s, but {scenario.name} is recorded every "
        f"{record:g} s; set record_every_steps so that records fall on updates"
        for name, seconds in every.items()
        if isfinite(seconds) and (seconds < record or abs(seconds / record % 1.0) > ROUNDING)
    ]


def _of_numbers(
    names: Sequence[str],
    seeds: int,
    normalise: Sequence[str],
    baseline: str | None,
    cap: float | None,
) -> list[str]:
    """Return what is wrong with the arguments, names of policies and the scenario apart."""
    rules = [
        (2 <= seeds <= MOST_SEEDS, f"seeds must lie in [2, {MOST_SEEDS:,}], not {seeds}"),
        (len(names) > 1, "a comparison needs at least two policies"),
        (
            baseline is None or baseline in names,
            f"baseline {baseline!r} is none of the policies: {', '.join(names)}",
        ),
        (cap is None or 0 < cap <= 1, f"cap must lie in (0, 1], not {cap}"),
        (len(set(normalise)) == len(normalise) > 0, "name at least one normalisation, none twice"),
    ]
    unknown = [each for each in normalise if each not in NORMALISATIONS]
    known = ", ".join(NORMALISATIONS)
    return [message for holds, message in rules if not holds] + [
        f"no normalisation {each!r}; there are {known}" for each in unknown
    ]
