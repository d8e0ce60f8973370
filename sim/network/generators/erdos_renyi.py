"""Erdős–Rényi: every entity owes every other with the same probability."""

from dataclasses import dataclass, field

from sim.errors import check
from sim.network.exposures import Exposures
from sim.network.generators.sheets import PURPOSE, Sheets, in_one_piece, picked
from sim.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class ErdosRenyi:
    """Let each ordered pair be joined by a claim alone, with the same probability.

    Parameters
    ----------
    links : mean number of creditors of an entity, > 0.
    connected : refuse a network in several parts.
    sheets : what balance sheets look like.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Erdős and Rényi (1959), "On random graphs I", Publicationes Mathematicae 6.

    Examples
    --------
    >>> drawn = ErdosRenyi(links=4).generate(50, seed=1)
    >>> len(drawn), len(drawn.amount)
    (50, 208)
    """

    links: float = 6.0
    connected: bool = True
    sheets: Sheets = field(default_factory=Sheets)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.links > 0, "links must be > 0"))

    def generate(self, n: int, seed: int) -> Exposures:
        """Return a network of ``n`` entities."""
        check(
            (n >= 2, f"n must be >= 2, not {n}"),
            (self.links <= n - 1, f"links must be <= n - 1 = {n - 1}, not {self.links:g}"),
        )
        streams = Streams(seed)
        rows = []
        for i in range(n):
            drawn = streams.at(f"{PURPOSE}/pair", i).chosen(n - 1, self.links / (n - 1))
            rows.append(drawn + (drawn >= i))
        debtor, creditor = picked(rows)
        if self.connected:
            in_one_piece(n, debtor, creditor, f"erdos_renyi with links={self.links:g}")
        return self.sheets.around(self.sheets.sizes(n, seed), debtor, creditor, seed)
