"""What contracts gain when prices and volatilities move: one row a scenario."""

import numpy as np

from sim.arrays import Floats
from sim.black76 import premium
from sim.contracts import ContractKind, Contracts


def reprice(contracts: Contracts, price_moves: Floats, volatilities: Floats) -> Floats:
    r"""Return what one contract of each kind gains in each scenario, (S, K) USD.

    Forwards move with their underlyings by the same fraction. A contract paid in coins
    gains coins, which count at the price that they then have; what the coins of the account
    themselves do is a matter of their haircut.

    Parameters
    ----------
    contracts : the instruments as they stand.
    price_moves : (S,) relative moves of all prices, or (S, K) of what each contract is about,
        > -1.
    volatilities : (S, K) implied volatilities, a year; not read where there is no option.

    Examples
    --------
    >>> one = Contracts.linear(np.array([100.0]))
    >>> reprice(one, np.array([-0.1, 0.1]), np.zeros((2, 1)))
    array([[-10.],
           [ 10.]])
    """
    width = contracts.count
    moves = np.broadcast_to(price_moves.reshape(len(price_moves), -1), (len(price_moves), width))
    gains = np.empty(moves.shape)
    for k in range(width):
        now = _worth(contracts, k, 0.0, float(contracts.volatility[k]))
        in_coin = bool(contracts.in_coin[k])
        for s, move in enumerate(moves[:, k].tolist()):
            then = _worth(contracts, k, move, float(volatilities[s, k]))
            price = float(contracts.index[k]) * (1.0 + move) if in_coin else 1.0
            gains[s, k] = (then - now) * price
    return gains


SMALL = 1e-3
"""Relative move by which slopes are measured."""


def slopes(contracts: Contracts) -> Floats:
    """Return what each contract gains when its underlying rises by its whole price, (K,) USD.

    The slope of its worth now, by a central difference.

    Examples
    --------
    >>> slopes(Contracts.linear(np.array([100.0]))).round(6)
    array([100.])
    """
    still = np.broadcast_to(contracts.volatility, (2, contracts.count))
    up, down = reprice(contracts, np.array([SMALL, -SMALL]), still)
    return np.asarray((up - down) / (2.0 * SMALL))


def vegas(contracts: Contracts) -> Floats:
    """Return what each contract gains when implied volatility rises by its whole, (K,) USD.

    Its vega times its volatility, by a central difference; 0 where there is no option.
    """
    moved = np.stack([(1.0 + SMALL) * contracts.volatility, (1.0 - SMALL) * contracts.volatility])
    up, down = reprice(contracts, np.zeros(2), moved)
    return np.where(contracts.optional, (up - down) / (2.0 * SMALL), 0.0)


def _worth(contracts: Contracts, k: int, move: float, volatility: float) -> float:
    """Return what one contract is worth after a move, units of its settlement asset."""
    kind, size = int(contracts.kind[k]), float(contracts.size[k])
    forward = float(contracts.forward[k]) * (1.0 + move)
    if kind == ContractKind.LOAN:
        return size
    if kind == ContractKind.INVERSE:
        return -size / forward
    if kind == ContractKind.LINEAR:
        return size * forward
    strike, years = float(contracts.strike[k]), float(contracts.years[k])
    call = kind == ContractKind.CALL
    worth = premium(forward, strike, years, volatility, call=call)
    return size * (worth / forward if contracts.in_coin[k] else worth)
