"""Mistakes that a section has in itself: unknown names, impossible numbers."""

from collections.abc import Callable

import pytest

type Told = Callable[[str], tuple[str, ...]]

MISTAKES = {
    "unknown key at the top": (
        "title: small",
        "title: small\nstep: 3",
        ("small.yaml:2: step: unknown key `step`", "did you mean `steps`"),
    ),
    "unknown key in a section": (
        "{noise: 0.001}",
        "{nose: 0.001}",
        ("small.yaml:11: feeds.btc.sources.a.nose:", "did you mean `noise`"),
    ),
    "unknown policy": (
        "policy: fixed, ",
        "policy: fixt, ",
        ("venues.perp.margin.policy: unknown margin policy `fixt`", "did you mean `fixed`"),
    ),
    "unknown parameter": (
        "maintenance: 0.01",
        "maintenence: 0.01",
        ("small.yaml:21: venues.perp.margin.maintenence:", "did you mean `maintenance`"),
    ),
    "unknown common key of a choice": (
        "target_ratio: 1.2",
        "round: 2",
        ("venues.perp.liquidation.round:", "did you mean `rounds`"),
    ),
    "unknown instrument kind": (
        "kind: linear_perpetual",
        "kind: perpetual",
        ("unknown instrument `perpetual`", "linear_perpetual"),
    ),
    "unknown price path": ("kind: diffusion", "kind: difusion", ("did you mean `diffusion`",)),
    "unknown mark": ("tick: 1}", "tick: 1, mark: media}", ("mark method `media`", "median")),
    "unknown rule": ("rule: partial", "rule: partail", ("did you mean `partial`",)),
    "unknown agent": ("kind: directional", "kind: direction", ("did you mean `directional`",)),
    "a population among institutions": ("kind: market_maker", "kind: noise", ("`noise`",)),
    "unknown shock": ("kind: price_jump", "kind: jump", ("shocks[1].kind", "`price_jump`")),
    "unknown distribution": (
        "leverage: 5",
        "leverage: {lognormol: [5, 1]}",
        ("crowd.longs.leverage: unknown distribution", "did you mean `lognormal`"),
    ),
    "half a distribution": (
        "leverage: 5",
        "leverage: {lognormal: [5]}",
        ("lognormal takes [median, sigma]",),
    ),
    "unknown channel": (
        "title: small",
        "title: small\nwithout: [impct]",
        ("without[0]: unknown name `impct`", "did you mean `impact`"),
    ),
    "impossible margin": (
        "maintenance: 0.01",
        "maintenance: 0.5",
        ("venues.perp.margin.initial: initial must lie in [maintenance, 1]",),
    ),
    "negative depth": (
        "initial_price: 60_000}",
        "initial_price: 60_000}\n    outside: {depth_usd: -5}",
        ("small.yaml:7: assets.BTC.outside.depth_usd: outside depth_usd must be > 0 USD",),
    ),
    "negative depth band": (
        "pool_usd: 1.0e6",
        "depth_band: -0.1",
        ("venues.lender.depth_band: -0.1 is impossible; must be > 0",),
    ),
    "a feed with no source": (
        "    sources:\n      a: {noise: 0.001}\n      b: {}\n      c: {market: perp/BTC-PERP}\n",
        "    sources: {}\n",
        ("feeds.btc.sources: must have at least 1",),
    ),
    "a feed without the key": (
        "    sources:\n      a: {noise: 0.001}\n      b: {}\n      c: {market: perp/BTC-PERP}\n",
        "",
        ("feeds.btc.sources: is missing",),
    ),
    "impossible haircut": ("haircut: 0.1", "haircut: 1.1", ("haircut: 1.1 is impossible",)),
    "a pledge of everything": ("share: 0.4", "share: 1", ("pledges[0].share: 1 is impossible",)),
    "a shock at two times": (
        "at_minutes: 20",
        "at_minutes: 20, at_hours: 0.5",
        ("shocks[1]: takes one of at_hours",),
    ),
    "a shock at no time": ("at_minutes: 20, ", "", ("shocks[1]: a shock needs either a time",)),
    "an instant that lasts": (
        "size: -0.1",
        "size: -0.1, minutes: 3",
        ("shocks[1]: this shock happens at once",),
    ),
    "no steps": ("steps: 360", "steps: 0", ("steps: 0 is impossible; must be >= 1",)),
    "steps that are no number": ("steps: 360", "steps: many", ("must be a whole number",)),
    "a start that is no time": (
        "title: small",
        "title: small\nstart: noon",
        ("small.yaml:2: start: ",),
    ),
    "a section that is none": ("{haircut: 0.1}", "0.1", ("must be a section of `key: value`",)),
    "a number without end": (
        "maintenance: 0.01",
        "maintenance: .inf",
        ("venues.perp.margin.maintenance: must be a finite number, not inf",),
    ),
    "no number at all": (
        "initial_price: 60_000}",
        "initial_price: 60_000}\n    outside: {depth_usd: .nan}",
        ("small.yaml:7: assets.BTC.outside.depth_usd: must be a finite number, not nan",),
    ),
    "a distribution without end": (
        "leverage: 5",
        "leverage: {lognormal: [.inf, 1]}",
        ("crowd.longs.leverage: must be a finite number, not inf",),
    ),
    "a number that is a word": ("share: 0.4", "share: half", ("share: must be a number",)),
}


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
    assert len(told(small.replace(old, new, 1))) == 1
