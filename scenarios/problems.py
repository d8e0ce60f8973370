"""Mistakes in a scenario: where they stand, what is wrong, what would be right."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from pydantic import ValidationError
from pydantic_core import ErrorDetails

MOST_NAMES = 16
"""A message lists at most this many names."""

type Path = tuple[str | int, ...]
"""The keys that lead to a value, from the top of the file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    Parameters
    ----------
    path : the keys that lead to it.
    text : what is wrong, and what would be right.
    given : paths of what it was compared with: if that is wrong itself, this may be no mistake.
    meant : the known key that an unknown one probably stands for, so that no more is said of it.
    """

    path: Path
    text: str
    given: tuple[Path, ...] = ()
    meant: str = ""

    def under(self, path: Path) -> "Problem":
        """Return the same problem, seen from further up."""
        return replace(
            self,
            path=(*path, *self.path),
            given=tuple((*path, *each) for each in self.given),
        )

    def follows(self, wrong: Collection[Path]) -> bool:
        """Tell whether it may be there only because of what was ``wrong`` and taken out.

        So it may if it lies inside or around that, or was compared with it.
        """
        inside = any(_related(self.path, each) for each in wrong)
        return inside or self.compares_with(wrong)

    def compares_with(self, wrong: Collection[Path]) -> bool:
        """Tell whether it was compared with anything ``wrong``."""
        return any(_related(place, each) for place in self.given for each in wrong)


def _related(one: Path, other: Path) -> bool:
    """Tell whether one of two paths leads to the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def unknown_key(key: str, known: Iterable[str]) -> Problem:
    """Return the problem of a key that a section does not have."""
    names = by_nearness(key, known)
    meant = names[0] if names and _alike(key, names[0]) else ""
    return Problem((key,), unknown("key", key, names), meant=meant)


class Problems(ValueError):  # noqa: N818 - several of them, found at once
    """Several mistakes in one section.

    Parameters
    ----------
    found : the mistakes, their paths relative to the section.
    """

    def __init__(self, found: Iterable[Problem]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(f"{dotted(each.path)}: {each.text}" for each in self.found))


def dotted(path: Path) -> str:
    """Return a path as people write it.

    Examples
    --------
    >>> dotted(("shocks", 0, "bias"))
    'shocks[0].bias'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "(top)"


def _alike(name: object, other: str) -> bool:
    """Tell whether one name may be a slip for the other."""
    return SequenceMatcher(None, str(name).lower(), other.lower()).ratio() >= 0.5


def by_nearness(name: object, known: Iterable[str]) -> list[str]:
    """Return the known names, the one most like ``name`` first."""
    wanted = str(name).lower()

    def unlikeness(candidate: str) -> tuple[float, str]:
        return -SequenceMatcher(None, wanted, candidate.lower()).ratio(), candidate

    return sorted(known, key=unlikeness)


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """Say that a name is not known, which is nearest, and which there are.

    Examples
    --------
    >>> unknown("margin policy", "emwa", ["fixed", "ewma"])
    'unknown margin policy `emwa`; did you mean `ewma`? known: ewma, fixed'
    """
    names = by_nearness(name, known)
    if not names:
        return f"unknown {what} `{name}`; there is none to name here"
    hint = f"did you mean `{names[0]}`? " if _alike(name, names[0]) else ""
    listed = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
    return f"unknown {what} `{name}`; {hint}known: {listed}"


def from_pydantic(error: ValidationError) -> list[Problem]:
    """Return what pydantic found, in words of the scenario file."""
    found: list[Problem] = []
    for each in error.errors():
        inner = each.get("ctx", {}).get("error")
        place = tuple(each["loc"])
        if isinstance(inner, Problems):
            found += [problem.under(place) for problem in inner.found]
        else:
            found.append(Problem(place, _words(each)))
    return found


_LIMITS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", ">="),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "<="),
}
_TYPES = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "finite_number": "a finite number",
    "string_type": "a text",
    "bool_type": "true or false",
    "dict_type": "a section of `key: value` lines",
    "mapping_type": "a section of `key: value` lines",
    "model_type": "a section of `key: value` lines",
    "model_attributes_type": "a section of `key: value` lines",
    "tuple_type": "a list",
    "list_type": "a list",
    "datetime_type": "a UTC time such as 2025-06-01T00:00:00Z",
    "datetime_from_date_parsing": "a UTC time such as 2025-06-01T00:00:00Z",
    "timezone_aware": "a UTC time such as 2025-06-01T00:00:00Z, with its zone",
}


def _words(each: ErrorDetails) -> str:
    """Return one pydantic error as a sentence."""
    kind, given, context = each["type"], each.get("input"), each.get("ctx", {})
    if kind == "missing":
        return "is missing, and has no default"
    if kind in _LIMITS:
        key, sign = _LIMITS[kind]
        text = f"{given!r} is impossible; must be {sign} {context[key]:g}"
    elif kind in _TYPES:
        text = f"must be {_TYPES[kind]}, not {given!r}"
    elif kind == "literal_error":
        text = unknown("name", given, _quoted(str(context["expected"])))
    elif kind == "too_short":
        text = f"must have at least {context['min_length']} of them"
    elif kind == "value_error":
        text = str(context["error"])
    else:
        text = f"{each['msg'][:1].lower()}{each['msg'][1:]}, not {given!r}"
    return text


def _quoted(expected: str) -> Sequence[str]:
    """Return the names in pydantic's list of what it would have taken."""
    return expected.replace(" or ", ", ").replace("'", "").split(", ")
