"""Keeping the view that agents get true to the world."""

from dataclasses import dataclass, field
from math import log

import numpy as np

from sim.arrays import Floats
from sim.trade import refresh_quote
from sim.view import VenueView, View
from sim.world import Venue, World

FAST_SECONDS = 600.0
SLOW_SECONDS = 86400.0
TREND_SECONDS = 3600.0
"""Memories (half-lives) of the volatility estimates and of the mean that the trend is against."""


@dataclass(slots=True)
class _Memory:
    """Running estimates of one venue's markets, each (K,)."""

    last: Floats
    mean: Floats
    fast: Floats
    slow: Floats


@dataclass(slots=True)
class Sight:
    """The view, and the estimates in it that need the past.

    Parameters
    ----------
    view : the one view of the run; its arrays are the world's own.
    """

    view: View
    _memories: list[_Memory] = field(default_factory=list)

    @classmethod
    def of(cls, world: World) -> "Sight":
        """Return the sight of a world that has not moved yet."""
        venues, memories = [], []
        for venue in world.venues:
            daily = np.array(
                [
                    world.outside.assets[m.instrument.underlying].depth.daily_volatility
                    for m in venue.markets
                ]
            )
            mids = np.array(
                [
                    log(price if m.optional else m.fair_at(price))
                    for m in venue.markets
                    for price in [float(world.outside.price[m.instrument.underlying])]
                ]
            )
            memories.append(_Memory(mids, mids.copy(), daily**2, daily**2))
            venues.append(_venue_view(venue, daily))
        view = View(
            step=0,
            step_seconds=world.clock.step_seconds,
            outside=world.outside.price,
            wallets=world.wallets,
            congestion=1.0,
            behaviour=not world.cuts.behaviour,
            venues=tuple(venues),
        )
        return cls(view, memories)

    def refresh(self, world: World) -> None:
        """Bring prices, estimates and dials up to date after marking."""
        self.view.step = world.step
        self.view.congestion = world.dials.congestion
        for venue, seen, memory in zip(world.venues, self.view.venues, self._memories, strict=True):
            seen.open = bool(world.dials.open[venue.index])
            seen.liquidity = float(world.dials.liquidity[venue.index])
            for j, market in enumerate(venue.markets):
                seen.quotes[j] = market.quote
                seen.marks[j] = market.mark
                seen.index_prices[j] = market.index
                if market.expired:
                    seen.ended.add(j)
                if market.mechanism is not None:
                    # What an option costs moves many times as much as what it is about.
                    mid = market.index if market.optional else market.quote.mid
                    _estimate(seen, memory, j, mid, world.clock.step_seconds)

    def refresh_quotes(self, world: World) -> None:
        """Bring quotes up to date after a phase that traded."""
        for venue, seen in zip(world.venues, self.view.venues, strict=True):
            for j, market in enumerate(venue.markets):
                if market.mechanism is not None:
                    refresh_quote(market, venue.rules.depth_band)
                    seen.quotes[j] = market.quote

    def standing(self, world: World) -> None:
        """Show who has an open call and who is being liquidated."""
        for venue, seen in zip(world.venues, self.view.venues, strict=True):
            seen.open_calls = venue.open_calls
            seen.liquidatable = venue.failing


def _venue_view(venue: Venue, daily: Floats) -> VenueView:
    """Return the view of one venue before the first step."""
    k = len(venue.markets)
    return VenueView(
        index=venue.index,
        name=venue.name,
        kind=venue.kind,
        instruments=tuple(market.instrument for market in venue.markets),
        theories=tuple(market.theory for market in venue.markets),
        open=True,
        quotes=[market.quote for market in venue.markets],
        marks=np.full(k, np.nan),
        index_prices=np.full(k, np.nan),
        volatility=daily.copy(),
        calm_volatility=daily.copy(),
        trend=np.zeros(k),
        liquidity=1.0,
        valuation=venue.valuation,
        accounts=venue.accounts,
        open_calls=venue.open_calls,
        liquidatable=venue.failing,
    )


def _estimate(seen: VenueView, memory: _Memory, j: int, mid: float, seconds: float) -> None:
    """Update volatility and trend from a new mid."""
    if not mid > 0.0:
        return
    now = log(mid)
    variance = (now - memory.last[j]) ** 2 * 86400.0 / seconds
    memory.last[j] = now
    fast, slow = 0.5 ** (seconds / FAST_SECONDS), 0.5 ** (seconds / SLOW_SECONDS)
    memory.fast[j] += (1.0 - fast) * (variance - memory.fast[j])
    memory.slow[j] += (1.0 - slow) * (variance - memory.slow[j])
    trend = 0.5 ** (seconds / TREND_SECONDS)
    memory.mean[j] += (1.0 - trend) * (now - memory.mean[j])
    seen.volatility[j] = memory.fast[j] ** 0.5
    seen.calm_volatility[j] = memory.slow[j] ** 0.5
    seen.trend[j] = now - memory.mean[j]
