"""Whether a policy has seen enough, and how long it must be waited for if not."""

from sim.arrays import Floats
from sim.errors import ConfigError
from sim.roles import MarketState


def latest(market: MarketState, needed: int, what: str) -> Floats:
    """Return the last ``needed`` returns, (needed, K), oldest first.

    Raises
    ------
    ConfigError
        If there are fewer: how many there are, and from when on there will be enough. Nothing is
        ever filled in.
    """
    have = len(market.returns)
    if have < needed:
        wait = (needed - have) * market.interval_seconds
        raise ConfigError(
            f"{what} needs {needed:,} returns and has seen {have:,}; it is valid "
            f"{needed - have:,} returns ({wait / 3600.0:,.4g} hours) later"
        )
    return market.returns[have - needed :]


def intervals(market: MarketState, hours: float) -> float:
    """Return how many intervals between returns lie in so many hours."""
    return hours * 3600.0 / market.interval_seconds
