"""YAML files as plain data, with the line on which every key stands."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path as FilePath

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from scenarios.problems import Path
from sim.errors import ConfigError

type Plain = dict[str, object]


def read_text(text: str, name: str) -> tuple[Plain, dict[Path, str]]:
    """Return the data of a YAML text and where each of its keys stands, as ``file:line``.

    Raises
    ------
    ConfigError
        If the text is not YAML, names a key twice, or is not a section of keys.
    """
    reader = YAML(typ="rt", pure=True)
    try:
        tree = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        said = " ".join(str(error.problem or error.context).split())
        raise ConfigError(f"{name}{line}: is not valid YAML: {said}") from error
    except YAMLError as error:
        raise ConfigError(f"{name}: is not valid YAML: {error}") from error
    if not isinstance(tree, CommentedMap):
        raise ConfigError(f"{name}: must be a section of `key: value` lines")
    places: dict[Path, str] = {(): f"{name}:1"}
    plain = _plain(tree, (), name, places)
    assert isinstance(plain, dict)  # noqa: S101 - tells mypy what the line above made sure of
    return plain, places


def read_file(path: FilePath) -> tuple[Plain, dict[Path, str]]:
    """Return the data of a YAML file and where each of its keys stands.

    Raises
    ------
    ConfigError
        If the file cannot be read or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return read_text(text, str(path))


def read_value(text: str) -> object:
    """Return a YAML scalar or flow value as plain data.

    Raises
    ------
    ConfigError
        If the text is not YAML.

    Examples
    --------
    >>> read_value("{lognormal: [8, 0.6]}")
    {'lognormal': [8, 0.6]}
    >>> read_value("1e-3")
    0.001
    """
    try:
        return _plain(YAML(typ="rt", pure=True).load(text), (), "", {})
    except YAMLError as error:
        said = " ".join(str(getattr(error, "problem", error)).split())
        raise ConfigError(f"`{text}` is not valid YAML: {said}") from error


def place_of(path: Path, places: Mapping[Path, str]) -> str:
    """Return where a path stands, or its nearest parent that stands anywhere."""
    while path not in places and path:
        path = path[:-1]
    return places.get(path, "")


def _plain(node: object, path: Path, name: str, places: dict[Path, str]) -> object:
    """Return a node without ruamel's types; note the line of whatever is below it."""
    if isinstance(node, CommentedMap):
        for key in node:
            places[*path, key] = f"{name}:{node.lc.key(key)[0] + 1}"
        return {key: _plain(value, (*path, key), name, places) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for i in range(len(node)):
            places[*path, i] = f"{name}:{node.lc.item(i)[0] + 1}"
        return [_plain(value, (*path, i), name, places) for i, value in enumerate(node)]
    return _scalar(node)


def _scalar(node: object) -> object:
    """Return a scalar as the built-in type that it stands for."""
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, datetime):  # a time without a zone is UTC
        zone = node.tzinfo or UTC
        parts = (node.year, node.month, node.day, node.hour, node.minute, node.second)
        return datetime(*parts, node.microsecond, tzinfo=zone).astimezone(UTC)
    if isinstance(node, date):
        return datetime(node.year, node.month, node.day, tzinfo=UTC)
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
