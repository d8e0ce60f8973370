"""How a venue closes accounts, in a scenario file, and who stands behind what it cannot close."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scenarios.choices import Registry
from scenarios.problems import Problem, Problems
from scenarios.sections import Choice, Section
from scenarios.values import Count, Name, NotNegative
from sim.deleveraging import DELEVERAGING
from sim.liquidation import RULES
from sim.roles import Deleveraging as Policy

NOBODY = "none"
"""The deleveraging policy that closes nobody."""


class Deleveraging(Choice):
    """Whose positions are closed; parameters are of ``sim.deleveraging.DELEVERAGING[policy]``.

    Parameters
    ----------
    extent : whether all that the fund holds is closed, as exchanges do, or only what its deficit
        needs at the furthest price allowed.
    """

    key: ClassVar[str] = "policy"
    what: ClassVar[str] = "deleveraging policy"
    registry: ClassVar[Registry] = DELEVERAGING

    policy: str = "profit_leverage"
    extent: Literal["position", "deficit"] = "position"


class Backstop(Section):
    """A vault that takes failing accounts over ahead of the insurance fund.

    Parameters
    ----------
    vault : an institution of kind ``vault`` with an account on the venue.
    below : equity over maintenance requirement below which it steps in, in (0, 1].
    capital_share : most of its equity that it binds for what it takes over, in (0, 1].
    disposal_share : most of the resting depth that it sells of its own position a step.
    """

    vault: Name
    below: Annotated[float, Field(strict=True, gt=0, le=1)] = 2.0 / 3.0
    capital_share: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0
    disposal_share: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.1


class Liquidation(Choice):
    """How accounts are closed; parameters are those of ``sim.liquidation.RULES[rule]``.

    Parameters
    ----------
    rounds : times a step that liquidation looks again after its own trades.
    adl : whether profitable positions are closed when the insurance fund is empty; ``false`` is
        short for the policy ``none``.
    deleveraging : whose positions those are; by profit and leverage without.
    backstop : the vault that takes over what the market does not close; none without.
    price_band : forced orders accept no price further than this from the mark, fraction.
    takeover_after_seconds : how long a market takes no forced orders before the fund takes
        over bankrupt positions.
    disposal_share : most of the resting depth that the fund sells of its own position a step.
    """

    key: ClassVar[str] = "rule"
    what: ClassVar[str] = "liquidation rule"
    registry: ClassVar[Registry] = RULES

    rule: str = "partial"
    rounds: Count = 3
    adl: bool = True
    deleveraging: Deleveraging | None = None
    backstop: Backstop | None = None
    price_band: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.05
    takeover_after_seconds: NotNegative = 120.0
    disposal_share: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.1

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        """Refuse a policy for what is switched off."""
        chosen = self.deleveraging
        if chosen is not None and not self.adl and chosen.policy != NOBODY:
            told = f"is {chosen.policy}, but adl is false; leave adl out, or choose {NOBODY}"
            raise Problems([Problem(("deleveraging",), told)])
        return self

    @property
    def closes_whole(self) -> bool:
        """Whether auto-deleveraging closes all that the fund holds."""
        return self.deleveraging is None or self.deleveraging.extent == "position"

    def policy(self) -> Policy:
        """Return whom auto-deleveraging chooses."""
        chosen = self.deleveraging or Deleveraging(
            policy=Deleveraging.model_fields["policy"].default if self.adl else NOBODY
        )
        policy: Policy = chosen.build()
        return policy


def lending_terms(rule: object, instruments: object) -> object:
    """Return a lender's liquidation rule with the terms that its first loan states."""
    if isinstance(rule, str):
        rule = {"rule": rule}
    if not isinstance(rule, Mapping) or rule.get("rule", "bonus") != "bonus":
        return rule
    loans = list(instruments.values()) if isinstance(instruments, Mapping) else []
    loan = loans[0] if loans and isinstance(loans[0], Mapping) else {}
    terms = {key: loan[key] for key in ("close_factor", "bonus") if key in loan}
    return {"rule": "bonus"} | terms | dict(rule)
