"""Files with several mistakes: all of them found in one reading, whatever their kind."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace

from pydantic import BaseModel, ValidationError

from scenarios.problems import Path, Problem, dotted, from_pydantic
from scenarios.reading import Plain, place_of
from sim.errors import ConfigError


def sifted[M: BaseModel](
    model: type[M],
    data: Plain,
    places: Mapping[Path, str],
    late: Callable[[M], Sequence[Problem]],
) -> M:
    """Return what plain data describe.

    Data with mistakes are looked at again without what was wrong in them, until nothing
    more is found: mistakes of different kinds are so all told at once.

    Parameters
    ----------
    model : the sections that a file may have.
    data : sections and values.
    places : where each key stands.
    late : checks of one section against another, made when each is sound by itself.

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
            whole = model.model_validate(kept.data)
        except ValidationError as error:
            new = [kept.original(problem) for problem in from_pydantic(error)]
            found += [problem for problem in new if not problem.follows(gone)]
            for problem in new:
                path = _reachable(remaining, problem.path)
                _drop(remaining, path)
                gone |= {path, (*path[:-1], problem.meant)} if problem.meant else {path}
            continue
        compared = [kept.original(problem) for problem in late(whole)]
        compared = [problem for problem in compared if not problem.follows(gone)]
        plain = {problem.path for problem in compared if not problem.given}
        found += [problem for problem in compared if not problem.compares_with(plain)]
        break
    if found:
        raise ConfigError(*_told(found, places))
    return whole


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
