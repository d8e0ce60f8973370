"""Balance sheets and what entities owe each other: the network on which losses travel."""

from dataclasses import dataclass, field
from enum import IntEnum

import networkx as nx
import numpy as np
from scipy.sparse import csr_array

from sim.arrays import Codes, Floats, Ints
from sim.errors import ConfigError
from sim.network import checks
from sim.network.holdings import Holdings


class ExposureKind(IntEnum):
    """What one entity owes another.

    ``PLEDGE`` is collateral of the creditor that the debtor holds, may pledge again, and has
    to give back.
    """

    UNSECURED_LOAN = 0
    SECURED_LOAN = 1
    MARGIN_CLAIM = 2
    DEPOSIT = 3
    PLEDGE = 4

    @property
    def label(self) -> str:
        """What files and pictures call it."""
        return self.name.lower()


def _zeros() -> Floats:
    """Stand for a column that was left out."""
    return np.zeros(0)


def _codes() -> Codes:
    """Stand for kinds that were left out."""
    return np.zeros(0, dtype=np.int8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposures:
    """Entities with their balance sheets, and typed claims between them, in USD.

    Collateral that has been posted lies with the creditor. It is no part of
    ``outside_assets``; it counts at its market value less the haircut, for everybody, and
    pays the claim that it secures before anything else does. Several claims may join a pair.

    Parameters
    ----------
    names : N entities, each once.
    outside_assets : (N,) USD, >= 0: all that is not owed by an entity of the network.
    outside_liabilities : (N,) USD, >= 0, owed to creditors outside the network.
    debtor, creditor : (E,) indices into ``names``; nobody owes himself.
    amount : (E,) USD, > 0.
    kind : (E,) codes of ``ExposureKind``; unsecured loans where left out.
    collateral : (E,) USD, >= 0, posted by the debtor to the creditor; none where left out.
    haircut : (E,) share of the collateral's value that does not count, in [0, 1).
    holdings : of which marketable assets the outside assets consist, where that is known.

    Raises
    ------
    ConfigError
        Naming everything impossible, and whom it concerns.

    Examples
    --------
    >>> exposures = Exposures(
    ...     names=("fund", "lender"),
    ...     outside_assets=np.array([5.0, 3.0]),
    ...     outside_liabilities=np.zeros(2),
    ...     debtor=np.array([0]),
    ...     creditor=np.array([1]),
    ...     amount=np.array([4.0]),
    ... )
    >>> exposures.equity()
    array([1., 7.])
    >>> exposures.liabilities().toarray()
    array([[0., 4.],
           [0., 0.]])
    """

    names: tuple[str, ...]
    outside_assets: Floats
    outside_liabilities: Floats
    debtor: Ints
    creditor: Ints
    amount: Floats
    kind: Codes = field(default_factory=_codes)
    collateral: Floats = field(default_factory=_zeros)
    haircut: Floats = field(default_factory=_zeros)
    holdings: Holdings | None = None

    def __post_init__(self) -> None:
        """Fill in what was left out, and refuse what makes no sense."""
        for name in ("kind", "collateral", "haircut"):
            given = getattr(self, name)
            if len(given) == 0 < len(self.amount):
                object.__setattr__(self, name, np.zeros(len(self.amount), given.dtype))
        problems = checks.wrong_lengths(self) or checks.problems(self, len(ExposureKind))
        if problems:
            raise ConfigError(*problems)

    def __len__(self) -> int:
        return len(self.names)

    def worth(self) -> Floats:
        """Return what the collateral of every claim is worth after its haircut, (E,) USD."""
        return self.collateral * (1.0 - self.haircut)

    def secured(self) -> Floats:
        """Return the part of every claim that its collateral pays, (E,) USD."""
        return np.minimum(self.amount, self.worth())

    def claims(self) -> Floats:
        """Return what every entity is owed within the network, (N,) USD."""
        return np.bincount(self.creditor, self.amount, minlength=len(self))

    def debts(self) -> Floats:
        """Return what every entity owes within the network, (N,) USD."""
        return np.bincount(self.debtor, self.amount, minlength=len(self))

    def owed(self) -> Floats:
        """Return all that every entity owes, within the network and outside it, (N,) USD."""
        return self.debts() + self.outside_liabilities

    def posted(self) -> Floats:
        """Return what the collateral that every entity has posted is worth, (N,) USD."""
        return np.bincount(self.debtor, self.worth(), minlength=len(self))

    def equity(self) -> Floats:
        """Return assets less liabilities, every claim at its full amount, (N,) USD."""
        return self.outside_assets + self.posted() + self.claims() - self.owed()

    def liabilities(self) -> csr_array:
        """Return the (N, N) matrix whose entry i, j is what i owes j, USD."""
        return self.matrix(self.amount)

    def matrix(self, usd: Floats) -> csr_array:
        """Return an amount a claim, (E,), as an (N, N) matrix: row debtor, column creditor."""
        size = len(self)
        summed = csr_array((usd, (self.debtor, self.creditor)), shape=(size, size))
        summed.sum_duplicates()
        return summed

    def index(self, name: str) -> int:
        """Return the place of an entity.

        Raises
        ------
        ConfigError
            If there is none of that name.
        """
        if name not in self.names:
            known = ", ".join(self.names[:16]) + (" ..." if len(self) > 16 else "")
            raise ConfigError(f"there is no entity {name!r}; there are {known}")
        return self.names.index(name)

    def graph(self) -> nx.MultiDiGraph:
        """Return the network as a graph: an edge points from who owes to who is owed.

        The key of an edge is the place of the claim.
        """
        graph = nx.MultiDiGraph()
        sheets = zip(self.names, self.outside_assets, self.outside_liabilities, strict=True)
        for name, assets, liabilities in sheets:
            graph.add_node(
                name,
                outside_assets_usd=float(assets),
                outside_liabilities_usd=float(liabilities),
            )
        for e in range(len(self.amount)):
            graph.add_edge(
                self.names[self.debtor[e]],
                self.names[self.creditor[e]],
                key=e,
                amount_usd=float(self.amount[e]),
                kind=ExposureKind(self.kind[e]).label,
                collateral_usd=float(self.collateral[e]),
                haircut=float(self.haircut[e]),
            )
        if self.holdings is not None:
            _hold(graph, self.names, self.holdings)
        return graph


def _hold(graph: nx.MultiDiGraph, names: tuple[str, ...], holdings: Holdings) -> None:
    """Write holdings to the nodes of a graph, and depths to the graph."""
    for m, asset in enumerate(holdings.assets):
        graph.graph[f"depth_{asset}_usd"] = float(holdings.depth[m])
        for name, usd in zip(names, holdings.usd[:, m], strict=True):
            graph.nodes[name][f"holds_{asset}_usd"] = float(usd)
