"""What ``marginquake network`` was asked for, checked as far as it can be without a network."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from experiments.network_study import RANKINGS
from experiments.store import refuse_taken
from sim.errors import ConfigError, UserError
from sim.network.clearing import CLEARING
from sim.network.files import check_form
from sim.network.generators import GENERATORS
from sim.network.roles import Clearing, Generator

type Settings = dict[str, object]
"""Values by name; a value may itself be settings, of a part of a part."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What could be made of the options, and what is wrong with them.

    Parameters
    ----------
    clearing, generator : as asked for; ``None`` where that makes no sense, or is not asked for.
    problems : in any of the options.
    """

    clearing: Clearing | None
    generator: Generator | None
    problems: tuple[str, ...]

    def source(self, options: Namespace) -> bool:
        """Tell whether it is clear where the network comes from, whatever else is wrong."""
        one = (options.file is None) != (options.generate is None)
        return one and (options.generate is None or self.generator is not None)


def parts(options: Namespace) -> Asked:
    """Return the algorithm and the generator that were asked for, and all that makes no sense."""
    settings, wrong = _settings(options.settings)
    made: dict[str, object] = {}
    asked = {"algorithm": options.algorithm, "generate": options.generate}
    known: dict[str, Mapping[str, type]] = {"algorithm": CLEARING, "generate": GENERATORS}
    for part, name in asked.items():
        if name is None:
            wrong += [f"--set {part}.{key}: only with --{part}" for key in settings[part]]
            continue
        try:
            made[part] = _made(part, name, known[part], settings[part])
        except ConfigError as error:
            wrong += error.problems
    return Asked(
        cast("Clearing | None", made.get("algorithm")),
        cast("Generator | None", made.get("generate")),
        (*_of_source(options), *_of_shock(options), *_of_results(options), *wrong),
    )


def in_words(name: str, clearing: Clearing) -> str:
    """Return an algorithm by the name that users type, with every parameter.

    Examples
    --------
    >>> from sim.network.clearing.furfine import Furfine
    >>> in_words("furfine", Furfine(recovery=0.4, failed=("a", "b")))
    'furfine (recovery=0.4, failed=a,b)'
    """
    values = {each.name: getattr(clearing, each.name) for each in fields(cast("type", clearing))}
    said = [
        f"{key}={','.join(value) if isinstance(value, tuple) else value}"
        for key, value in values.items()
        if value != ()
    ]
    return f"{name} ({', '.join(said)})" if said else name


def _of_source(options: Namespace) -> list[str]:
    """Return what does not fit where the network comes from."""
    drawn, given = options.generate is not None, options.file is not None
    problems = []
    if drawn == given:
        problems.append("give a file of exposures, or --generate NAME, one of the two")
    if options.totals is not None and not drawn:
        problems.append("--totals: only with --generate max_entropy or min_density")
    if options.n is not None and (not drawn or options.totals is not None):
        problems.append("--n: only with --generate and without --totals, which name the entities")
    alone = given and (options.file.is_dir() or options.file.suffix == ".graphml")
    if options.entities is not None and (not given or alone):
        problems.append("--entities: only with a file of claims, CSV or Parquet")
    if options.seed is not None and given and not options.draws:
        problems.append("--seed: only with --generate or --draws, nothing else is random")
    if options.seed is not None and options.seed < 0:
        problems.append(f"--seed must be >= 0, not {options.seed}")
    return problems


def _of_shock(options: Namespace) -> list[str]:
    """Return what does not fit in what is asked about the network."""
    problems = []
    if options.rank is not None and options.rank not in RANKINGS:
        problems.append(f"--rank {options.rank}: there are {', '.join(RANKINGS)}")
    if options.draws is not None and options.draws < 1:
        problems.append(f"--draws must be >= 1, not {options.draws}")
    if options.draws and options.shock and options.file is not None:
        problems.append("--draws with --shock on a file draws one loss over and over")
    if options.amount is not None and not options.shock:
        problems.append("--amount: only together with --shock ENTITY")
    if options.share is not None and not (options.shock or options.draws):
        problems.append("--share: only together with --shock ENTITY or --draws K")
    if options.share is not None and not 0 <= options.share <= 1:
        problems.append(f"--share must lie in [0, 1], not {options.share:g}")
    return problems


def _of_results(options: Namespace) -> list[str]:
    """Return why results cannot go where they should."""
    file: Path | None = options.write
    problems = _refused(refuse_taken, options.out)
    if file is None:
        return problems
    problems += [f"--write {problem}" for problem in _refused(check_form, file)]
    if file.is_dir():
        return [*problems, f"--write {file} is a folder; it must name a file"]
    return [*problems, *_refused(refuse_taken, file.parent, f"--write {file}: folder")]


def _refused(attempt: Callable[..., None], *given: object) -> list[str]:
    """Return what an attempt is refused for."""
    try:
        attempt(*given)
    except UserError as error:
        return list(getattr(error, "problems", (str(error),)))
    return []


def _settings(given: Sequence[str]) -> tuple[dict[str, Settings], list[str]]:
    """Return settings by part as nested values, and what is wrong with the others."""
    found: dict[str, Settings] = {"algorithm": {}, "generate": {}}
    wrong = []
    for each in given:
        key, equals, value = each.partition("=")
        part, *path = key.strip().split(".")
        if part not in found or not path or not equals:
            wrong.append(f"--set {each}: it must read algorithm.NAME=VALUE or generate.NAME=VALUE")
        elif not _put(found[part], path, value.split(",") if path[-1] == "failed" else value):
            wrong.append(f"--set {each}: clashes with another --set, one for a part of the other")
    return found, wrong


def _put(settings: Settings, path: Sequence[str], value: object) -> bool:
    """Put a value where a path leads, unless a value is in its way; tell whether it was put."""
    inner = settings
    for step in path[:-1]:
        deeper = inner.setdefault(step, {})
        if not isinstance(deeper, dict):
            return False
        inner = deeper
    if isinstance(inner.get(path[-1]), dict):
        return False
    inner[path[-1]] = value
    return True


def _made(part: str, name: str, known: Mapping[str, type], settings: Settings) -> object:
    """Return a part by name, with its settings.

    Raises
    ------
    ConfigError
        If there is none of that name, or naming every setting that does not fit.
    """
    if name not in known:
        raise ConfigError(f"--{part} {name}: there are {', '.join(known)}")
    strangers = _strangers(part, name, known[name], settings)
    if strangers:
        raise ConfigError(*strangers)
    try:
        return TypeAdapter(known[name]).validate_python(settings)
    except ValidationError as error:
        raise ConfigError(
            *(
                f"{part}.{'.'.join(map(str, each['loc']))}: {each['msg']}, not {each['input']!r}"
                for each in error.errors()
            )
        ) from error


def _strangers(path: str, name: str, kind: type, settings: Settings) -> list[str]:
    """Return settings that there are not, in the part and in its own parts."""
    hints, found = get_type_hints(kind), list[str]()
    allowed = [each.name for each in fields(kind)]
    for key, value in settings.items():
        if key not in allowed:
            found.append(f"{path}.{key}: {name} has {', '.join(allowed) or 'no settings'}")
        elif isinstance(value, dict) and is_dataclass(hints[key]):
            found += _strangers(f"{path}.{key}", key, cast("type", hints[key]), value)
    return found
