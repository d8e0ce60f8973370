"""Core and periphery: a few large entities that deal with all, and many that deal with them."""

from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Ints
from sim.errors import check
from sim.network.exposures import Exposures
from sim.network.generators.sheets import PURPOSE, Sheets, in_one_piece, picked
from sim.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class CorePeriphery:
    """Let core entities owe each other nearly all, and each peripheral one deal with a few of them.

    Peripheral entities have no claims on each other. With each of its partners one has a
    claim, a debt, or both.

    Parameters
    ----------
    core : share of the entities that are core, in (0, 1]; at least two are.
    density : probability that one core entity owes another, in (0, 1].
    ties : core partners of each peripheral entity, >= 1; all of the core where it is smaller.
    core_size : how many times as large core entities are, > 0.
    connected : refuse a network in several parts.
    sheets : what balance sheets look like.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Craig and von Peter (2014), "Interbank tiering and money center banks", Journal of
    Financial Intermediation 23(3).

    Examples
    --------
    >>> drawn = CorePeriphery().generate(60, seed=1)
    >>> bool((np.minimum(drawn.debtor, drawn.creditor) < 6).all())
    True
    """

    core: float = 0.1
    density: float = 0.8
    ties: int = 2
    core_size: float = 12.0
    connected: bool = True
    sheets: Sheets = field(default_factory=Sheets)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (0 < self.core <= 1, "core must lie in (0, 1]"),
            (0 < self.density <= 1, "density must lie in (0, 1]"),
            (self.ties >= 1, "ties must be >= 1"),
            (self.core_size > 0, "core_size must be > 0"),
        )

    def generate(self, n: int, seed: int) -> Exposures:
        """Return a network of ``n`` entities, the core first."""
        check((n >= 2, f"n must be >= 2, not {n}"))
        core = min(n, max(2, round(self.core * n)))
        inner, outer = self._core(core, seed), self._periphery(core, n, seed)
        debtor, creditor = (np.concatenate(ends) for ends in zip(inner, outer, strict=True))
        if self.connected:
            in_one_piece(n, debtor, creditor, f"core_periphery with density={self.density:g}")
        sizes = self.sheets.sizes(n, seed)
        sizes[:core] *= self.core_size
        return self.sheets.around(sizes, debtor, creditor, seed)

    def _core(self, core: int, seed: int) -> tuple[Ints, Ints]:
        """Return who of the core owes whom of it."""
        rows = []
        for i in range(core):
            drawn = Streams(seed).at(f"{PURPOSE}/core", i).chosen(core - 1, self.density)
            rows.append(drawn + (drawn >= i))
        return picked(rows)

    def _periphery(self, core: int, n: int, seed: int) -> tuple[Ints, Ints]:
        """Return claims between periphery and core."""
        ties, streams = min(self.ties, core), Streams(seed)
        rows = [
            np.argsort(streams.at(f"{PURPOSE}/partner", i).uniform(np.arange(core)))[:ties]
            for i in range(core, n)
        ]
        row, partner = picked(rows)
        who = row + core
        side = streams.at(f"{PURPOSE}/side", 0).uniform(np.arange(who.size))
        owes, owed = side < 0.6, side >= 0.4
        return (
            np.concatenate([who[owes], partner[owed]]),
            np.concatenate([partner[owes], who[owed]]),
        )
