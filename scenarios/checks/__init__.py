"""What no section can see alone: names that must exist elsewhere, numbers that must agree."""

from scenarios.checks.markets import asset_checks, feed_checks, run_checks, venue_checks
from scenarios.checks.names import Names
from scenarios.checks.network import network_checks
from scenarios.checks.people import (
    counterparty_checks,
    crowd_checks,
    institution_checks,
    pledge_checks,
)
from scenarios.checks.shocks import shock_checks
from scenarios.problems import Problem
from scenarios.schema import Scenario

__all__ = ["Names", "cross_checks"]


def cross_checks(scenario: Scenario, names: Names) -> list[Problem]:
    """Return everything wrong between sections that are right in themselves."""
    found: list[Problem] = []
    found += run_checks(scenario)
    found += asset_checks(scenario, names)
    found += feed_checks(scenario, names)
    for name, venue in scenario.venues.items():
        found += venue_checks(scenario, names, name, venue)
    for name, crowd in scenario.crowd.items():
        found += crowd_checks(scenario, names, name, crowd)
    for name, institution in scenario.institutions.items():
        found += institution_checks(scenario, names, name, institution)
    found += counterparty_checks(scenario)
    found += pledge_checks(scenario, names)
    found += network_checks(scenario, names)
    for number, shock in enumerate(scenario.shocks):
        found += shock_checks(scenario, names, number, shock)
    return found
