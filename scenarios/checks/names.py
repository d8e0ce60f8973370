"""What a scenario file names, for references to be looked up in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scenarios.problems import Path, Problem, unknown
from scenarios.reading import Plain
from scenarios.venues import USD

type Found = Iterator[Problem]


@dataclass(frozen=True, slots=True)
class Names:
    """What a file names, whether or not it is right in itself.

    A reference to something that is there but wrong is not wrong, too. ``feeds`` have their
    sources, ``venues`` their instruments.
    """

    assets: tuple[str, ...]
    feeds: Mapping[str, tuple[str, ...]]
    venues: Mapping[str, tuple[str, ...]]
    crowd: tuple[str, ...]
    institutions: tuple[str, ...]

    @classmethod
    def of(cls, data: Plain) -> "Names":
        """Return the names in the data of a file."""
        venues = {
            name: _keys(_get(venue, "instruments")) for name, venue in _items(data.get("venues"))
        }
        return cls(
            assets=(USD, *_keys(data.get("assets"))),
            feeds={name: _keys(_get(feed, "sources")) for name, feed in _items(data.get("feeds"))},
            venues=venues,
            crowd=_keys(data.get("crowd")),
            institutions=_keys(data.get("institutions")),
        )

    def place(self, path: Path, key: str, venue: str, instrument: str | None) -> Found:
        """Yield what is wrong with a venue, and an instrument there, that ``path`` names."""
        if venue not in self.venues:
            yield Problem((*path, key), unknown("venue", venue, self.venues))
        elif instrument is not None and instrument not in self.venues[venue]:
            text = unknown(f"instrument of {venue}", instrument, self.venues[venue])
            yield Problem((*path, "instrument"), text)


def _keys(section: object) -> tuple[str, ...]:
    """Return the keys of a section, none of what is not one."""
    return tuple(str(key) for key in section) if isinstance(section, Mapping) else ()


def _items(section: object) -> list[tuple[str, object]]:
    """Return the entries of a section, none of what is not one."""
    if not isinstance(section, Mapping):
        return []
    return [(str(key), value) for key, value in section.items()]


def _get(section: object, key: str) -> object:
    """Return an entry of a section, ``None`` of what is not one."""
    return section.get(key) if isinstance(section, Mapping) else None
