"""Marketable assets on several balance sheets: what links those who owe each other nothing."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Holdings:
    """Who holds how much of which asset, and how deep its market is.

    Parameters
    ----------
    assets : M names, each once.
    usd : (N, M) USD at prices before the shock, >= 0; part of the outside assets.
    depth : (M,) USD, > 0: sales worth a small share of it move the price by that share.

    Raises
    ------
    ConfigError
        Naming everything impossible.

    Examples
    --------
    >>> held = Holdings(assets=("BTC",), usd=np.array([[5.0], [2.0]]), depth=np.array([100.0]))
    >>> held.overlap().round(2)
    array([[0.25, 0.1 ],
           [0.1 , 0.04]])
    """

    assets: tuple[str, ...]
    usd: Floats
    depth: Floats

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        usd, depth, count = np.asarray(self.usd), np.asarray(self.depth), len(self.assets)
        check(
            (len(set(self.assets)) == count, "an asset is named more than once"),
            (
                all(name and name == name.strip() for name in self.assets),
                "the name of an asset needs letters, and no spaces around them",
            ),
            (usd.ndim == 2 and usd.shape[1] == count, "holdings need one column an asset"),
            (bool(np.all(np.isfinite(usd) & (usd >= 0))), "holdings must be >= 0 USD"),
            (depth.shape == (count,), "depth needs one number an asset"),
            (bool(np.all(np.isfinite(depth) & (depth > 0))), "depth must be > 0 USD"),
        )

    def overlap(self) -> Floats:
        r"""Return the liquidity-weighted overlap of every two portfolios, (N, N) USD.

        :math:`\Omega_{ij} = \sum_m \Pi_{im} \Pi_{jm} / D_m` is what i loses, to first order,
        when j sells all it has.

        References
        ----------
        Cont and Schaanning (2019), "Monitoring indirect contagion", J. Banking & Finance 104.
        """
        out = np.zeros((len(self.usd), len(self.usd)))
        for asset in range(len(self.assets)):
            held = self.usd[:, asset]
            out += np.outer(held, held / self.depth[asset])
        return out
