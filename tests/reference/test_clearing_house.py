"""A clearing house's waterfall and fund against cases worked out by hand.

Order of the layers after EMIR, article 45; size of the fund after EMIR, articles 42 and 43, and
principle 4 of CPMI-IOSCO (2012).
"""

import numpy as np
import pytest

from sim.network.clearing_house import Waterfall, cover, over_margin

WATERFALL = Waterfall(
    defaulter_im=70.0,
    defaulter_df=20.0,
    sitg=10.0,
    survivor_df=np.array([60.0, 30.0, 10.0]),
    vm_gains=np.array([120.0, 60.0, 20.0]),
    assessment_cap=1.0,
)
STRESS = np.array(
    [[120.0, 80.0, 60.0, 10.0], [90.0, 150.0, 20.0, 40.0], [30.0, 70.0, 160.0, 110.0]]
)
MARGIN = np.array([50.0, 60.0, 55.0, 30.0])
NOTHING = [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("loss", "single", "fund", "assessed", "cut", "unallocated"),
    [
        (80.0, (70.0, 10.0, 0.0, 0.0), NOTHING, NOTHING, NOTHING, 0.0),
        (260.0, (70.0, 20.0, 10.0, 0.0), [60.0, 30.0, 10.0], [36.0, 18.0, 6.0], NOTHING, 0.0),
        (
            700.0,
            (70.0, 20.0, 10.0, 0.0),
            [60.0, 30.0, 10.0],
            [60.0, 30.0, 10.0],
            [120.0, 60.0, 20.0],
            200.0,
        ),
    ],
)
def test_each_layer_pays_what_was_worked_out(
    loss: float,
    single: tuple[float, ...],
    fund: list[float],
    assessed: list[float],
    cut: list[float],
    unallocated: float,
) -> None:
    paid = WATERFALL.allocate(loss)
    got = (paid.defaulter_im, paid.defaulter_df, paid.sitg, paid.second_sitg)
    assert got == pytest.approx(single, abs=1e-12)
    assert paid.survivor_df == pytest.approx(fund, abs=1e-12)
    assert paid.assessments == pytest.approx(assessed, abs=1e-12)
    assert paid.gains_haircut == pytest.approx(cut, abs=1e-12)
    assert paid.unallocated == pytest.approx(unallocated, abs=1e-12)


def test_the_fund_covers_the_two_worst_of_the_worst_scenario() -> None:
    beyond = [[70.0, 20.0, 5.0, 0.0], [40.0, 90.0, 0.0, 10.0], [0.0, 10.0, 105.0, 80.0]]
    assert over_margin(STRESS, MARGIN) == pytest.approx(np.array(beyond), abs=1e-12)
    assert cover(STRESS, MARGIN, members=1) == pytest.approx(105.0, abs=1e-12)
    assert cover(STRESS, MARGIN, members=2) == pytest.approx(185.0, abs=1e-12)
