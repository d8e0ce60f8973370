"""The margin that a policy asks for along a path of prices, with no agents to answer it.

A policy is fed here exactly as a run feeds it: the same returns in the same order, the same
arithmetic, one update after the other. With feedback cut, a run's rates are these, bit for bit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from experiments.outside_path import OutsidePath, outside_prices
from scenarios.policies import policy_of
from scenarios.schema import Scenario
from scenarios.venues import Margin
from scenarios.venues import Venue as VenueSection
from sim import elementary
from sim.arrays import Floats
from sim.contracts import Contracts
from sim.errors import ConfigError, DataError, check
from sim.instruments import DatedFuture, EuropeanOption, Instrument
from sim.margin.charges import notional_of
from sim.margin.model import Composed, composed
from sim.margin.schedule import asked_rates, scaled
from sim.roles import MarginPolicy, MarketState
from sim.theory import contracts_of

FOREVER = 1e12
"""Seconds between two updates of a policy that has none, as runs have it."""

type Counted = Callable[[int, int], None]
"""Called with the updates done and all updates."""


@dataclass(frozen=True, slots=True, eq=False)
class MarginPath:
    """What an outright position of one instrument or several required, update by update.

    Parameters
    ----------
    maintenance, initial : (m, K) fractions of notional, of a small position; the requirement
        of row ``t`` is set with prices up to row ``first + t``, and stands until the next.
    first : row of the prices at which the first requirement is set.
    interval_seconds : between two updates.
    """

    maintenance: Floats
    initial: Floats
    first: int
    interval_seconds: float

    def __len__(self) -> int:
        """Return the number of updates."""
        return len(self.maintenance)


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """What a policy is shown: the past it needs, and prices at each of its updates.

    Parameters
    ----------
    past : (n, K) log returns before the first update, oldest first.
    index : (m, K) prices at each update, USD.
    start : (K,) price from which the first return after the past is measured, USD: in a file
        ``index[0]``, in a run the price before step 0.
    interval_seconds : between two updates.
    factor : (m,) by what shocks multiply the requirement; 1 without.
    contracts : what the instruments are at their index; linear perpetuals without.
    """

    past: Floats
    index: Floats
    start: Floats
    interval_seconds: float
    factor: Floats
    contracts: Callable[[Floats], Contracts] | None = None


def margin_path(
    policy: str | Margin | Composed | MarginPolicy,
    prices: ArrayLike,
    interval_seconds: float,
    *,
    first: int | None = None,
    progress: Counted | None = None,
) -> MarginPath:
    """Return what a policy asks for along a series of prices.

    It is asked once a price, whatever its own clock says: ``interval_seconds`` is the time
    between two updates and between two returns.

    Parameters
    ----------
    policy : a policy string (``ewma:lambda=0.97+floor``), a section, or a policy.
    prices : (n,) or (n, K) USD, > 0, oldest first.
    interval_seconds : between two prices, > 0.
    first : row at which the first requirement is set; as soon as the policy is valid without.
    progress : called after every update.

    Raises
    ------
    ConfigError
        If the policy string is wrong, or a price.
    DataError
        If there are fewer prices before ``first`` than the policy needs: how many, and from
        which row on it is valid. Nothing is ever filled in.

    Examples
    --------
    >>> import numpy as np
    >>> calm_then_not = 100 * np.exp(np.cumsum([0.01, -0.01] * 20 + [0.03, -0.03] * 5))
    >>> path = margin_path("ewma:lambda=0.8,floor=0,horizon_hours=24", calm_then_not, 86_400)
    >>> path.first, path.maintenance[[0, -1], 0].round(4)
    (21, array([0.0233, 0.0665]))
    """
    chosen = composed_of(policy)
    table = np.asarray(prices, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    check(
        (table.ndim == 2 and table.size > 0, "prices must be (n,) or (n, K), and at least one"),
        (bool((np.isfinite(table) & (table > 0)).all()), "prices must be finite and > 0 USD"),
        (isfinite(interval_seconds) and interval_seconds > 0, "interval_seconds must be > 0"),
    )
    begin = chosen.history if first is None else first
    if not chosen.history <= begin < len(table):
        raise DataError(
            f"the policy needs {chosen.history:,} returns before its first requirement: of "
            f"{len(table):,} prices it is valid from row {chosen.history:,} on, not from {begin:,}"
        )
    returns = log_returns(table)
    market = Market(
        past=returns[begin - chosen.history : begin],
        index=table[begin:],
        start=table[begin],
        interval_seconds=interval_seconds,
        factor=np.ones(len(table) - begin),
    )
    return along(chosen, market, first=begin, progress=progress)


def margin_outside(scenario: Scenario, seed: int) -> Floats:
    """Return the maintenance rate of a scenario's main market on the outside path, (m,).

    One rate an update of the policy; one in all where it never changes. The main market is the
    first instrument of the first exchange that asks for margin.

    Raises
    ------
    ConfigError
        If no venue asks for margin.
    """
    asking = [name for name, venue in scenario.venues.items() if venue.margin is not None]
    if not asking:
        raise ConfigError(f"{scenario.name} has no exchange that asks for margin")
    return venue_outside(scenario, seed, asking[0]).maintenance[:, 0]


def venue_outside(scenario: Scenario, seed: int, venue: str) -> MarginPath:
    """Return what a venue of a scenario would ask for on the outside path.

    Every index is the outside price of what the instrument is about; what a venue's instruments
    are is told to policies that reprice them as long as none of them has an end. A run with
    impact, oracle error, behaviour and re-hypothecation cut, whose feeds read the outside market,
    asks for the same at each update, bit for bit, as long as its policy looks at prices alone.

    Parameters
    ----------
    scenario, seed : the world.
    venue : one that asks for margin.
    """
    section = scenario.venues[venue]
    if section.margin is None:
        raise ConfigError(f"{venue} asks for no margin")
    chosen = section.margin.composed()
    world = outside_prices(scenario, seed)
    return along(chosen, _seen_by(chosen, scenario, world, venue, section))


def along(
    chosen: Composed, market: Market, *, first: int = 0, progress: Counted | None = None
) -> MarginPath:
    """Feed a policy, tools and all, from the first update to the last."""
    model = chosen.open()
    count, width = market.index.shape
    past, most = len(market.past), max(chosen.history, 1)
    from_ = np.concatenate([market.start[None], market.index[1:-1]])[: count - 1]
    returns = np.concatenate([market.past, elementary.log(market.index[1:] / from_)])
    maintenance, initial = np.empty((count, width)), np.empty((count, width))
    for update in range(count):
        index = market.index[update]
        last = past + update
        state = MarketState(
            returns=returns[max(0, last - most) : last].copy(),
            interval_seconds=market.interval_seconds,
            index=index,
            open_interest=np.zeros(width),
            seen=update,
            contracts=market.contracts and market.contracts(index),
        )
        schedule = model.schedule(state)
        factor = float(market.factor[update])
        schedule = schedule if factor == 1.0 else scaled(schedule, factor)
        notional = index if state.contracts is None else notional_of(state.contracts)
        maintenance[update], initial[update] = asked_rates(schedule, notional)
        if progress is not None:
            progress(update + 1, count)
    return MarginPath(maintenance, initial, first, market.interval_seconds)


def composed_of(policy: str | Margin | Composed | MarginPolicy) -> Composed:
    """Return what is asked for, with its tools, however it was named."""
    if isinstance(policy, str):
        return policy_of(policy).composed()
    if isinstance(policy, Margin):
        return policy.composed()
    return policy if isinstance(policy, Composed) else composed(policy)


def log_returns(prices: Floats) -> Floats:
    """Return the log returns of prices, (n - 1, K), as a run works them out."""
    return elementary.log(prices[1:] / prices[:-1])


def _seen_by(
    chosen: Composed, scenario: Scenario, world: OutsidePath, venue: str, section: VenueSection
) -> Market:
    """Return what the policy of a venue would see of the outside path."""
    every = chosen.update_seconds
    assets = [each.underlying for each in section.instruments.values()]
    columns = [world.assets[asset] for asset in assets]
    updates = isfinite(every) and "margin_update" not in scenario.without
    past = [world.past(asset, chosen.history if isfinite(every) else 0, every) for asset in assets]
    stride = scenario.clock.steps_in(every) if updates else scenario.steps
    return Market(
        past=np.stack(past, axis=1),
        index=world.prices[::stride, columns],
        start=world.initial[columns],
        interval_seconds=every if isfinite(every) else FOREVER,
        factor=world.margin[::stride, world.venues[venue]],
        contracts=_contracts(section, world),
    )


def _contracts(section: VenueSection, world: OutsidePath) -> Callable[[Floats], Contracts] | None:
    """Return what perpetuals and spot are at their index, ``None`` where something ends."""
    instruments: list[Instrument] = [
        each.build(
            name=name,
            underlying=world.assets[each.underlying],
            settlement=world.assets[each.settlement],
        )
        for name, each in section.instruments.items()
    ]
    if any(isinstance(each, DatedFuture | EuropeanOption) for each in instruments):
        return None
    return partial(contracts_of, instruments, [None] * len(instruments))
