"""Whether populations, institutions and pledges of a scenario can be what they are to be."""

from collections.abc import Mapping
from math import inf

import numpy as np

from scenarios.checks.names import Found, Names
from scenarios.checks.positions import hedge_checks, position_checks
from scenarios.distributions import Distribution
from scenarios.network import FIRM
from scenarios.people import CARRY, Crowd, Institution, Pledge
from scenarios.problems import Path, Problem, unknown
from scenarios.schema import Scenario
from scenarios.venues import USD, Margin, Venue
from sim.contracts import Contracts
from sim.roles import MarketState


def crowd_checks(scenario: Scenario, names: Names, name: str, crowd: Crowd) -> Found:
    """Check where a population trades, and with what."""
    path: Path = ("crowd", name)
    if crowd.cash_usd.support[0] < 0:
        yield Problem((*path, "cash_usd"), "would be negative for some; must be >= 0 USD")
    yield from names.place(path, "venue", crowd.venue, crowd.instrument)
    venue = scenario.venues.get(crowd.venue)
    if venue is None:
        return
    yield from _mix(path, crowd.collateral, venue)
    if crowd.leverage is not None:
        yield from _leverage(path, crowd, crowd.leverage, venue)
    if crowd.loan_to_value is not None:
        yield from _loan_to_value(path, crowd, crowd.loan_to_value, venue)
    yield from hedge_checks(path, crowd, venue)
    if crowd.kind == CARRY and crowd.cash_share is None:
        yield Problem(path, "cash_share is missing: what it has for the notional that it carries")


def _mix(path: Path, shares: Mapping[str, float], venue: Venue) -> Found:
    """Check the assets that collateral is held in."""
    taken = {*venue.collateral, USD} | (venue.assets() if venue.kind == "lender" else set())
    for asset in shares:
        if asset not in taken:
            text = unknown("collateral of the venue", asset, taken)
            yield Problem((*path, "collateral", asset), text)
    if sum(shares.values()) > 1 + 1e-9:
        text = f"shares come to {sum(shares.values()):g}; must be <= 1, the rest is USD"
        yield Problem((*path, "collateral"), text)


def _leverage(path: Path, crowd: Crowd, leverage: Distribution, venue: Venue) -> Found:
    """Check that initial positions can be opened.

    Only where the distribution ends is its end compared: draws of a tail without end are cut
    when the market is built.
    """
    low, high = leverage.support
    if low < 0:
        yield Problem((*path, "leverage"), "would be negative for some; must be >= 0")
    if venue.margin is None:
        text = "a lender gives loan_to_value, not leverage"
        yield Problem((*path, "leverage"), text, (("venues", crowd.venue, "kind"),))
        return
    initial = least_initial(venue.margin)
    if high < inf and initial > 0 and high > (1 + 1e-9) / initial:
        text = (
            f"{high:g} times is more than the initial margin of {crowd.venue}, {initial:g}, "
            f"allows; must be <= {1 / initial:g}"
        )
        yield Problem((*path, "leverage"), text, (("venues", crowd.venue, "margin"),))


def least_initial(margin: Margin) -> float:
    """Return the initial margin of the smallest position in a market that never moved.

    Where whole portfolios are charged it says nothing of a hedged one: 0 then.
    """
    policy = margin.build()
    dead = MarketState(
        returns=np.zeros((policy.history, 1)),
        interval_seconds=60.0,
        index=np.ones(1),
        open_interest=np.zeros(1),
        contracts=Contracts.linear(np.ones(1)),
    )
    schedule = policy.schedule(dead)
    return 0.0 if schedule.charge is not None else float(schedule.initial[0, 0])


def _loan_to_value(path: Path, crowd: Crowd, share: Distribution, venue: Venue) -> Found:
    """Check that loans are sound at the start."""
    here = (*path, "loan_to_value")
    low, high = share.support
    if low < 0:
        yield Problem(here, "would be negative for some; must be >= 0")
    if venue.kind != "lender":
        text = "an exchange gives leverage, not loan_to_value"
        yield Problem(here, text, (("venues", crowd.venue, "kind"),))
        return
    instrument = venue.instruments.get(crowd.instrument)
    threshold = instrument.parameters["liquidation_threshold"] if instrument else inf
    if isinstance(threshold, float) and inf > high >= threshold:
        text = (
            f"{high:g} is not below the liquidation_threshold of {crowd.instrument}, which it "
            f"must be: {threshold:g}"
        )
        yield Problem(here, text, (("venues", crowd.venue, "instruments", crowd.instrument),))


def institution_checks(
    scenario: Scenario, names: Names, name: str, institution: Institution
) -> Found:
    """Check where an institution has its accounts, and what it trades there."""
    path: Path = ("institutions", name)
    if not institution.places() and institution.kind != FIRM:
        yield Problem(path, "has no venue; give it one with venue, or several with venues")
    if institution.venue is not None and institution.venues:
        yield Problem((*path, "venues"), "takes venue or venues, not both")
    for venue in institution.places():
        key = "venue" if venue == institution.venue else "venues"
        yield from names.place(path, key, venue, None)
    yield from _contracts(names, path, institution)
    yield from position_checks(scenario, path, institution)
    for asset in institution.holdings:
        if asset not in names.assets:
            yield Problem((*path, "holdings", asset), unknown("asset", asset, names.assets))
    for venue in institution.places():
        if venue in scenario.venues:
            yield from _mix(path, institution.collateral, scenario.venues[venue])


def _contracts(names: Names, path: Path, institution: Institution) -> Found:
    """Check that what an institution is told to trade is there on one of its venues."""
    places = institution.places()
    if not all(venue in names.venues for venue in places):
        return
    here = {each for venue in places for each in names.venues[venue]}
    for each in institution.contracts():
        if each not in here:
            key = "instrument" if each == institution.instrument else "instruments"
            yield Problem((*path, key), unknown("instrument of its venues", each, here))


def counterparty_checks(scenario: Scenario) -> Found:
    """Check that somebody takes the other side of initial positions."""
    for name, venue in scenario.venues.items():
        for instrument in venue.instruments:
            here = (name, instrument)
            owners = [
                ("crowd", each)
                for each, crowd in scenario.crowd.items()
                if crowd.venue == name
                and (crowd.instrument == instrument or instrument in (crowd.hedges or {}))
                and crowd.leverage is not None
            ]
            owners += [
                ("institutions", each)
                for each, institution in scenario.institutions.items()
                if name in institution.places()
                and (
                    (institution.positions or {}).get(instrument)
                    or (
                        institution.position_usd
                        and (not institution.contracts() or instrument in institution.contracts())
                    )
                )
            ]
            carried = any(
                crowd.kind == CARRY and (crowd.venue, crowd.instrument) == here
                for crowd in scenario.crowd.values()
            )
            if owners and venue.kind == "exchange" and not carried:
                text = (
                    f"nobody takes the other side of initial positions in {instrument} of {name}; "
                    f"add a crowd of kind `{CARRY}` there"
                )
                yield Problem(owners[0], text, (("crowd",),))


def pledge_checks(scenario: Scenario, names: Names) -> Found:
    """Check that what is pledged exists, that it is taken, and that it is pledged once."""
    pledged: dict[tuple[str, str], float] = {}
    for number, pledge in enumerate(scenario.pledges):
        path: Path = ("pledges", number)
        for key, kind, name in (
            ("lender", "lender", pledge.lender),
            ("exchange", "exchange", pledge.exchange),
        ):
            venue = scenario.venues.get(name)
            if name not in names.venues:
                yield Problem((*path, key), unknown("venue", name, names.venues))
            elif venue is not None and venue.kind != kind:
                text = f"`{name}` is no {kind}"
                yield Problem((*path, key), text, (("venues", name, "kind"),))
        if pledge.asset not in names.assets:
            yield Problem((*path, "asset"), unknown("asset", pledge.asset, names.assets))
        yield from _pledge_account(scenario, names, path, pledge)
        both = pledge.lender, pledge.asset
        pledged[both] = pledged.get(both, 0.0) + pledge.share
        if pledged[both] >= 1 > pledge.share:
            text = f"with the pledges before it comes to {pledged[both]:g}; must stay below 1"
            yield Problem((*path, "share"), text, (("pledges",),))


def _pledge_account(scenario: Scenario, names: Names, path: Path, pledge: Pledge) -> Found:
    """Check that there is an account for the pledge, where it counts as margin."""
    institution = scenario.institutions.get(pledge.institution)
    exchange = scenario.venues.get(pledge.exchange)
    if pledge.institution not in names.institutions:
        text = unknown("institution", pledge.institution, names.institutions)
        yield Problem((*path, "institution"), text)
    elif institution is not None and pledge.exchange not in institution.places():
        text = f"`{pledge.institution}` has no account on {pledge.exchange}; add the venue there"
        yield Problem((*path, "institution"), text, (("institutions", pledge.institution),))
    if exchange is not None and pledge.asset in names.assets:
        taken = {*exchange.collateral, USD}
        if pledge.asset not in taken:
            text = unknown(f"collateral of {pledge.exchange}", pledge.asset, taken)
            given = ("venues", pledge.exchange, "collateral")
            yield Problem((*path, "asset"), text, (given,))
