"""Where a desk has its accounts, and what one contract is worth there."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.errors import ConfigError, check
from sim.instruments import CollateralisedLoan
from sim.view import VenueView, View

INVERSE = "inverse_perpetual"
FUTURE = "dated_future"
OPTION = "european_option"
LOAN = "collateralised_loan"
SPOT = "spot"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seat:
    """The accounts of one desk on one venue, and one instrument that it trades there.

    Parameters
    ----------
    venue, instrument : indices; the instrument's is the one on that venue.
    rows : rows of the accounts, contiguous; an institution has one.
    underlying : index of the asset that the instrument is about.
    contract_size : units of the underlying, or USD for an inverse contract, > 0.
    kind : name of the instrument's kind, as in ``sim.instruments.INSTRUMENTS``.
    in_coin : whether a contract that ends is paid in its underlying.

    Raises
    ------
    ConfigError
        If there are no rows, they have gaps, or a contract has no size.

    Examples
    --------
    >>> seat = Seat(
    ...     venue=0,
    ...     instrument=0,
    ...     rows=np.arange(4, 9),
    ...     underlying=1,
    ...     contract_size=0.01,
    ...     kind="linear_perpetual",
    ... )
    >>> seat.mine(np.array([2, 4, 8, 9]))
    array([4, 8])
    >>> seat.usd(50_000.0)
    500.0
    """

    venue: int
    instrument: int
    rows: Ints
    underlying: int
    contract_size: float
    kind: str
    in_coin: bool = False

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.rows.size > 0, "a seat needs at least one account"),
            (bool((np.diff(self.rows) == 1).all()), "the rows of a seat must have no gaps"),
            (self.contract_size > 0, "a seat's contract_size must be > 0"),
        )

    @property
    def row(self) -> int:
        """The first account, which is an institution's only one."""
        return int(self.rows[0])

    def mine(self, rows: Ints) -> Ints:
        """Return those of ``rows`` that belong to the seat."""
        first = self.row
        inside = (rows >= first) & (rows < first + self.rows.size)
        return np.asarray(rows[inside], dtype=np.int64)

    def numbers(self, rows: Ints) -> Ints:
        """Return each row's number within the seat, its address in draws."""
        return np.asarray(rows - self.row)

    @property
    def fixed(self) -> bool:
        """Whether a contract is a sum of USD, whatever the price."""
        return self.kind in (INVERSE, LOAN) or (self.kind == FUTURE and self.in_coin)

    def usd(self, price: float) -> float:
        """Return the exposure of one contract, USD; of an option by the underlying's price."""
        return self.contract_size * (1.0 if self.fixed else price)

    def units(self, price: float) -> float:
        """Return the exposure of one contract, units of the underlying."""
        return self.usd(price) / price

    def held(self, venue: VenueView, rows: Ints) -> Floats:
        """Return contracts held by ``rows``, (n,); of a spot asset, what the balance is worth."""
        if self.kind == SPOT:
            balance = venue.accounts.balances[self.underlying, rows]
            return np.asarray(balance / self.contract_size)
        return np.asarray(venue.accounts.positions[self.instrument, rows])

    def room(
        self, venue: VenueView, rows: Ints, price: float, leverage: float
    ) -> tuple[Floats, Floats]:
        """Return contracts that ``rows`` can buy and sell, (n,) each, >= 0.

        A position may grow to ``leverage`` times equity on either side; of a spot asset,
        what is in the account can be spent and sold.
        """
        held = self.held(venue, rows)
        if self.kind == SPOT:
            money = int(venue.valuation.settlement[self.instrument])
            cash = venue.accounts.balances[money, rows] * venue.valuation.prices[money]
            return np.maximum(cash / self.usd(price), 0.0), np.maximum(held, 0.0)
        equity, _ = venue.margin(rows)
        limit = leverage * np.maximum(equity, 0.0) / self.usd(price)
        return np.maximum(limit - held, 0.0), np.maximum(limit + held, 0.0)


def price_of(view: View, seat: Seat) -> float:
    """Return what the instrument trades at: the venue's mid, what it should cost without one."""
    mid = view.venues[seat.venue].quotes[seat.instrument].mid
    return mid if isfinite(mid) and mid > 0 else fair_of(view, seat)


def fair_of(view: View, seat: Seat) -> float:
    """Return what the instrument should cost by the outside price of what it is about.

    For a perpetual and for spot that price itself; for a future the price carried to its
    end; for an option what the venue's implied volatilities make of it.
    """
    outside = float(view.outside[seat.underlying])
    theory = view.venues[seat.venue].theory(seat.instrument)
    return outside if theory is None else theory.price(outside)


def exposed_at(view: View, seat: Seat) -> float:
    """Return the price that exposure is counted at: an option's is that of the underlying."""
    return float(view.outside[seat.underlying]) if seat.kind == OPTION else price_of(view, seat)


def tick_of(venue: VenueView, seat: Seat) -> float:
    """Return the smallest price step of the seat's instrument, USD."""
    instrument = venue.instruments[seat.instrument]
    if isinstance(instrument, CollateralisedLoan):
        raise ConfigError(f"{instrument.name} is a loan: nobody can quote a price for it")
    return instrument.tick


def loan_of(venue: VenueView, seat: Seat) -> CollateralisedLoan:
    """Return the seat's instrument, which must be a loan."""
    instrument = venue.instruments[seat.instrument]
    if not isinstance(instrument, CollateralisedLoan):
        raise ConfigError(f"{instrument.name} is not a loan")
    return instrument


def whole(contracts: Floats) -> Floats:
    """Round towards zero, forgiving what arithmetic took off a whole number."""
    return np.asarray(np.trunc(contracts + np.sign(contracts) * 1e-9))


def on_tick(price: Floats, tick: float, buying: Bools) -> Floats:
    """Round prices to the tick that is no worse for who sends them: bids down, asks up."""
    ticks = price / tick
    rounded = np.where(buying, np.floor(ticks + 1e-9), np.ceil(ticks - 1e-9))
    return np.asarray(np.maximum(rounded, 1.0) * tick)
