"""Writing every step down, in columns that were reserved beforehand."""

from dataclasses import dataclass, field

import numpy as np

from sim.accounts import INSURANCE
from sim.arrays import Floats
from sim.valuation import margin_all, net_equity
from sim.world import Venue, World

FIELDS = (
    "outside", "exogenous", "index", "mark", "last", "bid", "ask",
    "bid_depth_usd", "ask_depth_usd", "open_interest_usd", "volume_usd", "forced_usd",
    "maintenance_rate", "initial_rate", "required_usd", "equity_usd", "called_usd", "cured_usd",
    "insurance_usd", "funding_rate", "false_price",
)  # fmt: skip
"""What is written of each market at each recorded step."""

FALSE_BY = 0.01
"""A published price further than this from the outside price counts as false."""


@dataclass(slots=True)
class Recorder:
    """Columns of all recorded steps.

    Parameters
    ----------
    every : steps between two records.
    columns : (n_records, n_markets, n_fields).
    steps : recorded steps.
    """

    every: int
    columns: Floats
    steps: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, world: World, every: int) -> "Recorder":
        """Reserve room for a whole run."""
        markets = sum(len(venue.markets) for venue in world.venues)
        records = -(-world.clock.steps // every)
        return cls(every, np.full((records, markets, len(FIELDS)), np.nan))

    def record(self, world: World) -> None:
        """Write one step down, if it is one that is recorded."""
        if world.step % self.every:
            return
        row = self.columns[len(self.steps)]
        self.steps.append(world.step)
        place = 0
        for venue in world.venues:
            equity, required = margin_all(venue.accounts, venue.valuation)
            shared = (
                float(required.sum()),
                float(equity.sum()),
                venue.called_usd,
                venue.cured_usd,
                _fund(venue),
            )
            for j in range(len(venue.markets)):
                row[place] = _of_market(world, venue, j, shared)
                place += 1


def _of_market(
    world: World, venue: Venue, j: int, shared: tuple[float, float, float, float, float]
) -> tuple[float, ...]:
    """Return the fields of one market, in the order of ``FIELDS``."""
    market = venue.markets[j]
    asset = market.instrument.underlying
    outside, notional = float(world.outside.price[asset]), float(venue.valuation.notionals[j])
    maintenance, initial = venue.asked
    required, equity, called, cured, fund = shared
    quote = market.quote
    return (
        outside,
        float(world.outside.exogenous[asset]),
        market.index,
        market.mark,
        quote.last,
        quote.bid,
        quote.ask,
        market.bid_depth * notional,
        market.ask_depth * notional,
        0.5 * float(np.abs(venue.accounts.positions[j]).sum()) * notional,
        market.volume_usd,
        market.forced_usd,
        float(maintenance[j]),
        float(initial[j]),
        required,
        equity,
        called,
        cured,
        fund,
        market.funding_rate,
        float(abs(market.index / outside - 1.0) > FALSE_BY),
    )


def _fund(venue: Venue) -> float:
    """Return what the insurance fund is worth, USD."""
    return float(net_equity(venue.accounts, venue.valuation, np.array([INSURANCE]))[0])
