"""Pictures and tables of a network: words for what was found, and the same number everywhere."""

import numpy as np
import pytest

from experiments.figures.contagion_flow import conserved, draw_flow
from experiments.figures.contagion_losses import draw_losses as draw_distribution
from experiments.figures.contagion_matrix import draw_hurt
from experiments.figures.contagion_network import draw_network
from experiments.network_study import NetworkStudy, cleared, draw_losses, shock_of
from sim.network.clearing import CLEARING
from sim.network.clearing.debtrank import DebtRank
from tests.sim.network.networks import of_matrix


def test_columns_stand_in_the_order_of_what_the_title_counts() -> None:
    """0 hurts most within the block that is drawn, 1 hurts most of all 300."""
    hurt = np.full((300, 300), 1e-4)
    hurt[:60, :60] = 0.5
    hurt[:60, 0] = 0.9
    hurt[60:, 1] = 0.3
    figure = draw_hurt(tuple(f"e{i}" for i in range(300)), hurt)
    assert figure.says.startswith("e1 hurts others most")
    assert figure.axes[0].get_xticklabels()[0].get_text() == "e1"


def test_who_hurts_most_of_all_is_drawn_even_where_the_block_lies_elsewhere() -> None:
    hurt = np.zeros((300, 300))
    hurt[:, 0] = 0.02
    hurt[200:260, 100:200] = 0.025
    figure = draw_hurt(tuple(f"e{i}" for i in range(300)), hurt)
    assert figure.says.startswith("e0 hurts others most")
    assert figure.axes[0].get_xticklabels()[0].get_text() == "e0"


@pytest.mark.parametrize("name", sorted(set(CLEARING) - {"fire_sale"}))
def test_owners_are_left_with_nothing_and_not_with_less(name: str) -> None:
    """0 has 10, owes 6 to 1 and 2 outside, and loses all 10: its equity was 2."""
    pair = of_matrix([[0, 6.0], [0, 0]], [10.0, 4.0], [2.0, 1.0])
    case = cleared(pair, CLEARING[name](), shock_of(pair, ["0"], None, None))
    vector = NetworkStudy(name="pair", algorithm=name, case=case).entities()
    assert vector["equity_before_usd"].tolist() == [2.0, 9.0]
    assert vector["equity_after_usd"].tolist() == pytest.approx([0.0, 3.0])
    if not conserved(case):
        assert draw_flow(case).says == "Equity of $2 lost to the shock, of $6 on claims"


def test_pictures_of_distress_speak_of_equity_and_not_of_payments() -> None:
    chain = of_matrix([[0, 4.0, 0], [0, 0, 2.0], [0, 0, 0]], [5.0, 1.0, 4.0])
    case = cleared(chain, DebtRank(), shock_of(chain, ["0"], None, None))
    drawn = draw_network(case)
    assert drawn.says.startswith("2 of 3 entities lose all their equity in 2 waves; claims are")
    assert drawn.says.endswith("marked down by $6")
    labels = [text.get_text() for legend in drawn.legends for text in legend.get_texts()]
    assert "loses all its equity in wave 2" in labels
    assert not [label for label in labels if "default" in label or "paid" in label]
    few = cleared(chain, DebtRank(), shock_of(chain, ["0"], 0.5, None))
    assert draw_network(few).says.startswith("None of 3 entities loses all its equity; claims are")
    draws = draw_losses([case], range(1), 0.1)
    assert "claims are marked down by $6" in draw_distribution(draws, distress=True).says
    assert "$6 are not paid" in draw_distribution(draws).says
