"""Keepers' liquidations: how much may be repaid, and when that makes the loan worse."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.arrays import Floats
from sim.liquidation.bonus import Bonus, loan_to_value_after
from sim.roles import Distress


def borrowers(debt: Floats, equity: Floats) -> Distress:
    """Return loans with so much owed and so much margin equity."""
    return Distress(
        positions=-debt[None, :],
        notional=debt[None, :],
        equity=equity,
        required=np.zeros(debt.size),
        rate=np.zeros((1, debt.size)),
        bid_depth=np.zeros(1),
        ask_depth=np.zeros(1),
    )


@given(
    loan_to_value=st.floats(0.05, 1.5),
    bonus=st.floats(0.0, 0.5),
    repaid=st.floats(0.01, 1.0),
)
def test_a_liquidation_raises_loan_to_value_just_above_one_over_one_plus_the_bonus(
    loan_to_value: float, bonus: float, repaid: float
) -> None:
    collateral = 100.0
    debt = loan_to_value * collateral
    amount = repaid * min(debt, 0.95 * collateral / (1 + bonus))
    after = float(loan_to_value_after(debt, collateral, amount, bonus))
    edge = Bonus(bonus=bonus).toxic_above
    assume(abs(loan_to_value - edge) > 1e-6)
    assert (after > loan_to_value) == (loan_to_value > edge)


def test_at_the_edge_a_liquidation_changes_nothing() -> None:
    assert loan_to_value_after(100 / 1.08, 100.0, 30.0, bonus=0.08) == pytest.approx(1 / 1.08)


def test_a_loan_just_unsound_is_repaid_by_the_close_factor() -> None:
    loan = borrowers(np.array([10_000.0]), np.array([-400.0]))
    assert Bonus(close_factor=0.4).close(loan)[0] == pytest.approx([4000.0])


def test_a_loan_far_below_is_repaid_in_full() -> None:
    """Health factors 0.96, 0.95, 0.5."""
    loans = borrowers(np.full(3, 10_000.0), np.array([-400.0, -500.0, -5000.0]))
    assert Bonus(full_below=0.95).close(loans).tolist() == [[5000.0, 10_000.0, 10_000.0]]


def test_a_small_loan_is_repaid_in_full() -> None:
    loans = borrowers(np.array([1999.0, 2000.0]), np.array([-1.0, -1.0]))
    assert Bonus().close(loans).tolist() == [[1999.0, 1000.0]]
