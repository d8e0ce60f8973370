"""Who is who: the indices that names get in a run."""

from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np

from scenarios.schema import Scenario
from sim.accounts import HOUSE_ROWS
from sim.arrays import Ints

WORLD = "world"
"""Entity 0: everybody who is not in the model."""


@dataclass(frozen=True)
class Plan:
    """Indices of assets, venues, feeds, entities and account rows.

    Entities are the rest of the world, the venues, the institutions, and then every
    trader of every population. An institution whose account holds what a lender has pledged
    is the lender itself.

    Parameters
    ----------
    scenario : what is planned.
    """

    scenario: Scenario

    @cached_property
    def assets(self) -> dict[str, int]:
        """Index of each asset."""
        return {name: i for i, name in enumerate(self.scenario.asset_names)}

    @cached_property
    def venues(self) -> dict[str, int]:
        """Index of each venue."""
        return {name: i for i, name in enumerate(self.scenario.venues)}

    @cached_property
    def feeds(self) -> dict[str, int]:
        """Index of each feed."""
        return {name: i for i, name in enumerate(self.scenario.feeds)}

    @cached_property
    def entities(self) -> tuple[str, ...]:
        """Names of the world, the venues and the institutions."""
        treasuries = {pledge.institution for pledge in self.scenario.pledges}
        others = [name for name in self.scenario.institutions if name not in treasuries]
        return (WORLD, *self.scenario.venues, *others)

    def entity(self, institution: str) -> int:
        """Return the entity of an institution; a lender's treasury is the lender."""
        for pledge in self.scenario.pledges:
            if pledge.institution == institution:
                return self.entities.index(pledge.lender)
        return self.entities.index(institution)

    @cached_property
    def seats(self) -> dict[tuple[str, str], int]:
        """Row of each institution's account on each of its venues."""
        rows: dict[tuple[str, str], int] = {}
        following = dict.fromkeys(self.scenario.venues, HOUSE_ROWS)
        for name, institution in self.scenario.institutions.items():
            for venue in institution.places():
                rows[name, venue] = following[venue]
                following[venue] += 1
        return rows

    def institutions_on(self, venue: str) -> int:
        """Return how many rows belong to the house and to institutions."""
        return HOUSE_ROWS + sum(1 for _, place in self.seats if place == venue)

    @cached_property
    def rows(self) -> dict[str, Ints]:
        """Rows of each population on its venue."""
        following = {venue: self.institutions_on(venue) for venue in self.scenario.venues}
        rows = {}
        for name, crowd in self.scenario.crowd.items():
            start = following[crowd.venue]
            rows[name] = np.arange(start, start + crowd.accounts)
            following[crowd.venue] += crowd.accounts
        return rows

    def accounts_on(self, venue: str) -> int:
        """Return how many rows a venue has."""
        crowds = [crowd.accounts for crowd in self.scenario.crowd.values() if crowd.venue == venue]
        return self.institutions_on(venue) + sum(crowds)

    @cached_property
    def first_trader(self) -> dict[str, int]:
        """Entity of the first trader of each population."""
        found, following = {}, len(self.entities)
        for name, crowd in self.scenario.crowd.items():
            found[name] = following
            following += crowd.accounts
        return found

    def addresses(self, crowd: str) -> Ints:
        """Return numbers that name traders in draws, whoever else is there, (n,).

        They must stay below 2**32: 12 bits of the population's name, 20 of the number, and
        what is beyond a million traders is added on.
        """
        n = self.scenario.crowd[crowd].accounts
        start = (crc32(crowd.encode()) & 0xFFF) << 20
        return (start + np.arange(n)) & 0xFFFFFFFF

    def address(self, institution: str) -> int:
        """Return the number that names an institution in draws, whoever else is there."""
        return crc32(institution.encode())

    def instrument(self, venue: str, name: str) -> int:
        """Return the index of an instrument on its venue."""
        return list(self.scenario.venues[venue].instruments).index(name)

    def name_of(self, entity: int) -> str:
        """Return the name of an entity; a trader is called by population and number."""
        if entity < 0:
            return ""
        if entity < len(self.entities):
            return self.entities[entity]
        for crowd, first in reversed(self.first_trader.items()):
            if entity >= first:
                return f"{crowd}#{entity - first}"
        raise KeyError(entity)
