"""Whether first positions are of contracts that can be held."""

from scenarios.checks.names import Found
from scenarios.people import Crowd, Institution
from scenarios.problems import Path, Problem, unknown
from scenarios.schema import Scenario
from scenarios.venues import LOAN, Venue

UNHELD = ("spot", LOAN)
"""Kinds of instruments that nobody opens a position in."""


def hedge_checks(path: Path, crowd: Crowd, venue: Venue) -> Found:
    """Check the other contracts that a population starts with."""
    if crowd.hedges and crowd.leverage is None:
        text = "come with each contract of a first position; give the population leverage"
        yield Problem((*path, "hedges"), text)
    for name in crowd.hedges or {}:
        here = (*path, "hedges", name)
        if name not in venue.instruments:
            yield Problem(here, unknown(f"instrument of {crowd.venue}", name, venue.instruments))
        elif name == crowd.instrument:
            yield Problem(here, "is the population's own instrument; must be another one")
        elif venue.instruments[name].kind in UNHELD:
            text = f"is of kind {venue.instruments[name].kind}, of which nobody holds contracts"
            yield Problem(here, text)


def position_checks(scenario: Scenario, path: Path, institution: Institution) -> Found:
    """Check that initial positions are of contracts that there are, in whole numbers."""
    there = {
        name: each.kind
        for venue in institution.places()
        if venue in scenario.venues
        for name, each in scenario.venues[venue].instruments.items()
    }
    for name, contracts in (institution.positions or {}).items():
        here = (*path, "positions", name)
        if name not in there:
            yield Problem(here, unknown("instrument of its venues", name, there))
        elif there[name] in UNHELD:
            yield Problem(here, f"is of kind {there[name]}, of which nobody holds contracts")
        if contracts != round(contracts):
            yield Problem(here, f"{contracts:g} is not a whole number of contracts; round it")
