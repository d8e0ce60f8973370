"""How far a loss reaches where some have nothing to lose."""

import numpy as np
import pytest

from sim.network.exposures import Exposures
from sim.network.reach import Ranking


def detour(equity: float) -> Exposures:
    """Return f, who owes g and z; g reaches a by h, z owes a at once; a owes b. All claims are 1.

    ``equity`` is what z has.
    """
    names = ("f", "g", "h", "a", "b", "z")
    pairs = ["fz", "fg", "gh", "ha", "za", "ab"]
    debtor = np.array([names.index(pair[0]) for pair in pairs])
    creditor = np.array([names.index(pair[1]) for pair in pairs])
    wanted = np.array([10.0, 2.0, 2.0, 2.0, 2.0, equity])
    besides = wanted + np.bincount(debtor, minlength=6) - np.bincount(creditor, minlength=6)
    return Exposures(
        names=names,
        outside_assets=np.maximum(besides, 0.0),
        outside_liabilities=np.maximum(-besides, 0.0),
        debtor=debtor,
        creditor=creditor,
        amount=np.ones(6),
    )


@pytest.mark.parametrize("once", [True, False])
def test_who_has_no_equity_hands_nothing_on_and_is_in_nobodys_way(*, once: bool) -> None:
    """Distress reaches a by h only, a half of it each time, though z reaches a a round before."""
    ranking = Ranking(detour(0.0), once=once)
    ranking.importance(0, 1)
    assert ranking.hurt.tolist() == pytest.approx([0.0, 0.5, 0.25, 0.125, 0.0625, 0.0])
