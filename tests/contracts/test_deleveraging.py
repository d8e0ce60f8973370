"""What every deleveraging policy must do, whomever it chooses."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.liquidation import Liquidation
from sim.deleveraging import DELEVERAGING
from sim.deleveraging.none import NoDeleveraging
from sim.deleveraging.pro_rata import ProRata
from sim.deleveraging.profit_leverage import ProfitLeverage
from sim.deleveraging.water_filling import WaterFilling
from sim.errors import ConfigError
from sim.roles import Candidates, Deleveraging

EXAMPLES: dict[str, Deleveraging] = {
    "profit_leverage": ProfitLeverage(formula="binance"),
    "pro_rata": ProRata(weight="profit"),
    "water_filling": WaterFilling(),
    "none": NoDeleveraging(),
}
CLOSING: dict[str, Deleveraging] = {
    "bitmex": ProfitLeverage(),
    "hyperliquid": ProfitLeverage(formula="hyperliquid"),
    "binance": ProfitLeverage(formula="binance"),
    "by size": ProRata(),
    "by profit": ProRata(weight="profit"),
    "water_filling": WaterFilling(),
}
every_policy = pytest.mark.parametrize("policy", [*EXAMPLES.values(), *CLOSING.values()])
closing = pytest.mark.parametrize("policy", CLOSING.values(), ids=CLOSING.keys())


@st.composite
def crowds(draw: st.DrawFn) -> Candidates:
    """Return accounts in profit and in loss, bankrupt ones and none at all included."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(0, 30))
    size = np.ceil(rng.exponential(50, n)) + (rng.random(n) < 0.1) * 0.25
    gain = rng.choice([0.0, 0.1, -0.1], n) + rng.normal(0.0, 0.1, n) * (rng.random(n) < 0.8)
    notional = 100.0 * size
    equity = np.maximum(notional * rng.uniform(-0.1, 0.5, n), 1e-9)
    here = gain * notional / (1.0 + gain)
    elsewhere = rng.normal(0.0, 0.1, n) * notional * (rng.random(n) < 0.5)
    return Candidates(
        size=size,
        gain=gain,
        profit=here + elsewhere,
        market_profit=here,
        notional=notional,
        equity=equity,
        required=0.01 * notional,
    )


def chosen(policy: Deleveraging, crowd: Candidates, contracts: float) -> np.ndarray:
    """Return the contracts that each candidate loses."""
    places, closed = policy.choose(crowd, contracts)
    lost = np.zeros(crowd.size.size)
    lost[places] = closed
    return lost


def of(**columns: list[float]) -> Candidates:
    """Return candidates; what is left out is 100 USD a contract, in profit by a tenth."""
    size = np.array(columns["size"])
    filled = {
        "size": size,
        "gain": np.full(size.size, 0.1),
        "profit": 10.0 * size,
        "market_profit": 10.0 * size,
        "notional": 100.0 * size,
        "equity": 10.0 * size,
        "required": size,
    } | {name: np.array(values) for name, values in columns.items()}
    return Candidates(**filled)


def test_every_registered_policy_is_tested() -> None:
    assert {name: type(policy) for name, policy in EXAMPLES.items()} == DELEVERAGING


@every_policy
@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), contracts=st.integers(1, 3000))
def test_nobody_loses_more_than_is_held_nor_anybody_twice(
    policy: Deleveraging, crowd: Candidates, contracts: int
) -> None:
    before = crowd.size.copy()
    places, closed = policy.choose(crowd, float(contracts))
    np.testing.assert_array_equal(crowd.size, before)
    assert np.unique(places).size == places.size
    assert (closed > 0.0).all()
    assert (closed <= crowd.size[places]).all()


@closing
@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), contracts=st.integers(1, 3000))
def test_all_is_closed_that_can_be_and_no_more(
    policy: Deleveraging, crowd: Candidates, contracts: int
) -> None:
    lost = chosen(policy, crowd, float(contracts))
    assert lost.sum() == pytest.approx(min(float(contracts), crowd.size.sum()), rel=1e-12)


@closing
@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), contracts=st.integers(1, 3000))
def test_losers_are_closed_only_when_no_winner_is_left(
    policy: Deleveraging, crowd: Candidates, contracts: int
) -> None:
    lost, won = chosen(policy, crowd, float(contracts)), crowd.gain > 0.0
    if lost[~won].any():
        np.testing.assert_array_equal(lost[won], crowd.size[won])


@closing
@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), contracts=st.integers(1, 1500), more=st.integers(1, 1500))
def test_whole_contracts_are_closed_and_more_of_them_spare_nobody(
    policy: Deleveraging, crowd: Candidates, contracts: int, more: int
) -> None:
    lost = chosen(policy, crowd, float(contracts))
    whole = np.round(lost) == lost
    assert (whole | (lost == crowd.size) | (crowd.size != np.round(crowd.size)).any()).all()
    later = chosen(policy, crowd, float(contracts + more))
    assert (later >= lost - 1.0).all(), "a contract may go to another by rounding"


def test_nobody_is_closed_by_the_policy_that_closes_nobody() -> None:
    assert NoDeleveraging().choose(of(size=[5.0, 5.0]), 3.0)[0].size == 0


def test_the_queue_is_worked_off_from_the_top_one_account_at_a_time() -> None:
    crowd = of(size=[10.0, 10.0, 10.0], gain=[0.1, 0.3, 0.2], equity=[100.0, 100.0, 100.0])
    assert chosen(ProfitLeverage(), crowd, 15.0).tolist() == [0.0, 10.0, 5.0]
    assert ProfitLeverage().choose(crowd, 15.0)[0].tolist() == [1, 2]


def test_the_formulas_rank_as_their_venues_say() -> None:
    crowd = of(
        size=[10.0, 10.0, 10.0],
        gain=[0.2, -0.1, -0.1],
        profit=[200.0, -100.0, -100.0],
        notional=[1000.0, 1000.0, 1000.0],
        equity=[250.0, 100.0, 500.0],
        required=[10.0, 10.0, 10.0],
    )
    ranks = {name: ProfitLeverage(formula=name).score(crowd) for name in ("bitmex", "binance")}
    assert ranks["bitmex"] == pytest.approx([0.2 * 4, -0.1 / 10, -0.1 / 2])
    assert ranks["binance"] == pytest.approx([200 / 50 * 10 / 250, 0.0, 0.0])
    assert ProfitLeverage(formula="hyperliquid").score(crowd) == pytest.approx([0.8, -1.0, -0.2])


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 500), min_size=1, max_size=20),
    share=st.floats(0.01, 0.99),
)
def test_pro_rata_takes_the_same_share_of_everybody_up_to_a_contract(
    sizes: list[int], share: float
) -> None:
    crowd = of(size=[float(size) for size in sizes])
    contracts = float(max(1, round(share * sum(sizes))))
    lost = chosen(ProRata(), crowd, contracts)
    assert (np.abs(lost - crowd.size * contracts / sum(sizes)) <= 1.0).all()


def test_pro_rata_by_profit_gives_what_one_cannot_bear_to_the_others() -> None:
    crowd = of(size=[4.0, 40.0, 40.0], market_profit=[800.0, 100.0, 100.0])
    assert chosen(ProRata(weight="profit"), crowd, 14.0).tolist() == [4.0, 5.0, 5.0]


def test_pro_rata_by_profit_does_not_ask_what_accounts_made_in_other_markets() -> None:
    """The first lost more elsewhere than it gained here, the second gained elsewhere."""
    crowd = of(
        size=[4.0, 4.0, 4.0],
        gain=[0.1, 0.1, -0.1],
        profit=[-5.0, 10.0, -1.0],
        market_profit=[1.0, 1.0, -1.0],
    )
    assert chosen(ProRata(weight="profit"), crowd, 6.0).tolist() == [3.0, 3.0, 0.0]


def test_a_queue_by_the_profit_of_accounts_asks_those_in_profit_on_the_position_first() -> None:
    """The last made most, but all of it elsewhere."""
    crowd = of(size=[4.0, 4.0, 4.0], gain=[0.1, 0.1, -0.1], profit=[-5.0, 10.0, 30.0])
    queue = ProfitLeverage(formula="binance").choose(crowd, 9.0)[0]
    assert queue.tolist() == [1, 0, 2]


def test_pro_rata_by_profit_closes_a_gain_too_small_to_leave_a_profit() -> None:
    crowd = of(size=[4.0, 4.0], gain=[1e-16, 1e-16], market_profit=[0.0, 0.0])
    assert chosen(ProRata(weight="profit"), crowd, 4.0).tolist() == [2.0, 2.0]


@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), share=st.floats(0.05, 0.95))
def test_water_filling_leaves_one_level_of_leverage(crowd: Candidates, share: float) -> None:
    won = crowd.gain > 0.0
    contracts = float(np.floor(share * crowd.size[won].sum()))
    if contracts < 1.0:
        return
    lost = chosen(WaterFilling(), crowd, contracts)
    worth = crowd.notional / crowd.size
    before = (crowd.notional / crowd.equity)[won]
    after = ((crowd.size - lost) * worth / crowd.equity)[won]
    rounding = (worth / crowd.equity)[won]
    cut = lost[won] > 0.0
    level = (after - rounding)[cut].max()
    assert (after[~cut] >= before[~cut]).all()
    assert (after[cut] + rounding[cut] >= level).all(), "those who were cut end at one level"
    assert (before[~cut] <= (after + rounding)[cut].min() + rounding[~cut] + 1e-9).all()


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: ProfitLeverage(formula="ftx"), "bitmex, binance, hyperliquid"),  # type: ignore[arg-type]
        (lambda: ProRata(weight="age"), "size, profit"),  # type: ignore[arg-type]
    ],
)
def test_an_unknown_formula_or_weight_is_told_with_what_there_is(build: object, told: str) -> None:
    assert callable(build)
    with pytest.raises(ConfigError, match=told):
        build()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ProfitLeverage()),
        ({"adl": False}, NoDeleveraging()),
        ({"deleveraging": "pro_rata"}, ProRata()),
        ({"adl": False, "deleveraging": "none"}, NoDeleveraging()),
        (
            {"deleveraging": {"policy": "profit_leverage", "formula": "binance"}},
            ProfitLeverage(formula="binance"),
        ),
    ],
)
def test_a_scenario_chooses_a_policy(given: dict[str, object], wanted: Deleveraging) -> None:
    section = Liquidation.model_validate({"rule": "whole"} | given)
    assert section.policy() == wanted
    assert Liquidation.model_validate(section.model_dump()).policy() == wanted


def test_a_policy_for_what_is_switched_off_is_refused() -> None:
    for policy, adl in product(["pro_rata", "water_filling"], [False]):
        with pytest.raises(ValueError, match="adl is false"):
            Liquidation.model_validate({"adl": adl, "deleveraging": policy})
