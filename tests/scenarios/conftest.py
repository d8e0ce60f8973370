"""A scenario small enough to be read at a glance, for tests to spoil."""

from collections.abc import Callable

import pytest

from scenarios.load import parse
from sim.errors import ConfigError

SMALL = """\
title: small
steps: 360
step_seconds: 10
assets:
  BTC:
    price: {kind: diffusion, initial_price: 60_000}
feeds:
  btc:
    asset: BTC
    sources:
      a: {noise: 0.001}
      b: {}
      c: {market: perp/BTC-PERP}
venues:
  perp:
    kind: exchange
    feeds: {BTC: btc}
    instruments:
      BTC-PERP: {kind: linear_perpetual, underlying: BTC, contract_size: 0.001, tick: 1}
    collateral: {USD: {}, BTC: {haircut: 0.1}}
    margin: {policy: fixed, maintenance: 0.01, initial: 0.02}
    liquidation: {rule: partial, target_ratio: 1.2}
  lender:
    kind: lender
    feeds: {BTC: btc}
    instruments:
      BTC-LOAN: {kind: collateralised_loan, underlying: BTC, liquidation_threshold: 0.8}
    pool_usd: 1.0e6
crowd:
  longs: {kind: directional, venue: perp, instrument: BTC-PERP, accounts: 9, leverage: 5}
  carry: {kind: carry, venue: perp, instrument: BTC-PERP, accounts: 2, cash_share: 0.5}
  borrowers: {kind: borrower, venue: lender, instrument: BTC-LOAN, accounts: 9, loan_to_value: 0.5}
institutions:
  maker: {kind: market_maker, venue: perp, instrument: BTC-PERP, cash_usd: 1.0e6}
  desk: {kind: lender_desk, venue: perp, cash_usd: 1.0e5}
pledges:
  - {lender: lender, asset: BTC, share: 0.4, exchange: perp, institution: desk}
shocks:
  - {at_minutes: 10, kind: capture, feed: btc, reporters: 2, fraction: -0.15, minutes: 5}
  - {at_minutes: 20, kind: price_jump, asset: BTC, size: -0.1}
"""


@pytest.fixture
def small() -> str:
    """Return the text of a scenario without mistakes."""
    return SMALL


@pytest.fixture
def told() -> Callable[[str], tuple[str, ...]]:
    """Return what tells the problems that a scenario's text has."""

    def problems(text: str) -> tuple[str, ...]:
        with pytest.raises(ConfigError) as caught:
            parse(text, name="small.yaml")
        return caught.value.problems

    return problems
