"""What entities owe each other in a scenario file, and how it is settled."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, InstanceOf, PlainSerializer

from scenarios.choices import Registry, as_plain
from scenarios.sections import Choice, Section, filled
from scenarios.values import Name, NotNegative, Positive
from sim.credit.house import HouseRules
from sim.credit.loans import Funding
from sim.network.clearing import CLEARING

FIRM = "firm"
"""The kind of institution that needs no venue."""


class Algorithm(Choice):
    """How a loss is passed on; parameters are those of ``sim.network.clearing.CLEARING[kind]``."""

    what: ClassVar[str] = "clearing"
    registry: ClassVar[Registry] = CLEARING

    kind: str = "eisenberg_noe"


class Loan(Section):
    """A loan that is out when the run begins.

    Parameters
    ----------
    lender, borrower : institutions, or venues for those who own them.
    usd : owed, USD.
    kind : whether collateral is posted.
    collateral : units of assets that pass from the borrower's wallet to the lender's, which
        may pledge them again in a loan further down the list.
    haircut : share of the collateral's value that does not count.
    cover : share of the debt that collateral must cover; what is missing is called.
    notice_hours : from a call to its deadline.
    note : where its terms are from.
    """

    lender: Name
    borrower: Name
    usd: Positive
    kind: Literal["secured", "unsecured"] = "unsecured"
    collateral: dict[Name, Positive] = {}
    haircut: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0
    cover: Positive | None = None
    notice_hours: NotNegative = 24.0
    note: str = ""

    @property
    def covered(self) -> float:
        """The share of the debt that collateral must cover, 0 of an unsecured loan."""
        if self.kind == "unsecured":
            return 0.0
        return 1.0 if self.cover is None else self.cover


class Network(Section):
    """How losses travel beyond the venue on which they were made.

    Parameters
    ----------
    kind : ``none``: nobody owes anybody. ``bilateral``: by ``loans``. ``clearing_house``: by
        loans, and on every exchange a clearing house stands behind its members, with a default
        fund in place of auto-deleveraging.
    algorithm : what decides who fails with whom.
    trigger : whether who owes more than it has fails by that alone, ``insolvent``, or only once it
        does not pay what is called or somebody else fails, ``unpaid``.
    loans : that are out when the run begins.
    funding : how lenders answer losses; keys are those of ``sim.credit.loans.Funding``.
    house : the clearing houses' rules; keys are those of ``sim.credit.house.HouseRules``.
    """

    kind: Literal["none", "bilateral", "clearing_house"] = "none"
    algorithm: Algorithm = Algorithm.model_validate({})
    trigger: Literal["insolvent", "unpaid"] = "insolvent"
    loans: tuple[Loan, ...] = ()
    funding: Annotated[InstanceOf[Funding], filled(Funding), PlainSerializer(as_plain)] = Funding()
    house: Annotated[InstanceOf[HouseRules], filled(HouseRules), PlainSerializer(as_plain)] = (
        HouseRules()
    )
