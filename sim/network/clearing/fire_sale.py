"""Fire sales of overlapping portfolios, with what they leave unpaid cleared as Eisenberg–Noe."""

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from sim.arrays import Floats
from sim.errors import ConfigError, check
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.clearing.selling import Selling, begun
from sim.network.clearing.sheet import by_row, by_wave, sheet
from sim.network.exposures import Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class FireSale:
    r"""Let whoever exceeds a leverage sell marketable assets, to everybody's loss.

    An entity whose assets less cash exceed ``limit`` times its equity sells the same share
    of all its marketable assets, as much as brings it back to ``target``; without equity it
    sells everything. Sales worth :math:`q` USD move a price by :math:`1 - e^{-q/D}`; all who hold
    the asset lose that, sellers ``execution`` of it on what they sell. When sales cease, claims
    are cleared as in ``EisenbergNoe``, creditors outside the network pari passu; what is
    lost on claims may set off further sales. A wave is a round of sales, or a wave of the
    clearing after them, in which equity was gone.

    To first order i loses :math:`\sum_j \Omega_{ij} \Gamma_j` when each j sells the share
    :math:`\Gamma_j`: see ``Holdings.overlap``.

    Parameters
    ----------
    limit : highest leverage, assets over equity, > 1.
    target : leverage to which one sells, in (1, limit].
    execution : share of the price move that sellers lose on what they sell, in [0, 1].
    tolerance : sales that no longer count, share of all holdings, > 0.
    rounds : most rounds of sales, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Cont and Schaanning (2017), "Fire sales, indirect contagion and systemic stress testing",
    Norges Bank Working Paper 2/2017; Greenwood, Landier and Thesmar (2015), "Vulnerable banks",
    Journal of Financial Economics 115.
    """

    limit: float = 20.0
    target: float = 19.0
    execution: float = 0.5
    tolerance: float = 1e-12
    rounds: int = 10_000

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.limit > 1, "limit must be > 1"),
            (1 < self.target <= self.limit, "target must lie in (1, limit]"),
            (0 <= self.execution <= 1, "execution must lie in [0, 1]"),
            (0 < self.tolerance < inf, "tolerance must be finite and > 0"),
            (self.rounds > 0, "rounds must be > 0"),
        )

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return what sales and unpaid claims lead to.

        Raises
        ------
        ConfigError
            If nothing is known of holdings, or the shock does not fit.
        """
        if exposures.holdings is None:
            raise ConfigError(
                "fire_sale needs holdings: columns such as holds_BTC_usd in the table of entities, "
                "and how deep markets are (asset, depth_usd) in the claims' file name plus _assets"
            )
        sheet(exposures, shock)
        selling = begun(exposures, exposures.holdings, shock)
        small = self.tolerance * float(exposures.holdings.usd.sum())
        while True:
            self._sell_until_quiet(selling, small)
            gone = np.minimum(shock + selling.lost, exposures.outside_assets)
            found = EisenbergNoe().clear(exposures, gone)
            selling.mark_unpaid(by_row(found.losses), found.wave_of())
            left = float(self._sales(selling).sum())
            if selling.rounds >= self.rounds or left <= small:
                return _joined(found, selling, left, small)

    def _sell_until_quiet(self, selling: Selling, small: float) -> None:
        """Let all sell who must until nobody must, or there have been too many rounds."""
        sales = self._sales(selling)
        while float(sales.sum()) > small and selling.rounds < self.rounds:
            selling.sell(sales, self.execution)
            sales = self._sales(selling)

    def _sales(self, selling: Selling) -> Floats:
        """Return what each must sell of each asset, (N, M) USD at present prices."""
        equity, risky, worth = selling.equity(), selling.risky(), selling.worth.sum(axis=1)
        excess = np.where(equity > 0, risky - self.target * equity, worth)
        must = (risky > self.limit * np.maximum(equity, 0.0)) & (worth > 0)
        share = np.divide(excess, worth, out=np.zeros_like(worth), where=must)
        return selling.worth * np.clip(share, 0.0, 1.0)[:, None]


def _joined(found: Contagion, selling: Selling, left: float, small: float) -> Contagion:
    """Return the clearing with the fire sale's losses and rounds in it.

    Parameters
    ----------
    found : the last clearing.
    selling : after it.
    left, small : USD that would still have to be sold, and that do not count.
    """
    return replace(
        found,
        waves=by_wave(np.where(found.defaulted(), selling.wave, -1)),
        costs=selling.lost,
        converged=found.converged and left <= small,
        residual=max(found.residual, left),
        rounds=selling.rounds + found.rounds,
    )
