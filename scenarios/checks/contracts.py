"""Whether contracts that end have an end in time, and options something to be priced by."""

from scenarios.checks.names import Found
from scenarios.problems import Path, Problem, unknown
from scenarios.schema import Scenario
from scenarios.venues import OPTION, USD, Instrument, Venue
from sim.instruments.term import Term
from sim.price.moments import say_moment

ENDING = ("dated_future", OPTION)
POOL = "constant_product"


def contract_checks(scenario: Scenario, path: Path, venue: Venue) -> Found:
    """Check futures, options and volatility surfaces of a venue."""
    for name, instrument in venue.instruments.items():
        if instrument.kind in ENDING:
            yield from _ending(scenario, (*path, "instruments", name), instrument)
        if instrument.kind == OPTION:
            yield from _option(path, name, instrument, venue)
    priced = {each.underlying for each in venue.instruments.values() if each.kind == OPTION}
    for asset in venue.surfaces or {}:
        if asset not in priced:
            text = unknown("underlying of the venue's options", asset, priced)
            wrong = () if priced else ((*path, "instruments"),)
            yield Problem((*path, "surfaces", asset), text, wrong)


def _ending(scenario: Scenario, path: Path, instrument: Instrument) -> Found:
    """Check when a contract ends and what it is paid in."""
    start = scenario.start.timestamp()
    term = Term(
        expiry_hours=instrument.parameters.get("expiry_hours"),  # type: ignore[arg-type]
        expiry=instrument.parameters.get("expiry"),  # type: ignore[arg-type]
    )
    if term.seconds(start) <= 0.0:
        text = (
            f"{instrument.parameters['expiry']} is not after the start of the run, "
            f"{say_moment(int(start))}; must be later"
        )
        yield Problem((*path, "expiry"), text, (("start",),))
    if instrument.settlement not in {USD, instrument.underlying}:
        text = (
            f"{instrument.settlement} is neither USD nor {instrument.underlying}; use one of both"
        )
        yield Problem((*path, "settlement"), text, ((*path, "underlying"),))


def _option(path: Path, name: str, instrument: Instrument, venue: Venue) -> Found:
    """Check how an option is priced and traded."""
    here = (*path, "instruments", name)
    if instrument.underlying not in (venue.surfaces or {}):
        text = (
            f"there is no volatility surface for {instrument.underlying}; add one to the venue, "
            f"`surfaces: {{{instrument.underlying}: {{kind: flat, volatility: 0.6}}}}`"
        )
        yield Problem(here, text, ((*path, "surfaces", instrument.underlying),))
    if instrument.mechanism is not None and instrument.mechanism.kind == POOL:
        text = "a pool prices an option as if it lasted for ever; use order_book, linear or another"
        yield Problem((*here, "mechanism"), text)
