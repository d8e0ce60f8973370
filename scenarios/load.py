"""Scenario files: finding, reading and checking them."""

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath

from scenarios.checks import Names, cross_checks
from scenarios.overrides import apply_overrides
from scenarios.problems import Path, unknown
from scenarios.reading import Plain, read_file, read_text
from scenarios.schema import Scenario
from scenarios.sifting import sifted
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

    Parameters
    ----------
    data : sections and values.
    places : where each key stands.

    Raises
    ------
    ConfigError
        Naming every mistake, in the order of the file.
    """
    return sifted(Scenario, data, places, lambda found: cross_checks(found, Names.of(data)))
