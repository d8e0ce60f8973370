"""Small scenarios put together at random, out of everything that a scenario can hold."""

from hypothesis import strategies as st

from scenarios.load import checked
from scenarios.schema import CHANNELS, Scenario
from tests.sim.worlds import Plain, data, lender

RULE = {
    "whole": {},
    "partial": {"target_ratio": 1.1},
    "tiered": {"large_usd": 5_000.0, "share": 0.3},
    "paced": {"share_of_depth": 0.2},
}
MECHANISM: Plain = {
    "order_book": {},
    "square_root": {},
    "linear": {"depth_usd": 2e5},
}
POLICY: Plain = {
    "fixed": {"maintenance": 0.03, "initial": 0.06},
    "tiered": {},
    "ewma": {"update_seconds": 120.0, "floor": 0.02, "horizon_hours": 2.0},
    "grid": {"update_seconds": 120.0, "price_range": 0.1},
}

CLOSED: list[Plain] = [
    {"policy": "profit_leverage", "formula": "binance"},
    {"policy": "pro_rata", "weight": "profit", "extent": "deficit"},
    {"policy": "water_filling"},
    {"policy": "none"},
]
"""Whose positions are closed when the fund is empty."""


@st.composite
def perpetuals(draw: st.DrawFn) -> Plain:
    """Return an exchange for a perpetual by random rules."""
    kind = draw(st.sampled_from(["linear_perpetual", "inverse_perpetual"]))
    mechanism = draw(st.sampled_from(sorted(MECHANISM)))
    policy = draw(st.sampled_from(sorted(POLICY)))
    rule = draw(st.sampled_from(sorted(RULE)))
    contract = {
        "kind": kind,
        "underlying": "BTC",
        "contract_size": 0.001 if kind == "linear_perpetual" else 10.0,
        "tick": 0.5,
        "mechanism": {"kind": mechanism} | MECHANISM[mechanism],
        "mark": {"kind": draw(st.sampled_from(["index", "median_of_three", "ema_basis", "mid"]))},
        "funding": {"interval_hours": 0.1, "cap": 0.01},
    }
    calls = {
        "call_ratio": draw(st.sampled_from([1.0, 1.5])),
        "grace_seconds": draw(st.sampled_from([0.0, 120.0])),
    }
    return {
        "kind": "exchange",
        "feeds": {"BTC": "btc"},
        "instruments": {"P": contract},
        "collateral": {"USD": {}, "BTC": {"haircut": 0.1}},
        "margin": {"policy": policy} | POLICY[policy] | calls,
        "liquidation": {"rule": rule, "deleveraging": draw(st.sampled_from(CLOSED))} | RULE[rule],
        "fees": {"taker": 0.0005, "maker": draw(st.sampled_from([-0.0002, 0.0002]))},
        "insurance_fund_usd": draw(st.sampled_from([0.0, 5_000.0])),
    }


@st.composite
def endings(draw: st.DrawFn) -> tuple[Plain, Plain, Plain]:
    """Return contracts that end, what prices them, and who trades them; or nothing of it."""
    if not draw(st.booleans()):
        return {}, {}, {}
    mechanism = draw(st.sampled_from(sorted(MECHANISM)))
    common = {
        "underlying": "BTC",
        "settlement": draw(st.sampled_from(["USD", "BTC"])),
        "expiry_hours": draw(st.sampled_from([0.05, 0.12, 10.0])),
        "settlement_seconds": draw(st.sampled_from([0.0, 180.0])),
        "mechanism": {"kind": mechanism} | MECHANISM[mechanism],
    }
    coin = common["settlement"] == "BTC"
    future = {"kind": "dated_future", "contract_size": 10.0 if coin else 0.001, "tick": 0.5}
    option = {
        "kind": "european_option",
        "contract_size": 0.01,
        "tick": 1e-4 if coin else 5.0,
        "right": draw(st.sampled_from(["call", "put"])),
        "strike": draw(st.sampled_from([40_000.0, 50_000.0, 60_000.0])),
    }
    people: Plain = {}
    for name, kind in (("F", "directional"), ("O", "option_writer")):
        people[f"holders {name}"] = {"kind": kind, "instrument": name, "accounts": 12}
        people[f"holders {name}"] |= {"side": "short", "leverage": 2.0, "cash_usd": 3_000.0}
        people[f"carry {name}"] = {"kind": "carry", "instrument": name, "accounts": 3}
        people[f"carry {name}"] |= {"cash_share": 0.3}
    people["holders O"] |= {"write_usd": 500.0, "hedges": {"F": draw(st.sampled_from([-1.0, 2.0]))}}
    people["noise O"] = {"kind": "noise", "instrument": "O", "accounts": 6, "cash_usd": 3_000.0}
    everyone = {name: each | {"venue": "perp"} for name, each in people.items()}
    surface = {"kind": "flat", "volatility": 0.8, "response": draw(st.sampled_from([0.0, 2.0]))}
    return {"F": common | future, "O": common | option}, {"BTC": surface}, everyone


@st.composite
def spots(draw: st.DrawFn) -> Plain:
    """Return an exchange for the coin itself, on an AMM or a book."""
    mechanism = draw(st.sampled_from(["constant_product", "order_book"]))
    contract = {
        "kind": "spot",
        "underlying": "BTC",
        "contract_size": 0.001,
        "tick": 0.5,
        "mechanism": {"kind": mechanism},
        "mark": {"kind": "mid"},
    }
    if mechanism == "constant_product":
        contract["mechanism"] = {"kind": mechanism, "depth_usd": 1e6}
    return {
        "kind": "exchange",
        "feeds": {"BTC": "btc"},
        "instruments": {"S": contract},
        "collateral": {"USD": {}, "BTC": {}},
    }


def crowds(kinds: list[str], leverage: float, collateral: Plain) -> Plain:
    """Return the populations of a perpetual exchange."""
    common = {"venue": "perp", "instrument": "P", "collateral": collateral}
    every: Plain = {
        "long": {"kind": "directional", "accounts": 25, "side": "long", "leverage": leverage},
        "short": {"kind": "directional", "accounts": 10, "side": "short", "leverage": leverage},
        "noise": {"kind": "noise", "accounts": 12, "trades_per_hour": 60.0},
        "momentum": {"kind": "momentum", "accounts": 8},
        "value": {"kind": "value", "accounts": 8},
    }
    chosen = {
        name: every[name] | common | {"cash_usd": {"lognormal": [2_000, 1.0]}, "reserve_share": 0.2}
        for name in kinds
    }
    carry = {"kind": "carry", "accounts": 4, "cash_share": 0.3} | common
    return chosen | {"carry": carry}


SHOCKS: list[Plain] = [
    {"kind": "price_jump", "asset": "BTC", "size": -0.3},
    {"kind": "price_jump", "asset": "BTC", "size": -0.8},
    {"kind": "price_jump", "asset": "BTC", "size": 0.5},
    {"kind": "volatility_regime", "asset": "BTC", "multiplier": 8.0, "minutes": 10},
    {"kind": "liquidity_withdrawal", "multiplier": 0.0, "minutes": 10},
    {"kind": "venue_outage", "venue": "perp", "minutes": 4},
    {"kind": "margin_hike", "multiplier": 4.0, "minutes": 10},
    {"kind": "congestion", "multiplier": 10.0, "minutes": 10},
    {"kind": "implied_volatility", "multiplier": 2.5, "minutes": 6},
    {"kind": "bias", "feed": "btc", "fraction": -0.3, "minutes": 6},
    {"kind": "freeze", "feed": "btc", "minutes": 6},
    {"kind": "whale_default", "institution": "maker"},
    {"kind": "whale_default", "institution": "desk"},
]


@st.composite
def markets(draw: st.DrawFn) -> Scenario:
    """Return a small scenario put together at random."""
    perp, spot = draw(perpetuals()), draw(spots())
    ending, surfaces, writers = draw(endings())
    perp["instruments"] |= ending
    perp |= {"surfaces": surfaces} if surfaces else {}
    inverse = perp["instruments"]["P"]["kind"] == "inverse_perpetual"
    collateral = {"BTC": 1.0} if inverse else draw(st.sampled_from([{}, {"BTC": 0.5}]))
    kinds = draw(
        st.lists(
            st.sampled_from(["long", "short", "noise", "momentum", "value"]),
            min_size=1,
            unique=True,
        )
    )
    shocks = draw(st.lists(st.sampled_from(SHOCKS), max_size=3, unique_by=id))
    without = draw(
        st.lists(
            st.sampled_from(CHANNELS),
            max_size=2,
            unique=True,
        )
    )
    plain = data({"perp": perp, "spot": spot, "lender": lender(insurance_fund_usd=1_000.0)})
    plain["assets"]["BTC"] = {
        "price": {"kind": "diffusion", "initial_price": 50_000.0, "volatility": 1.0},
        "outside": {"daily_volume_usd": draw(st.sampled_from([1e7, 1e10]))},
    }
    plain["crowd"] = crowds(kinds, draw(st.sampled_from([3.0, 10.0, 16.0])), collateral) | {
        **{name: each | {"collateral": collateral} for name, each in writers.items()},
        "borrowers": {
            "kind": "borrower",
            "venue": "lender",
            "instrument": "L",
            "accounts": 15,
            "cash_usd": 3_000.0,
            "loan_to_value": {"uniform": [0.4, 0.79]},
            "reserve_share": 0.1,
        },
        "swappers": {"kind": "noise", "venue": "spot", "instrument": "S", "accounts": 6}
        | {"cash_usd": 5_000.0, "collateral": {"BTC": 0.5}},
    }
    own = {"cash_usd": 1e6, "collateral": collateral}
    plain["institutions"] = {
        "maker": {"kind": "market_maker", "venue": "perp", "instruments": ["P", *ending]} | own,
        "arb": {"kind": "arbitrageur", "venues": ["perp", "spot"]} | own,
        "keeper": {"kind": "keeper", "venue": "lender", "instrument": "L", "cash_usd": 2e4},
        "desk": {"kind": "lender_desk", "venue": "perp", "instrument": "P", "cash_usd": 1_000.0}
        | {"position_usd": 8_000.0},
        "vault": {"kind": "vault", "venue": "perp", "cash_usd": 2e4},
    }
    if draw(st.booleans()):
        perp["liquidation"]["backstop"] = {"vault": "vault", "below": 0.9}
    plain["pledges"] = [
        {
            "lender": "lender",
            "asset": "BTC",
            "share": 0.7,
            "exchange": "perp",
            "institution": "desk",
        }
    ]
    plain["shocks"] = [{"at_seconds": 60.0 * draw(st.integers(1, 8))} | shock for shock in shocks]
    return checked(plain | {"without": without, "steps": 14}, {})
