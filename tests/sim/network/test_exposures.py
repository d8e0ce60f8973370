"""Exposures refuse what is impossible, and say what they are worth."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import ConfigError
from sim.network.exposures import ExposureKind, Exposures
from tests.sim.network.networks import of_matrix
from tests.sim.network.test_files import rich


def test_exposures_refuse_all_that_is_impossible_at_birth() -> None:
    with pytest.raises(ConfigError) as told:
        Exposures(
            names=("a", "b", "b"),
            outside_assets=np.array([-1.0, 2.0, np.nan]),
            outside_liabilities=np.zeros(3),
            debtor=np.array([0, 1, 7, 0]),
            creditor=np.array([0, 0, 1, 1]),
            amount=np.array([1.0, -3.0, 2.0, 1.0]),
            haircut=np.array([0.0, 0.0, 0.0, 1.0]),
        )
    assert told.value.problems == (
        "entity 'b' is there more than once",
        "a: outside assets of -1 USD; they must be >= 0",
        "b: outside assets of nan USD; they must be >= 0",
        "claim 2 (number 7 owes b): no such entity; there are 3",
        "claim 0 (a owes a): nobody can owe himself",
        "claim 1 (b owes a): -3 USD; an amount must be > 0",
        "claim 3 (a owes b): a haircut of 1; it must lie in [0, 1)",
    )
    with pytest.raises(ConfigError, match="outside_assets has 1 values where 2 are needed"):
        replace(of_matrix([[0, 1], [0, 0]], [1, 1]), outside_assets=np.zeros(1))


def test_many_cases_of_one_mistake_are_counted_not_listed() -> None:
    with pytest.raises(ConfigError) as told:
        of_matrix(np.eye(12), 1.0)
    assert len(told.value.problems) == 6
    assert told.value.problems[-1] == "and 7 more of that kind"


def test_collateral_pays_its_own_claim_and_counts_less_its_haircut() -> None:
    pair = replace(
        of_matrix([[0, 10.0], [0, 0]], [4.0, 1.0]),
        collateral=np.array([8.0]),
        haircut=np.array([0.25]),
    )
    assert pair.secured().tolist() == [6.0]
    assert pair.equity().tolist() == [0.0, 11.0]


def test_the_graph_points_from_who_owes_to_who_is_owed() -> None:
    graph = rich().graph()
    assert graph.number_of_edges("Fund, the", "Börse") == 2
    assert graph.nodes["c"]["outside_liabilities_usd"] == 5.0
    assert {data["kind"] for _, _, data in graph.edges(data=True)} == {
        kind.label for kind in ExposureKind
    }
