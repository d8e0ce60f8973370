"""What each clearing does that no other does, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.kernels import clearing, distress
from sim.network.clearing.collateral_chain import CollateralChain, not_returned
from sim.network.clearing.eisenberg_noe import EisenbergNoe, Method
from sim.network.clearing.fire_sale import FireSale
from sim.network.clearing.furfine import Furfine
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.clearing.paddrik_rajan_young import PaddrikRajanYoung
from sim.network.clearing.rogers_veraart import RogersVeraart
from sim.network.clearing.sheet import sheet
from sim.network.clearing.threshold import Threshold
from sim.network.exposures import ExposureKind, Exposures
from sim.network.holdings import Holdings
from sim.network.roles import NotConvergedError
from tests.sim.network.networks import at_random, of_matrix, shock_at_random


def leveraged(depth: float = 1e6) -> Exposures:
    """Return two funds that owe nobody of the network and hold the same asset."""
    return Exposures(
        names=("tight", "calm"),
        outside_assets=np.array([100.0, 100.0]),
        outside_liabilities=np.array([90.0, 50.0]),
        debtor=np.zeros(0, dtype=np.int64),
        creditor=np.zeros(0, dtype=np.int64),
        amount=np.zeros(0),
        holdings=Holdings(
            assets=("BTC",), usd=np.array([[100.0], [40.0]]), depth=np.array([depth])
        ),
    )


def test_creditors_outside_rank_with_those_inside() -> None:
    """Owed 6 inside and 2 outside with 4 to pay: each gets half."""
    pair = of_matrix([[0, 6.0], [0, 0]], [4.0, 0.0], [2.0, 0.0])
    found = EisenbergNoe().clear(pair, np.zeros(2))
    assert found.losses.toarray()[1, 0] == pytest.approx(3.0)
    assert found.outside_losses[0] == pytest.approx(1.0)


def test_collateral_pays_before_all_others_and_its_surplus_goes_to_all() -> None:
    """Owes 10 against 8 less a quarter, and 4 without: 6 are paid, 2 are left for 4 and 4."""
    pair = of_matrix([[0, 10.0, 4.0], [0, 0, 0], [0, 0, 0]], [2.0, 0.0, 0.0])
    with_collateral = replace(pair, collateral=np.array([8.0, 0.0]), haircut=np.array([0.25, 0.0]))
    found = EisenbergNoe().clear(with_collateral, np.zeros(3))
    assert found.payments[0] == pytest.approx(8.0)
    assert found.losses.toarray()[1:, 0] == pytest.approx([3.0, 3.0])
    over = replace(pair, collateral=np.array([13.0, 0.0]))
    assert EisenbergNoe().clear(over, np.zeros(3)).losses.nnz == 0


def test_costs_of_default_are_accounted_for() -> None:
    pair = of_matrix([[0, 10.0], [0, 0]], [4.0, 3.0])
    found = RogersVeraart(alpha=0.5, beta=0.9).clear(pair, np.zeros(2))
    assert found.costs.tolist() == [2.0, 0.0]
    assert found.equity == pytest.approx([0.0, 5.0])


def test_of_several_clearings_with_default_costs_the_greatest_is_found() -> None:
    """Each has 1 and owes the other 2: all may pay, or none may; nobody need default."""
    pair = of_matrix([[0, 2.0], [2.0, 0]], [1.0, 1.0], [0.5, 0.5])
    for method in ("fictitious_default", "fixed_point"):
        found = RogersVeraart(alpha=0.1, beta=0.1, method=method).clear(pair, np.zeros(2))
        assert found.waves == ()


def test_stress_is_handed_on_in_part() -> None:
    pair = of_matrix([[0, 10.0], [0, 0]], [4.0, 3.0])
    assert PaddrikRajanYoung(tau=0.5).clear(pair, np.zeros(2)).equity[0] == pytest.approx(-3.0)
    assert PaddrikRajanYoung(tau=1.5).clear(pair, np.zeros(2)).equity[0] == pytest.approx(3.0)
    assert PaddrikRajanYoung(tau=0.0).clear(pair, np.zeros(2)).waves == ()


def test_a_lender_fails_at_the_threshold_though_its_equity_would_bear_the_loss() -> None:
    star = of_matrix([[0, 0, 0], [4.0, 0, 0], [6.0, 0, 0]], [50.0, 5.0, 7.0])
    shock = np.array([0.0, 5.0, 0.0])
    assert [w.tolist() for w in Threshold(share=0.4).clear(star, shock).waves] == [[1], [0]]
    assert [w.tolist() for w in Threshold(share=0.41).clear(star, shock).waves] == [[1]]
    assert [w.tolist() for w in Furfine().clear(star, shock).waves] == [[1]]


def test_who_is_over_the_limit_sells_until_it_is_at_its_target() -> None:
    """Leverage 99 over 9 is more than 10; at 8 one may keep 72 and so sells 27 of 100."""
    funds = leveraged(depth=1e6)
    assert funds.holdings is not None
    found = FireSale(limit=10.0, target=8.0).clear(funds, np.array([1.0, 0.0]))
    assert found.converged
    overlap = float(funds.holdings.overlap()[1, 0])
    assert found.costs[1] == pytest.approx(overlap * 27 / 100, rel=1e-3)


def test_a_sale_costs_those_who_hold_the_same_and_brings_down_who_is_thin() -> None:
    found = FireSale(limit=10.0, target=8.0).clear(leveraged(depth=50.0), np.array([1.0, 0.0]))
    assert [members.tolist() for members in found.waves] == [[0]]
    assert found.costs[1] > 1.0
    assert found.outside_losses[0] > 0
    assert found.equity[1] == pytest.approx(50.0 - found.costs[1])
    borne = leveraged().equity().sum() - found.equity.sum() + found.outside_losses.sum()
    assert borne == pytest.approx(1.0 + found.costs.sum())


def chain_of_holders() -> Exposures:
    """Return who cannot pay b, who must sell for that and then cannot pay c, who must sell too."""
    return Exposures(
        names=("a", "b", "c"),
        outside_assets=np.array([0.99, 10.0, 20.0]),
        outside_liabilities=np.array([0.0, 6.99, 22.5]),
        debtor=np.array([0, 1]),
        creditor=np.array([1, 2]),
        amount=np.array([0.99, 3.0]),
        holdings=Holdings(
            assets=("X", "Y"),
            usd=np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 20.0]]),
            depth=np.array([30.0, 30.0]),
        ),
    )


def test_sales_that_unpaid_claims_still_force_after_the_last_round_are_not_convergence() -> None:
    shock = np.array([0.99, 0.0, 0.0])
    enough = FireSale(limit=60.0, target=50.0).clear(chain_of_holders(), shock).sound()
    for rounds in range(1, 9):
        found = FireSale(limit=60.0, target=50.0, rounds=rounds).clear(chain_of_holders(), shock)
        assert found.converged == (found.residual < 1e-9)
        if found.converged:
            assert found.equity == pytest.approx(enough.equity)
    with pytest.raises(NotConvergedError):
        FireSale(limit=60.0, target=50.0, rounds=2).clear(chain_of_holders(), shock).sound()


@pytest.mark.parametrize("held", [0.0, 0.5])
def test_who_defaults_on_unpaid_claims_does_so_in_the_wave_of_the_clearing(held: float) -> None:
    """0 cannot pay 1, who then cannot pay 2, who then cannot pay 3; sales change no wave."""
    owes = [[0, 20.0, 0, 0], [0, 0, 15.0, 0], [0, 0, 0, 12.0], [0, 0, 0, 0]]
    holdings = Holdings(
        assets=("BTC",), usd=np.array([[0.0], [held], [held], [1.0]]), depth=np.array([1e3])
    )
    line = replace(of_matrix(owes, [21.0, 3.0, 1.0, 2.0]), holdings=holdings)
    shock = np.array([16.0, 0, 0, 0])
    found = FireSale().clear(line, shock).sound()
    assert [wave.tolist() for wave in found.waves] == [[0], [1], [2]]
    if not held:
        assert found.payments == pytest.approx(EisenbergNoe().clear(line, shock).payments)


@pytest.mark.parametrize("method", ["fictitious_default", "fixed_point"])
def test_small_debts_beside_large_ones_are_cleared_to_the_end(method: Method) -> None:
    """0 owes 1 some thousands, 1 owes 0 billions and a little outside; nobody has anything."""
    pair = of_matrix([[0, 7031.0], [25e9, 0]], [0.0, 0.0], [0.0, 3831.0])
    found = EisenbergNoe(method=method).clear(pair, np.zeros(2)).sound()
    assert found.payments == pytest.approx([0.0, 0.0], abs=1e-6)
    assert found.residual < 1e-6


@pytest.mark.parametrize("method", ["fictitious_default", "fixed_point"])
def test_the_residual_is_what_one_more_round_would_move(method: Method) -> None:
    """Each has nothing and owes the other 100, one of them 100 outside too: halved each round."""
    pair = of_matrix([[0, 100.0], [100.0, 0]], [0.0, 0.0], [100.0, 0.0])
    short = [
        EisenbergNoe(method=method, rounds=rounds).clear(pair, np.zeros(2)) for rounds in (4, 5)
    ]
    assert not any(found.converged for found in short)
    moved = short[0].payments - short[1].payments
    assert short[0].residual == pytest.approx(moved.max())


def test_sweeps_that_run_out_between_two_waves_leave_the_true_residual() -> None:
    """0 is settled in the only sweep; 1, who then owes 10 and has 7, has not been looked at."""
    line = of_matrix([[0, 10.0, 0], [0, 0, 10.0], [0, 0, 0]], [4.0, 3.0, 0.0])
    found = EisenbergNoe(rounds=2).clear(line, np.zeros(3))
    assert not found.converged
    assert found.residual == pytest.approx(3.0)


@pytest.mark.parametrize(
    "kind", [EisenbergNoe, RogersVeraart, PaddrikRajanYoung, LinearDebtRank, FireSale]
)
def test_a_tolerance_that_lets_everything_pass_is_refused(kind: type) -> None:
    for tolerance in (np.inf, np.nan, 0.0):
        with pytest.raises(ConfigError, match="tolerance must be finite and > 0"):
            kind(tolerance=tolerance)


def test_nobody_sells_below_the_limit_and_without_holdings_nothing_can_be_told() -> None:
    found = FireSale(limit=20.0).clear(leveraged(), np.zeros(2))
    assert found.rounds == 0
    assert found.costs.tolist() == [0.0, 0.0]
    with pytest.raises(ConfigError, match="needs holdings"):
        FireSale().clear(of_matrix([[0, 1.0], [0, 0]], [1.0, 1.0]), np.zeros(2))


def chain(loan_to_client: float = 0.0) -> Exposures:
    """Return a broker that holds 10 of its client's and has pledged 6 of it to a bank for 5."""
    kinds = [ExposureKind.PLEDGE, ExposureKind.SECURED_LOAN, ExposureKind.UNSECURED_LOAN]
    loan = loan_to_client or 1e-9
    return Exposures(
        names=("client", "broker", "bank"),
        outside_assets=np.array([5.0, 20.0, 50.0]),
        outside_liabilities=np.array([0.0, 8.0, 0.0]),
        debtor=np.array([1, 1, 0]),
        creditor=np.array([0, 2, 1]),
        amount=np.array([10.0, 5.0, loan]),
        kind=np.array(kinds, dtype=np.int8),
        collateral=np.array([0.0, 6.0, 0.0]),
    )


def test_of_what_was_pledged_again_the_lender_keeps_its_claim_and_the_client_loses_it() -> None:
    assert not_returned(chain())[1] == pytest.approx(0.5)
    found = CollateralChain().clear(chain(), np.array([0.0, 20.0, 0.0]))
    assert found.losses.toarray()[:, 1] == pytest.approx([5.0, 0.0, 0.0])
    assert found.outside_losses[1] == pytest.approx(8.0)


def test_a_client_may_set_off_what_it_owes() -> None:
    shock = np.array([0.0, 20.0, 0.0])
    lost = CollateralChain().clear(chain(3.0), shock).losses.toarray()[0, 1]
    assert lost == pytest.approx(2.0)
    gross = CollateralChain(set_off=False).clear(chain(3.0), shock).losses.toarray()[0, 1]
    assert gross == pytest.approx(5.0)
    assert CollateralChain(recovery=0.4).clear(chain(3.0), shock).losses.toarray()[
        0, 1
    ] == pytest.approx(1.2)


@pytest.mark.parametrize("set_off", [True, False])
@pytest.mark.parametrize("first", ["broker", "client", "both"])
def test_what_is_set_off_is_paid_on_both_sides_or_on_neither(first: str, *, set_off: bool) -> None:
    """The client, which owes 3, loses 5 of its coins; 3 of them for nothing but its debt."""
    failed = {"broker": ("broker",), "client": ("client",), "both": ("broker", "client")}[first]
    network = chain(3.0)
    if first == "client":  # the broker fails by what the client does not pay
        network = replace(network, outside_assets=np.array([5.0, 16.0, 50.0]))
    found = CollateralChain(set_off=set_off, failed=failed).clear(network, np.zeros(3))
    lost = found.losses.toarray()
    client, broker = lost[0, 1], lost[1, 0]
    assert client == pytest.approx(5.0 if first == "client" or not set_off else 2.0)
    assert broker == pytest.approx({"broker": 0.0, "client": 3.0}.get(first, 3.0 - 3.0 * set_off))
    assert found.shortfall == pytest.approx(lost.sum(axis=0) + found.outside_losses)
    assert found.equity == pytest.approx(network.equity() - lost.sum(axis=1))


@pytest.mark.parametrize(
    ("name", "given", "part"),
    [("fictitious_default", 0.8, 0.9), ("fixed_point", 0.8, 0.9), ("fixed_point", 1.2, 1.2)],
)
def test_compiled_clearing_is_its_python_original(name: str, given: float, part: float) -> None:
    for seed in range(10):
        network = at_random(seed)
        balance = sheet(network, shock_at_random(network, seed))
        size = len(network)
        results = []
        for compiled in (True, False):
            kernel = getattr(clearing, name)
            run = kernel if compiled else kernel.py_func
            payments, wave = np.empty(size), np.empty(size, dtype=np.int64)
            told = run(
                *balance.incoming(), balance.assets, balance.owed,
                given * balance.assets + min(0.0, 1.0 - part) * balance.owed, part,
                (1e-12, 999), payments, wave,
            )  # fmt: skip
            results.append((payments.tolist(), wave.tolist(), told[0]))
        assert results[0] == results[1]


def test_compiled_distress_is_its_python_original() -> None:
    draws = [at_random(seed, size=20) for seed in range(4)]
    for network in draws:
        start, creditors, usd = sheet(network, np.zeros(20)).outgoing()
        leverage = usd / (20.0 + network.claims()[creditors])
        weights, limits = np.full(20, 0.05), (1e-12, 9999)
        claims = sheet(network, np.zeros(20)).debts
        claims.data = leverage
        turned = claims.T.tocsr()
        back = (turned.indptr.astype(np.int64), turned.indices.astype(np.int64), turned.data)
        first, wave = np.linspace(0.0, 0.05, 20), np.empty(20, dtype=np.int64)
        here, there = first.copy(), first.copy()
        distress.linear_distress(start, creditors, leverage, limits, here, wave)
        distress.linear_distress.py_func(start, creditors, leverage, limits, there, wave)
        assert here == pytest.approx(there, abs=1e-14)
        here, there = first.copy(), first.copy()
        distress.distress_once(start, creditors, leverage, here, wave)
        distress.distress_once.py_func(start, creditors, leverage, there, wave)
        assert here == pytest.approx(there, abs=1e-14)
        out, hurt, again = np.empty(20), np.zeros(20), np.empty(20)
        distress.reach(*back, weights, limits, 0, out, hurt)
        distress.reach.py_func(*back, weights, limits, 0, again, np.zeros(20))
        assert out == pytest.approx(again, abs=1e-14)
