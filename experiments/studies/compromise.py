"""A short oracle compromise, so that many seeds can be run: the library's, cut to its core."""

from collections.abc import Sequence

from scenarios.load import load
from scenarios.schema import Channel, Scenario

CALM_MINUTES = 10
STEPS = 210
"""Thirty-five minutes at ten seconds a step: ten of calm, eight of attack, and what follows."""


def compromise(settings: Sequence[str] = (), without: Sequence[Channel] = ()) -> Scenario:
    """Return the library's ``oracle_compromise``, shortened, with settings and cuts."""
    short = [f"steps={STEPS}", f"shocks.0.at_minutes={CALM_MINUTES}", *settings]
    return load("oracle_compromise", short).cut(*without)


def spared() -> Scenario:
    """Return the same market without the attack."""
    return load("oracle_compromise", [f"steps={STEPS}", "shocks=[]"])
