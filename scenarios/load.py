"""Scenario files: finding, reading and checking them."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path as FilePath

from pydantic import ValidationError

from scenarios.checks import Names, cross_checks
from scenarios.overrides import apply_overrides
from scenarios.problems import Path, Problem, dotted, from_pydantic, unknown
from scenarios.reading import Plain, place_of, read_file, read_text
from scenarios.schema import Scenario
from sim.errors import ConfigError

LIBRARY = FilePath(__file__).parent / "library"
"""The folder of the scenarios that come with the program."""
ENDINGS = (".yaml", ".yml")


def names() -> list[str]:
    """Return the names of the scenarios in the library."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


def path_of(name: str) -> FilePath:
    """Return the file of a scenario: one of the library, or a path to a YAML file.

    Raises
    ------
    ConfigError
        If there is no such scenario, with those there are, or no such file.
    """
    path = FilePath(name)
    if path.suffix in ENDINGS or len(path.parts) > 1:
        if not path.is_file():
            raise ConfigError(f"{name}: there is no such file")
        return path
    if name not in names():
        raise ConfigError(unknown("scenario", name, names()))
    return LIBRARY / f"{name}.yaml"


def load(name_or_path: str | FilePath, overrides: Sequence[str] = ()) -> Scenario:
    """Return a scenario, read and checked.

    Parameters
    ----------
    name_or_path : a name of the library, or a path to a YAML file.
    overrides : changes to it, each as ``path=value``; see ``scenarios.overrides``.

    Raises
    ------
    ConfigError
        Naming every mistake with the file and line, or the override, that makes it, and
        what would be right.

    Examples
    --------
    >>> load("calm", ["steps=60"]).steps
    60
    """
    path = path_of(str(name_or_path))
    data, places = read_file(path)
    return _read(data, places, path.stem, overrides)


def parse(text: str, name: str = "scenario", overrides: Sequence[str] = ()) -> Scenario:
    """Return a scenario from YAML text.

    Parameters
    ----------
    text : what would stand in a file.
    name : what the scenario is called, and its file in messages.
    overrides : as in ``load``.

    Raises
    ------
    ConfigError
        As in ``load``.
    """
    data, places = read_text(text, name)
    return _read(data, places, name, overrides)


def _read(data: Plain, places: dict[Path, str], name: str, overrides: Sequence[str]) -> Scenario:
    """Return the scenario that plain data describe, changed by overrides."""
    data = {"name": name} | data
    scenario = checked(data, places)
    if not overrides:
        return scenario
    apply_overrides(data, places, scenario.model_dump(), overrides)
    return checked(data, places)


def checked(data: Plain, places: Mapping[Path, str]) -> Scenario:
    """Return the scenario that plain data describe.

    Data with mistakes are looked at again without what was wrong in them, until nothing
    more is found: mistakes of different kinds are so all told at once.

    Parameters
    ----------
    data : sections and values.
    places : where each key stands.

    Raises
    ------
    ConfigError
        Naming every mistake, in the order of the file.
    """
    found: list[Problem] = []
    gone: set[Path] = set()
    remaining = deepcopy(data)
    while () not in gone:
        kept = _Kept(remaining)
        try:
            scenario = Scenario.model_validate(kept.data)
        except ValidationError as error:
            new = [kept.original(problem) for problem in from_pydantic(error)]
            found += [problem for problem in new if not problem.follows(gone)]
            for problem in new:
                path = _reachable(remaining, problem.path)
                _drop(remaining, path)
                gone |= {path, (*path[:-1], problem.meant)} if problem.meant else {path}
            continue
        late = [kept.original(problem) for problem in cross_checks(scenario, Names.of(data))]
        late = [problem for problem in late if not problem.follows(gone)]
        plain = {problem.path for problem in late if not problem.given}
        found += [problem for problem in late if not problem.compares_with(plain)]
        break
    if found:
        raise ConfigError(*_told(found, places))
    return scenario


_GONE = object()
"""Stands in a list for an entry that was taken out, so that the others keep their places."""


class _Kept:
    """Data without the entries that were taken out of its lists.

    Parameters
    ----------
    data : plain data, with ``_GONE`` where list entries are missing.
    """

    def __init__(self, data: Plain) -> None:
        self._places: dict[Path, list[int]] = {}
        self.data = self._without(data, ())

    def original(self, problem: Problem) -> Problem:
        """Return a problem found in ``data`` at its path in the whole."""
        path: Path = ()
        for part in problem.path:
            places = self._places.get(path)
            inside = places is not None and isinstance(part, int) and part < len(places)
            path = (*path, places[part] if places and inside and isinstance(part, int) else part)
        return replace(problem, path=path)

    def _without(self, node: object, path: Path) -> object:
        if isinstance(node, dict):
            return {key: self._without(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            self._places[path] = [i for i, value in enumerate(node) if value is not _GONE]
            return [self._without(node[i], (*path, i)) for i in self._places[path]]
        return node


def _reachable(data: object, path: Path) -> Path:
    """Return as much of a path as leads to something."""
    for i, part in enumerate(path):
        inside = isinstance(data, dict) and part in data
        inside |= isinstance(data, list) and isinstance(part, int) and part < len(data)
        if not inside:
            return path[:i]
        data = data[part]  # type: ignore[index]  # seen to be there
    return path


def _drop(data: object, path: Path) -> None:
    """Take out what is at ``path``, if it is still there."""
    for part in path[:-1]:
        if data is _GONE or not isinstance(data, dict | list):
            return
        data = data.get(part) if isinstance(data, dict) else data[int(part)]
    if isinstance(data, dict) and path:
        data.pop(path[-1], None)
    elif isinstance(data, list):
        data[int(path[-1])] = _GONE


def _told(found: Sequence[Problem], places: Mapping[Path, str]) -> list[str]:
    """Return problems as sentences, in the order of the file, none twice."""

    def line(problem: Problem) -> tuple[str, int]:
        name, _, number = place_of(problem.path, places).rpartition(":")
        return (name, int(number)) if number.isdigit() else (f"{name}:{number}", 0)

    sentences = [
        f"{place_of(each.path, places)}: {dotted(each.path)}: {each.text}".removeprefix(": ")
        for each in sorted(found, key=line)
    ]
    return list(dict.fromkeys(sentences))
