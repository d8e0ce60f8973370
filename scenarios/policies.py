"""Margin policies as one writes them on the command line: ``ewma:lambda=0.97+floor``.

A string is a policy and the tools laid over it, innermost first, joined by ``+``; each may have
parameters, ``name:key=value,key=value``. Values are YAML.
"""

import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from scenarios.choices import keys_of, parameters_of
from scenarios.problems import dotted, from_pydantic, unknown
from scenarios.reading import read_value
from scenarios.venues import Margin
from sim.errors import ConfigError
from sim.margin import POLICIES
from sim.margin.tools import TOOLS

ALIASES: Mapping[str, str] = {"lambda": "decay"}
"""Names that the literature uses and Python keeps for itself."""
SHARED = "horizon_hours"
"""What tools take over from the policy beneath them, where they do not say otherwise."""
PLUS = re.compile(r"\+(?!\d)")
"""What joins a policy and its tools; the sign of an exponent (``1e+9``) does not."""


def split_policies(text: str) -> list[str]:
    """Return the policy strings of a comma-separated list.

    A part that only says ``key=value`` belongs to the policy before it; brackets hold together.

    Examples
    --------
    >>> split_policies("fixed,ewma:lambda=0.97,floor=0,hs:window=500+cap:level=0.3")
    ['fixed', 'ewma:lambda=0.97,floor=0', 'hs:window=500+cap:level=0.3']
    """
    found: list[str] = []
    for part in _between_commas(text):
        name, equals, _ = part.partition("=")
        if found and equals and ":" not in name:
            found[-1] += f",{part}"
        else:
            found.append(part)
    return found


def policy_of(text: str, defaults: Mapping[str, object] | None = None) -> Margin:
    """Return the margin section that a policy string means.

    Parameters
    ----------
    text : the string.
    defaults : parameters for the policy and each tool that know them and do not say otherwise
        (``{"horizon_hours": 24}``). A horizon given to the policy is that of its tools too.

    Raises
    ------
    ConfigError
        Naming everything wrong with it, and what there is.

    Examples
    --------
    >>> policy_of("ewma:lambda=0.9+cap:level=0.1").build()
    Ewma(decay=0.9, confidence=0.99, horizon_hours=6.0, floor=0.01, cap=0.5, \
initial_multiple=1.5, update_seconds=300.0)
    """
    problems: list[str] = []
    first, *rest = (_part(each, problems) for each in PLUS.split(text))
    beneath = {SHARED: first[1][SHARED]} if SHARED in first[1] else {}
    for what, registry, parts in (
        ("margin policy", POLICIES, [first]),
        ("margin tool", TOOLS, rest),
    ):
        for name, given in parts:
            if name not in registry:
                problems.append(unknown(what, name, registry))
                continue
            known = keys_of(parameters_of(registry[name]), name)
            problems += [
                f"{name} takes no {key!r}; it takes {', '.join(known)}"
                for key in given
                if key not in known
            ]
            for key, value in {**(defaults or {}), **beneath}.items():
                if key in known:
                    given.setdefault(key, value)
    if not problems:
        tools = [{"tool": name} | given for name, given in rest]
        try:
            return Margin.model_validate({"policy": first[0], "tools": tools} | first[1])
        except ValidationError as error:
            found = from_pydantic(error)
            problems += [f"{dotted(each.path)}: {each.text}" for each in found]
    raise ConfigError(*(f"policy {text!r}: {problem}" for problem in problems))


def policies_of(
    texts: Sequence[str], defaults: Mapping[str, object] | None = None
) -> dict[str, Margin]:
    """Return the margin sections of several policy strings, by the strings.

    Raises
    ------
    ConfigError
        Naming everything wrong with all of them.
    """
    found: dict[str, Margin] = {}
    problems: list[str] = []
    for text in texts:
        try:
            if text in found:
                problems.append(f"policy {text!r} is named twice")
            found[text] = policy_of(text, defaults)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return found


def _part(text: str, problems: list[str]) -> tuple[str, dict[str, object]]:
    """Return a name and its parameters; note what is not of the form ``name:key=value``."""
    name, _, written = text.strip().partition(":")
    given: dict[str, object] = {}
    for each in _between_commas(written):
        key, equals, value = each.partition("=")
        if not equals or not key:
            problems.append(f"{each!r} in {name!r} is not key=value")
            continue
        try:
            given[ALIASES.get(key, key)] = read_value(value)
        except ConfigError as error:
            problems += error.problems
    return name, given


def _between_commas(text: str) -> list[str]:
    """Return the parts between commas, what stands in brackets uncut, empty ones left out."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "[{(") - (sign in "]})")
        if sign == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]
