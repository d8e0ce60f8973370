"""What is known when only totals are: how much each is owed, and owes, within the network."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import ConfigError, check
from sim.network.checks import SLACK, listed
from sim.network.exposures import Exposures
from sim.network.generators.sheets import PURPOSE, Sheets, names
from sim.streams import Streams

LARGEST = 0.99
"""Claims and debts of the largest entity that is drawn, as a share of all claims."""
NEARLY = 1e-3
"""Share by which it may be larger: each cut moves the sums that the next is measured by."""
LEAST_CUTS, MOST_CUTS = 60, 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marginals:
    """Balance sheets of which only the totals of claims and debts are known.

    Parameters
    ----------
    names : N entities.
    claims, debts : (N,) USD owed to and by each within the network; their sums agree.
    outside_assets, outside_liabilities : (N,) USD, as in ``Exposures``.

    Raises
    ------
    ConfigError
        Naming everything for which no network can exist.
    """

    names: tuple[str, ...]
    claims: Floats
    debts: Floats
    outside_assets: Floats
    outside_liabilities: Floats

    def __post_init__(self) -> None:
        """Refuse totals for which no network exists."""
        wrong = ~(np.isfinite(self.claims + self.debts) & (self.claims >= 0) & (self.debts >= 0))
        problems = list(
            listed(wrong, lambda i: f"{self.names[i]}: claims and debts must be >= 0 USD")
        )
        claimed, owed = float(self.claims.sum()), float(self.debts.sum())
        if not problems and abs(claimed - owed) > SLACK * max(claimed, owed):
            problems.append(
                f"claims add up to {claimed:.12g} USD and debts to {owed:.12g}; what is owed by "
                "some is owed to others"
            )
        problems += listed(
            self.claims + self.debts > owed * (1.0 + SLACK),
            lambda i: (
                f"{self.names[i]}: claims of {self.claims[i]:g} USD are more than all others "
                f"owe, {owed - self.debts[i]:g}; nobody can owe himself"
            ),
        )
        if problems:
            raise ConfigError(*problems)

    def exposures(self, owed: Floats) -> Exposures:
        """Return exposures with these claims, (N, N) USD, row creditor, column debtor."""
        creditor, debtor = np.nonzero(owed)
        return Exposures(
            names=self.names,
            outside_assets=self.outside_assets,
            outside_liabilities=self.outside_liabilities,
            debtor=debtor,
            creditor=creditor,
            amount=owed[creditor, debtor],
        )


def drawn(sheets: Sheets, n: int, seed: int) -> Marginals:
    """Return totals of ``n`` entities drawn at random.

    Claims are ``inside`` of the assets, give or take a half; debts likewise, scaled to the
    same sum; both are cut where one entity would be more than half of the network.

    Raises
    ------
    ConfigError
        If there are too few entities.
    """
    check((n >= 3, f"n must be >= 3, not {n}"))
    sizes, draws = sheets.sizes(n, seed), Streams(seed).at(f"{PURPOSE}/marginal", 0)
    claims = sheets.inside * sizes * (0.5 + draws.uniform(np.arange(n), 0))
    debts = sheets.inside * sizes * (0.5 + draws.uniform(np.arange(n), 1))
    for rounds in range(MOST_CUTS):
        debts = debts * (claims.sum() / debts.sum())
        over = (claims + debts) / (LARGEST * claims.sum())
        if rounds >= LEAST_CUTS and over.max() < 1.0 + NEARLY:
            break
        claims, debts = claims / np.maximum(over, 1.0), debts / np.maximum(over, 1.0)
    debts = debts * (claims.sum() / debts.sum())
    assets = np.maximum(sizes, np.maximum(claims, debts / (1.0 - sheets.capital)))
    return Marginals(
        names=names(n),
        claims=claims,
        debts=debts,
        outside_assets=assets - claims,
        outside_liabilities=np.maximum((1.0 - sheets.capital) * assets - debts, 0.0),
    )
