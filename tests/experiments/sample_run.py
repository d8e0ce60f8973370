"""Made-up runs with the shape of real ones, for tests of what is read off a run."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from experiments.record import Run
from sim.arrays import Floats
from sim.events import Channel, EventKind, EventLog
from tests.experiments.sample_tables import (
    START,
    entities_table,
    events_table,
    exposures_table,
    rounds_table,
    shocks_table,
    steps_table,
)


def sample_run(
    *, steps: int = 360, events: int = 600, markets: int = 3, seed: int = 1, twin: bool = True
) -> Run:
    """Return an oracle compromise: a feed lies for a while, sales follow, the price comes to it."""
    rng = np.random.default_rng(seed)
    attack = (steps // 4, steps // 4 + max(2, steps // 12))
    noise = np.cumsum(rng.normal(0, 0.0006, steps))
    fall = 0.36 / (1 + np.exp(-(np.arange(steps) - steps * 0.42) / (steps * 0.035)))
    calm = 60_000 * np.exp(noise - 0.03 * np.arange(steps) / steps)
    outside = calm * np.exp(-fall)
    log = _log(rng, steps, events, attack, outside)
    table = events_table(log)
    return Run(
        scenario="title: A made-up oracle compromise\n",
        name="sample",
        title="A made-up oracle compromise",
        seed=seed,
        manifest={"hash": "0123456789abcdef", "versions": {"python": "3.12"}, "grace_seconds": 120},
        steps=steps_table(rng, outside, calm, attack, table, markets),
        events=table,
        entities=entities_table(),
        exposures=exposures_table(),
        shocks=shocks_table(attack),
        twin_steps=steps_table(rng, calm, calm, attack, table.iloc[:0], markets, storm=0.3)
        if twin
        else None,
    )


def calm_run(*, steps: int = 60) -> Run:
    """Return a run in which nothing happens."""
    run = sample_run(steps=steps, events=0)
    prices = 60_000 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.0006, steps)))
    quiet = steps_table(np.random.default_rng(2), prices, prices, (0, -1), run.events, 3, storm=0.0)
    return replace(
        run,
        name="calm",
        title="No shock: the control",
        steps=quiet,
        events=run.events.iloc[:0],
        entities=run.entities.assign(defaulted=False),
        shocks=run.shocks.iloc[:0],
        twin_steps=quiet,
    )


HAND_MADE = (
    # step, kind, cause, venue, account, usd, loss, channel
    (1, EventKind.SHOCK, -1, -1, -1, 0.0, 7.0, Channel.SHOCK),
    (2, EventKind.MARGIN_CALL, 0, 0, 4, 40.0, 0.0, Channel.ORACLE_ERROR),
    (2, EventKind.CURE, 1, 0, 4, 10.0, 0.0, Channel.BEHAVIOUR),
    (3, EventKind.LIQUIDATION, 1, 0, 4, 100.0, 30.0, Channel.ORACLE_ERROR),
    (4, EventKind.LIQUIDATION, 3, 2, 5, 50.0, 10.0, Channel.IMPACT),
    (4, EventKind.ORACLE_UPDATE, 3, -1, -1, 0.0, 0.0, Channel.IMPACT),
    (4, EventKind.INSURANCE, 4, 2, 5, 5.0, 5.0, Channel.COUNTERPARTY),
    (5, EventKind.LIQUIDATION, 5, 0, 7, 20.0, 0.0, Channel.MARGIN_UPDATE),
    (6, EventKind.TAKEOVER, 5, 1, 6, 30.0, 3.0, Channel.IMPACT),
    (7, EventKind.DISPOSAL, 8, 1, 1, 25.0, 4.0, Channel.IMPACT),
    (7, EventKind.ADL, 8, 1, 9, 20.0, 2.0, Channel.COUNTERPARTY),
    (7, EventKind.LIQUIDATION, 9, 0, 4, 20.0, 1.0, Channel.IMPACT),
    (7, EventKind.LIQUIDATION, 9, 2, 8, 40.0, 0.0, Channel.IMPACT),
    (7, EventKind.INSURANCE, 10, 1, -1, -2.0, -2.0, Channel.COUNTERPARTY),
)
"""A tree small enough to count by hand; a row's number is the event's id."""

type Told = tuple[int, EventKind, int, int, int, float, float, Channel]


def log_of(rows: Iterable[Told]) -> EventLog:
    """Return a log of events told as ``HAND_MADE`` tells them."""
    log = EventLog()
    for step, kind, cause, venue, account, usd, loss, channel in rows:
        who: dict[str, Any] = {"venue": venue, "account": account}
        log.add(step, kind, cause=cause, channel=channel, usd=usd, loss=loss, **who)
    return log


def with_events(run: Run, log: EventLog) -> Run:
    """Return a run with other events, steps of 60 s."""
    events = events_table(log)
    times = pd.Timestamp(START) + pd.to_timedelta(60 * events["step"], unit="s")
    return replace(run, events=events.assign(time=times))


def hand_made_run() -> Run:
    """Return eight steps of 60 s with the events of ``HAND_MADE``."""
    log = log_of(HAND_MADE)
    events = events_table(log)
    outside = np.array([100.0, 100, 100, 100, 80, 70.4, 60, 85])
    twin = np.array([100.0, 100, 100, 90, 80, 80, 80, 80])
    steps = steps_table(np.random.default_rng(0), outside, twin, (1, 3), events, 3)
    maintenance = np.repeat([0.05, 0.05, 0.05, 0.1, 0.1, 0.2, 0.1, 0.1], 3)
    columns: dict[str, Any] = {
        "index": np.where(steps["false_price"], 70.0, steps["outside"]),
        "mark": steps["outside"],
        "maintenance_rate": maintenance,
        "initial_rate": 2 * maintenance,
        "open_interest_usd": 1000 / 3,
        "bid_depth_usd": np.repeat([10.0, 10, 10, 5, 2, 7, 8, 9], 3),
        "time": pd.Timestamp(START) + pd.to_timedelta(60 * steps["step"], unit="s"),
    }
    steps = steps.assign(**columns)
    flat = np.repeat([0.05] * 4 + [0.1] * 4, 3)
    run = replace(
        sample_run(steps=8, events=0),
        name="by_hand",
        steps=steps,
        shocks=shocks_table((1, 3), seconds=60),
        manifest={"grace_seconds": {"perp_a": 60, "lender": 60, "perp_b": 60}},
        twin_steps=steps.assign(outside=np.repeat(twin, 3), maintenance_rate=flat),
        entities=entities_table((("pool", 100.0), ("fund", 50.0), ("maker", 20.0))),
        exposures=exposures_table((("pool", "fund", 25.0), ("fund", "maker", 10.0))),
        adl_rounds=rounds_table(),
    )
    return with_events(run, log)


def _log(
    rng: np.random.Generator, steps: int, events: int, attack: tuple[int, int], outside: Floats
) -> EventLog:
    """Return a shock and a cascade that it starts, spreading from venue to venue."""
    log = EventLog()
    if not events:
        return log
    log.add(attack[0], EventKind.SHOCK, channel=Channel.SHOCK, loss=40_000.0)
    log.add(attack[0] + 1, EventKind.ORACLE_UPDATE, cause=0, channel=Channel.SHOCK, price=42_000.0)
    forced = [1]
    moments = np.sort(attack[0] + 2 + (steps * 0.45 * rng.beta(1.6, 2.6, events)).astype(int))
    for step in np.minimum(moments, steps - 1):
        early = step <= attack[1]
        venue = int(rng.choice(3, p=[0.6, 0.4, 0.0] if early else [0.4, 0.15, 0.45]))
        cause = 1 if early and rng.random() < 0.7 else int(rng.choice(forced[-40:]))
        channel = Channel.ORACLE_ERROR if cause == 1 else Channel(int(rng.choice([3, 3, 3, 4, 6])))
        account = int(rng.integers(4, 4000))
        usd = float(rng.lognormal(12.5, 1.1))
        who: dict[str, Any] = {"venue": venue, "instrument": venue, "account": account, "entity": 6}
        call = log.add(
            int(step), EventKind.MARGIN_CALL, cause=cause, channel=channel, usd=usd / 20, **who
        )
        if rng.random() < 0.2:
            log.add(int(step), EventKind.CURE, cause=call, usd=usd / 25, **who)
            continue
        seized = log.add(
            int(step),
            EventKind.LIQUIDATION,
            cause=call,
            channel=channel,
            usd=usd,
            loss=0.06 * usd,
            quantity=-usd / outside[step],
            price=outside[step],
            **who,
        )
        forced.append(int(seized[0]))
        _absorb(log, rng, int(step), seized, venue, usd)
    log.add(
        min(int(moments[-1]) + 2, steps - 1),
        EventKind.DEFAULT,
        cause=forced[-1],
        entity=1,
        channel=Channel.REHYPOTHECATION,
        usd=2.5e6,
        loss=2.5e6,
    )
    return log


def _absorb(
    log: EventLog, rng: np.random.Generator, step: int, cause: object, venue: int, usd: float
) -> None:
    """Let somebody bear what now and then is left of a liquidation."""
    luck = rng.random()
    what: dict[str, Any] = {"cause": cause, "venue": venue, "channel": Channel.COUNTERPARTY}
    if venue == 1 and luck < 0.25:
        log.add(step, EventKind.BAD_DEBT, usd=0.03 * usd, entity=3, **what)
    elif luck < 0.2:
        log.add(step, EventKind.INSURANCE, usd=0.03 * usd, entity=4, **what)
    elif luck < 0.24:
        log.add(step, EventKind.ADL, usd=usd, loss=0.02 * usd, account=7, entity=6, **what)
