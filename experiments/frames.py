"""From the arrays of a finished model to the frames that a run keeps."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import numpy as np
import pandas as pd

from experiments.record import ROUND_COLUMNS
from scenarios.build import Built
from scenarios.build.strikes import ShockRecord
from sim.accounts import HOUSE_ROWS
from sim.arrays import NONE, Floats, Ints
from sim.credit.loans import Credit
from sim.credit.sheets import collateral_usd
from sim.default import worths
from sim.events import COLUMNS, Channel, EventKind
from sim.record import FIELDS
from sim.valuation import net_equity
from sim.world import World

STAMP = "datetime64[us, UTC]"
type Labels = pd.Categorical[str]
type Sheet = tuple[dict[str, float], dict[tuple[str, str, str], float]]
"""Equity of each entity, and what (source, target, kind) is owed; USD."""


def steps_frame(built: Built) -> pd.DataFrame:
    """Return one row a recorded step and market."""
    recorder, world = built.model.cast.recorder, built.model.world
    scenario = built.plan.scenario
    steps = np.array(recorder.steps, dtype=np.int64)
    markets = [
        (venue.name, market.instrument.name, scenario.venues[venue.name])
        for venue in world.venues
        for market in venue.markets
    ]
    n, m = steps.size, len(markets)
    values = recorder.columns[:n].reshape(n * m, len(FIELDS))
    frame = pd.DataFrame(values, columns=list(FIELDS))
    frame["false_price"] = frame["false_price"] > 0.0
    frame.insert(0, "step", np.repeat(steps, m))
    frame.insert(1, "time", _times(built, frame["step"].to_numpy()))
    labels = {
        "venue": [venue for venue, _, _ in markets],
        "instrument": [name for _, name, _ in markets],
        "kind": [section.instruments[name].kind for _, name, section in markets],
    }
    for place, (name, column) in enumerate(labels.items(), start=2):
        frame.insert(place, name, pd.Series(_category(np.tile(np.arange(m), n), column)))
    return frame


def events_frame(built: Built) -> pd.DataFrame:
    """Return one row an event, in order of ``id``, names in place of indices."""
    world, plan = built.model.world, built.plan
    log = world.events
    columns = {name: log.column(name).copy() for name in COLUMNS}
    step = columns["step"].astype(np.int64)
    venues = [*plan.scenario.venues, ""]
    markets = [[market.instrument.name for market in venue.markets] for venue in world.venues]
    return pd.DataFrame(
        {
            "id": np.arange(log.count),
            "step": step,
            "time": _times(built, step),
            "kind": _category(columns["kind"], [kind.name.lower() for kind in EventKind]),
            "venue": _category(columns["venue"], venues),
            "instrument": _instruments(columns["venue"], columns["instrument"], markets),
            "entity": _entities(built, columns["entity"]),
            "account": columns["account"],
            "quantity": columns["quantity"],
            "price": columns["price"],
            "usd": columns["usd"],
            "loss": columns["loss"],
            "cause": columns["cause"],
            "channel": _category(columns["channel"], [each.name.lower() for each in Channel]),
            "generation": columns["generation"].astype(np.int64),
        }
    )


def shocks_frame(built: Built) -> pd.DataFrame:
    """Return one row a shock that struck."""
    last = built.plan.scenario.steps
    records: Sequence[ShockRecord] = built.strikes.records
    start = np.array([record.start_step for record in records], dtype=np.int64)
    end = np.array(
        [last if record.end_step == NONE else record.end_step for record in records],
        dtype=np.int64,
    )
    return pd.DataFrame(
        {
            "event": np.array([record.event for record in records], dtype=np.int64),
            "kind": pd.Series([record.kind for record in records], dtype="str"),
            "description": pd.Series([record.description for record in records], dtype="str"),
            "start_step": start,
            "end_step": end,
            "start_time": _times(built, start),
            "end_time": _times(built, end),
            "target": pd.Series([record.target for record in records], dtype="str"),
        }
    )


def rounds_frame(built: Built) -> pd.DataFrame:
    """Return one row a round of auto-deleveraging, venue by venue."""
    rows = [
        asdict(each) | {"venue": venue.name, "instrument": market.instrument.name}
        for venue in built.model.world.venues
        for each in venue.rounds
        for market in (venue.markets[each.instrument],)
    ]
    return pd.DataFrame(rows, columns=list(ROUND_COLUMNS))


def balance_sheet(built: Built) -> Sheet:
    """Return who is worth what now, and who owes whom; populations count as one each."""
    world, plan = built.model.world, built.plan
    worth = worths(world)
    equity = {name: float(worth[i]) for i, name in enumerate(plan.entities) if i}
    owed: dict[tuple[str, str, str], float] = {}
    for venue in world.venues:
        own = np.arange(HOUSE_ROWS, venue.institutions)
        for row, value in zip(own, net_equity(venue.accounts, venue.valuation, own), strict=True):
            owner = plan.entities[venue.accounts.entity[row]]
            _claim(owed, owner, venue.name, float(value))
    for name, crowd in plan.scenario.crowd.items():
        venue = world.venues[plan.venues[crowd.venue]]
        rows = plan.rows[name]
        net = net_equity(venue.accounts, venue.valuation, rows)
        equity[name] = float(net.sum() + venue.accounts.reserve[rows].sum())
        _claim(owed, name, venue.name, float(np.maximum(net, 0.0).sum()))
        _claim(owed, venue.name, name, float(np.maximum(-net, 0.0).sum()), "margin_claim")
        if venue.kind == "lender":
            debt = float(np.maximum(-venue.accounts.positions[:, rows], 0.0).sum())
            _claim(owed, venue.name, name, debt, "loan")
    _pledges(owed, world)
    if world.credit is not None:
        _loans(owed, world, world.credit)
    return equity, owed


def _pledges(owed: dict[tuple[str, str, str], float], world: World) -> None:
    """Add what treasuries have on exchanges of what lenders have pledged again.

    Pledges of one asset in one account lie there together: what there is of it counts once.
    """
    places = dict.fromkeys(
        (pledge.lender, pledge.exchange, pledge.account, pledge.asset) for pledge in world.pledges
    )
    for lender, exchange, account, asset in places:
        held = float(world.venues[exchange].accounts.balances[asset, account])
        usd = max(held, 0.0) * float(world.outside.price[asset])
        _claim(owed, world.venues[lender].name, world.venues[exchange].name, usd, "pledge")


def _loans(owed: dict[tuple[str, str, str], float], world: World, credit: Credit) -> None:
    """Add what entities owe each other, pledged collateral, and what they owe outside."""
    names = world.entities
    for loan in credit.loans:
        _claim(owed, names[loan.lender], names[loan.borrower], loan.usd - loan.lost, "credit")
        if loan.units.any():
            usd = collateral_usd(world, loan)
            _claim(owed, names[loan.borrower], names[loan.lender], usd, "pledge")
    for entity in np.flatnonzero(credit.owed_outside):
        owed[names[0], names[entity], "outside_debt"] = float(credit.owed_outside[entity])


def entities_frame(built: Built, before: Sheet, after: Sheet) -> pd.DataFrame:
    """Return one row an institution, venue or population."""
    scenario = built.plan.scenario
    kinds: dict[str, str] = {name: venue.kind for name, venue in scenario.venues.items()}
    kinds |= {name: each.kind for name, each in scenario.institutions.items()}
    kinds |= {name: crowd.kind for name, crowd in scenario.crowd.items()}
    names = list(before[0])
    defaulted = {built.plan.entities[i] for i in built.model.world.defaulted}
    return pd.DataFrame(
        {
            "entity": names,
            "kind": [kinds[name] for name in names],
            "equity_before_usd": [before[0][name] for name in names],
            "equity_after_usd": [after[0][name] for name in names],
            "defaulted": [name in defaulted for name in names],
        }
    )


def exposures_frame(before: Sheet, after: Sheet) -> pd.DataFrame:
    """Return one row a claim of ``source`` on ``target``."""
    keys = list(dict.fromkeys([*before[1], *after[1]]))
    keys = [key for key in keys if before[1].get(key, 0.0) or after[1].get(key, 0.0)]
    return pd.DataFrame(
        {
            "source": pd.Series([source for source, _, _ in keys], dtype="str"),
            "target": pd.Series([target for _, target, _ in keys], dtype="str"),
            "kind": pd.Series([kind for _, _, kind in keys], dtype="str"),
            "usd_before": np.array([before[1].get(key, 0.0) for key in keys]),
            "usd_after": np.array([after[1].get(key, 0.0) for key in keys]),
        }
    )


def _claim(
    owed: dict[tuple[str, str, str], float],
    source: str,
    target: str,
    usd: float,
    kind: str = "deposit",
) -> None:
    """Add a claim; what is negative is a claim the other way round."""
    if usd < 0.0:
        source, target, usd, kind = target, source, -usd, "margin_claim"
    owed[source, target, kind] = owed.get((source, target, kind), 0.0) + usd


def _times(built: Built, steps: Ints) -> pd.DatetimeIndex:
    """Return the time at which each step begins."""
    clock = built.plan.scenario.clock
    microseconds = np.round(steps * (clock.step_seconds * 1e6)).astype("timedelta64[us]")
    start = np.datetime64(
        clock.start.replace(tzinfo=None) - (clock.start.utcoffset() or timedelta())
    )
    return pd.DatetimeIndex(start.astype("datetime64[us]") + microseconds).tz_localize("UTC")


def _category(codes: Ints | Floats, names: Sequence[str]) -> Labels:
    """Return names for codes; -1 is the last name."""
    distinct = list(dict.fromkeys(names))
    place = np.array([distinct.index(name) for name in names], dtype=np.int64)
    return _labelled(place[np.asarray(codes, dtype=np.int64)], distinct)


def _labelled(codes: Ints, names: Sequence[str]) -> Labels:
    """Return categories by code."""
    labels: Labels = pd.Categorical.from_codes(codes, pd.Index(names))
    return labels


def _instruments(venue: Ints, instrument: Ints, markets: list[list[str]]) -> Labels:
    """Return the name of each event's instrument, empty where it has none."""
    names, offsets = [""], []
    for labels in markets:
        offsets.append(len(names))
        names += labels
    has = (venue >= 0) & (instrument >= 0)
    codes = np.zeros(venue.size, dtype=np.int64)
    codes[has] = np.array(offsets)[venue[has]] + instrument[has]
    return _category(codes, names)


def _entities(built: Built, entity: Ints) -> Labels:
    """Return the name of each event's entity, empty where it has none."""
    found, place = np.unique(entity, return_inverse=True)
    return _labelled(place, [built.plan.name_of(int(each)) for each in found])
