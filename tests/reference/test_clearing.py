"""Clearing and distress against numbers worked out independently, each with its source."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from sim.arrays import Floats
from sim.network.clearing.debtrank import DebtRank
from sim.network.clearing.eisenberg_noe import EisenbergNoe, Method
from sim.network.clearing.furfine import Furfine
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.clearing.paddrik_rajan_young import PaddrikRajanYoung
from sim.network.clearing.rogers_veraart import RogersVeraart
from sim.network.exposures import Exposures
from sim.network.roles import Clearing, Contagion
from tests.sim.network.networks import at_random, of_matrix, shock_at_random, with_equity

METHODS: tuple[Method, ...] = ("fictitious_default", "fixed_point")
both_methods = pytest.mark.parametrize("method", METHODS)
NRM3 = [[0.0, 1.0, 0.0], [10.0, 0.0, 3.0], [3.0, 2.0, 0.0]]
"""Claims of the R package NetworkRiskMeasures, test_3_impacts.R; distress by own recursion."""
NRM3_BUFFER = [2.0, 5.0, 2.0]
NRM3_WEIGHTS = np.array([10.0, 100.0, 30.0])
RING = [[0, 4, 2, 0], [0, 0, 5, 1], [0, 0, 0, 3], [1, 0, 0, 0]]
"""Own construction, hand-checkable, after Furfine (2003): who owes whom."""
RING_EQUITY = [3, 3.5, 4, 2.5]


def unshocked(clearing: Clearing, exposures: Exposures) -> Contagion:
    return clearing.clear(exposures, np.zeros(len(exposures))).sound()


def waves(found: Contagion) -> list[list[int]]:
    return [members.tolist() for members in found.waves]


def distress(clearing: Clearing, claims: object, equity: object, first: object) -> Floats:
    """Return the share of its equity that each has lost."""
    exposures = with_equity(claims, equity)
    whole = exposures.equity()
    assert whole == pytest.approx(np.asarray(equity))
    found = clearing.clear(exposures, np.asarray(first, dtype=np.float64) * whole).sound()
    return 1.0 - found.equity / whole


@both_methods
def test_two_of_three_banks_default_one_after_the_other(method: Method) -> None:
    """Own construction; by Picard, fictitious default, linear program and in fractions."""
    banks = of_matrix([[0, 10, 5], [6, 0, 8], [4, 3, 0]], [2, 1, 4])
    found = unshocked(EisenbergNoe(method=method), banks)
    assert found.payments == pytest.approx([54 / 5, 56 / 5, 7], abs=1e-10)
    assert found.equity == pytest.approx([0, 0, 7], abs=1e-10)
    assert waves(found) == [[0], [1]]


@both_methods
def test_a_loss_runs_down_a_chain_in_three_waves(method: Method) -> None:
    """Own construction, by hand: 5 arrive, then 3 + 5, then 1 + 8."""
    chain = of_matrix([[0, 20, 0, 0], [0, 0, 15, 0], [0, 0, 0, 12], [0, 0, 0, 0]], [5, 3, 1, 2])
    found = unshocked(EisenbergNoe(method=method), chain)
    assert found.payments == pytest.approx([5, 8, 9, 0], abs=1e-12)
    assert waves(found) == [[0], [1], [2]]


@both_methods
def test_default_costs_bring_down_all_three_banks(method: Method) -> None:
    """Inputs of the R package systemicrisk, default_clearing.Rd; values by two algorithms."""
    banks = of_matrix(
        0.5 * (1 - np.eye(3)), [0.5, 0.625, 0.75], liabilities=np.array([1.5, 0.5, 0.5])
    )
    found = unshocked(RogersVeraart(alpha=0.5, beta=0.7, method=method), banks)
    wanted = [0.5020199619771868, 0.5147049378275619, 0.5653806135032375]
    assert found.payments == pytest.approx(wanted, abs=1e-10)
    assert found.defaulted().all()


@pytest.mark.parametrize(
    ("first", "linear", "once", "linear_rank", "once_rank"),
    [
        ([1, 0, 0], [1, 1, 1], [1, 1, 1], 0.9285714285714286, 0.9285714285714286),
        ([0, 0, 1], [0.5, 1, 1], [0.3, 0.9, 1], 0.75, 0.6642857142857143),
    ],
)
def test_both_debtranks_of_three_banks(
    first: list[float],
    linear: list[float],
    once: list[float],
    linear_rank: float,
    once_rank: float,
) -> None:
    for clearing, wanted, rank in (
        (LinearDebtRank(), linear, linear_rank),
        (DebtRank(), once, once_rank),
    ):
        level = distress(clearing, NRM3, NRM3_BUFFER, first)
        assert level == pytest.approx(wanted, abs=1e-10)
        risen = float(np.sum(NRM3_WEIGHTS * (level - first)) / np.sum(NRM3_WEIGHTS))
        assert risen == pytest.approx(rank, abs=1e-10)


def test_linear_distress_is_the_closed_form_while_no_cap_binds() -> None:
    """Own case: recursion against the linear solve, h = (I - Lambda)^-1 h1."""
    claims, equity = np.array([[0, 2, 1], [1, 0, 2], [2, 1, 0.0]]), np.array([10, 8, 20.0])
    first = np.array([0.05, 0, 0.1])
    level = distress(LinearDebtRank(), claims, equity, first)
    wanted = [0.06798679867986772, 0.03564356435643537, 0.10858085808580842]
    assert level == pytest.approx(wanted, abs=1e-12)
    closed = np.linalg.solve(np.eye(3) - claims / equity[:, None], first)
    assert level == pytest.approx(closed, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    claims=arrays(np.float64, (4, 4), elements=st.floats(0, 2)),
    start=arrays(np.float64, 4, elements=st.floats(0, 0.01)),
)
def test_distress_without_a_cap_is_the_leontief_inverse(claims: Floats, start: Floats) -> None:
    equity = np.full(4, 10.0)
    np.fill_diagonal(claims, 0.0)
    wanted = np.linalg.solve(np.eye(4) - claims / 10.0, start)
    assert distress(LinearDebtRank(), claims, equity, start) == pytest.approx(wanted, abs=1e-9)


def test_distress_stops_at_the_whole_equity() -> None:
    claims = np.array([[0.0, 50.0], [50.0, 0.0]])
    assert distress(LinearDebtRank(), claims, [10.0, 10.0], [0.0, 0.5]) == pytest.approx(1)


def test_who_is_owed_by_nobody_is_never_hurt() -> None:
    claims = np.array([[0.0, 0.0], [9.0, 0.0]])
    lost = distress(LinearDebtRank(), claims, np.ones(2), [0.0, 1.0])
    assert lost == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("recovery", "equity", "rounds"),
    [
        (0.0, [2.0, -0.5, -3.0, -1.5], [[0], [1], [2], [3]]),
        (0.4, [3.0, 1.1, 2.8, 2.5], [[0]]),
    ],
)
def test_sequential_default_of_four_banks(
    recovery: float, equity: list[float], rounds: list[list[int]]
) -> None:
    banks = with_equity(np.array(RING).T, RING_EQUITY)
    found = unshocked(Furfine(recovery=recovery, failed=("0",)), banks)
    assert found.equity == pytest.approx(equity, abs=1e-12)
    assert waves(found) == rounds


@pytest.mark.parametrize(
    ("tau", "payments", "stress"),
    [
        (0.0, [40, 25, 20], [12, 0, 0]),
        (0.5, [34, 25, 20], [12, 0, 0]),
        (1.0, [28, 25, 20], [12, 0, 0]),
        (
            1.5,
            [20.981132075471702, 21.603773584905664, 20],
            [12.679245283018865, 2.264150943396224, 0],
        ),
    ],
)
def test_variation_margin_stress_of_three_firms(
    tau: float, payments: list[float], stress: list[float]
) -> None:
    """Own construction; the mechanism of Paddrik, Rajan and Young (2020)."""
    firms = of_matrix([[0, 30, 10], [5, 0, 20], [15, 5, 0]], [8, 2, 4])
    clearing = PaddrikRajanYoung(tau=tau)
    assert unshocked(clearing, firms).payments == pytest.approx(payments, abs=1e-10)
    assert clearing.stress(firms, np.zeros(3)) == pytest.approx(stress, abs=1e-10)


def by_linear_program(exposures: Exposures, shock: Floats) -> Floats:
    """Return the payments that maximise their sum, which are the greatest clearing."""
    owed = exposures.owed()
    share = exposures.liabilities().toarray() / np.maximum(owed, 1e-300)[:, None]
    size = len(exposures)
    done = linprog(
        -np.ones(size),
        A_ub=np.eye(size) - share.T,
        b_ub=exposures.outside_assets - shock,
        bounds=[(0.0, most) for most in owed],
        method="highs",
    )
    assert done.status == 0
    return np.asarray(done.x)


def test_four_ways_to_eisenberg_noe_agree_on_a_thousand_random_networks() -> None:
    defaults = 0
    for seed in range(1000):
        network = at_random(seed)
        shock = shock_at_random(network, seed)
        first = EisenbergNoe().clear(network, shock).sound()
        scale = max(float(network.owed().max()), 1.0)
        others = {
            "fixed point": EisenbergNoe(method="fixed_point").clear(network, shock).payments,
            "transmission with tau = 1": PaddrikRajanYoung(tau=1.0).clear(network, shock).payments,
            "no default costs": RogersVeraart(alpha=1, beta=1).clear(network, shock).payments,
            "linear program": by_linear_program(network, shock),
        }
        for name, payments in others.items():
            assert payments == pytest.approx(first.payments, abs=1e-9 * scale), (seed, name)
        defaults += int(first.defaulted().sum())
    assert defaults > 1000
