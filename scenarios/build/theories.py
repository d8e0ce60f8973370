"""What contracts that end should cost: their terms, and the smiles that options are priced by."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from scenarios.build.plan import Plan
from scenarios.venues import Venue as VenueSection
from sim.instruments import DatedFuture, EuropeanOption, Instrument
from sim.market.order_book import OrderBook
from sim.outside import Outside
from sim.theory import Smile, Theory

PAST_SECONDS, PAST_RETURNS = 300.0, 288
"""What an underlying realised before the run is read off a day of five minutes."""


def make_smiles(plan: Plan, outside: Outside, section: VenueSection) -> Mapping[int, Smile]:
    """Return the implied volatilities of a venue's underlyings, by asset.

    Fast and slow volatility start alike, as realised in the day before the run.
    """
    smiles = {}
    for name, chosen in (section.surfaces or {}).items():
        asset = plan.assets[name]
        path = outside.assets[asset].path
        daily = outside.assets[asset].depth.daily_volatility ** 2
        if path is not None:
            past = path.history(PAST_RETURNS, PAST_SECONDS)
            daily = float(np.mean(past**2)) * 86400.0 / PAST_SECONDS
        smiles[asset] = Smile(
            asset=asset,
            surface=chosen.build(),
            response=chosen.response,
            limit=chosen.limit,
            fast=daily,
            slow=daily,
            index=float(outside.price[asset]),
        )
    return smiles


def make_theory(instrument: Instrument, plan: Plan, smile: Smile | None) -> Theory | None:
    """Return what an instrument should cost; ``None`` for one that has no end."""
    if not isinstance(instrument, DatedFuture | EuropeanOption):
        return None
    start = plan.scenario.start.timestamp()
    return Theory(instrument, instrument.term.seconds(start), smile)


def ranging_to(book: OrderBook, option: EuropeanOption, index: float, fair: float) -> OrderBook:
    """Return an option's book whose prices reach as far as those of a book on the index.

    An option can cost many times what it costs now, but a call hardly more than what it is
    about, and a put no more than its strike.
    """
    unit = 1.0 if option.in_coin else index
    return replace(book, price_range=book.price_range * max(unit / fair, 1.0))
