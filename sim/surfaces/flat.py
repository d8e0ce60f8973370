"""One volatility for everything."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import check


@dataclass(frozen=True, kw_only=True, slots=True)
class Flat:
    """The same implied volatility at every strike and expiry.

    Parameters
    ----------
    volatility : a year, > 0.

    Raises
    ------
    ConfigError
        If the volatility is not positive.
    """

    volatility: float

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.volatility > 0, "volatility must be > 0 a year"))

    def at(self, log_moneyness: Floats, years: float) -> Floats:  # noqa: ARG002 - all are asked so
        """Return the volatility at logarithms of strike over forward, a year, (n,)."""
        return np.full(log_moneyness.shape, self.volatility)
