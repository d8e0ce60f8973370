"""A scenario that runs in the blink of an eye and still has something of everything."""

TINY = """\
title: Tiny
steps: 60
step_seconds: 60
assets:
  BTC:
    price: {kind: diffusion, initial_price: 50_000, volatility: 0.5}
    outside: {daily_volume_usd: 1.0e+7}
feeds:
  btc: {asset: BTC, sources: {a: {}, b: {}, c: {}}, heartbeat_seconds: 60, deviation: 0.001}
venues:
  perp:
    kind: exchange
    feeds: {BTC: btc}
    instruments:
      P: {kind: linear_perpetual, underlying: BTC, contract_size: 0.001, tick: 1}
    collateral: {USD: {}, BTC: {haircut: 0.1}}
    margin: {policy: fixed, maintenance: 0.02, initial: 0.04, grace_seconds: 60}
    insurance_fund_usd: 1000
  bank:
    kind: lender
    feeds: {BTC: btc}
    instruments:
      L: {kind: collateralised_loan, underlying: BTC, liquidation_threshold: 0.8}
    pool_usd: 1.0e+6
crowd:
  longs:
    {kind: directional, venue: perp, instrument: P, accounts: 40, cash_usd: {lognormal: [2000, 1]},
     side: long, leverage: {uniform: [2, 20]}, reserve_share: 0.2}
  noise: {kind: noise, venue: perp, instrument: P, accounts: 20, cash_usd: 5000}
  carry: {kind: carry, venue: perp, instrument: P, accounts: 4, cash_share: 0.5}
  borrowers:
    {kind: borrower, venue: bank, instrument: L, accounts: 10, cash_usd: 9000,
     loan_to_value: {uniform: [0.5, 0.79]}}
institutions:
  maker: {kind: market_maker, venue: perp, instrument: P, cash_usd: 1.0e+6, size_usd: 5000}
  arb: {kind: arbitrageur, venues: [perp], cash_usd: 1.0e+6}
  keeper: {kind: keeper, venue: bank, instrument: L, cash_usd: 1.0e+6}
  desk: {kind: lender_desk, venue: perp, cash_usd: 2000, position_usd: 9000}
pledges:
  - {lender: bank, asset: BTC, share: 0.3, exchange: perp, institution: desk}
shocks:
  - {at_minutes: 10, kind: bias, feed: btc, fraction: -0.1, minutes: 5}
  - {at_minutes: 30, kind: price_jump, asset: BTC, size: -0.06}
"""
