"""The rulebook of a venue: one choice for each role, and the numbers that go with it."""

from dataclasses import dataclass, field
from math import inf

from sim.deleveraging.profit_leverage import ProfitLeverage
from sim.errors import check
from sim.roles import Deleveraging, LiquidationRule


@dataclass(frozen=True, kw_only=True, slots=True)
class Backstop:
    """A pool of depositors' money that takes failing accounts over ahead of the fund.

    Parameters
    ----------
    row : its account.
    below : equity over maintenance requirement below which it steps in, in (0, 1].
    capital_share : most of its equity that may be bound by what positions require to be
        opened, in (0, 1].
    disposal_share : most of the resting depth that it sells of its own position a step.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    row: int
    below: float = 2.0 / 3.0
    capital_share: float = 1.0
    disposal_share: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.below <= 1, "below must lie in (0, 1]"),
            (0 < self.capital_share <= 1, "capital_share must lie in (0, 1]"),
            (0 < self.disposal_share <= 1, "disposal_share must lie in (0, 1]"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rulebook:
    """What a venue does by rule.

    Parameters
    ----------
    liquidation : how failing accounts are closed.
    rounds : times a step that liquidation looks again after its own trades, >= 1.
    taker_fee, maker_fee : fractions of value; a negative maker fee is a rebate.
    liquidation_fee : fraction of liquidated value, paid to the insurance fund.
    depth_band : width around the mid within which depth is measured, fraction.
    price_band : forced orders accept no price further than this from the mark, fraction.
    disposal_share : most of the resting depth that the fund sells of its own position a step.
    takeover_after_seconds : how long a market is dry before the fund takes over bankrupt
        positions that the market would not take.
    deleveraging : whose positions are closed when the fund is empty.
    adl_whole : whether all that the fund holds is closed then, or what its deficit needs.
    backstop : the vault that takes positions over ahead of the fund, ``None`` without.
    max_position_usd : most that one account may hold, USD of notional.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    liquidation: LiquidationRule
    rounds: int = 3
    taker_fee: float = 0.0005
    maker_fee: float = 0.0
    liquidation_fee: float = 0.005
    depth_band: float = 0.02
    price_band: float = 0.05
    disposal_share: float = 0.1
    takeover_after_seconds: float = 120.0
    deleveraging: Deleveraging = field(default_factory=ProfitLeverage)
    adl_whole: bool = True
    backstop: Backstop | None = None
    max_position_usd: float = inf

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.rounds >= 1, "rounds must be >= 1"),
            (0 <= self.taker_fee < 1, "taker fee must lie in [0, 1)"),
            (-self.taker_fee <= self.maker_fee < 1, "maker fee must lie in [-taker fee, 1)"),
            (0 <= self.liquidation_fee < 1, "liquidation fee must lie in [0, 1)"),
            (0 < self.depth_band < 1, "depth_band must lie in (0, 1)"),
            (0 < self.price_band < 1, "price_band must lie in (0, 1)"),
            (0 < self.disposal_share <= 1, "disposal_share must lie in (0, 1]"),
            (self.takeover_after_seconds >= 0, "takeover_after_seconds must be >= 0 seconds"),
            (self.max_position_usd > 0, "max_position_usd must be > 0 USD"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Cuts:
    """Which channels of feedback are switched off.

    Parameters
    ----------
    impact : forced trades happen off the book at its mid and move nothing.
    oracle_error : feeds publish the true price.
    margin_update : requirements stay what they were at the start.
    behaviour : everybody acts as in calm.
    rehypothecation : pledged collateral is replaced by cash of the same worth.
    network : claims between entities count in full whatever becomes of the debtor; nobody calls.
    """

    impact: bool = False
    oracle_error: bool = False
    margin_update: bool = False
    behaviour: bool = False
    rehypothecation: bool = False
    network: bool = False
