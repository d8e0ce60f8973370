"""Who is there: populations of traders, single institutions, and what they pledge."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from agents import CROWDS, INSTITUTIONS
from scenarios.choices import Registry
from scenarios.distributions import Distribution, DistributionField, Fixed
from scenarios.sections import Choice, Section
from scenarios.values import Count, Name, NotNegative, Number, Positive, Share

CARRY = "carry"


class Crowd(Choice):
    """A population; parameters are those of ``agents.CROWDS[kind].parameters``.

    Where a kind has a parameter of the name of a common key, as ``noise`` has ``leverage``, the
    key means the parameter.

    Parameters
    ----------
    venue, instrument : where it trades.
    accounts : how many traders, one account each.
    cash_usd : what a trader has, USD: ``1 - reserve_share`` of it on the venue.
    side : initial positions: long, short, or each trader at random.
    leverage : initial notional over what is on the venue; no initial position without.
        Draws above what initial margin allows are cut to it.
    reserve_share : share of the cash kept outside, to meet calls with.
    collateral : shares of what is on the venue that are held in other assets.
    loan_to_value : of borrowers: debt over the worth of collateral. Draws above the
        liquidation threshold are cut to just below it.
    hedges : contracts of other instruments of the venue that come with each one of the first
        position, signed: ``{BTC-PERP: -10}`` sells ten perpetuals for every contract bought.
    cash_share : of ``carry``, which takes the other side of all initial positions: what it
        has on the venue, a share of the notional that it carries.
    """

    what: ClassVar[str] = "kind of population"
    registry: ClassVar[Registry] = CROWDS

    kind: str
    venue: Name
    instrument: Name
    accounts: Count
    cash_usd: DistributionField = Distribution(Fixed(0.0))
    side: Literal["long", "short", "both"] = "both"
    leverage: DistributionField | None = None
    reserve_share: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0
    collateral: dict[Name, Share] = {}
    loan_to_value: DistributionField | None = None
    hedges: dict[Name, Number] | None = None
    cash_share: Positive | None = None


class Institution(Choice):
    """A single agent; parameters are those of ``agents.INSTITUTIONS[kind].parameters``.

    Parameters
    ----------
    venue, venues : where it has accounts.
    instrument, instruments : what it trades; all there is on its venues without.
    cash_usd : what it has, shared evenly between its venues and its wallet.
    holdings : units of other assets in its wallet.
    position_usd : notional of its initial position, negative for a short, USD.
    positions : initial contracts by instrument, signed; on each of its venues that has it.
    collateral : shares of its cash on each venue that are held in other assets.
    """

    what: ClassVar[str] = "kind of institution"
    registry: ClassVar[Registry] = INSTITUTIONS

    kind: str
    venue: Name | None = None
    venues: tuple[Name, ...] = ()
    instrument: Name | None = None
    instruments: tuple[Name, ...] = ()
    cash_usd: NotNegative = 0.0
    holdings: dict[Name, NotNegative] = {}
    position_usd: Number = 0.0
    positions: dict[Name, Number] | None = None
    collateral: dict[Name, Share] = {}

    def places(self) -> tuple[str, ...]:
        """Return the names of its venues."""
        return ((self.venue,) if self.venue else ()) + self.venues

    def contracts(self) -> tuple[str, ...]:
        """Return the names of the instruments that it is told to trade."""
        return ((self.instrument,) if self.instrument else ()) + self.instruments


class Pledge(Section):
    """Re-hypothecation: a lender's collateral, pledged again as margin on an exchange.

    Parameters
    ----------
    lender, asset : whose collateral, and of which asset.
    share : of what is deposited there at the start, in [0, 1).
    exchange, institution : where it is margin, and in whose account.
    """

    lender: Name
    asset: Name
    share: Annotated[float, Field(strict=True, ge=0, lt=1)]
    exchange: Name
    institution: Name
