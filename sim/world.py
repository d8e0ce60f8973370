"""The state of everything: plain data that only the phases of a step change."""

from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from sim.accounts import Accounts
from sim.arrays import NONE, Floats, Ints
from sim.causes import Memory, Ripples
from sim.clock import Clock
from sim.credit.loans import Credit
from sim.deleveraging.fairness import Round
from sim.dials import Dials
from sim.events import EventLog
from sim.instruments import (
    CollateralisedLoan,
    EuropeanOption,
    Instrument,
    Spot,
)
from sim.margin.schedule import asked_rates
from sim.network.pledges import Pledge
from sim.orders import Quote
from sim.outside import Outside
from sim.roles import Marking, Mechanism, Schedule
from sim.rules import Cuts, Rulebook
from sim.streams import Streams
from sim.theory import Smile, Theory, inverse
from sim.valuation import Valuation
from sim.watch import Watch

NO_QUOTE = Quote(np.nan, np.nan, np.nan)


@dataclass(slots=True)
class Market:
    """One instrument of a venue and the place where it trades.

    Parameters
    ----------
    instrument, mechanism, marking : the contract, its market (``None`` for a loan) and its
        mark method at work.
    quote, mark, index : prices now, USD.
    dry, dry_seconds : whether a forced order found nothing left within the band in this
        step, and for how long that has been so.
    bidding : whether somebody has bid at some moment since the last count.
    barren_seconds : for how long there has been no bid.
    volume_usd, forced_usd : traded in this step; ``forced_usd`` by forced trades alone.
    premium, premium_count : what funding is averaged from.
    funding_rate : last rate paid.
    bid_depth, ask_depth : contracts resting within the venue's band.
    ripples : forced trades still felt in this market, for tracing causes.
    waiting : forced flow that arbitrage has not yet carried outside.
    theory : what it should cost, ``None`` for what has no end and should cost its index.
    delta : share of its notional by which an option moves with the underlying; 1 for the rest.
    averaged, averaged_count : what the settlement price is averaged from.
    expired : whether it has been settled for good.
    """

    instrument: Instrument
    mechanism: Mechanism | None
    marking: Marking | None
    ripples: Ripples
    waiting: Ripples
    quote: Quote = NO_QUOTE
    mark: float = np.nan
    index: float = np.nan
    bid_depth: float = 0.0
    ask_depth: float = 0.0
    dry: bool = False
    dry_seconds: float = 0.0
    bidding: bool = False
    barren_seconds: float = 0.0
    volume_usd: float = 0.0
    forced_usd: float = 0.0
    premium: float = 0.0
    premium_count: int = 0
    funding_rate: float = 0.0
    theory: Theory | None = None
    delta: float = 1.0
    averaged: float = 0.0
    averaged_count: int = 0
    expired: bool = False

    @property
    def derivative(self) -> bool:
        """Whether positions are kept, and have two sides."""
        return not isinstance(self.instrument, Spot | CollateralisedLoan)

    @property
    def optional(self) -> bool:
        """Whether it is an option, whose price is not that of what it is about."""
        return isinstance(self.instrument, EuropeanOption)

    @property
    def fair(self) -> float:
        """What it should cost at the published index.

        Like ``quote`` and ``mark`` in USD; in coins for an option that settles in them.
        """
        return self.fair_at(self.index)

    def fair_at(self, price: float) -> float:
        """Return what it should cost at a price of the underlying, as ``fair`` is."""
        return price if self.theory is None else self.theory.price(price)

    def exposure(self, price: Floats | float) -> Floats | float:
        """Return the notional of a contract traded at ``price``, USD; an option's is the index's.

        The price of an option says nothing of how much is at stake.
        """
        size = self.instrument.contract_size
        if self.optional:
            return size * self.index
        fixed = inverse(self.instrument) or isinstance(self.instrument, CollateralisedLoan)
        return size if fixed else size * price


@dataclass(slots=True)
class Venue:
    """An exchange or a lending protocol.

    Parameters
    ----------
    feeds : (n_assets,) index of the feed that prices each asset, ``NONE`` without.
    institutions : rows below this one belong to the house and to institutions.
    owner : entity that the house rows belong to.
    supplied_usd : what outsiders have lent to the pool, a debt of the owner.
    failing : rows handed over to liquidation.
    condemned : rows to be closed whatever their margin, for their owner has defaulted.
    open_calls : rows with an open margin call.
    touched : rows changed since the margin engine last looked, in pieces.
    margin_event, margin_shock : the last change of requirements; the last shock to them.
    implied_shock : the last shock to its implied volatilities.
    takeovers : liquidations whose positions the fund still holds.
    rounds : what auto-deleveraging did so far, round by round.
    given : (K, n) USD that accounts gave up of profits still open, empty until somebody does.
    given_on : (K, n) positions when that was last brought up to date, empty until then.
    backed : liquidations whose positions the backstop vault still holds.
    withdrawn : what owners took out because of a shock: the event and USD, by row.
    smiles : implied volatilities of the underlyings of its options.
    called_usd, cured_usd : what open calls ask for now, and what was paid in in this step.
    """

    index: int
    name: str
    kind: str
    markets: tuple[Market, ...]
    accounts: Accounts
    rules: Rulebook
    feeds: Ints
    valuation: Valuation
    watch: Watch
    institutions: int
    owner: int = NONE
    supplied_usd: float = 0.0
    failing: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    condemned: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    open_calls: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    touched: list[Ints] = field(default_factory=list)
    margin_event: int = NONE
    margin_shock: int = NONE
    implied_shock: int = NONE
    takeovers: Memory = field(default_factory=Memory)
    rounds: list[Round] = field(default_factory=list)
    given: Floats = field(default_factory=lambda: np.empty(0))
    given_on: Floats = field(default_factory=lambda: np.empty(0))
    backed: Memory = field(default_factory=Memory)
    withdrawn: dict[int, tuple[int, float]] = field(default_factory=dict)
    smiles: tuple[Smile, ...] = ()
    called_usd: float = 0.0
    cured_usd: float = 0.0
    _asked: tuple[Schedule, Floats, Floats] | None = None

    @property
    def asked(self) -> tuple[Floats, Floats]:
        """What a small outright position is asked, maintenance and initial rates, (K,) each.

        Of a charge on portfolios, an amount in USD that stays until the next one, as shares of the
        notional that it was made from: that at the index at the time, not at the mark.
        """
        schedule = self.valuation.schedule
        if schedule.charge is None:
            return asked_rates(schedule, self.valuation.notionals)
        if self._asked is None or self._asked[0] is not schedule:
            notional = np.array([each.exposure(each.index) for each in self.markets])
            self._asked = schedule, *asked_rates(schedule, notional)
        return self._asked[1:]

    def touch(self, rows: Ints) -> None:
        """Note that the margin engine must look at ``rows`` again."""
        self.touched.append(rows)

    def take_touched(self) -> Ints:
        """Return the rows changed since the last call, the same one perhaps more than once."""
        rows = np.concatenate(self.touched) if self.touched else self.failing[:0]
        self.touched.clear()
        return rows


@dataclass(slots=True)
class History:
    """What causes are told apart by: how things stood some time ago.

    Parameters
    ----------
    exogenous : (steps, n_assets) undisturbed prices, USD.
    rates : one a venue, (steps, K) first-bracket maintenance rates.
    """

    exogenous: Floats
    rates: tuple[Floats, ...]


@dataclass(slots=True)
class PriceShock:
    """A shock to the undisturbed price of an asset: its event, and the last step it acts in."""

    event: int
    last_step: int


@dataclass(slots=True)
class FeedState:
    """What a feed last published: price, the event, and whether it is under attack."""

    name: str
    asset: int
    sources: tuple[tuple[int, int], ...]
    price: float
    event: int = NONE
    attack: int = NONE


@dataclass(slots=True)
class World:
    """Everything there is.

    Parameters
    ----------
    assets : names; asset 0 is USD, the numeraire.
    entities : names; entity 0 is the rest of the world.
    wallets : (n_assets, n_entities) units held outside the venues.
    pressure : forced flow still felt on the outside market, one an asset.
    price_shocks : the last shock to the price of each asset that has had one.
    seized : what keepers took and have not sold, by (entity, asset): liquidations and units.
    shortfall : what failed lenders have been booked to owe their suppliers in vain, USD.
    defaulted : entities that have defaulted, in order, and the event of each default.
    halted : why the market came to an end, empty while it lives.
    credit : what entities owe each other beyond the venues, ``None`` where nothing.
    """

    clock: Clock
    streams: Streams
    cuts: Cuts
    assets: tuple[str, ...]
    outside: Outside
    entities: tuple[str, ...]
    wallets: Floats
    venues: tuple[Venue, ...]
    feeds: tuple[FeedState, ...]
    pledges: tuple[Pledge, ...]
    dials: Dials
    events: EventLog
    pressure: tuple[Ripples, ...]
    history: History
    step: int = 0
    price_shocks: dict[int, PriceShock] = field(default_factory=dict)
    seized: dict[tuple[int, int], Memory] = field(default_factory=dict)
    shortfall: dict[int, float] = field(default_factory=dict)
    defaulted: dict[int, int] = field(default_factory=dict)
    halted: str = ""
    credit: Credit | None = None

    def totals(self) -> Floats:
        """Return how much of each asset exists, (n_assets,): no phase may change it."""
        held = self.wallets.sum(axis=1)
        for venue in self.venues:
            held = held + venue.accounts.balances.sum(axis=1)
            held[0] += venue.accounts.reserve.sum()
        return held

    def digest(self) -> str:
        """Return a hash of all state that the past left behind."""
        state = sha256()
        for array in (self.wallets, self.outside.price, self.outside.exogenous):
            state.update(array.tobytes())
        for venue in self.venues:
            accounts = venue.accounts
            for column in (accounts.balances, accounts.positions, accounts.entry, accounts.reserve):
                state.update(column.tobytes())
            state.update(accounts.standing.tobytes())
            state.update(venue.given.tobytes())
            for market in venue.markets:
                state.update(np.array([market.mark, *market.quote]).tobytes())
        if self.credit is not None:
            state.update(np.array([(loan.usd, loan.lost) for loan in self.credit.loans]).tobytes())
        for name in ("kind", "account", "quantity", "cause", "generation"):
            state.update(self.events.column(name).tobytes())
        return state.hexdigest()
