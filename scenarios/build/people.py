"""Traders and institutions: their money, their first positions, and what they pledge."""

from dataclasses import dataclass

import numpy as np

from agents import CROWDS, INSTITUTIONS
from agents.base import Desk, Model
from agents.seats import Seat
from scenarios.build.plan import Plan
from scenarios.people import CARRY, Crowd, Institution
from sim.accounts import HOUSE_ROWS, POOL
from sim.arrays import Floats, Ints
from sim.errors import ConfigError
from sim.instruments import CollateralisedLoan
from sim.network.pledges import Pledge
from sim.outside import Outside
from sim.streams import Draws, Streams
from sim.valuation import initial_requirement, margin
from sim.world import Venue

MARGIN_TO_SPARE = 1.05
"""No trader starts with less equity than this multiple of what it takes to open its position."""
BELOW_THRESHOLD = 0.995
"""No borrower starts above this share of its liquidation threshold."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What everybody is placed into."""

    plan: Plan
    outside: Outside
    streams: Streams
    venues: tuple[Venue, ...]
    wallets: Floats


def make_institution(model: Model, here: Setting, name: str) -> Desk[object]:
    """Return one institution with its money and its first positions."""
    section = here.plan.scenario.institutions[name]
    entity = here.plan.entity(name)
    places = section.places()
    share = section.cash_usd / (len(places) + 1)
    here.wallets[0, entity] += share
    for asset, units in section.holdings.items():
        here.wallets[here.plan.assets[asset], entity] += units
    seats: list[Seat] = []
    for place in places:
        venue = here.venues[here.plan.venues[place]]
        row = here.plan.seats[name, place]
        venue.accounts.entity[row] = entity
        venue.accounts.address[row] = here.plan.address(name)
        rows = np.array([row])
        _deposit(here, venue, rows, np.array([share]), section.collateral)
        seats += _seats(here, venue, rows, section.contracts())
    _first_positions(here, section, seats)
    kind = INSTITUTIONS[section.kind]
    made: Desk[object] = kind(
        model, name, entity, tuple(seats), section.build(), here.plan.scenario.clock
    )
    return made


def make_crowd(model: Model, here: Setting, name: str) -> Desk[object]:
    """Return one population with its money and its first positions."""
    section = here.plan.scenario.crowd[name]
    venue = here.venues[here.plan.venues[section.venue]]
    rows = here.plan.rows[name]
    j = here.plan.instrument(section.venue, section.instrument)
    first = here.plan.first_trader[name]
    venue.accounts.entity[rows] = first + np.arange(rows.size)
    venue.accounts.address[rows] = here.plan.addresses(name)
    draws = here.streams.at(f"crowd/{name}", 0)
    numbers = np.arange(rows.size)
    cash = section.cash_usd.draw(draws.uniform(numbers, lane=0))
    venue.accounts.reserve[rows] = section.reserve_share * cash
    put_in = (1.0 - section.reserve_share) * cash
    if isinstance(venue.markets[j].instrument, CollateralisedLoan):
        if section.loan_to_value is not None:
            ratio = section.loan_to_value.draw(draws.uniform(numbers, lane=1))
            _borrow(here, venue, j, rows, put_in, ratio)
    elif section.kind != CARRY:
        _deposit(here, venue, rows, put_in, section.collateral)
        _lever(venue, j, rows, put_in, section, draws)
    seats = _seats(here, venue, rows, (section.instrument,))
    kind = CROWDS[section.kind]
    made: Desk[object] = kind(
        model, name, first, tuple(seats), section.build(), here.plan.scenario.clock
    )
    return made


def balance_positions(here: Setting) -> None:
    """Give the carry traders of each instrument the other side of everybody's positions."""
    for venue in here.venues:
        for j, market in enumerate(venue.markets):
            if not market.derivative:
                continue
            carriers = _carriers(here, venue, market.instrument.name)
            missing = -float(venue.accounts.positions[j].sum())
            if missing == 0.0:
                continue
            if not carriers:
                raise ConfigError(
                    f"venues.{venue.name}: positions in {market.instrument.name} sum to "
                    f"{-missing:g} contracts; add a crowd of kind carry there to hold the rest"
                )
            rows = np.concatenate([here.plan.rows[name] for name, _ in carriers])
            each = np.trunc(missing / rows.size)
            quantity = np.full(rows.size, each)
            rest = int(abs(missing - each * rows.size))
            quantity[:rest] += np.sign(missing)
            notional = np.abs(quantity) * venue.valuation.notionals[j]
            share = carriers[0][1].cash_share or 0.5
            _deposit(here, venue, rows, share * notional, carriers[0][1].collateral)
            open_positions(venue, j, rows, quantity)


def make_pledges(here: Setting, *, cut: bool) -> tuple[Pledge, ...]:
    """Pledge collateral again; where that is cut, put cash of the same worth in its place.

    The lender owes that cash to outsiders, as it would have owed the collateral to depositors.
    """
    made = []
    for section in here.plan.scenario.pledges:
        lender = here.venues[here.plan.venues[section.lender]]
        exchange = here.venues[here.plan.venues[section.exchange]]
        row = here.plan.seats[section.institution, section.exchange]
        asset = here.plan.assets[section.asset]
        units = section.share * float(lender.accounts.balances[asset, HOUSE_ROWS:].sum())
        if cut:
            usd = units * float(here.outside.price[asset])
            exchange.accounts.balances[0, row] += usd
            here.wallets[0, 0] -= usd
            lender.supplied_usd += usd
            units = 0.0
        else:
            exchange.accounts.balances[asset, row] += units
            lender.accounts.balances[asset, POOL] -= units
        made.append(
            Pledge(
                lender=lender.index,
                exchange=exchange.index,
                account=row,
                entity=here.plan.entity(section.institution),
                asset=asset,
                units=units,
            )
        )
    return tuple(made)


def open_positions(venue: Venue, j: int, rows: Ints, quantity: Floats) -> None:
    """Book positions at the mark, as if just traded there; the other side is booked elsewhere."""
    market, accounts = venue.markets[j], venue.accounts
    money = market.instrument.settlement
    accounts.balances[money, rows] -= quantity * venue.valuation.values[j]
    accounts.positions[j, rows] += quantity
    accounts.entry[j, rows] = np.where(accounts.positions[j, rows] != 0.0, market.mark, 0.0)


def _deposit(
    here: Setting, venue: Venue, rows: Ints, usd: Floats, collateral: dict[str, float]
) -> None:
    """Put money worth ``usd`` into accounts, in the assets asked for.

    Without a word it is in the asset that the venue's first contract settles in.
    """
    shares = {here.plan.assets[name]: share for name, share in collateral.items()}
    rest = max(0.0, 1.0 - sum(shares.values()))
    if rest > 0.0:
        plain = 0 if shares else venue.markets[0].instrument.settlement
        shares[plain] = shares.get(plain, 0.0) + rest
    for asset, share in shares.items():
        venue.accounts.balances[asset, rows] += share * usd / here.outside.price[asset]


def _lever(venue: Venue, j: int, rows: Ints, put_in: Floats, section: Crowd, draws: Draws) -> None:
    """Open first positions, as large as leverage says and initial margin allows."""
    if section.leverage is None:
        return
    numbers = np.arange(rows.size)
    leverage = section.leverage.draw(draws.uniform(numbers, lane=1))
    side = {"long": 1.0, "short": -1.0}.get(section.side, 0.0)
    sign = np.where(draws.uniform(numbers, lane=2) < 0.5, -1.0, 1.0) if side == 0.0 else side
    wanted = np.trunc(leverage * put_in / venue.valuation.notionals[j])
    open_positions(venue, j, rows, sign * wanted)
    hedges = _hedges(venue, section)
    for k, ratio in hedges.items():
        open_positions(venue, k, rows, np.round(ratio * sign * wanted))
    for _ in range(8):
        equity, _ = margin(venue.accounts, venue.valuation, rows)
        need = MARGIN_TO_SPARE * initial_requirement(venue.accounts, venue.valuation, rows)
        over = np.flatnonzero(need > equity)
        if not over.size:
            return
        keep = np.maximum(equity[over] / need[over], 0.0)
        held = venue.accounts.positions[j, rows[over]]
        kept = np.trunc(held * keep)
        open_positions(venue, j, rows[over], kept - held)
        for k, ratio in hedges.items():
            other = venue.accounts.positions[k, rows[over]]
            open_positions(venue, k, rows[over], np.round(ratio * kept) - other)
    over = rows[need > equity]
    for k in (j, *hedges):
        open_positions(venue, k, over, -venue.accounts.positions[k, over])


def _hedges(venue: Venue, section: Crowd) -> dict[int, float]:
    """Return contracts of other instruments for each contract of a population's own."""
    names = [market.instrument.name for market in venue.markets]
    return {names.index(name): ratio for name, ratio in (section.hedges or {}).items()}


def _borrow(
    here: Setting, venue: Venue, j: int, rows: Ints, put_in: Floats, loan_to_value: Floats
) -> None:
    """Deposit collateral and borrow against it; what is borrowed leaves the model."""
    loan = venue.markets[j].instrument
    if not isinstance(loan, CollateralisedLoan):
        return
    venue.accounts.balances[loan.underlying, rows] += put_in / here.outside.price[loan.underlying]
    ratio = np.minimum(loan_to_value, BELOW_THRESHOLD * loan.liquidation_threshold)
    debt = ratio * put_in / here.outside.price[loan.settlement]
    venue.accounts.positions[j, rows] -= debt
    venue.accounts.positions[j, POOL] += debt.sum()
    venue.accounts.balances[loan.settlement, POOL] -= debt.sum()
    here.wallets[loan.settlement, 0] += debt.sum()
    left = float(venue.accounts.balances[loan.settlement, POOL])
    if left < 0.0:
        raise ConfigError(
            f"venues.{venue.name}.pool_usd: borrowers owe {-left:,.0f} USD more than the pool "
            "has; make the pool larger or the loans smaller"
        )


def _first_positions(here: Setting, section: Institution, seats: list[Seat]) -> None:
    """Open an institution's first positions: by contracts, or on its first derivative."""
    for index, row in dict.fromkeys((seat.venue, seat.row) for seat in seats):
        venue = here.venues[index]
        for j, market in enumerate(venue.markets):
            contracts = (section.positions or {}).get(market.instrument.name, 0.0)
            if contracts:
                open_positions(venue, j, np.array([row]), np.array([contracts]))
    if section.position_usd == 0.0:
        return
    for seat in seats:
        venue = here.venues[seat.venue]
        if venue.markets[seat.instrument].derivative:
            contracts = np.trunc(section.position_usd / venue.valuation.notionals[seat.instrument])
            open_positions(venue, seat.instrument, seat.rows, np.array([contracts]))
            return


def _seats(here: Setting, venue: Venue, rows: Ints, contracts: tuple[str, ...]) -> list[Seat]:
    """Return a seat for each instrument that is traded, all of the venue's without a list."""
    kinds = {
        label: section.kind
        for label, section in here.plan.scenario.venues[venue.name].instruments.items()
    }
    return [
        Seat(
            venue=venue.index,
            instrument=j,
            rows=rows,
            underlying=market.instrument.underlying,
            contract_size=market.instrument.contract_size,
            kind=kinds[market.instrument.name],
            in_coin=market.instrument.settlement == market.instrument.underlying,
        )
        for j, market in enumerate(venue.markets)
        if not contracts or market.instrument.name in contracts
    ]


def _carriers(here: Setting, venue: Venue, instrument: str) -> list[tuple[str, Crowd]]:
    """Return the carry populations of an instrument."""
    return [
        (name, crowd)
        for name, crowd in here.plan.scenario.crowd.items()
        if crowd.kind == CARRY and crowd.venue == venue.name and crowd.instrument == instrument
    ]
