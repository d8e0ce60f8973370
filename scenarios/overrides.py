"""Changes to a scenario from the command line: ``path=value``.

A path is one of

- the keys from the top of the file: ``venues.perp_a.margin.call_ratio``, ``shocks.0.minutes``;
- a name in the scenario and the keys below it: ``longs_a.leverage``, ``perp_b.depth_band``;
- a part of a venue: ``margin.policy``, ``insurance_fund_usd``. It applies to every exchange
  (where the part is ``pool_usd``, to every lender).

A value is YAML: ``0.5``, ``ewma``, ``[perp_a, perp_b]``, ``{lognormal: [8, 0.6]}``.

Where a choice is changed (``policy``, ``rule`` or ``kind``), parameters that the new one does
not know are dropped; those that all choices share, such as ``call_ratio``, and those
that both know stay.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.liquidation import Liquidation
from scenarios.network import Algorithm
from scenarios.people import Crowd, Institution
from scenarios.problems import Path, dotted, unknown
from scenarios.reading import Plain, read_value
from scenarios.schema import Aggregator, Price, Scenario, TimedShock
from scenarios.sections import Choice
from scenarios.venues import Instrument, Margin, Mark, Mechanism, Venue
from sim.errors import ConfigError

NAMED = ("assets", "feeds", "venues", "crowd", "institutions")
"""Sections whose keys are names that the scenario gives."""

_CHOICES: Mapping[Path, type[Choice]] = {
    ("assets", "*", "price"): Price,
    ("feeds", "*", "aggregator"): Aggregator,
    ("venues", "*", "instruments", "*"): Instrument,
    ("venues", "*", "instruments", "*", "mechanism"): Mechanism,
    ("venues", "*", "instruments", "*", "mark"): Mark,
    ("venues", "*", "margin"): Margin,
    ("venues", "*", "liquidation"): Liquidation,
    ("crowd", "*"): Crowd,
    ("institutions", "*"): Institution,
    ("shocks", "*"): TimedShock,
    ("network", "algorithm"): Algorithm,
}
"""Where choices stand; a star is any name."""


def apply_overrides(
    data: Plain, places: dict[Path, str], resolved: Mapping[str, Any], overrides: Sequence[str]
) -> None:
    """Change ``data`` and note in ``places`` which override did.

    Parameters
    ----------
    data : the scenario as its file has it; changed.
    places : where each key stands; changed.
    resolved : the scenario with every default, to know which paths there are.
    overrides : ``path=value`` each; of two with one path the later holds.

    Raises
    ------
    ConfigError
        Naming every override that is not of this form or hits nothing.
    """
    problems: list[str] = []
    for override in overrides:
        said = f"--set {override}"
        try:
            given, value = _read(override)
            for path in _targets(_split(given), resolved):
                _set(data, resolved, path, value)
                places[path] = said
        except ConfigError as error:
            problems += [f"{said}: {problem}" for problem in error.problems]
    if problems:
        raise ConfigError(*problems)


def _read(override: str) -> tuple[str, object]:
    """Return the path and the value of an override."""
    given, equals, text = override.partition("=")
    if not equals or not given.strip():
        raise ConfigError("must be path=value")
    return given, read_value(text)


def _split(given: str) -> Path:
    """Return the parts of a dotted path; numbers are places in a list."""
    return tuple(int(part) if part.isdigit() else part for part in given.strip().split("."))


def _targets(path: Path, resolved: Mapping[str, Any]) -> list[Path]:
    """Return the full paths that an override means."""
    head = path[0]
    if head in Scenario.model_fields:
        return [_existing(path, resolved)]
    owners = [section for section in NAMED if head in resolved[section]]
    if len(owners) > 1:
        choices = " or ".join(f"{owner}.{head}" for owner in owners)
        raise ConfigError(f"`{head}` has several meanings here; say {choices}")
    if owners:
        return [_existing((owners[0], *path), resolved)]
    if head in Venue.model_fields:
        kind = "lender" if head == "pool_usd" else "exchange"
        venues = [name for name, venue in resolved["venues"].items() if venue["kind"] == kind]
        if venues:
            return [_existing(("venues", name, *path), resolved) for name in venues]
    known = [*Scenario.model_fields, *Venue.model_fields]
    known += [name for section in NAMED for name in resolved[section]]
    raise ConfigError(f"hits nothing: {unknown('path', head, dict.fromkeys(known))}")


def _existing(path: Path, resolved: Mapping[str, Any]) -> Path:
    """Return a path after making sure that all but its last key are there.

    The last may be new: a parameter of another choice, or a further name. Whether it
    makes sense is seen when the whole scenario is checked.
    """
    node: Any = resolved
    for i, part in enumerate(path):
        last = i == len(path) - 1
        if isinstance(node, Mapping) and (part in node or last):
            node = node.get(part)
        elif _listed(node) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            raise ConfigError(_nothing(path[: i + 1], node))
    return path


def _listed(node: object) -> bool:
    """Tell whether something is a list."""
    return isinstance(node, list | tuple)


def _nothing(path: Path, node: Any) -> str:  # noqa: ANN401 - whatever is there
    """Say that a path ends where there is nothing, and what there is."""
    above, name = dotted(path[:-1]), path[-1]
    if isinstance(node, Mapping):
        return f"hits nothing: {unknown(f'key of {above}', name, [str(key) for key in node])}"
    if _listed(node):
        return f"hits nothing: {above} has {len(node)} entries, counted from 0"
    return f"hits nothing: {above} is a value and has no `{name}`"


def _set(data: Plain, resolved: Mapping[str, Any], path: Path, value: object) -> None:
    """Put a value at a path, with the sections on the way that only exist by default."""
    node: Any = data
    default: Any = resolved
    for i, part in enumerate(path[:-1]):
        default = default[part]
        if isinstance(node, dict):
            if part not in node:
                node[part] = {} if isinstance(default, Mapping) else list(default)
            if isinstance(node[part], str) and isinstance(default, Mapping):
                node[part] = {_key(path[: i + 1]): node[part]}  # a choice written as its name
        node = node[part]
    choice = _choice(path[:-1])
    if choice and path[-1] == choice.key and isinstance(value, str):
        for key in [key for key in node if not choice.knows(value, key)]:
            del node[key]
    node[path[-1]] = value


def _choice(path: Path) -> type[Choice] | None:
    """Return the choice that stands at a path, if one does."""
    for pattern, choice in _CHOICES.items():
        if len(pattern) == len(path) and all(
            want in ("*", part) for want, part in zip(pattern, path, strict=True)
        ):
            return choice
    return None


def _key(path: Path) -> str:
    """Return under which key the name of the choice at a path stands."""
    choice = _choice(path)
    return choice.key if choice else "kind"
