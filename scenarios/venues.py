"""Venues in a scenario file: what is traded there, and by which rules."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from oracles import MARKS
from scenarios.choices import Registry
from scenarios.problems import Problem, Problems
from scenarios.sections import Choice, Section
from sim.deleveraging import DELEVERAGING
from sim.instruments import INSTRUMENTS
from sim.liquidation import RULES
from sim.margin import POLICIES
from sim.margin.model import Composed, composed
from sim.margin.tools import TOOLS
from sim.market import MECHANISMS
from sim.roles import Deleveraging as Policy
from sim.surfaces import SURFACES

type Number = Annotated[float, Field(strict=True)]
type Positive = Annotated[float, Field(strict=True, gt=0)]
type NotNegative = Annotated[float, Field(strict=True, ge=0)]
type Share = Annotated[float, Field(strict=True, ge=0, le=1)]
type Count = Annotated[int, Field(strict=True, ge=1)]
type Name = Annotated[str, Field(min_length=1)]

USD = "USD"
LOAN = "collateralised_loan"
INVERSE = "inverse_perpetual"
NOBODY = "none"
"""The deleveraging policy that closes nobody."""
OPTION = "european_option"


class Mechanism(Choice):
    """How orders meet; parameters are those of ``sim.market.MECHANISMS[kind]``."""

    what: ClassVar[str] = "market mechanism"
    registry: ClassVar[Registry] = MECHANISMS

    kind: str = "order_book"


class Mark(Choice):
    """How the mark price is made; parameters are those of ``oracles.MARKS[kind]``."""

    what: ClassVar[str] = "mark method"
    registry: ClassVar[Registry] = MARKS

    kind: str = "median_of_three"


class Instrument(Choice):
    """A contract; parameters are those of ``sim.instruments.INSTRUMENTS[kind]``.

    Parameters
    ----------
    underlying : the asset that it is about; of a loan, the collateral.
    settlement : the asset in which it is paid; of a loan, the debt. An inverse perpetual
        settles in its underlying.
    mechanism, mark : how it trades and how it is marked; a loan does neither, an option is
        marked at what the venue's surface makes of it unless told otherwise.
    """

    what: ClassVar[str] = "instrument"
    registry: ClassVar[Registry] = INSTRUMENTS

    kind: str
    underlying: Name
    settlement: Name = USD
    mechanism: Mechanism | None = None
    mark: Mark | None = None

    @classmethod
    def hidden(cls, name: str) -> Mapping[str, object]:
        """Return stand-ins for the name and for the indices of both assets."""
        return {"name": "it", "underlying": 1, "settlement": int(name == INVERSE)}

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: object) -> object:
        """Give what trades a market and a mark; let an inverse contract settle in its coin."""
        if not isinstance(given, Mapping):
            return given
        filled: dict[str, object] = dict(given)
        if given.get("kind") in INSTRUMENTS and given.get("kind") != LOAN:
            mark = {"kind": "theoretical"} if given.get("kind") == OPTION else {}
            filled = {"mechanism": {}, "mark": mark} | filled
        if given.get("kind") == INVERSE and "underlying" in given:
            filled.setdefault("settlement", given["underlying"])
        return filled


class Surface(Choice):
    """Implied volatilities of an asset; parameters are those of ``sim.surfaces.SURFACES[kind]``.

    Parameters
    ----------
    response : how implied volatilities follow realised ones: the power of the ratio of fast to
        slow that they are multiplied by; 0 for not at all.
    limit : most that they are multiplied or divided by for that, > 1.
    """

    what: ClassVar[str] = "volatility surface"
    registry: ClassVar[Registry] = SURFACES

    kind: str = "flat"
    response: NotNegative = 0.5
    limit: Annotated[float, Field(strict=True, gt=1)] = 3.0


class Collateral(Section):
    """An asset taken as margin; ``haircut`` is the share of it that does not count."""

    haircut: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0


class MarginTool(Choice):
    """Something laid over a policy; parameters are those of ``sim.margin.tools.TOOLS[tool]``."""

    key: ClassVar[str] = "tool"
    what: ClassVar[str] = "margin tool"
    registry: ClassVar[Registry] = TOOLS

    tool: str


class Margin(Choice):
    """What accounts must hold; parameters are those of ``sim.margin.POLICIES[policy]``.

    Parameters
    ----------
    tools : what is laid over the policy, innermost first.
    scale : multiplies every requirement at the end, for comparisons at the same cost.
    call_ratio : equity over maintenance requirement below which a margin call goes out, >= 1.
    grace_seconds : time to meet a call, seconds.
    release_ratio : multiple of the call level above which a call ends, >= 1; above 1 accounts
        that hover about the level are called once and not at every tick.
    """

    key: ClassVar[str] = "policy"
    what: ClassVar[str] = "margin policy"
    registry: ClassVar[Registry] = POLICIES

    policy: str = "fixed"
    tools: tuple[MarginTool, ...] = ()
    scale: Positive = 1.0
    call_ratio: Annotated[float, Field(strict=True, ge=1)] = 1.3
    grace_seconds: NotNegative = 60.0
    release_ratio: Annotated[float, Field(strict=True, ge=1)] = 1.0

    def composed(self) -> Composed:
        """Return the policy with its tools and its scale."""
        return composed(self.build(), [tool.build() for tool in self.tools], self.scale)


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


class Fees(Section):
    """What the venue takes, fractions of value; a negative ``maker`` is a rebate."""

    taker: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0005
    maker: Annotated[float, Field(strict=True, gt=-1, lt=1)] = 0.0002
    liquidation: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.005


class Venue(Section):
    """An exchange, where contracts and spot trade, or a lender, where loans are taken.

    Parameters
    ----------
    feeds : the feed that prices each asset, other than USD, that the venue deals in.
    collateral : assets taken as margin. An exchange names all; a lender takes the
        underlying of its loans.
    margin : of an exchange; a lender's loans have their liquidation threshold instead.
    insurance_fund_usd : worth of the fund at the start, held in the settlement asset of the
        venue's first instrument.
    pool_usd : what a lender has to lend.
    depth_band : width around the mid within which depth is measured, fraction.
    max_position_usd : most that one account may hold, USD of notional; no limit without.
    surfaces : implied volatilities of the underlyings of its options.
    """

    kind: Literal["exchange", "lender"]
    feeds: dict[Name, Name] = {}
    instruments: Annotated[dict[Name, Instrument], Field(min_length=1)]
    collateral: dict[Name, Collateral] = {}
    margin: Margin | None = None
    liquidation: Liquidation = Liquidation()
    fees: Fees = Fees()
    insurance_fund_usd: NotNegative = 0.0
    pool_usd: NotNegative = 0.0
    depth_band: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.02
    max_position_usd: Positive | None = None
    surfaces: dict[Name, Surface] | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: object) -> Any:  # noqa: ANN401 - whatever was given
        """Give an exchange margin rules, and a lender the rule that lenders have."""
        if not isinstance(given, Mapping):
            return given
        own: dict[str, object] = {"margin": {}} if given.get("kind") == "exchange" else {}
        filled = own | dict(given)
        if given.get("kind") == "lender":
            filled["liquidation"] = _lending(given.get("liquidation", {}), given.get("instruments"))
        return filled

    def assets(self) -> set[str]:
        """Return the assets that the venue must price, USD left out."""
        named = {asset for each in self.instruments.values() for asset in (each.underlying,)}
        named |= {each.settlement for each in self.instruments.values()}
        return (named | set(self.collateral)) - {USD}


def _lending(rule: object, instruments: object) -> object:
    """Return a lender's liquidation rule with the terms that its first loan states."""
    if isinstance(rule, str):
        rule = {"rule": rule}
    if not isinstance(rule, Mapping) or rule.get("rule", "bonus") != "bonus":
        return rule
    loans = list(instruments.values()) if isinstance(instruments, Mapping) else []
    loan = loans[0] if loans and isinstance(loans[0], Mapping) else {}
    terms = {key: loan[key] for key in ("close_factor", "bonus") if key in loan}
    return {"rule": "bonus"} | terms | dict(rule)
