"""What the machine made of one crash stays what it was, until a commit says why it changes."""

from collections import Counter

import numpy as np
import pytest

from sim.accounts import INSURANCE
from sim.events import EventKind
from sim.valuation import net_equity
from tests.sim.worlds import (
    FIRST,
    PRICE,
    data,
    exchange,
    give,
    jump,
    lend,
    lender,
    make,
    of_kind,
    weigh,
)

THIN = {"kind": "linear", "depth_usd": 2e6, "half_spread": 0.0005, "half_life_seconds": 1800.0}


def crash() -> tuple[dict[str, int], dict[str, float]]:
    """Let leverage of all degrees meet a fall of 12 % in two steps on a thin market."""
    fees = {"taker": 0.0005, "maker": 0.0, "liquidation": 0.01}
    policy = {"policy": "fixed", "maintenance": 0.05, "initial": 0.1, "call_ratio": 1.3}
    venue = exchange(
        mechanism=THIN,
        margin=policy | {"grace_seconds": 120.0},
        liquidation={"rule": "partial", "rounds": 3},
        fees=fees,
        insurance_fund_usd=300.0,
    )
    venue["instruments"]["P"]["mark"] = {"kind": "ema_basis"}
    built = make(data({"x": venue, "l": lender()}, accounts=60))
    world = built.model.world
    x, bank = world.venues
    for i in range(30):
        contracts = 100.0 + 5.0 * i
        give(x, FIRST + i, contracts, (0.06 + 0.004 * i) * contracts * 0.001 * PRICE)
        give(x, FIRST + 30 + i, -contracts, (0.1 + 0.01 * i) * contracts * 0.001 * PRICE)
        lend(bank, FIRST + i, 1.0, 30_000.0 + 400.0 * i)
    weigh(built)
    for step in range(20):
        if step in (3, 6):
            jump(built, 0.94)
        built.model.step()
    kinds = Counter(EventKind(kind).name.lower() for kind in world.events.column("kind"))
    money = {
        "liquidated": float(of_kind(world, EventKind.LIQUIDATION, "usd").sum()),
        "fund": float(net_equity(x.accounts, x.valuation, np.array([INSURANCE]))[0]),
        "fees": float(x.accounts.balances[0, 0]),
        "mark": x.markets[0].mark,
        "lost": float(of_kind(world, EventKind.LIQUIDATION, "loss").sum()),
    }
    return dict(kinds), money


def test_a_crash_is_what_it_was() -> None:
    kinds, money = crash()
    assert kinds == {
        "oracle_update": 20,
        "margin_call": 10,
        "liquidation": 77,
        "settlement": 30,
        "insurance": 34,
        "socialised_loss": 4,
    }
    assert money == pytest.approx(
        {
            "liquidated": 220_615.438594334,
            "fund": 0.0,
            "fees": 110.30771929716701,
            "mark": 40_225.440898347784,
            "lost": 38_866.18315262303,
        },
        rel=1e-9,
        abs=1e-6,
    )
