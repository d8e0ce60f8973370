"""Small world: neighbours on a ring, and a few links across it."""

from dataclasses import dataclass, field

import numpy as np

from sim.errors import check
from sim.network.exposures import Exposures
from sim.network.generators.sheets import PURPOSE, Sheets, directed, in_one_piece
from sim.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallWorld:
    """Link each entity to its next neighbours on a ring, and move some links anywhere.

    A coin decides who of two owes the other. A link that would join a pair twice stays.

    Parameters
    ----------
    neighbours : links to each side, >= 1.
    moved : probability that a link's far end is moved, in [0, 1].
    connected : refuse a network in several parts.
    sheets : what balance sheets look like.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Watts and Strogatz (1998), "Collective dynamics of small-world networks", Nature 393.

    Examples
    --------
    >>> len(SmallWorld(neighbours=2).generate(50, seed=1).amount)
    100
    """

    neighbours: int = 3
    moved: float = 0.1
    connected: bool = True
    sheets: Sheets = field(default_factory=Sheets)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.neighbours >= 1, "neighbours must be >= 1"),
            (0 <= self.moved <= 1, "moved must lie in [0, 1]"),
        )

    def generate(self, n: int, seed: int) -> Exposures:
        """Return a network of ``n`` entities in the order of the ring."""
        check(
            (n >= 3, f"n must be >= 3, not {n}"),
            (
                2 * self.neighbours < n,
                f"neighbours must be < n / 2 = {n / 2:g}, not {self.neighbours}",
            ),
        )
        one = np.repeat(np.arange(n), self.neighbours)
        other = (one + np.tile(np.arange(1, self.neighbours + 1), n)) % n
        draws = Streams(seed).at(f"{PURPOSE}/rewire", 0)
        moves = draws.uniform(np.arange(one.size), 0) < self.moved
        target = (draws.uniform(np.arange(one.size), 1) * n).astype(np.int64)
        joined = {(min(a, b), max(a, b)) for a, b in zip(one.tolist(), other.tolist(), strict=True)}
        for k in np.flatnonzero(moves):
            a, b, c = int(one[k]), int(other[k]), int(target[k])
            pair = (min(a, c), max(a, c))
            if a != c and pair not in joined:
                joined.remove((min(a, b), max(a, b)))
                joined.add(pair)
                other[k] = c
        debtor, creditor = directed(one, other, seed)
        if self.connected:
            in_one_piece(n, debtor, creditor, f"small_world with moved={self.moved:g}")
        return self.sheets.around(self.sheets.sizes(n, seed), debtor, creditor, seed)
