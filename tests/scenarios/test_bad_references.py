"""Mistakes between sections: names that are not there, numbers that do not agree."""

from collections.abc import Callable

import pytest

type Told = Callable[[str], tuple[str, ...]]

MISTAKES = {
    "a source that reads no market": ("perp/BTC-PERP}", "perp/ETH-PERP}", ("`perp/BTC-PERP`",)),
    "an account on no venue": (
        "longs: {kind: directional, venue: perp",
        "longs: {kind: directional, venue: parp",
        ("crowd.longs.venue: unknown venue `parp`", "did you mean `perp`"),
    ),
    "an account without a venue": (
        "longs: {kind: directional, venue: perp, ",
        "longs: {kind: directional, ",
        ("crowd.longs.venue: is missing",),
    ),
    "an institution on no venue": (
        "{kind: lender_desk, venue: perp, ",
        "{kind: lender_desk, ",
        ("institutions.desk: has no venue",),
    ),
    "an instrument that is not there": (
        "venue: perp, instrument: BTC-PERP, accounts: 9",
        "venue: perp, instrument: BTC-PRP, accounts: 9",
        ("unknown instrument of perp `BTC-PRP`", "did you mean `BTC-PERP`"),
    ),
    "a feed that nobody named": (
        "kind: exchange\n    feeds: {BTC: btc}",
        "kind: exchange\n    feeds: {BTC: btcc}",
        ("venues.perp.feeds.BTC: unknown feed `btcc`", "did you mean `btc`"),
    ),
    "a feed that nobody uses": (
        "feeds:\n  btc:",
        "feeds:\n  spare: {asset: BTC, sources: {a: {}}}\n  btc:",
        ("feeds.spare: no venue uses it",),
    ),
    "an asset without a feed": (
        "kind: exchange\n    feeds: {BTC: btc}",
        "kind: exchange\n    feeds: {}",
        ("venues.perp.feeds: has no feed for BTC", "add `BTC: <feed>`"),
    ),
    "unknown settlement": (
        "contract_size: 0.001",
        "settlement: USDT, contract_size: 0.001",
        ("venues.perp.instruments.BTC-PERP.settlement: unknown asset `USDT`",),
    ),
    "unknown collateral": (
        "BTC: {haircut: 0.1}",
        "BTCC: {haircut: 0.1}",
        ("venues.perp.collateral.BTCC: unknown asset `BTCC`", "did you mean `BTC`"),
    ),
    "a loan above its threshold": (
        "loan_to_value: 0.5",
        "loan_to_value: 0.85",
        ("crowd.borrowers.loan_to_value: 0.85 is not below", "0.8"),
    ),
    "a pledge of nothing known": (
        "asset: BTC, share",
        "asset: ETH, share",
        ("pledges[0].asset: unknown asset `ETH`",),
    ),
    "a pledge to somebody unknown": (
        "institution: desk",
        "institution: disk",
        ("pledges[0].institution: unknown institution `disk`", "did you mean `desk`"),
    ),
    "a pledge made twice": (
        "shocks:",
        "  - {lender: lender, asset: BTC, share: 0.7, exchange: perp, institution: desk}\nshocks:",
        ("pledges[1].share: with the pledges before it comes to 1.1",),
    ),
    "a quorum nobody can make": (
        "    asset: BTC\n",
        "    asset: BTC\n    quorum: 4\n",
        ("feeds.btc.quorum: 4 of 3 sources can never be",),
    ),
    "a capture of more than there are": (
        "reporters: 2",
        "reporters: 4",
        ("shocks[0].reporters: 4 cannot be held", "must be <= 3"),
    ),
    "a shock after the end": (
        "at_minutes: 20",
        "at_minutes: 60",
        ("shocks[1].at_minutes: is when the run is over",),
    ),
    "a shock before the start": (
        "at_minutes: 20",
        "at: 2024-12-31T23:59:00Z",
        ("shocks[1].at: is before the run begins",),
    ),
    "a shock to nothing": ("asset: BTC, size", "asset: ETH, size", ("unknown asset `ETH`",)),
    "nobody on the other side": (
        "  carry: {kind: carry, venue: perp, instrument: BTC-PERP, accounts: 2, cash_share: 0.5}\n",
        "",
        ("crowd.longs: nobody takes the other side", "`carry`"),
    ),
    "carry without means": (", cash_share: 0.5", "", ("crowd.carry: cash_share is missing",)),
    "a peg to nothing": (
        "kind: diffusion, initial_price: 60_000",
        "kind: pegged, peg: ETH",
        ("assets.BTC.price.peg: unknown asset `ETH`",),
    ),
    "a peg to itself": (
        "kind: diffusion, initial_price: 60_000",
        "kind: pegged, peg: BTC",
        ("assets.BTC.price.peg: leads back to itself",),
    ),
    "a peg to what comes later": (
        "assets:\n",
        "assets:\n  WBTC: {price: {kind: pegged, peg: BTC}}\n",
        ("`BTC` must be listed before",),
    ),
    "USD among the assets": (
        "assets:\n",
        "assets:\n  USD: {price: {kind: diffusion}}\n",
        ("assets.USD: is always there",),
    ),
    "an exchange that lends": (
        "kind: lender\n",
        "kind: exchange\n",
        ("venues.lender.pool_usd: only a lender", "an exchange gives no loans"),
    ),
    "an exchange that leaves it to keepers": (
        "rule: partial, target_ratio: 1.2",
        "rule: bonus",
        ("venues.perp.liquidation.rule: an exchange liquidates itself",),
    ),
    "a lender with a margin policy": (
        "pool_usd: 1.0e6",
        "margin: {policy: fixed}",
        ("venues.lender.margin: a lender has no margin policy",),
    ),
    "two terms for one loan": (
        "pool_usd: 1.0e6",
        "liquidation: {rule: bonus, bonus: 0.1}",
        ("venues.lender.instruments.BTC-LOAN.bonus: 0.05 is not what liquidation.bonus says",),
    ),
    "collateral shares above one": (
        "cash_usd: 1.0e6",
        "cash_usd: 1.0e6, collateral: {BTC: 0.7, USD: 0.7}",
        ("institutions.maker.collateral: shares come to 1.4",),
    ),
    "a name used twice": (
        "institutions:\n",
        "institutions:\n  longs: {kind: whale, venue: perp}\n",
        ("institutions.longs: is the name of a population, too",),
    ),
    "leverage beyond its margin": (
        "leverage: 5",
        "leverage: 51",
        ("crowd.longs.leverage: 51 times", "initial margin of perp, 0.02", "must be <= 50"),
    ),
    "leverage that can go beyond its margin": (
        "leverage: 5",
        "leverage: {lognormal: [5, 1], between: [1, 60]}",
        ("60 times is more",),
    ),
    "records of nothing": (
        "title: small",
        "title: small\nrecord_every_steps: 361",
        ("record_every_steps: 361 records nothing",),
    ),
}

CONTRADICTIONS = {"an exchange that lends": 4}
"""What calls itself an exchange but lends disagrees with its pool, loan, borrowers and pledge."""


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_every_mistake_is_told_with_line_key_and_remedy(
    small: str, told: Told, old: str, new: str, expected: tuple[str, ...]
) -> None:
    assert old in small, "the mistake is not made"
    problems = told(small.replace(old, new, 1))
    for words in expected:
        assert any(words in problem for problem in problems), problems
    assert all(problem.startswith("small.yaml:") for problem in problems)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_without_what_only_follows_from_it(
    small: str, told: Told, name: str
) -> None:
    old, new, _ = MISTAKES[name]
    assert len(told(small.replace(old, new, 1))) == CONTRADICTIONS.get(name, 1)
