"""Venues in a scenario file: what is traded there, and by which rules."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from oracles import MARKS
from scenarios.choices import Registry
from scenarios.liquidation import Liquidation, lending_terms
from scenarios.sections import Choice, Section
from scenarios.values import Name, NotNegative, Positive
from sim.instruments import INSTRUMENTS
from sim.margin import POLICIES
from sim.margin.model import Composed, composed
from sim.margin.tools import TOOLS
from sim.market import MECHANISMS
from sim.surfaces import SURFACES

USD = "USD"
LOAN = "collateralised_loan"
INVERSE = "inverse_perpetual"
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
            filled["liquidation"] = lending_terms(
                given.get("liquidation", {}), given.get("instruments")
            )
        return filled

    def assets(self) -> set[str]:
        """Return the assets that the venue must price, USD left out."""
        named = {asset for each in self.instruments.values() for asset in (each.underlying,)}
        named |= {each.settlement for each in self.instruments.values()}
        return (named | set(self.collateral)) - {USD}
