"""Small worlds made of the program's own parts, for tests to set up by hand and to shake."""

from typing import Any

import numpy as np

from scenarios.build import Built, build
from scenarios.load import checked
from sim.accounts import HOUSE_ROWS, OUTSIDE, POOL
from sim.balance import Balance
from sim.events import EventKind
from sim.instruments import CollateralisedLoan
from sim.step import drift, publish
from sim.world import Venue, World

USD, BTC = 0, 1
PRICE = 50_000.0
FIRST = HOUSE_ROWS
"""Row of the first customer of a venue without institutions."""

type Value = Any
"""Whatever a section of a scenario may hold."""
type Plain = dict[str, Value]

FLAT: Plain = {"kind": "linear", "depth_usd": 1e15, "half_spread": 0.0, "half_life_seconds": 1e9}
"""A market so deep that trades in it move nothing."""


def exchange(
    *,
    kind: str = "linear_perpetual",
    size: float = 0.001,
    tick: float = 1e-6,
    mechanism: Plain = FLAT,
    **other: Value,
) -> Plain:
    """Return an exchange with one contract on BTC, marked at the index, without fees."""
    contract = {
        "kind": kind,
        "underlying": "BTC",
        "contract_size": size,
        "tick": tick,
        "mechanism": dict(mechanism),
        "mark": {"kind": "index"},
    }
    venue: Plain = {
        "kind": "exchange",
        "feeds": {"BTC": "btc"},
        "instruments": {"P": contract},
        "collateral": {"USD": {}, "BTC": {}},
        "margin": {
            "policy": "fixed",
            "maintenance": 0.05,
            "initial": 0.1,
            "call_ratio": 1.0,
            "grace_seconds": 0.0,
        },
        "liquidation": {"rule": "whole", "rounds": 1},
        "fees": {"taker": 0.0, "maker": 0.0, "liquidation": 0.0},
    }
    return venue | other


def lender(**other: Value) -> Plain:
    """Return a lender against BTC: threshold 0.8, close factor a half, bonus 5 %, no interest."""
    loan = {
        "kind": "collateralised_loan",
        "underlying": "BTC",
        "liquidation_threshold": 0.8,
        "close_factor": 0.5,
        "bonus": 0.05,
    } | other.pop("loan", {})
    venue: Plain = {
        "kind": "lender",
        "feeds": {"BTC": "btc"},
        "instruments": {"L": loan},
        "liquidation": {"rule": "bonus"},
        "pool_usd": 1e7,
    }
    return venue | other


def idlers(venue: str, instrument: str, accounts: int) -> Plain:
    """Return traders who have nothing and do nothing: accounts to be filled by a test."""
    return {
        "kind": "directional",
        "venue": venue,
        "instrument": instrument,
        "accounts": accounts,
        "nervous_per_hour": 0.0,
        "top_up_share": 0.0,
        "cut_share": 0.0,
    }


def data(venues: Plain, *, accounts: int = 6, **other: Value) -> Plain:
    """Return a scenario in which BTC stands still at ``PRICE`` and a true feed says so."""
    return {
        "name": "tiny",
        "title": "tiny",
        "steps": 200,
        "step_seconds": 60.0,
        "assets": {
            "BTC": {"price": {"kind": "diffusion", "initial_price": PRICE, "volatility": 0.0}}
        },
        "feeds": {
            "btc": {
                "asset": "BTC",
                "sources": {"a": {}},
                "heartbeat_seconds": 1.0,
                "deviation": 0.0,
            }
        },
        "venues": venues,
        "crowd": {
            f"idle_{name}": idlers(name, next(iter(venue["instruments"])), accounts)
            for name, venue in venues.items()
        },
    } | other


def make(plain: Plain, seed: int = 1, *, check: bool = False) -> Built:
    """Build a scenario and go as far as the first marks and requirements, with no one moving."""
    return build(checked(plain, {}), seed, check=check)


def one_exchange(*, accounts: int = 6, scenario: Plain | None = None, **other: Value) -> Built:
    """Build a world with one exchange and nobody who acts."""
    return make(data({"x": exchange(**other)}, accounts=accounts) | (scenario or {}))


def give(venue: Venue, row: int, contracts: float, equity_usd: float, entry: float = 0.0) -> None:
    """Let an account hold contracts entered at ``entry``, and be worth so much at the mark.

    The off-book dealer holds the other side.
    """
    accounts, market = venue.accounts, venue.markets[0]
    money = market.instrument.settlement
    value = float(venue.valuation.values[0])
    units = equity_usd / float(venue.valuation.prices[money])
    for who, q, own in ((row, contracts, units), (OUTSIDE, -contracts, 0.0)):
        accounts.balances[money, who] += own - q * value
        accounts.positions[0, who] += q
        accounts.entry[0, who] = entry or market.mark
    venue.watch.invalidate()


def lend(venue: Venue, row: int, coins: float, debt: float) -> None:
    """Let an account owe money against coins; the pool has lent it."""
    loan = venue.markets[0].instrument
    assert isinstance(loan, CollateralisedLoan)
    accounts = venue.accounts
    accounts.balances[loan.underlying, row] += coins
    accounts.positions[0, row] -= debt
    accounts.positions[0, POOL] += debt
    accounts.balances[loan.settlement, POOL] -= debt
    venue.watch.invalidate()


def reprice(built: Built, factor: float) -> None:
    """Multiply the undisturbed price of BTC, and let the feeds publish what becomes of it."""
    jump(built, factor)
    drift(built.model.world)
    publish(built.model.world, built.model.cast)


def jump(built: Built, factor: float) -> None:
    """Let the undisturbed price of BTC jump when the next step begins."""
    built.model.world.outside._ratio[BTC] *= factor


def weigh(built: Built) -> Balance:
    """Check from here on, after every step, that books balance; return what checks it."""
    built.model.check = balance = Balance.of(built.model.world)
    return balance


def count(world: World, kind: EventKind) -> int:
    """Return how many events of a kind there are."""
    return int((world.events.column("kind") == kind).sum())


def of_kind(world: World, kind: EventKind, name: str) -> np.ndarray:
    """Return one column of the events of a kind."""
    mine: np.ndarray = world.events.column("kind") == kind
    return np.asarray(world.events.column(name)[mine])
