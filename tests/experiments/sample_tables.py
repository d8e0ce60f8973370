"""The tables of made-up runs."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from experiments.record import ENTITY_COLUMNS, EXPOSURE_COLUMNS, ROUND_COLUMNS, SHOCK_COLUMNS
from sim.arrays import Floats
from sim.events import Channel, EventKind, EventLog

START = datetime(2025, 1, 1, 14, tzinfo=UTC)
VENUES = ("perp_a", "lender", "perp_b")
INSTRUMENTS = ("BTC-PERP", "BTC-LOAN", "BTC-PERP-B")
KINDS = ("linear_perpetual", "collateralised_loan", "linear_perpetual")
ENTITIES = ("world", "carry_fund", "maker", "lending_pool", "exchange_a", "exchange_b", "crowd")
KINDS_OWED = ("loan", "deposit", "pledge", "margin_claim")
ENTITY_WORTH = (
    *(("lending_pool", 2e8), ("carry_fund", 6e7), ("maker", 9e7)),
    *(("exchange_a", 5e7), ("exchange_b", 4e7), ("crowd", 3e8)),
)
OWED = (
    *(("lending_pool", "carry_fund", 8e7), ("carry_fund", "exchange_a", 4e7)),
    *(("exchange_a", "carry_fund", 3e7), ("exchange_b", "maker", 1e7)),
    *(("maker", "exchange_a", 3e7), ("crowd", "exchange_a", 2e8), ("crowd", "exchange_b", 9e7)),
)


def events_table(log: EventLog) -> pd.DataFrame:
    """Return the log as the frame of a run."""
    n = log.count
    step = log.column("step").astype(np.int64)
    frame = {
        "id": np.arange(n),
        "step": step,
        "time": pd.Timestamp(START) + pd.to_timedelta(10 * step, unit="s"),
        "kind": _names([kind.name.lower() for kind in EventKind], log.column("kind")),
        "venue": _names(VENUES, log.column("venue")),
        "instrument": _names(INSTRUMENTS, log.column("instrument")),
        "entity": _names(ENTITIES, log.column("entity")),
        "channel": _names([channel.name.lower() for channel in Channel], log.column("channel")),
    }
    numbers = ("account", "quantity", "price", "usd", "loss", "cause", "generation")
    return pd.DataFrame(frame | {name: log.column(name) for name in numbers})


def rounds_table() -> pd.DataFrame:
    """Return two rounds of auto-deleveraging."""
    rows = [
        (6, "perp_a", "BTC-PERP", 10.0, 50.0, 300.0, 10.0, 40, 30, 0.5, 0.2, 0.1),
        (7, "perp_a", "BTC-PERP", 6.0, 30.0, 100.0, 6.0, 20, 5, 0.9, 0.6, 0.3),
    ]
    return pd.DataFrame(rows, columns=list(ROUND_COLUMNS))


def _names(names: Sequence[str], codes: np.ndarray) -> "pd.Categorical[str]":
    """Return codes as categories, -1 as the empty name."""
    categories = [*names, ""]
    place = np.asarray(codes, dtype=np.int64)
    place = np.where(place < 0, len(categories) - 1, place).astype(np.int64)
    labels: pd.Categorical[str] = pd.Categorical.from_codes(place, pd.Index(categories))
    return labels


def steps_table(
    rng: np.random.Generator,
    outside: Floats,
    calm: Floats,
    attack: tuple[int, int],
    events: pd.DataFrame,
    markets: int,
    *,
    storm: float = 0.8,
) -> pd.DataFrame:
    """Return the steps of every market, those of one step together."""
    n = outside.size
    frames = []
    sold = events[events["kind"].isin(["liquidation", "disposal", "adl", "collateral_sale"])]
    for m in range(markets):
        v = m % 3
        lying = (np.arange(n) >= attack[0]) & (np.arange(n) <= attack[1]) & (v < 2)
        stress = 1 - storm * np.exp(-(((np.arange(n) - n * 0.43) / (n * 0.09)) ** 2))
        forced = np.bincount(
            sold["step"][sold["venue"] == VENUES[v]], sold["usd"][sold["venue"] == VENUES[v]], n
        )[:n]
        called = np.convolve(forced, np.ones(min(12, n)) / 25)[:n]
        mid = outside * (1 + rng.normal(0, 0.0003, n))
        spread = 0.0002 / stress
        frame = pd.DataFrame(
            {
                "step": np.arange(n),
                "time": pd.Timestamp(START) + pd.to_timedelta(10 * np.arange(n), unit="s"),
                "venue": VENUES[v],
                "instrument": INSTRUMENTS[v] + ("" if m < 3 else str(m)),
                "kind": KINDS[v],
                "outside": outside,
                "exogenous": calm,
                "index": np.where(lying, 0.72 * outside[attack[0]], outside),
                "mark": np.where(lying, 0.74 * outside[attack[0]], mid),
                "last": mid,
                "bid": mid * (1 - spread / 2),
                "ask": mid * (1 + spread / 2),
                "bid_depth_usd": 4e6 * stress * rng.lognormal(0, 0.1, n),
                "ask_depth_usd": 4e6 * stress**0.5 * rng.lognormal(0, 0.1, n),
                "open_interest_usd": 9e8 - np.cumsum(forced),
                "volume_usd": 2e6 + 3 * forced,
                "forced_usd": forced,
                "maintenance_rate": 0.02 + 0.05 * (1 - stress) * (v != 1),
                "initial_rate": 0.04 + 0.1 * (1 - stress) * (v != 1),
                "required_usd": 2e7,
                "equity_usd": 6e7 - 0.06 * np.cumsum(forced),
                "called_usd": called,
                "cured_usd": called / 5,
                "insurance_usd": 1e7 - 0.004 * np.cumsum(forced),
                "funding_rate": 1e-4,
                "false_price": lying,
            }
        )
        if v == 1:
            frame = frame.assign(
                last=np.nan, bid=np.nan, ask=np.nan, bid_depth_usd=np.nan, ask_depth_usd=np.nan
            )
        frames.append(frame)
    steps = pd.concat(frames).sort_values("step", kind="stable").reset_index(drop=True)
    return steps.astype({"venue": "category", "instrument": "category", "kind": "category"})


def entities_table(known: Sequence[tuple[str, float]] = ENTITY_WORTH) -> pd.DataFrame:
    """Return who is there; the second has lost everything, the others a tenth."""
    names, before = [name for name, _ in known], np.array([usd for _, usd in known])
    after = np.where(np.arange(before.size) == 1, -0.02 * before, 0.9 * before)
    columns = (names, ["institution"] * before.size, before, after, after < 0)
    return pd.DataFrame(dict(zip(ENTITY_COLUMNS, columns, strict=True)))


def exposures_table(known: Sequence[tuple[str, str, float]] = OWED) -> pd.DataFrame:
    """Return who is owed by whom, half of it afterwards."""
    rows = [(*row[:2], KINDS_OWED[i % 4], row[2], row[2] / 2) for i, row in enumerate(known)]
    return pd.DataFrame(rows, columns=list(EXPOSURE_COLUMNS))


def shocks_table(attack: tuple[int, int], seconds: int = 10) -> pd.DataFrame:
    """Return the one shock: the attack."""
    times = [pd.Timestamp(START) + pd.Timedelta(seconds=seconds * step) for step in attack]
    row = (
        0,
        "capture",
        "three of five reporters of btc_main are captured",
        *attack,
        *times,
        "btc_main",
    )
    return pd.DataFrame([row], columns=list(SHOCK_COLUMNS))
