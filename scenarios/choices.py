"""A named choice from a registry with its parameters, as scenario files write it.

In the file the name and the parameters stand side by side, ``{rule: partial, target_ratio:
1.2}``; which parameters there are is what the dataclass behind the name says.
"""

from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from math import inf
from pathlib import Path as FilePath
from re import search
from types import NoneType
from typing import Any, NamedTuple, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from scenarios.problems import Path, Problem, Problems, from_pydantic, unknown, unknown_key
from sim.errors import ConfigError

type Registry = Mapping[str, type]
"""Names and what they stand for: a dataclass, or a class whose ``parameters`` is one."""


class Chosen(NamedTuple):
    """What a section of a scenario file chose.

    ``parameters`` are plain data, complete with defaults; ``value`` is the dataclass.
    """

    name: str
    parameters: dict[str, object]
    value: object


def choose(
    registry: Registry,
    section: Mapping[str, object],
    path: Path = (),
    *,
    key: str = "kind",
    what: str = "kind",
    hidden: Mapping[str, object] | None = None,
    common: Collection[str] = (),
) -> Chosen:
    """Return the choice that a section names, with every parameter checked.

    Parameters
    ----------
    registry : the names there are.
    section : the name under ``key``, and parameters.
    path : where the section stands.
    key, what : under which key the name stands, and what it is the name of.
    hidden : arguments that the program gives, so that no file may.
    common : keys taken elsewhere that a message about an unknown key may suggest.

    Raises
    ------
    Problems
        Naming every parameter that is unknown, missing, of the wrong type or out of range.

    Examples
    --------
    >>> from sim.outside import OutsideDepth
    >>> choose({"deep": OutsideDepth}, {"kind": "deep", "impact": 1.0}).value.impact
    1.0
    """
    name = section.get(key)
    if not isinstance(name, str) or name not in registry:
        raise Problems([Problem((*path, key), unknown(what, name, registry))])
    entry = parameters_of(registry[name])
    given = {each: value for each, value in section.items() if each != key}
    try:
        value = fill(entry, given, hidden or {}, name, common)
    except Problems as error:
        raise Problems(problem.under(path) for problem in error.found) from None
    plain = {
        each: as_plain(_reach(value, each))
        for each in keys_of(entry, name)
        if each not in (hidden or {})
    }
    return Chosen(name, plain, value)


def parameters_of(entry: type) -> type:
    """Return the dataclass that holds the parameters of a registered class."""
    inner = getattr(entry, "parameters", None)
    return inner if isinstance(inner, type) else entry


def keys_of(entry: type, name: str) -> list[str]:
    """Return the parameters that a file can give, inlined ones included."""
    keys: list[str] = []
    for field in _fields(entry):
        inline = _inlined(field, name)
        keys += keys_of(inline, name) if inline else [field.name]
    return keys


def fill(
    entry: type,
    given: Mapping[str, object],
    hidden: Mapping[str, object],
    name: str = "",
    common: Collection[str] = (),
) -> object:
    """Return the dataclass ``entry`` made of plain data; the other arguments are `choose`'s.

    Raises
    ------
    Problems
        Naming every parameter that is unknown, missing, of the wrong type or out of range.
    """
    known = [key for key in keys_of(entry, name) if key not in hidden]
    named = {*known, *common}
    found = [unknown_key(key, named) for key in given if key not in known]
    values = dict(hidden)
    for field in _fields(entry):
        inline = _inlined(field, name)
        try:
            if inline:
                mine = keys_of(inline, name)
                own = {key: value for key, value in given.items() if key in mine}
                values[field.name] = fill(inline, own, {}, name)
            elif field.name in given:
                values[field.name] = _coerced(
                    _hints(entry)[field.name], given[field.name], endless=field.default == inf
                )
            elif field.name not in hidden and _required(field):
                found.append(Problem((field.name,), "is missing, and has no default"))
        except Problems as error:
            up = () if inline else (field.name,)
            found += [problem.under(up) for problem in error.found]
    if found:
        raise Problems(found)
    try:
        value: object = entry(**values)
    except ConfigError as error:
        raise Problems(_placed(each, known) for each in error.problems) from None
    return value


def as_plain(value: object) -> object:
    """Return a value as what a YAML file can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_plain(getattr(value, field.name)) for field in _fields(type(value))}
    if isinstance(value, Mapping):
        return {key: as_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    if isinstance(value, Enum):
        return as_plain(value.value)
    return str(value) if isinstance(value, FilePath) else value


def _reach(value: object, key: str) -> object:
    """Return a parameter of a dataclass, or of one inlined in it."""
    for field in _fields(type(value)):
        if field.name == key:
            return getattr(value, key)
        if "inline" in field.metadata and hasattr(getattr(value, field.name), key):
            return getattr(getattr(value, field.name), key)
    raise AttributeError(key)


@cache
def _hints(entry: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields."""
    return get_type_hints(entry)


def _fields(entry: type) -> list[Field[Any]]:
    """Return the fields that a dataclass takes when it is made."""
    return [field for field in fields(entry) if field.init]


def _inlined(field: Field[Any], name: str) -> type | None:
    """Return the dataclass whose parameters stand beside the others, for a field marked so."""
    registry: Registry | None = field.metadata.get("inline")
    return parameters_of(registry[name]) if registry else None


def _required(field: Field[Any]) -> bool:
    """Tell whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def _placed(problem: str, known: Collection[str]) -> Problem:
    """Return a problem at the parameter that its sentence names first, if it names one.

    The others that it names are what that parameter was compared with.
    """
    named = {key: search(rf"(?<![\w.]){key}(?!\w)", problem) for key in known}
    places = {key: match.start() for key, match in named.items() if match}
    keys = sorted(places, key=lambda key: places[key])
    return Problem(tuple(keys[:1]), problem, tuple((key,) for key in keys[1:]))


def _coerced(hint: Any, given: object, *, endless: bool = False) -> object:  # noqa: ANN401
    """Return plain data as the type that a parameter wants: any annotation there is.

    Numbers must be finite, but where there is no limit by default (``endless``).
    """
    hint = getattr(hint, "__value__", hint)
    options = get_args(hint) if NoneType in get_args(hint) else (hint,)
    if given is None and NoneType in options:
        return None
    for option in options:
        if is_dataclass(option) and isinstance(option, type) and isinstance(given, Mapping):
            return fill(option, given, {})
    strict = True if hint in (bool, int, float, str) else None
    # Pydantic takes no settings for a dataclass, which has none of its own to hold numbers to.
    finite = None if is_dataclass(hint) else ConfigDict(allow_inf_nan=endless)
    try:
        return TypeAdapter(hint, config=finite).validate_python(
            _dates_as_text(given), strict=strict
        )
    except ValidationError as error:
        raise Problems(from_pydantic(error)) from None


def _dates_as_text(given: object) -> object:
    """Return plain data with times as text, as parameters take them."""
    if isinstance(given, datetime):
        return given.isoformat().replace("+00:00", "Z")
    if isinstance(given, list):
        return [_dates_as_text(each) for each in given]
    return given
