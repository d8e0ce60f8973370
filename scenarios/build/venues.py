"""Venues: contracts, markets, rulebooks, and the accounts that the house itself has."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from agents.margin_engine import MarginCalls, MarginEngine
from oracles.base import Model
from oracles.roles import MarkMethod, MarkState
from scenarios.build.plan import WORLD, Plan
from scenarios.build.theories import make_smiles, make_theory, ranging_to
from scenarios.venues import Venue as VenueSection
from sim.accounts import HOUSE_ROWS, INSURANCE, OUTSIDE, POOL, Accounts
from sim.arrays import NONE, Floats, Ints
from sim.causes import Ripples
from sim.instruments import CollateralisedLoan, EuropeanOption, Instrument, Spot
from sim.margin.fixed import Fixed
from sim.margin.model import Composed
from sim.market.order_book import OrderBook
from sim.marking import Requirements
from sim.orders import Quote
from sim.outside import Outside
from sim.roles import MarketState, Schedule
from sim.rules import Backstop, Rulebook
from sim.theory import Smile, contracts_of
from sim.valuation import Valuation
from sim.watch import Watch
from sim.world import Market, Venue

CAUSE_HALF_LIFE = 3600.0
WAITING_HALF_LIFE = 1800.0
"""Seconds in which a forced trade is half forgotten: as a cause, and as flow to be carried."""
FOREVER = 1e12
"""Seconds between two updates of a policy that has none: longer than any run."""


@dataclass(slots=True)
class Marking:
    """A mark method together with what it remembers of one market."""

    method: MarkMethod
    state: MarkState

    def mark(self, index: float, quote: Quote, funding_basis: float, step_seconds: float) -> float:
        """Return the mark price, USD."""
        return self.method.mark(index, quote, funding_basis, self.state, step_seconds)


@dataclass(frozen=True, slots=True)
class VenueParts:
    """A venue, its margin engine, and what the engine's policy has seen so far."""

    venue: Venue
    engine: MarginEngine
    requirements: Requirements


def make_venue(model: Model, plan: Plan, outside: Outside, name: str) -> VenueParts:
    """Return a venue with the house's own money in place, and no customer yet."""
    section = plan.scenario.venues[name]
    index = plan.venues[name]
    smiles = make_smiles(plan, outside, section)
    markets = tuple(
        _make_market(plan, outside, section, label, smiles) for label in section.instruments
    )
    accounts = Accounts.empty(plan.accounts_on(name), len(plan.assets), len(markets))
    accounts.entity[:HOUSE_ROWS] = plan.entities.index(name)
    # Who deals off the book is nobody in the model: what it gains or loses is not the venue's.
    accounts.entity[OUTSIDE] = plan.entities.index(WORLD)
    rules = Composed(policy=Fixed(maintenance=0.0, initial=0.0))
    calls = MarginCalls()
    if section.margin is not None:
        rules = section.margin.composed()
        calls = MarginCalls(
            call_ratio=section.margin.call_ratio,
            grace_seconds=section.margin.grace_seconds,
            release_ratio=section.margin.release_ratio,
        )
    engine = MarginEngine(
        model,
        f"{name} margin engine",
        plan.entities.index(name),
        index,
        policy=rules.open(),
        settings=calls,
        clock=plan.scenario.clock,
    )
    requirements = _requirements(rules, outside, markets)
    # Tools remember what they were shown: what the first valuation takes is asked of others.
    schedule = rules.open().schedule(
        MarketState(
            returns=np.array(requirements.returns).reshape(-1, len(markets)),
            interval_seconds=requirements.interval_seconds,
            index=requirements.index,
            open_interest=np.zeros(len(markets)),
            contracts=contracts_of(
                [market.instrument for market in markets],
                [market.theory for market in markets],
                requirements.index,
            ),
        )
    )
    venue = Venue(
        index=index,
        name=name,
        kind=section.kind,
        markets=markets,
        accounts=accounts,
        rules=_rules(plan, name, section),
        feeds=_feeds(plan, section),
        valuation=_valuation(plan, outside, section, markets, schedule),
        watch=Watch(),
        institutions=plan.institutions_on(name),
        owner=plan.entities.index(name),
        supplied_usd=section.pool_usd,
        smiles=tuple(smiles.values()),
    )
    _fund(outside, venue, section)
    return VenueParts(venue, engine, requirements)


def _make_market(
    plan: Plan, outside: Outside, section: VenueSection, label: str, smiles: Mapping[int, Smile]
) -> Market:
    """Return one instrument and its market, opened at what it should cost."""
    chosen = section.instruments[label]
    underlying = plan.assets[chosen.underlying]
    price = float(outside.price[underlying])
    instrument: Instrument = chosen.build(
        name=label, underlying=underlying, settlement=plan.assets[chosen.settlement]
    )
    theory = make_theory(instrument, plan, smiles.get(underlying))
    fair = price if theory is None else theory.price(price)
    mechanism = marking = None
    if chosen.mechanism is not None and not isinstance(instrument, CollateralisedLoan):
        kind = chosen.mechanism.build()
        if isinstance(instrument, EuropeanOption) and isinstance(kind, OrderBook):
            kind = ranging_to(kind, instrument, price, fair)
        mechanism = kind.open(instrument.tick, fair, instrument.contract_size)
    if chosen.mark is not None:
        marking = Marking(chosen.mark.build(), MarkState())
    market = Market(
        instrument,
        mechanism,
        marking,
        Ripples(CAUSE_HALF_LIFE),
        Ripples(WAITING_HALF_LIFE),
    )
    market.theory, market.index, market.mark = theory, price, fair
    if theory is not None:
        market.delta = theory.delta(price)
    if mechanism is not None:
        market.quote = mechanism.quote()
    return market


def _requirements(policy: Composed, outside: Outside, markets: tuple[Market, ...]) -> Requirements:
    """Return the past that a policy needs, drawn or read from before the run."""
    seconds = policy.update_seconds
    needed = policy.history if isfinite(seconds) else 0
    past: list[Floats] = []
    for market in markets:
        path = outside.assets[market.instrument.underlying].path
        none = np.zeros(needed)
        past.append(none if path is None or not needed else path.history(needed, seconds))
    rows = np.stack(past, axis=1) if needed else np.empty((0, len(markets)))
    return Requirements(
        interval_seconds=seconds if isfinite(seconds) else FOREVER,
        returns=deque(rows, maxlen=max(needed, 1)),
        index=np.array([market.index for market in markets]),
    )


def _rules(plan: Plan, name: str, section: VenueSection) -> Rulebook:
    """Return the rulebook of a venue."""
    chosen, backstop = section.liquidation.backstop, None
    if chosen is not None:
        backstop = Backstop(
            row=plan.seats[chosen.vault, name],
            below=chosen.below,
            capital_share=chosen.capital_share,
            disposal_share=chosen.disposal_share,
        )
    return Rulebook(
        liquidation=section.liquidation.build(),
        rounds=section.liquidation.rounds,
        taker_fee=section.fees.taker,
        maker_fee=section.fees.maker,
        liquidation_fee=section.fees.liquidation,
        depth_band=section.depth_band,
        deleveraging=section.liquidation.policy(),
        adl_whole=section.liquidation.closes_whole,
        backstop=backstop,
        price_band=section.liquidation.price_band,
        takeover_after_seconds=section.liquidation.takeover_after_seconds,
        disposal_share=section.liquidation.disposal_share,
        max_position_usd=section.max_position_usd or inf,
    )


def _feeds(plan: Plan, section: VenueSection) -> Ints:
    """Return the feed of each asset, ``NONE`` without."""
    feeds = np.full(len(plan.assets), NONE, dtype=np.int64)
    for asset, feed in section.feeds.items():
        feeds[plan.assets[asset]] = plan.feeds[feed]
    return feeds


def _valuation(
    plan: Plan,
    outside: Outside,
    section: VenueSection,
    markets: tuple[Market, ...],
    schedule: Schedule,
) -> Valuation:
    """Return how the venue values accounts before the first step.

    What a venue does not take as collateral counts for nothing, what its contracts settle
    in counts whole unless it says otherwise. A lender counts collateral up to the
    liquidation threshold.
    """
    haircuts = np.ones(len(plan.assets))
    haircuts[0] = 0.0
    for market in markets:
        instrument = market.instrument
        if isinstance(instrument, CollateralisedLoan):
            haircuts[instrument.underlying] = 1.0 - instrument.liquidation_threshold
        else:
            haircuts[instrument.settlement] = 0.0
            if isinstance(instrument, Spot):
                haircuts[instrument.underlying] = 0.0
    for asset, collateral in section.collateral.items():
        if section.kind == "exchange":
            haircuts[plan.assets[asset]] = collateral.haircut
    return Valuation(
        settlement=np.array([market.instrument.settlement for market in markets]),
        values=np.array([market.instrument.value(market.mark) for market in markets]),
        notionals=np.array([market.exposure(market.mark) for market in markets]),
        prices=outside.price.copy(),
        haircuts=haircuts,
        schedule=schedule,
    )


def _fund(outside: Outside, venue: Venue, section: VenueSection) -> None:
    """Put the insurance fund, the lending pool and the reserves of an AMM in place."""
    balances = venue.accounts.balances
    money = venue.markets[0].instrument.settlement
    balances[money, INSURANCE] = section.insurance_fund_usd / outside.price[money]
    balances[0, POOL] = section.pool_usd
    for market in venue.markets:
        reserves = getattr(market.mechanism, "reserves", None)
        if reserves is not None and isinstance(market.instrument, Spot):
            base, quote = reserves
            balances[market.instrument.underlying, POOL] += base
            balances[market.instrument.settlement, POOL] += quote
