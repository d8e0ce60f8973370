"""How many reporters an attacker needs."""

import numpy as np

from oracles.roles import Aggregator
from sim.arrays import Floats
from sim.errors import check


def k_to_move(aggregator: Aggregator, stakes: Floats) -> int:
    """Return the fewest captured reporters that can move the answer anywhere.

    This is the finite-sample breakdown point times n, with everybody reporting and the attacker
    free to choose whom to capture (the largest stakes first, where stakes matter). With one
    reporter fewer, the answer stays between what the honest ones say, up to the
    deviation that an outlier rule tolerates.

    Parameters
    ----------
    aggregator : how reports become an answer.
    stakes : (n,) weight of each reporter, > 0.

    Raises
    ------
    ConfigError
        If there is no reporter, or one without stake.

    References
    ----------
    Donoho and Huber (1983), The notion of breakdown point.

    Examples
    --------
    >>> from oracles.aggregators import Median
    >>> k_to_move(Median(), np.ones(9))
    5
    """
    check(
        (stakes.size > 0, "there must be at least one reporter"),
        (bool(np.all(stakes > 0)), "every stake must be > 0"),
    )
    return aggregator.breakdown(stakes)
