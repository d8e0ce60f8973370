"""A small market for agents to look at: an exchange, a lender and a spot venue, one coin."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import mesa
import numpy as np

from agents.base import Desk
from agents.seats import Seat
from sim.accounts import HOUSE_ROWS, Accounts
from sim.arrays import Floats, Ints
from sim.clock import Clock
from sim.instruments import (
    INSTRUMENTS,
    CollateralisedLoan,
    Instrument,
    InversePerpetual,
    LinearPerpetual,
    Spot,
)
from sim.margin.schedule import flat
from sim.orders import Quote
from sim.streams import Draws, Streams
from sim.valuation import Valuation
from sim.view import VenueView, View

USD, BTC = 0, 1
PRICE = 50_000.0
MAINTENANCE = 0.05
CLOCK = Clock(steps=8640, step_seconds=10.0)
PERP = LinearPerpetual(name="PERP", underlying=BTC, settlement=USD, contract_size=0.001, tick=0.5)
XBT = InversePerpetual(name="XBT", underlying=BTC, settlement=BTC, contract_size=1.0, tick=0.5)
COIN = Spot(name="COIN", underlying=BTC, settlement=USD, contract_size=0.001, tick=0.5)
LOAN = CollateralisedLoan(name="LOAN", underlying=BTC, settlement=USD, liquidation_threshold=0.8)
EXCHANGE, LENDER, MARKET = 0, 1, 2
"""Venues of ``world``: a perpetual, a loan, and the coin itself."""


def venue_of(
    index: int, instrument: Instrument, traders: int, quote: Quote | None = None
) -> VenueView:
    """Return a venue with empty accounts that values everything at ``PRICE``."""
    price = np.array([PRICE])
    prices = np.array([1.0, PRICE])
    lends = isinstance(instrument, CollateralisedLoan)
    return VenueView(
        index=index,
        name=instrument.name.lower(),
        kind="lender" if lends else "exchange",
        instruments=(instrument,),
        open=True,
        quotes=[quote or Quote(PRICE - 0.5, PRICE + 0.5, PRICE)],
        marks=price.copy(),
        index_prices=price.copy(),
        volatility=np.array([0.03]),
        calm_volatility=np.array([0.03]),
        trend=np.zeros(1),
        liquidity=1.0,
        valuation=Valuation(
            settlement=np.array([instrument.settlement]),
            values=np.array([instrument.value(PRICE)]),
            notionals=np.array([instrument.notional(PRICE)]),
            prices=prices,
            haircuts=np.array([0.0, 1.0 - LOAN.liquidation_threshold if lends else 0.0]),
            schedule=flat([0.0 if lends else MAINTENANCE], [0.0 if lends else 0.1]),
        ),
        accounts=Accounts.empty(HOUSE_ROWS + traders, 2, 1),
        open_calls=np.empty(0, dtype=np.int64),
        liquidatable=np.empty(0, dtype=np.int64),
    )


def view_of(*venues: VenueView, step: int = 5, entities: int = 3) -> View:
    """Return a view of some venues."""
    return View(
        step=step,
        step_seconds=CLOCK.step_seconds,
        outside=np.array([1.0, PRICE]),
        wallets=np.zeros((2, entities)),
        congestion=1.0,
        behaviour=True,
        venues=venues,
    )


def world(traders: int) -> View:
    """Return a calm view of the three venues, each with that many empty accounts."""
    return view_of(
        venue_of(EXCHANGE, PERP, traders),
        venue_of(LENDER, LOAN, traders),
        venue_of(MARKET, COIN, traders),
    )


def seat_of(venue: VenueView, count: int = 1, first: int = HOUSE_ROWS) -> Seat:
    """Return a seat in the only instrument of a venue."""
    instrument = venue.instruments[0]
    names = {contract: name for name, contract in INSTRUMENTS.items()}
    return Seat(
        venue=venue.index,
        instrument=0,
        rows=np.arange(first, first + count),
        underlying=instrument.underlying,
        contract_size=instrument.contract_size,
        kind=names[type(instrument)],
    )


def desk_of[D: Desk[Any]](kind: type[D], seats: Sequence[Seat], **settings: object) -> D:
    """Return a new desk of entity 2 with defaults for all that is not given."""
    model = mesa.Model[Any, Any](rng=0)
    return kind(model, "desk", 2, tuple(seats), kind.parameters(**settings), CLOCK)


def draws_at(step: int = 5, purpose: str = "desk/desk") -> Draws:
    """Return the draws of a step."""
    return Streams(seed=1).at(purpose, step)


def give(venue: VenueView, rows: Ints, equity: float | Floats, contracts: float | Floats) -> None:
    """Give accounts a position at ``PRICE`` and the equity they should have, USD."""
    accounts, instrument = venue.accounts, venue.instruments[0]
    accounts.positions[0, rows] = contracts
    accounts.entry[0, rows] = PRICE
    accounts.balances[instrument.settlement, rows] = equity / (
        PRICE if instrument.settlement == BTC else 1.0
    ) - np.asarray(contracts) * instrument.value(PRICE)


def lend(venue: VenueView, rows: Ints, coins: float | Floats, debt: float | Floats) -> None:
    """Give accounts a loan against coins."""
    venue.accounts.balances[BTC, rows] = coins
    venue.accounts.positions[0, rows] = -np.asarray(debt)


def called(venue: VenueView, rows: Ints, reserve: float = 1e9, deadline: int = 60) -> None:
    """Open a margin call for accounts, with a reserve to meet it."""
    venue.accounts.deadline[rows] = deadline
    venue.accounts.standing[rows] = 1
    venue.accounts.trigger[rows] = 17
    venue.accounts.reserve[rows] = reserve
    venue.open_calls = np.union1d(venue.open_calls, rows)


def fill(view: View, seat: Seat, contracts: float, price: float) -> None:
    """Trade for the one account of a seat, against nobody."""
    venue = view.venues[seat.venue]
    instrument, accounts = venue.instruments[0], venue.accounts
    accounts.balances[instrument.settlement, seat.row] -= contracts * instrument.value(price)
    if isinstance(instrument, Spot):
        accounts.balances[BTC, seat.row] += contracts * instrument.contract_size
    else:
        accounts.positions[0, seat.row] += contracts


def arrays_in(thing: object) -> Iterator[np.ndarray]:
    """Yield every array that can be reached from a view or an answer."""
    if isinstance(thing, np.ndarray):
        yield thing
    elif isinstance(thing, list | tuple):
        for part in thing:
            yield from arrays_in(part)
    elif is_dataclass(thing):
        for part in fields(thing):
            yield from arrays_in(getattr(thing, part.name))
    elif isinstance(thing, float | int):
        yield np.asarray(thing)


def fingerprint(thing: object) -> list[bytes]:
    """Return all numbers in a view or an answer as bytes, to compare bit for bit."""
    return [np.ascontiguousarray(array).tobytes() for array in arrays_in(thing)]
