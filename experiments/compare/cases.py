"""The runs of a comparison: every policy, under every normalisation, on every seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from scenarios.schema import Scenario
from scenarios.venues import Margin

KEPT = ("call_ratio", "grace_seconds", "release_ratio")
"""What a venue says of margin that is no part of a policy."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run to be done.

    Parameters
    ----------
    policy, normalisation : what it is compared as.
    scale : of the policy's requirement.
    scenario : with the policy at every exchange.
    seed : of all randomness.
    """

    policy: str
    normalisation: str
    scale: float
    scenario: Scenario
    seed: int

    @property
    def key(self) -> str:
        """What names the run for ever: its scenario, every value of it, and its seed."""
        return f"{self.scenario.digest()}-{self.seed}"


def with_policy(scenario: Scenario, margin: Margin, scale: float = 1.0) -> Scenario:
    """Return a scenario in which every exchange asks for margin by one policy.

    Call ratio and grace period stay each venue's own. Leverage beyond what the policy's initial
    margin allows, a mistake in a scenario's file, is cut to it here: that is part of what
    a policy does.
    """
    data = scenario.model_dump()
    for name, venue in scenario.venues.items():
        if venue.margin is not None:
            own = {key: getattr(venue.margin, key) for key in KEPT}
            data["venues"][name]["margin"] = margin.model_dump() | {"scale": scale} | own
    return Scenario.model_validate(data)


def cases(
    scenario: Scenario,
    policies: Mapping[str, Margin],
    scales: Mapping[tuple[str, str], float],
    seeds: Sequence[int],
) -> list[Case]:
    """Return every run, seed by seed, so that an interrupted comparison is a smaller one.

    Parameters
    ----------
    scenario : the market.
    policies : margin sections by what they are called.
    scales : by normalisation and policy.
    seeds : of every policy.
    """
    variants = {
        (normalisation, policy): (scale, with_policy(scenario, policies[policy], scale))
        for (normalisation, policy), scale in scales.items()
    }
    return [
        Case(policy, normalisation, scale, variant, seed)
        for seed in seeds
        for (normalisation, policy), (scale, variant) in variants.items()
    ]


def digest(scenario: Scenario, policies: Mapping[str, Margin], *more: object) -> str:
    """Return a short hash of all that a comparison asks, 12 hexadecimal digits."""
    text = scenario.digest() + "".join(
        f"{name}={margin.model_dump_json()}" for name, margin in policies.items()
    )
    return sha256((text + repr(more)).encode()).hexdigest()[:12]
