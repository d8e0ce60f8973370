"""Whether the shocks of a scenario hit something, and in time."""

from datetime import timedelta

from scenarios.checks.names import Found, Names
from scenarios.problems import Path, Problem, unknown
from scenarios.schema import Scenario, TimedShock

OBEYING = {"manipulation": "attacker", "margin_withdrawal": "whale"}
"""Kinds of shock that an institution carries out, and of which kind it must be."""
CLOCK: tuple[Path, ...] = (("steps",), ("step_seconds",), ("start",))
UTC_TIME = "%Y-%m-%dT%H:%M:%SZ"


def shock_checks(scenario: Scenario, names: Names, number: int, shock: TimedShock) -> Found:
    """Check what a shock hits and when."""
    path: Path = ("shocks", number)
    yield from _target(names, path, shock)
    yield from _timing(scenario, names, path, shock)
    obeying = OBEYING.get(shock.kind)
    if obeying is not None:
        name = str(shock.parameters["institution"])
        institution = scenario.institutions.get(name)
        if institution is not None and institution.kind != obeying:
            text = f"`{name}` is of kind `{institution.kind}`; must be of kind `{obeying}`"
            yield Problem((*path, "institution"), text, (("institutions", name, "kind"),))
    sources = names.feeds.get(str(shock.parameters.get("feed")))
    held = shock.parameters.get("reporters")
    if sources and isinstance(held, int) and held > len(sources):
        text = (
            f"{held} cannot be held, for feed `{shock.parameters['feed']}` has "
            f"{len(sources)}; must be <= {len(sources)}"
        )
        yield Problem((*path, "reporters"), text)


def _target(names: Names, path: Path, shock: TimedShock) -> Found:
    """Check that what a shock names is there."""
    known = {
        "asset": names.assets[1:],
        "feed": tuple(names.feeds),
        "venue": tuple(names.venues),
        "venues": tuple(names.venues),
        "institution": names.institutions,
    }
    for key, there in known.items():
        given = shock.parameters.get(key)
        for name in given if isinstance(given, list) else [given]:
            if name is not None and name not in there:
                yield Problem((*path, key), unknown(key.removesuffix("s"), name, there))


def _timing(scenario: Scenario, names: Names, path: Path, shock: TimedShock) -> Found:
    """Check that a shock begins while the run lasts, or waits for something that can be."""
    length = scenario.steps * scenario.step_seconds
    if shock.at is not None and shock.at < scenario.start:
        text = f"is before the run begins at {scenario.start:{UTC_TIME}}; must be in the run"
        yield Problem((*path, "at"), text, (("start",),))
    elif shock.when is None and (shock.timed(scenario.start).at_seconds or 0.0) >= length:
        keys = ("at", "at_hours", "at_minutes", "at_seconds")
        key = next(key for key in keys if getattr(shock, key) is not None)
        end = scenario.start + timedelta(seconds=length)
        text = (
            f"is when the run is over, which lasts {length:g} s, to {end:{UTC_TIME}}; must be "
            "earlier, or the run longer"
        )
        yield Problem((*path, key), text, CLOCK)
    if shock.when is not None and shock.when.asset not in names.assets[1:]:
        yield Problem(
            (*path, "when", "asset"), unknown("asset", shock.when.asset, names.assets[1:])
        )
