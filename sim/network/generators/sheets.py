"""Balance sheets around drawn links: how large each is, and what of it lies in the network."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.arrays import Floats, Ints
from sim.elementary import exp
from sim.errors import ConfigError, check
from sim.network.exposures import Exposures
from sim.streams import Streams

PURPOSE = "network"
MOST = 1.0 + 1e-12
"""What shares of a balance sheet may add up to, and rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """What balance sheets look like.

    Parameters
    ----------
    size_usd : median of total assets, USD, > 0.
    spread : standard deviation of their logarithm, >= 0.
    inside : share of total assets that is owed by others of the network, in (0, 1). Drawn
        networks come to a little less: who owes more than its assets bear has more assets outside.
    capital : equity as a share of total assets, in (0, 1); with ``inside`` 1 at most, for what
        some are owed within the network others owe.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    size_usd: float = 1e9
    spread: float = 0.8
    inside: float = 0.06
    capital: float = 0.08

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        beyond = (
            f"inside={self.inside:g} and capital={self.capital:g} add up to more than 1: what some "
            "are owed within the network others owe, and what is owed is no equity; with this "
            f"capital inside must be <= {1.0 - self.capital:g}"
        )
        check(
            (self.size_usd > 0, "size_usd must be > 0"),
            (self.spread >= 0, "spread must be >= 0"),
            (0 < self.inside < 1, "inside must lie in (0, 1)"),
            (0 < self.capital < 1, "capital must lie in (0, 1)"),
            (self.inside + self.capital <= MOST or self.inside >= 1 or self.capital >= 1, beyond),
        )

    def sizes(self, n: int, seed: int) -> Floats:
        """Return total assets as they are drawn, (n,) USD, lognormal."""
        drawn = Streams(seed).at(f"{PURPOSE}/size", 0).normal(np.arange(n))
        return self.size_usd * exp(self.spread * drawn)

    def around(self, sizes: Floats, debtor: Ints, creditor: Ints, seed: int) -> Exposures:
        """Return exposures on given links.

        Each lends ``inside`` of its assets to its debtors, large ones more, by weights that
        are their size times a uniform number. Where an entity so comes to owe more than its
        assets bear, it has more assets outside.
        """
        pair = Streams(seed).at(f"{PURPOSE}/weight", 0).uniform(np.arange(debtor.size))
        weight = sizes[debtor] * (0.5 + pair)
        total = np.bincount(creditor, weight, minlength=sizes.size)
        amount = self.inside * sizes[creditor] * weight / total[creditor]
        return self.closed(sizes, debtor, creditor, amount)

    def closed(self, sizes: Floats, debtor: Ints, creditor: Ints, amount: Floats) -> Exposures:
        """Return exposures with these claims, and outside items that close the balance sheets."""
        claims = np.bincount(creditor, amount, minlength=sizes.size)
        debts = np.bincount(debtor, amount, minlength=sizes.size)
        assets = np.maximum(np.maximum(sizes, claims), debts / (1.0 - self.capital))
        return Exposures(
            names=names(sizes.size),
            outside_assets=assets - claims,
            outside_liabilities=np.maximum((1.0 - self.capital) * assets - debts, 0.0),
            debtor=debtor,
            creditor=creditor,
            amount=amount,
        )


def names(n: int) -> tuple[str, ...]:
    """Return names for drawn entities, so long that they sort as they count."""
    width = len(str(n))
    return tuple(f"E{i + 1:0{width}}" for i in range(n))


def in_one_piece(n: int, debtor: Ints, creditor: Ints, request: str) -> None:
    """Refuse links that leave entities in parts which nothing can pass between.

    Raises
    ------
    ConfigError
        Saying how many parts the request leads to.
    """
    links = csr_array((np.ones(debtor.size), (debtor, creditor)), shape=(n, n))
    parts = int(connected_components(links, directed=False)[0])
    if parts > 1:
        raise ConfigError(
            f"{request} leaves {n} entities in {parts} parts without a claim between them; ask "
            "for more links, another seed, or connected=false"
        )


def picked(rows: list[Ints]) -> tuple[Ints, Ints]:
    """Return (row, column) of every entry of lists of columns, one list a row."""
    counts = [row.size for row in rows]
    return np.repeat(np.arange(len(rows)), counts), np.concatenate(
        [*rows, np.zeros(0, dtype=np.int64)]
    )


def directed(one: Ints, other: Ints, seed: int) -> tuple[Ints, Ints]:
    """Return debtors and creditors of undirected links: a coin decides who owes whom."""
    coin = Streams(seed).at(f"{PURPOSE}/direction", 0).uniform(np.arange(one.size)) < 0.5
    return np.where(coin, one, other), np.where(coin, other, one)
