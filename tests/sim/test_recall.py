"""Collateral pledged again: where it lies, how it is called back, and what is missing if lost."""

import numpy as np
import pytest

from scenarios.build import Built
from sim.accounts import HOUSE_ROWS, INSURANCE, POOL
from sim.events import Channel, EventKind
from tests.sim.worlds import (
    BTC,
    PRICE,
    Plain,
    Value,
    count,
    data,
    exchange,
    idlers,
    jump,
    lender,
    make,
    of_kind,
)


def pledged(share: float = 0.6, coins: float = 3.0, **other: Value) -> Built:
    """Return a lender that has pledged a share of its deposits on an exchange.

    The treasury is the first institution on the exchange, long some ``coins`` with them as margin.
    """
    borrower = idlers("l", "L", 2) | {
        "kind": "borrower",
        "cash_usd": PRICE,
        "loan_to_value": 0.78,
        "checks_per_hour": 0.0,
    }
    for key in ("nervous_per_hour", "top_up_share", "cut_share"):
        del borrower[key]
    carry = {"kind": "carry", "venue": "x", "instrument": "P", "accounts": 2, "cash_share": 0.5}
    plain: Plain = data({"x": exchange(), "l": lender(insurance_fund_usd=1e6)}) | {
        "crowd": {
            "borrowers": borrower,
            "carry": carry,
        },
        "institutions": {
            "desk": {
                "kind": "lender_desk",
                "venue": "x",
                "instrument": "P",
                "cash_usd": 1_000.0,
                "position_usd": coins * PRICE,
            },
            "keeper": {"kind": "keeper", "venue": "l", "instrument": "L", "cash_usd": 1e6},
        },
        "pledges": [
            {"lender": "l", "asset": "BTC", "share": share, "exchange": "x", "institution": "desk"}
        ],
    }
    return make(plain | other)


def test_pledged_tokens_lie_on_the_exchange_and_are_owed_by_the_pool() -> None:
    world = pledged().model.world
    pledge = world.pledges[0]
    x, bank = world.venues
    assert pledge.units == pytest.approx(1.2)
    assert x.accounts.balances[BTC, pledge.account] == pytest.approx(1.2)
    assert bank.accounts.balances[BTC, POOL] == pytest.approx(-1.2)
    assert x.accounts.entity[pledge.account] == bank.owner == pledge.entity


def test_with_rehypothecation_cut_cash_of_the_same_worth_lies_there_instead() -> None:
    cut, whole = pledged(without=["rehypothecation"]).model.world, pledged().model.world
    pledge = cut.pledges[0]
    assert pledge.units == 0.0
    for world in (cut, whole):
        held = world.venues[0].accounts.balances[:, pledge.account]
        assert held @ world.outside.price == pytest.approx(
            whole.venues[0].accounts.balances[:, pledge.account] @ whole.outside.price
        )
    assert cut.venues[1].accounts.balances[BTC, POOL] == 0.0


def test_tokens_that_must_be_delivered_are_called_back_from_the_exchange() -> None:
    built = pledged(share=0.9, coins=15.0)
    world = built.model.world
    jump(built, 0.95)
    for _ in range(4):
        built.model.step()
    recalls = np.flatnonzero(world.events.column("kind") == EventKind.RECALL)
    assert recalls.size
    pledge, exchange_ = world.pledges[0], world.venues[0]
    back = -of_kind(world, EventKind.RECALL, "quantity").sum()
    assert pledge.units == pytest.approx(1.8 - back)
    hurt = np.flatnonzero(
        (world.events.column("channel") == Channel.REHYPOTHECATION)
        & np.isin(world.events.column("kind"), (EventKind.LIQUIDATION, EventKind.TAKEOVER))
    )
    assert hurt.size, "the treasury's own margin is gone"
    assert (world.events.column("account")[hurt] == pledge.account).all()
    assert np.isin(world.events.column("cause")[hurt], recalls).all()
    assert exchange_.accounts.positions[0, pledge.account] == 0.0


def test_what_is_lost_on_the_exchange_cannot_be_delivered_by_the_lender() -> None:
    built = pledged(share=0.9)
    world = built.model.world
    exchange_ = world.venues[0]
    exchange_.accounts.balances[BTC, INSURANCE] += exchange_.accounts.balances[BTC, HOUSE_ROWS]
    exchange_.accounts.balances[BTC, HOUSE_ROWS] = 0.0
    jump(built, 0.9)
    for _ in range(5):
        built.model.step()
    assert count(world, EventKind.RECALL) == 0
    seized = -of_kind(world, EventKind.LIQUIDATION, "quantity")[
        of_kind(world, EventKind.LIQUIDATION, "venue") == 1
    ]
    assert seized.sum() == pytest.approx(0.2), "what is left in the pool, and not a token more"
    assert world.venues[1].accounts.balances[BTC].sum() == pytest.approx(0.0, abs=1e-9)
