"""The tree of causes."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import cascade as module
from experiments.cascade import Cascade
from experiments.metrics.cascade import branching_ratio
from sim.arrays import NONE
from sim.errors import UserError
from sim.events import Channel, EventKind
from tests.experiments.sample_run import (
    HAND_MADE,
    Told,
    hand_made_run,
    log_of,
    sample_run,
    with_events,
)

KINDS = (
    *(EventKind.LIQUIDATION, EventKind.MARGIN_CALL, EventKind.TAKEOVER),
    *(EventKind.DISPOSAL, EventKind.ORACLE_UPDATE, EventKind.SHOCK),
)


@st.composite
def trees(draw: st.DrawFn) -> list[Told]:
    """Draw events of random kinds, each caused by any earlier one, or by none."""
    rows: list[Told] = []
    for event in range(draw(st.integers(1, 25))):
        kind, cause = draw(st.sampled_from(KINDS)), draw(st.integers(NONE, event - 1))
        rows.append((event // 3, kind, cause, 0, event, 10.0, 1.0, Channel.IMPACT))
    return rows


def test_a_parent_is_the_nearest_liquidation_above() -> None:
    tree = hand_made_run().cascade
    parents = {event: int(tree.parent[event]) for event in (3, 4, 7, 8, 11, 12)}
    assert parents == {3: NONE, 4: 3, 7: 3, 8: 3, 11: 8, 12: 8}


def test_everything_in_the_tree_by_hand_goes_back_to_the_shock() -> None:
    assert (hand_made_run().cascade.origin == 0).all()


def test_generations_count_liquidations_and_what_they_led_to() -> None:
    table = hand_made_run().cascade.generations
    assert table["liquidations"].to_dict() == {1: 1, 2: 3, 3: 2}
    assert table["usd"].to_dict() == {1: 100.0, 2: 100.0, 3: 60.0}
    assert table["children"].to_dict() == {1: 3, 2: 2, 3: 0}


def test_the_branching_ratio_leaves_out_parents_whose_children_the_run_did_not_see() -> None:
    rows = [*HAND_MADE, (7, EventKind.LIQUIDATION, 12, 0, 3, 1.0, 0.0, Channel.IMPACT)]
    assert branching_ratio(with_events(hand_made_run(), log_of(rows))) == 5 / 4


@settings(max_examples=40, deadline=None)
@given(rows=trees())
def test_a_liquidation_is_one_generation_below_its_parent(rows: list[Told]) -> None:
    found = with_events(hand_made_run(), log_of(rows)).cascade.liquidations
    depth = dict(zip(found["id"], found["generation"], strict=True))
    for event, parent in zip(found["id"], found["parent"], strict=True):
        assert depth[event] == (1 if parent == NONE else depth[parent] + 1)


@settings(max_examples=40, deadline=None)
@given(rows=trees())
def test_the_graph_is_a_forest_with_an_edge_for_every_cause(rows: list[Told]) -> None:
    run = with_events(hand_made_run(), log_of(rows))
    tree = run.cascade.tree
    assert tree.number_of_nodes() == len(rows)
    assert tree.number_of_edges() == sum(row[2] != NONE for row in rows)
    assert nx.is_branching(tree)
    for event, origin in enumerate(run.cascade.origin):
        assert event == origin or nx.has_path(tree, origin, event)


def test_a_tree_too_large_for_a_graph_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_TREE", 5)
    with pytest.raises(UserError, match=r"cascade\.generations"):
        _ = hand_made_run().cascade.tree


def test_a_long_chain_is_followed_to_its_start() -> None:
    n = 5000
    rows = [(i, EventKind.MARGIN_CALL, i - 1, 0, i, 1.0, 0.0, Channel.IMPACT) for i in range(n)]
    tree = Cascade(with_events(hand_made_run(), log_of(rows)).events)
    assert (tree.origin == 0).all()
    assert (tree.parent == NONE).all()


def test_children_add_up_to_liquidations_with_a_parent() -> None:
    tree = sample_run().cascade
    with_parent = int(np.sum(tree.liquidations["parent"] != NONE))
    assert tree.generations["children"].sum() == with_parent
