"""The tree of causes: which liquidation led to which."""

from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd

from sim.arrays import NONE, Bools, Ints
from sim.errors import UserError
from sim.events import BREEDING, FORCED

FORCED_KINDS = tuple(kind.name.lower() for kind in FORCED)
"""Names of the kinds of events that are forced trades."""

LIQUIDATION_KINDS = tuple(kind.name.lower() for kind in BREEDING)
"""Names of the kinds that take a position from its owner; each stands a generation deeper."""

LARGEST_TREE = 20_000
"""Events above which the tree is not built as a graph."""


@dataclass(frozen=True, eq=False)
class Cascade:
    """The events of a run seen as a tree.

    A liquidation takes a position from its owner, by trading it away or by taking it over. Its
    *parent* is the nearest liquidation above it: margin calls, oracle updates, the sale of
    what was taken over and the like that stand between the two are links, not generations.

    Parameters
    ----------
    events : ordered by ``id``; every cause comes before its effect.
    """

    events: pd.DataFrame

    @cached_property
    def is_forced(self) -> Bools:
        """Whether each event is a forced trade, (n,)."""
        return self.events["kind"].isin(FORCED_KINDS).to_numpy(dtype=np.bool_)

    @cached_property
    def is_liquidation(self) -> Bools:
        """Whether each event takes a position from its owner, (n,)."""
        return self.events["kind"].isin(LIQUIDATION_KINDS).to_numpy(dtype=np.bool_)

    @cached_property
    def parent(self) -> Ints:
        """Id of the nearest liquidation above each event, ``NONE`` where there is none, (n,)."""
        cause = self._cause
        nearest = self.nearest(self.is_liquidation)
        return np.where(cause >= 0, nearest[cause], NONE)

    @cached_property
    def origin(self) -> Ints:
        """Id of the first cause of each event, itself where nothing caused it, (n,)."""
        cause = self._cause
        ids = np.arange(cause.size)
        return _top(np.where(cause >= 0, cause, ids))

    def nearest(self, wanted: Bools) -> Ints:
        """Return the nearest event at or above each that is ``wanted``, else ``NONE``, (n,)."""
        cause = self._cause
        ids = np.arange(cause.size)
        top = _top(np.where(wanted | (cause < 0), ids, cause))
        return np.where(wanted[top], top, NONE)

    @cached_property
    def liquidations(self) -> pd.DataFrame:
        """The liquidations and takeovers, with ``parent`` and ``origin`` as columns."""
        return self.events.assign(parent=self.parent, origin=self.origin)[self.is_liquidation]

    @cached_property
    def generations(self) -> pd.DataFrame:
        """One row a generation: liquidations, accounts, USD, and liquidations they led to."""
        table = self.liquidations
        above = table["parent"][table["parent"] >= 0]
        children = np.bincount(above, minlength=len(self.events))[self.is_liquidation]
        who = table["venue"].astype(str) + "/" + table["account"].astype(str)
        return (
            table.assign(who=who, children=children)
            .groupby("generation", sort=True)
            .agg(
                liquidations=("id", "size"),
                accounts=("who", "nunique"),
                usd=("usd", "sum"),
                loss=("loss", "sum"),
                children=("children", "sum"),
                first_time=("time", "min"),
                last_time=("time", "max"),
            )
        )

    @cached_property
    def tree(self) -> nx.DiGraph:
        """Every event as a node with its columns, every cause as an edge.

        Raises
        ------
        UserError
            If there are more than ``LARGEST_TREE`` events: ask ``generations`` instead.
        """
        if len(self.events) > LARGEST_TREE:
            raise UserError(
                f"the tree has {len(self.events):,} events, more than the {LARGEST_TREE:,} that "
                "are built as a graph; see cascade.generations, or cascade.liquidations"
            )
        graph = nx.DiGraph()
        names = ["kind", "venue", "account", "usd", "step", "generation", "channel"]
        rows = self.events[names].astype({"kind": str, "venue": str, "channel": str})
        graph.add_nodes_from(enumerate(rows.to_dict("records")))
        graph.add_edges_from((int(c), i) for i, c in enumerate(self._cause) if c >= 0)
        return graph

    @property
    def _cause(self) -> Ints:
        """The cause of each event."""
        return self.events["cause"].to_numpy(dtype=np.int64)


def _top(up: Ints) -> Ints:
    """Follow ``up`` from every event until it points to itself, doubling the stride."""
    while not np.array_equal(further := up[up], up):
        up = further
    return up
