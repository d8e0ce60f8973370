"""Why an account is short: which link of the mechanism, and which event before it."""

from dataclasses import dataclass
from math import log

import numpy as np

from sim.arrays import NONE, Codes, Floats, Ints
from sim.causes import Ripples
from sim.events import Channel
from sim.theory import inverse
from sim.world import Venue, World

LOOKBACK_SECONDS = 3600.0
"""How far back a price or a requirement is compared with, to say that it has changed."""


@dataclass(frozen=True, slots=True)
class _Suspect:
    """One thing that may have put accounts under water: how much it cost each, (m,) USD."""

    harm: Floats
    channel: Channel
    parent: int = NONE
    ripples: Ripples | None = None
    falling: bool = True


def attribute(world: World, venue: Venue, rows: Ints) -> tuple[Ints, Codes]:
    """Return the event and the channel that each of ``rows`` owes its shortfall to.

    What moved an account is split into its parts: the error of the oracle (feed against
    outside price), the impact of forced trades (outside against undisturbed price, and
    the venue's own market against its index), the undisturbed move itself, the rise of
    the requirement and of implied volatilities, the last three over ``LOOKBACK_SECONDS``, and
    what its owner took out. The part that cost the account most is the channel. The parent is
    the feed's update, the shock, the withdrawal or the change of requirement; for impact it
    is one of the forced trades still felt, drawn in proportion to what is left of each. Without
    a harmful part: exogenous, no parent.
    """
    suspects = _suspects(world, venue, rows)
    harm = np.stack([suspect.harm for suspect in suspects])
    worst = harm.argmax(axis=0)
    guilty = harm[worst, np.arange(rows.size)] > 0.0
    draws = world.streams.at(f"cause/{venue.name}", world.step)
    uniforms = draws.uniform(venue.accounts.address[rows])
    causes = np.full(rows.size, NONE, dtype=np.int64)
    channels = np.full(rows.size, int(Channel.EXOGENOUS), dtype=np.int8)
    for k, suspect in enumerate(suspects):
        mine = np.flatnonzero(guilty & (worst == k))
        if not mine.size:
            continue
        channels[mine] = int(suspect.channel)
        causes[mine] = suspect.parent
        if suspect.ripples is not None:
            causes[mine] = suspect.ripples.parents(uniforms[mine], falling=suspect.falling)
    return causes, channels


def blame_for_holdings(world: World, units: Floats) -> tuple[float, int]:
    """Return what cost most of coins held outside venues, USD, and the event that did it.

    Parameters
    ----------
    units : (n_assets,) of each.
    """
    before = max(0, world.step - world.clock.steps_in(LOOKBACK_SECONDS))
    worst = (0.0, NONE)
    for asset in np.flatnonzero(units[1:]) + 1:
        usd = np.array([units[asset] * world.outside.price[asset]])
        for suspect in _of_asset(world, int(asset), usd, before):
            parent, harm = suspect.parent, float(suspect.harm[0])
            if suspect.ripples is not None:
                draws = world.streams.at(f"cause/{world.assets[asset]}", world.step)
                drawn = suspect.ripples.parents(np.array([draws.one()]), falling=suspect.falling)
                parent = int(drawn[0])
            worst = max(worst, (harm, parent))
    return worst


def _suspects(world: World, venue: Venue, rows: Ints) -> list[_Suspect]:
    """Return everything that can have moved the accounts, with what it cost them."""
    before = max(0, world.step - world.clock.steps_in(LOOKBACK_SECONDS))
    found: list[_Suspect] = []
    for asset, exposure in enumerate(_exposures(venue, rows)):
        if asset and exposure.any():
            found += _of_error(world, venue, asset, exposure)
            found += _of_asset(world, asset, exposure, before)
    rises = venue.asked[0] - world.history.rates[venue.index][before]
    for j, market in enumerate(venue.markets):
        held = venue.accounts.positions[j, rows] * venue.valuation.notionals[j]
        if not market.derivative or not held.any():
            continue
        basis = log(market.mark / market.fair)
        net = market.ripples.net()
        pushed = net * basis > 0.0
        found.append(
            _Suspect(
                -held * _worth(venue, j) * basis,
                Channel.IMPACT if pushed else Channel.BEHAVIOUR,
                ripples=market.ripples if pushed else None,
                falling=basis < 0.0,
            )
        )
        theory = market.theory
        if theory is not None and theory.smile is not None:
            rise = theory.smile.rise_since(before)
            harm = -held * theory.vega(market.index) / market.index * rise
            found.append(_of_volatility(world, venue, harm, before))
        harm = np.abs(held) * rises[j]
        found.append(_Suspect(harm, Channel.MARGIN_UPDATE, parent=venue.margin_event))
    for row, (event, usd) in venue.withdrawn.items():
        if row in rows:
            found.append(_Suspect(np.where(rows == row, usd, 0.0), Channel.SHOCK, parent=event))
    return found or [_Suspect(np.zeros(rows.size), Channel.EXOGENOUS)]


def _of_volatility(world: World, venue: Venue, harm: Floats, before: int) -> _Suspect:
    """Return a move of implied volatilities, which a shock to them answers for while it lasts."""
    shock = venue.implied_shock
    acts = shock != NONE and (
        world.dials.implied[venue.index] != 1.0 or world.events.column("step")[shock] >= before
    )
    return _Suspect(harm, Channel.SHOCK if acts else Channel.EXOGENOUS, shock if acts else NONE)


def _of_asset(world: World, asset: int, exposure: Floats, before: int) -> list[_Suspect]:
    """Return what the parts of one asset's outside price cost those exposed to it."""
    outside = world.outside
    impact = float(outside.impact[asset])
    drift = log(outside.exogenous[asset] / world.history.exogenous[before, asset])
    shock = _shock_since(world, asset, before)
    return [
        _Suspect(
            -exposure * impact,
            Channel.IMPACT,
            ripples=world.pressure[_root(world, asset)],
            falling=impact < 0.0,
        ),
        _Suspect(
            -exposure * drift,
            Channel.EXOGENOUS if shock == NONE else Channel.SHOCK,
            parent=shock,
        ),
    ]


def _of_error(world: World, venue: Venue, asset: int, exposure: Floats) -> list[_Suspect]:
    """Return what the error of a venue's feed costs accounts exposed to an asset."""
    feed = venue.feeds[asset]
    if feed == NONE:
        return []
    error = log(venue.valuation.prices[asset] / world.outside.price[asset])
    return [_Suspect(-exposure * error, Channel.ORACLE_ERROR, parent=world.feeds[feed].event)]


def _shock_since(world: World, asset: int, step: int) -> int:
    """Return the last shock to an asset, or to what it is pegged to, that acted since ``step``."""
    latest = NONE
    while asset != NONE:
        shock = world.price_shocks.get(asset)
        if shock is not None and shock.last_step >= step:
            latest = max(latest, shock.event)
        asset = world.outside.assets[asset].peg
    return latest


def _root(world: World, asset: int) -> int:
    """Return the asset whose forced flow moves ``asset``: its own, or its peg's."""
    peg = world.outside.assets[asset].peg
    return asset if peg == NONE or world.outside.transient[asset] != 0.0 else peg


def _exposures(venue: Venue, rows: Ints) -> list[Floats]:
    """Return what each account gains when each asset rises by its whole price, USD."""
    accounts, prices = venue.accounts, venue.valuation.prices
    exposures = [accounts.balances[a, rows] * prices[a] for a in range(prices.size)]
    for j, market in enumerate(venue.markets):
        underlying = market.instrument.underlying
        if market.derivative and not inverse(market.instrument):
            moving = venue.valuation.notionals[j] * market.delta
            exposures[underlying] = exposures[underlying] + accounts.positions[j, rows] * moving
    return exposures


def _worth(venue: Venue, j: int) -> float:
    """Return the share of its notional that a contract costs: 1 but for options."""
    market = venue.markets[j]
    if not market.optional:
        return 1.0
    money = float(venue.valuation.prices[market.instrument.settlement])
    return float(venue.valuation.values[j] * money / venue.valuation.notionals[j])
