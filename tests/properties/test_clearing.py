"""What clearing must never break, on networks found by hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.arrays import Floats
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.clearing.paddrik_rajan_young import PaddrikRajanYoung
from sim.network.clearing.rogers_veraart import RogersVeraart
from sim.network.exposures import Exposures
from sim.network.roles import Clearing, NotConvergedError
from tests.sim.network.networks import of_matrix, with_equity

SIZE = 5
usd = st.one_of(st.just(0.0), st.floats(0.01, 100.0))
PAYING: dict[str, Clearing] = {
    "eisenberg_noe": EisenbergNoe(),
    "fixed_point": EisenbergNoe(method="fixed_point"),
    "rogers_veraart": RogersVeraart(alpha=0.7, beta=0.8),
    "paddrik_rajan_young": PaddrikRajanYoung(tau=1.3),
}
every_paying = pytest.mark.parametrize("clearing", PAYING.values(), ids=PAYING.keys())


@st.composite
def networks(draw: st.DrawFn) -> Exposures:
    owes = draw(arrays(np.float64, (SIZE, SIZE), elements=usd))
    np.fill_diagonal(owes, 0.0)
    each = arrays(np.float64, SIZE, elements=usd)
    claims = int(np.count_nonzero(owes))
    secured = arrays(np.float64, claims, elements=usd)
    haircut = arrays(np.float64, claims, elements=st.floats(0.0, 0.9))
    kept = {"collateral": draw(secured), "haircut": draw(haircut)} if draw(st.booleans()) else {}
    return of_matrix(owes, draw(each), draw(each), **kept)


shares = arrays(np.float64, SIZE, elements=st.floats(0.0, 1.0))


def received(exposures: Exposures, clearing: Clearing, shock: Floats) -> Floats:
    """Return all that each entity has to pay from: assets, collateral and what arrives."""
    lost = clearing.clear(exposures, shock).sound().losses.sum(axis=1)
    have: Floats = exposures.outside_assets - shock + exposures.posted() + exposures.claims() - lost
    return have


@every_paying
@settings(deadline=None, max_examples=60)
@given(exposures=networks(), part=shares)
def test_payments_never_exceed_debts_nor_assets(
    clearing: Clearing, exposures: Exposures, part: Floats
) -> None:
    shock = part * exposures.outside_assets
    found = clearing.clear(exposures, shock).sound()
    scale = 1e-9 * (1.0 + float(exposures.owed().max()))
    assert np.all(found.payments >= 0)
    assert np.all(found.payments <= exposures.owed() + scale)
    assert np.all(found.payments <= received(exposures, clearing, shock) + scale)


@every_paying
@settings(deadline=None, max_examples=60)
@given(exposures=networks(), small=shares, more=shares)
def test_a_larger_shock_never_makes_anybody_pay_more(
    clearing: Clearing, exposures: Exposures, small: Floats, more: Floats
) -> None:
    low, high = np.minimum(small, more), np.maximum(small, more)
    mild = clearing.clear(exposures, low * exposures.outside_assets).sound()
    hard = clearing.clear(exposures, high * exposures.outside_assets).sound()
    scale = 1e-9 * (1.0 + float(exposures.owed().max()))
    assert np.all(hard.payments <= mild.payments + scale)
    assert not np.any(mild.defaulted() & ~hard.defaulted())


@every_paying
@settings(deadline=None, max_examples=60)
@given(exposures=networks(), part=shares)
def test_liability_is_limited(clearing: Clearing, exposures: Exposures, part: Floats) -> None:
    found = clearing.clear(exposures, part * exposures.outside_assets).sound()
    assert np.all(found.equity >= -1e-9 * (1.0 + float(exposures.owed().max())))


@settings(deadline=None, max_examples=100)
@given(exposures=networks(), part=shares)
def test_who_does_not_pay_in_full_keeps_nothing(exposures: Exposures, part: Floats) -> None:
    for clearing in (EisenbergNoe(), RogersVeraart(alpha=0.7, beta=0.8)):
        found = clearing.clear(exposures, part * exposures.outside_assets).sound()
        short = found.shortfall > 1e-9 * (1.0 + float(exposures.owed().max()))
        assert np.all(found.defaulted()[short])
        assert found.equity[short] == pytest.approx(0.0, abs=1e-7)


@every_paying
@settings(deadline=None, max_examples=60)
@given(exposures=networks(), part=shares)
def test_what_is_lost_is_borne_by_somebody(
    clearing: Clearing, exposures: Exposures, part: Floats
) -> None:
    shock = part * exposures.outside_assets
    found = clearing.clear(exposures, shock).sound()
    borne = exposures.equity() - found.equity
    assert found.losses.sum(axis=0) + found.outside_losses == pytest.approx(
        found.shortfall, abs=1e-7
    )
    total = float(borne.sum() + found.outside_losses.sum())
    assert total == pytest.approx(float(shock.sum() + found.costs.sum()), abs=1e-6)


@settings(deadline=None, max_examples=100)
@given(
    claims=arrays(np.float64, (4, 4), elements=st.floats(0.0, 2.0)),
    equity=arrays(np.float64, 4, elements=st.floats(8.0, 500.0)),
    first=arrays(np.float64, 4, elements=st.floats(0.0, 0.01)),
)
def test_each_entity_loses_by_its_own_equity(claims: Floats, equity: Floats, first: Floats) -> None:
    """A published library takes the last entity's equity for all; the closed form tells."""
    np.fill_diagonal(claims, 0.0)
    exposures = with_equity(claims, equity)
    found = LinearDebtRank().clear(exposures, first * exposures.equity()).sound()
    closed = np.linalg.solve(np.eye(4) - claims / equity[:, None], first)
    assert 1.0 - found.equity / equity == pytest.approx(closed, abs=1e-9)


@pytest.mark.parametrize("leak", [1e-3, 1e-6, 1e-9])
def test_those_who_owe_nearly_all_to_each_other_are_cleared_nevertheless(leak: float) -> None:
    """All they have in the end is what somebody else leaves them: payments fall very slowly."""
    ring = of_matrix([[0, 100.0, 0], [0, 0, 100.0], [100.0, 0, 0]], [1e-12, 0, 0], [leak, 0, 0])
    for clearing in (EisenbergNoe(), EisenbergNoe(method="fixed_point"), PaddrikRajanYoung()):
        found = clearing.clear(ring, np.zeros(3)).sound()
        assert found.rounds < 1000
        assert found.outside_losses[0] == pytest.approx(leak, rel=1e-3)
        assert found.defaulted().all()


def test_what_did_not_converge_says_so_and_is_no_result() -> None:
    """Two that owe each other nearly all they have: payments fall slowly."""
    pair = of_matrix([[0.0, 100.0], [100.0, 0.0]], [0.0, 0.0], [0.01, 0.0])
    for clearing in (
        EisenbergNoe(rounds=3),
        EisenbergNoe(rounds=3, method="fixed_point"),
        PaddrikRajanYoung(tau=1.0, rounds=3),
    ):
        found = clearing.clear(pair, np.zeros(2))
        assert not found.converged
        assert found.residual > 0
        with pytest.raises(NotConvergedError, match="did not converge: after 3 rounds"):
            found.sound()
    assert (
        not LinearDebtRank(rounds=1)
        .clear(with_equity([[0, 1.0], [1.0, 0]], [9.0, 9.0]), np.array([1.0, 0.0]))
        .converged
    )
