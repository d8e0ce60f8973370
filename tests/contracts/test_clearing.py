"""What every clearing must do, however a loss travels in it."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.network.clearing import CLEARING
from sim.network.clearing.collateral_chain import CollateralChain
from sim.network.clearing.debtrank import DebtRank
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.clearing.fire_sale import FireSale
from sim.network.clearing.furfine import Furfine
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.clearing.paddrik_rajan_young import PaddrikRajanYoung
from sim.network.clearing.rogers_veraart import RogersVeraart
from sim.network.clearing.threshold import Threshold
from sim.network.exposures import ExposureKind, Exposures
from sim.network.holdings import Holdings
from sim.network.roles import Clearing, Contagion

EXAMPLES: dict[str, Clearing] = {
    "eisenberg_noe": EisenbergNoe(),
    "rogers_veraart": RogersVeraart(alpha=0.8, beta=0.9),
    "furfine": Furfine(recovery=0.3),
    "debtrank": DebtRank(),
    "linear_debtrank": LinearDebtRank(),
    "threshold": Threshold(share=0.6, recovery=0.3),
    "paddrik_rajan_young": PaddrikRajanYoung(tau=1.2),
    "fire_sale": FireSale(limit=8.0, target=6.0),
    "collateral_chain": CollateralChain(recovery=0.3),
}
SHOCK = np.array([30.0, 0.0, 0.0, 0.0, 0.0])


@pytest.fixture(params=EXAMPLES)
def clearing(request: pytest.FixtureRequest) -> Clearing:
    return EXAMPLES[request.param]


@pytest.fixture
def exposures() -> Exposures:
    """Return a fund, a broker, a bank, a desk, and one whom nobody knows."""
    outside = np.array([40.0, 15.0, 60.0, 9.0, 5.0])
    kinds = ("UNSECURED_LOAN", "SECURED_LOAN", "MARGIN_CLAIM", "PLEDGE", "DEPOSIT")
    held = np.array([[10.0, 0.0], [8.0, 5.0], [0.0, 30.0], [4.0, 0.0], [0.0, 0.0]])
    return Exposures(
        names=("fund", "broker", "bank", "desk", "hermit"),
        outside_assets=outside,
        outside_liabilities=np.array([0.0, 10.0, 40.0, 2.0, 0.0]),
        debtor=np.array([0, 1, 0, 1, 2]),
        creditor=np.array([1, 2, 3, 0, 3]),
        amount=np.array([20.0, 12.0, 10.0, 6.0, 4.0]),
        kind=np.array([ExposureKind[kind] for kind in kinds], dtype=np.int8),
        collateral=np.array([0.0, 8.0, 0.0, 0.0, 0.0]),
        haircut=np.array([0.0, 0.25, 0.0, 0.0, 0.0]),
        holdings=Holdings(assets=("BTC", "ETH"), usd=held, depth=np.array([50.0, 80.0])),
    )


def same(one: Contagion, other: Contagion) -> bool:
    columns = ("payments", "shortfall", "equity", "outside_losses", "costs")
    pairs = [(getattr(one, name), getattr(other, name)) for name in columns]
    pairs.append((one.losses.toarray(), other.losses.toarray()))
    return all(here.tobytes() == there.tobytes() for here, there in pairs)


def test_every_registered_clearing_is_tested() -> None:
    assert {name: type(example) for name, example in EXAMPLES.items()} == CLEARING


@pytest.mark.parametrize("kind", CLEARING.values(), ids=CLEARING.keys())
def test_every_clearing_can_be_named_without_parameters(kind: type[Clearing]) -> None:
    assert kind() == kind()


def test_creditors_outside_lose_the_share_that_those_inside_lose_but_nothing_by_distress(
    clearing: Clearing, exposures: Exposures
) -> None:
    owing = replace(exposures, outside_liabilities=np.array([5.0, 10.0, 40.0, 2.0, 0.0]))
    found = clearing.clear(owing, SHOCK).sound()
    inside = float(found.losses.sum(axis=0)[0]) / 30.0
    assert inside > 0.0
    distress = isinstance(clearing, DebtRank | LinearDebtRank)
    assert found.outside_losses[0] / 5.0 == pytest.approx(0.0 if distress else inside)


def test_without_a_shock_and_with_sound_balance_sheets_nothing_happens(
    clearing: Clearing, exposures: Exposures
) -> None:
    found = clearing.clear(exposures, np.zeros(5)).sound()
    assert found.waves == ()
    assert found.shortfall == pytest.approx(0.0)
    assert found.payments == pytest.approx(exposures.owed())
    assert found.equity == pytest.approx(exposures.equity())


def test_a_shock_that_is_too_large_to_bear_reaches_the_creditors(
    clearing: Clearing, exposures: Exposures
) -> None:
    found = clearing.clear(exposures, SHOCK).sound()
    assert found.waves[0].tolist() == [0]
    assert found.shortfall[0] > 0
    assert found.equity[1] < exposures.equity()[1]
    assert found.equity[4] == pytest.approx(exposures.equity()[4])


def test_the_books_of_losses_agree(clearing: Clearing, exposures: Exposures) -> None:
    found = clearing.clear(exposures, SHOCK).sound()
    assert found.payments + found.shortfall == pytest.approx(exposures.owed())
    by_debtor = found.losses.sum(axis=0) + found.outside_losses
    assert by_debtor == pytest.approx(found.shortfall)
    assert np.all(found.losses.toarray() <= exposures.liabilities().toarray().T + 1e-9)


def test_a_wave_holds_each_defaulter_once(clearing: Clearing, exposures: Exposures) -> None:
    found = clearing.clear(exposures, SHOCK).sound()
    named = np.concatenate([*found.waves, np.zeros(0, dtype=np.int64)])
    assert all(members.size for members in found.waves)
    assert np.unique(named).size == named.size
    assert found.defaulted().sum() == named.size
    assert found.wave_of()[0] == 0


def test_the_same_call_gives_the_same_bits(clearing: Clearing, exposures: Exposures) -> None:
    assert same(clearing.clear(exposures, SHOCK), clearing.clear(exposures, SHOCK))


def test_the_order_in_which_entities_are_listed_does_not_matter(
    clearing: Clearing, exposures: Exposures
) -> None:
    order = np.array([3, 0, 4, 2, 1])
    place = np.argsort(order)
    assert exposures.holdings is not None
    turned = replace(
        exposures,
        names=tuple(exposures.names[i] for i in order),
        outside_assets=exposures.outside_assets[order],
        outside_liabilities=exposures.outside_liabilities[order],
        debtor=place[exposures.debtor],
        creditor=place[exposures.creditor],
        holdings=replace(exposures.holdings, usd=exposures.holdings.usd[order]),
    )
    there, here = clearing.clear(turned, SHOCK[order]), clearing.clear(exposures, SHOCK)
    assert there.equity == pytest.approx(here.equity[order])
    assert there.wave_of().tolist() == here.wave_of()[order].tolist()


def test_a_network_in_which_nobody_owes_anything_only_bears_the_shock(clearing: Clearing) -> None:
    none = np.zeros(0, dtype=np.int64)
    held = Holdings(assets=("BTC",), usd=np.zeros((2, 1)), depth=np.ones(1))
    alone = Exposures(
        names=("a", "b"),
        outside_assets=np.array([3.0, 4.0]),
        outside_liabilities=np.zeros(2),
        debtor=none,
        creditor=none,
        amount=np.zeros(0),
        holdings=held,
    )
    found = clearing.clear(alone, np.array([1.0, 0.0])).sound()
    assert found.equity == pytest.approx([2.0, 4.0])
    assert found.losses.nnz == 0


def test_a_shock_that_does_not_fit_is_refused_with_all_that_is_wrong(
    clearing: Clearing, exposures: Exposures
) -> None:
    with pytest.raises(ConfigError, match=r"fund: .* must be >= 0; broker: .* more than"):
        clearing.clear(exposures, np.array([-1.0, 99.0, 0.0, 0.0, 0.0]))
    with pytest.raises(ConfigError, match="needs 5 numbers"):
        clearing.clear(exposures, np.zeros(3))
