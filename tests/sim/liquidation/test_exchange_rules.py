"""Tiered and paced closing, case by case."""

import numpy as np

from sim.arrays import Floats
from sim.liquidation.contracts import against, whole_contracts
from sim.liquidation.paced import Paced
from sim.liquidation.tiered import Tiered
from sim.roles import Distress


def failing(positions: Floats, price: float = 100.0, depth: float = 1000.0) -> Distress:
    """Return accounts that have nothing left."""
    k, m = positions.shape
    return Distress(
        positions=positions,
        notional=price * np.abs(positions),
        equity=np.zeros(m),
        required=np.ones(m),
        rate=np.full((k, m), 0.01),
        bid_depth=np.full(k, depth),
        ask_depth=np.full(k, depth),
    )


def test_tiered_closes_a_portion_of_what_is_large_and_all_of_the_rest() -> None:
    trades = Tiered(large_usd=1000.0, share=0.25).close(failing(np.array([[11.0, 10.0, -401.0]])))
    assert trades.tolist() == [[-3.0, -10.0, 101.0]]


def test_tiered_ends_with_nothing_left() -> None:
    positions = np.array([[1000.0, -37.0]])
    for _ in range(40):
        positions = positions + Tiered(large_usd=1000.0, share=0.25).close(failing(positions))
    assert np.all(positions == 0)


def test_paced_serves_the_first_account_first_on_each_side() -> None:
    positions = np.array([[60.0, -30.0, 60.0, -90.0, 5.0]])
    trades = Paced(share_of_depth=0.1).close(failing(positions))
    assert trades.tolist() == [[-60.0, 30.0, -40.0, 70.0, 0.0]]


def test_paced_waits_where_the_book_is_too_thin_for_one_contract() -> None:
    trades = Paced(share_of_depth=0.1).close(failing(np.array([[60.0]]), depth=9.0))
    assert trades.tolist() == [[0.0]]


def test_paced_works_a_position_off_in_equal_steps() -> None:
    position, sizes = np.array([[250.0]]), []
    while position.any():
        trade = Paced(share_of_depth=0.1).close(failing(position))
        position = position + trade
        sizes.append(float(trade[0, 0]))
    assert sizes == [-100.0, -100.0, -50.0]


def test_shares_round_up_but_not_for_what_arithmetic_adds() -> None:
    positions = np.array([[100.0, -100.0, 7.0]])
    share = np.array([0.1 + 0.2, 0.301, 1.0])
    assert whole_contracts(positions, share).tolist() == [[30.0, 31.0, 7.0]]
    assert against(positions, np.ones((1, 3))).tolist() == [[-1.0, 1.0, -1.0]]
