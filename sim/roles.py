"""The roles that a rule can play: Protocols, each with as few methods as it can do with.

A rule subclasses nothing. It plays a role because it has the methods; it is found by its
name in the dict of the folder it lives in.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sim.arrays import Bools, Floats, Ints
from sim.contracts import Contracts
from sim.orders import Fills, Orders, Quote
from sim.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """What a margin policy may look at: information up to now, nothing of the future.

    Parameters
    ----------
    returns : (n, n_instruments) log returns of each instrument's index, oldest first, one
        every ``interval_seconds``.
    interval_seconds : time between two returns, seconds.
    index : (n_instruments,) index prices, USD.
    open_interest : (n_instruments,) USD.
    seen : how many returns there have been since the policy began, those before it not
        counted: lets a policy do dear work (a fit) at fixed times and stay a pure function.
    contracts : what the instruments are, for policies that reprice them; without it all are
        linear perpetuals.
    """

    returns: Floats
    interval_seconds: float
    index: Floats
    open_interest: Floats
    seen: int = 0
    contracts: Contracts | None = None


class PortfolioCharge(Protocol):
    """What whole portfolios require, where offsetting positions get their credit."""

    @property
    def initial_multiple(self) -> float:
        """Initial over maintenance requirement, >= 1."""
        ...

    def required(self, positions: Floats) -> Floats:
        """Return the maintenance requirement of portfolios, (n,) USD, >= 0.

        ``positions`` are contracts, (n_instruments, n), signed. What one portfolio requires
        must not depend, to the last bit, on which others it is asked about with. Twice a
        portfolio requires twice as much or more (where size is charged for), and two together no
        more than the sum of both, but for what is charged for size, and for spreads of months.
        """
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """Requirement of every instrument as marginal rates on brackets of notional.

    A position of notional ``N`` in bracket ``b`` needs ``N * rate[b] - amount[b]``, which is
    the integral of the marginal rates from 0 to ``N``. One bracket is a flat rate. Where
    there is a ``charge``, the whole portfolio's requirement comes on top of the brackets'.

    Parameters
    ----------
    edges : (n_brackets, n_instruments) lower end of each bracket, USD, first row 0.
    maintenance, initial : (n_brackets, n_instruments) marginal rates.
    maintenance_amount, initial_amount : (n_brackets, n_instruments) USD.
    charge : what portfolios require, ``None`` where instruments are charged one by one.
    """

    edges: Floats
    maintenance: Floats
    initial: Floats
    maintenance_amount: Floats
    initial_amount: Floats
    charge: PortfolioCharge | None = None


class MarginPolicy(Protocol):
    """What an account must hold."""

    @property
    def update_seconds(self) -> float:
        """Seconds between two updates; ``inf`` for a policy that never changes."""
        ...

    @property
    def history(self) -> int:
        """How many past returns it needs before it is valid."""
        ...

    def schedule(self, market: MarketState) -> Schedule:
        """Return what each instrument requires from now on."""
        ...


@runtime_checkable
class Layer(Protocol):
    """Something laid over a policy that changes more of its requirement than the rates."""

    @property
    def history(self) -> int:
        """How many past returns it needs before it is valid."""
        ...

    def over(self, schedule: Schedule, market: MarketState) -> Schedule:
        """Return the requirement with what the layer adds to it."""
        ...


class Tool(Protocol):
    """Something laid over a policy so that its requirement moves less, or less abruptly."""

    @property
    def history(self) -> int:
        """How many past returns it needs before it is valid."""
        ...

    def adjust(
        self, rates: Floats, market: MarketState, memory: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Return adjusted maintenance rates, (n_instruments,), and what it remembers of them.

        ``rates`` are what an outright position requires, fractions of notional, after the tools
        before it; ``memory`` is what it returned last, ``None`` the first time.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Distress:
    """Accounts of one venue that must be reduced, and the market they are reduced in.

    Parameters
    ----------
    positions : (n_instruments, m) contracts, signed.
    notional : (n_instruments, m) USD, >= 0.
    equity : (m,) margin equity, USD (collateral after haircuts).
    required : (m,) maintenance requirement, USD.
    rate : (n_instruments, m) marginal maintenance rate of each position; where portfolios are
        charged, with what an outright position is charged, the most that closing can set free.
    bid_depth, ask_depth : (n_instruments,) contracts resting within the venue's band.
    """

    positions: Floats
    notional: Floats
    equity: Floats
    required: Floats
    rate: Floats
    bid_depth: Floats
    ask_depth: Floats


class LiquidationRule(Protocol):
    """How much of a failing account is closed at a time, and by whom."""

    @property
    def takes_over(self) -> bool:
        """Whether the venue's fund takes the position first and disposes of it itself."""
        ...

    @property
    def by_keepers(self) -> bool:
        """Whether outsiders close it for a bonus instead of the venue's own orders."""
        ...

    def close(self, distress: Distress) -> Floats:
        """Return contracts to trade, (n_instruments, m), each against its position's sign."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Accounts that hold the other side of what the insurance fund must close, in one market.

    Parameters
    ----------
    size : (n,) contracts held, > 0.
    gain : (n,) profit over the worth at entry, both as the contract pays, < 0 for a loss.
    profit : (n,) unrealised profit of the whole account, USD.
    market_profit : (n,) unrealised profit on this position alone, USD, of the sign of ``gain``.
    notional : (n,) USD, > 0.
    equity : (n,) USD without haircuts, > 0.
    required : (n,) maintenance requirement of the whole account, USD.
    """

    size: Floats
    gain: Floats
    profit: Floats
    market_profit: Floats
    notional: Floats
    equity: Floats
    required: Floats


class Deleveraging(Protocol):
    """Whose positions are closed against their will when the insurance fund cannot pay."""

    def choose(self, candidates: Candidates, contracts: float) -> tuple[Ints, Floats]:
        """Return who is closed and by how much.

        Parameters
        ----------
        candidates : who could be.
        contracts : what the fund must close, > 0; perhaps more than all of them hold.

        Returns
        -------
        places among the candidates, (m,), in the order in which they are closed; and how
        many contracts of each, (m,), > 0 and no more than its size.
        """
        ...


class Mechanism(Protocol):
    """A market for one instrument of one venue."""

    def anchor(self, price: float, seconds: float) -> None:
        """Learn the outside price at the start of a step and that ``seconds`` have passed."""
        ...

    def submit(self, orders: Orders) -> Fills:
        """Match the orders, from first to last."""
        ...

    @property
    def highest(self) -> float:
        """The highest price at which it can trade, USD."""
        ...

    def quote(self) -> Quote:
        """Return the best prices now."""
        ...

    def depth(self, width: float) -> tuple[float, float]:
        """Return contracts that can be sold and bought within ``width`` (a fraction) of the mid."""
        ...


class PricePath(Protocol):
    """The outside price as it would be without anybody in the model."""

    def prepare(self, streams: Streams, name: str, steps: int, step_seconds: float) -> None:
        """Draw whatever can be drawn beforehand, at addresses under ``name``."""
        ...

    def step_return(self, step: int, volatility_multiplier: float) -> float:
        """Return the log return of ``step``."""
        ...

    def history(self, count: int, interval_seconds: float) -> Floats:
        """Return ``count`` log returns from before the run, oldest first."""
        ...

    @property
    def initial_price(self) -> float:
        """The price before step 0, USD."""
        ...


class PriceFeed(Protocol):
    """Something that publishes a price which venues believe."""

    name: str

    def publish(self, step: int, sources: Floats, volumes: Floats) -> float | None:
        """Return the new answer, USD, or ``None`` where nothing is published at ``step``.

        ``sources`` are the true prices of the feed's sources now, (n_sources,), ``volumes``
        what was traded there in the step, USD.
        """
        ...


@dataclass(frozen=True, slots=True)
class Breach:
    """Accounts found below a level of equity, as the watch reports them."""

    account: Ints
    equity: Floats
    required: Floats
    bankrupt: Bools


class Marking(Protocol):
    """A mark method at work on one market, with what it remembers of it."""

    def mark(self, index: float, quote: Quote, funding_basis: float, step_seconds: float) -> float:
        """Return the mark price, USD."""
        ...
