"""What every liquidation rule must do, however much it closes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ConfigError
from sim.liquidation import RULES
from sim.liquidation.bonus import Bonus
from sim.liquidation.paced import Paced
from sim.liquidation.partial import Partial
from sim.liquidation.tiered import Tiered
from sim.liquidation.whole import Whole
from sim.margin.schedule import flat, marginal_rates, requirements
from sim.roles import Distress, LiquidationRule

EXAMPLES: dict[str, LiquidationRule] = {
    "whole": Whole(),
    "partial": Partial(target_ratio=1.3, cost=0.002),
    "tiered": Tiered(large_usd=20_000.0, share=0.25),
    "bonus": Bonus(close_factor=0.5, bonus=0.08),
    "paced": Paced(share_of_depth=0.2),
}
every_rule = pytest.mark.parametrize("rule", EXAMPLES.values(), ids=EXAMPLES.keys())


@st.composite
def distresses(draw: st.DrawFn) -> Distress:
    """Return accounts in every state of distress, idle instruments and empty books included."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    k, m = draw(st.integers(1, 3)), draw(st.integers(0, 12))
    shape = (k, m)
    positions = np.round(rng.normal(0, 300, shape)) * (rng.random(shape) < 0.7)
    notional = np.abs(positions) * rng.uniform(1.0, 500.0, (k, 1))
    schedule = flat(rng.uniform(0.0, 0.2, k), np.ones(k))
    required = requirements(schedule, notional).sum(axis=0)
    return Distress(
        positions=positions,
        notional=notional,
        equity=required * rng.uniform(-1.0, 1.4, m) - rng.choice([0.0, 10.0], m),
        required=required,
        rate=marginal_rates(schedule, notional),
        bid_depth=np.round(rng.exponential(1000, k)) * (rng.random(k) < 0.8),
        ask_depth=np.round(rng.exponential(1000, k)) * (rng.random(k) < 0.8),
    )


def test_every_registered_rule_is_tested() -> None:
    assert {name: type(rule) for name, rule in EXAMPLES.items()} == RULES


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_sensible_defaults(name: str) -> None:
    rule = RULES[name]()
    assert isinstance(rule.takes_over, bool)
    assert isinstance(rule.by_keepers, bool)
    assert not (rule.takes_over and rule.by_keepers)


@every_rule
@settings(max_examples=40, deadline=None)
@given(distress=distresses())
def test_no_position_grows_or_changes_sides(rule: LiquidationRule, distress: Distress) -> None:
    before = distress.positions.copy()
    trades = rule.close(distress)
    np.testing.assert_array_equal(distress.positions, before)
    assert trades.shape == before.shape
    assert np.all(trades * before <= 0)
    assert np.all(np.abs(trades) <= np.abs(before))
    assert np.all(trades[before == 0] == 0)


@every_rule
@settings(max_examples=40, deadline=None)
@given(distress=distresses())
def test_exchanges_trade_whole_contracts(rule: LiquidationRule, distress: Distress) -> None:
    if not rule.by_keepers:
        trades = rule.close(distress)
        np.testing.assert_array_equal(trades, np.round(trades))


@every_rule
@settings(max_examples=40, deadline=None)
@given(distress=distresses())
def test_an_account_is_judged_by_itself_unless_the_book_is_shared(
    rule: LiquidationRule, distress: Distress
) -> None:
    if isinstance(rule, Paced):
        return
    together = rule.close(distress)
    for i in range(distress.equity.size):
        alone = Distress(
            positions=distress.positions[:, [i]],
            notional=distress.notional[:, [i]],
            equity=distress.equity[[i]],
            required=distress.required[[i]],
            rate=distress.rate[:, [i]],
            bid_depth=distress.bid_depth,
            ask_depth=distress.ask_depth,
        )
        np.testing.assert_array_equal(rule.close(alone), together[:, [i]])


@settings(max_examples=40, deadline=None)
@given(distress=distresses())
def test_whole_leaves_nothing(distress: Distress) -> None:
    assert np.all(distress.positions + Whole().close(distress) == 0)


@settings(max_examples=60, deadline=None)
@given(distress=distresses(), share=st.floats(0.01, 1.0))
def test_paced_never_takes_more_than_its_share_of_the_book(
    distress: Distress, share: float
) -> None:
    trades = Paced(share_of_depth=share).close(distress)
    sold = -np.minimum(trades, 0).sum(axis=1)
    bought = np.maximum(trades, 0).sum(axis=1)
    assert np.all(sold <= share * distress.bid_depth)
    assert np.all(bought <= share * distress.ask_depth)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Partial(target_ratio=0.9, cost=1.0), ["target_ratio", "cost"]),
        (lambda: Tiered(large_usd=0.0, share=0.0), ["large_usd", "share"]),
        (
            lambda: Bonus(close_factor=0.0, bonus=-1.0, full_below=2.0, small_usd=-1.0),
            ["close_factor", "bonus", "full_below", "small_usd"],
        ),
        (lambda: Paced(share_of_depth=0.0), ["share_of_depth"]),
    ],
)
def test_impossible_parameters_are_all_named(build: object, told: list[str]) -> None:
    assert callable(build)
    with pytest.raises(ConfigError) as caught:
        build()
    for words in told:
        assert words in str(caught.value)
