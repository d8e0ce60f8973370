"""Scale-free: whoever comes new deals with those who already have many partners."""

from dataclasses import dataclass, field

import numpy as np

from sim.errors import check
from sim.network.exposures import Exposures
from sim.network.generators.sheets import PURPOSE, Sheets, directed
from sim.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFree:
    """Let entities join one by one, each linked to earlier ones in proportion to their links.

    A coin decides who of two owes the other. Being grown link by link, the network is always
    in one piece.

    Parameters
    ----------
    links : links that each new entity brings, >= 1.
    by_links : make total assets proportional to the number of links too.
    sheets : what balance sheets look like.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Barabási and Albert (1999), "Emergence of scaling in random networks", Science 286.

    Examples
    --------
    >>> drawn = ScaleFree(links=2).generate(300, seed=1)
    >>> degree = np.bincount(np.concatenate([drawn.debtor, drawn.creditor]))
    >>> len(drawn.amount), bool(degree.max() > 8 * np.median(degree))
    (597, True)
    """

    links: int = 3
    by_links: bool = True
    sheets: Sheets = field(default_factory=Sheets)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.links >= 1, "links must be >= 1"))

    def generate(self, n: int, seed: int) -> Exposures:
        """Return a network of ``n`` entities, the oldest first."""
        check(
            (n >= 2, f"n must be >= 2, not {n}"),
            (self.links <= n - 1, f"links must be <= n - 1 = {n - 1}, not {self.links}"),
        )
        # Every end of a link is one entry of this list: drawing an entry draws by links.
        ends, one, other = [0], list[int](), list[int]()
        for i in range(1, n):
            wanted, lane, met = min(self.links, i), 0, dict[int, None]()
            draws = Streams(seed).at(f"{PURPOSE}/attach", i)
            while len(met) < wanted:
                for u in draws.uniform(np.arange(2 * wanted), lane):
                    if len(met) < wanted:
                        met[ends[int(u * len(ends))]] = None
                lane += 1
            for j in met:
                one.append(i)
                other.append(j)
            ends += [*met, *[i] * wanted]
        debtor, creditor = directed(np.array(one), np.array(other), seed)
        sizes = self.sheets.sizes(n, seed)
        if self.by_links:
            sizes *= np.bincount(np.array(ends), minlength=n) / (2.0 * self.links)
        return self.sheets.around(sizes, debtor, creditor, seed)
