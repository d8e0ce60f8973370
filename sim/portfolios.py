"""Where whole portfolios are charged: who is short of margin, and what may still be opened."""

import numpy as np

from sim.accounts import HOUSE_ROWS, Accounts
from sim.arrays import Bools, Floats, Ints
from sim.margin.schedule import requirements
from sim.roles import Breach
from sim.valuation import Valuation, margin_all, net_equity, portfolio_charge


def short_of_margin(accounts: Accounts, valuation: Valuation, level: float) -> Breach:
    """Return every account below ``level`` times its requirement, the venue's own rows left out.

    Everybody is looked at every time. What a portfolio requires has no worst case to be read
    off the signs of its positions, as the watch over brackets has, and between two updates of
    the requirements a price moves equity alone: a full sweep is exact and remembers nothing.

    Parameters
    ----------
    accounts, valuation : the venue's.
    level : multiple of the maintenance requirement, >= 0.
    """
    equity, required = margin_all(accounts, valuation)
    below = equity < level * required
    below[:HOUSE_ROWS] = False
    rows = np.flatnonzero(below)
    bankrupt = net_equity(accounts, valuation, rows) < 0
    return Breach(rows, equity[rows], required[rows], bankrupt)


def allowed_by_portfolio(
    valuation: Valuation,
    held: Floats,
    place: Ints,
    instrument: Ints,
    wanted: Floats,
    equity: Floats,
) -> Floats:
    r"""Return how much of each order initial margin allows, (n,) whole contracts, signed.

    Orders are looked at one after the other for each account, the accounts side by side. With
    :math:`R` the initial requirement of everything that an account holds, :math:`q`, and of what
    it was allowed before, an order of :math:`x` contracts in instrument :math:`j` may go in whole
    if :math:`R(q + x e_j)` is no more than equity, or no more than :math:`R(q)`: a hedge is always
    welcome, and closing one leg of a hedge is an opening like any other. Of other orders it
    is the largest part that equity covers. What an account of two orders in one step might
    save by the second is not counted for the first, which errs on the safe side.

    Parameters
    ----------
    valuation : prices and requirements.
    held : (K, m) contracts of the accounts, before any of the orders.
    place : (n,) which of the m accounts sends each order.
    instrument : (n,) what it is for.
    wanted : (n,) contracts, signed.
    equity : (m,) margin equity, USD; ``inf`` for who is not checked.
    """
    held, allowed = held.copy(), np.zeros(wanted.size)
    for orders in _rounds(place):
        mine, j, quantity = place[orders], instrument[orders], wanted[orders]
        before, have = held[:, mine], equity[mine]
        limit = np.maximum(have, _required(valuation, before, initial=True))
        fits = _after(valuation, before, j, quantity) <= limit
        part = quantity.copy()
        cut = np.flatnonzero(~fits)
        part[cut] = _largest(valuation, before[:, cut], j[cut], quantity[cut], have[cut])
        allowed[orders] = part
        held[j, mine] += part
    return allowed


def _rounds(place: Ints) -> list[Ints]:
    """Return the first order of each account, the second of each, and so on."""
    order = np.argsort(place, kind="stable")
    ranked = place[order]
    first = np.searchsorted(ranked, ranked)
    rank = np.empty(place.size, dtype=np.int64)
    rank[order] = np.arange(place.size) - first
    return [np.flatnonzero(rank == k) for k in range(int(rank.max(initial=-1)) + 1)]


def _largest(
    valuation: Valuation, held: Floats, instrument: Ints, quantity: Floats, equity: Floats
) -> Floats:
    """Return the largest part of each order that equity covers, 0 where it covers nothing.

    Requirements are convex in the size of an order, so that halving the range finds the end
    of what is covered from wherever nothing is traded, provided that is.
    """
    side = np.sign(quantity)
    low, high = np.zeros(quantity.size), np.abs(quantity)
    able = _required(valuation, held, initial=True) <= equity
    high[~able] = 1.0
    while bool((high - low > 1.0).any()):
        middle = np.floor(0.5 * (low + high))
        covered = _after(valuation, held, instrument, side * middle) <= equity
        low, high = np.where(covered, middle, low), np.where(covered, high, middle)
    return np.where(able, side * low, 0.0)


def _after(valuation: Valuation, held: Floats, instrument: Ints, quantity: Floats) -> Floats:
    """Return the initial requirement of accounts once an order each has been filled, (m,) USD."""
    then = held.copy()
    then[instrument, np.arange(quantity.size)] += quantity
    return _required(valuation, then, initial=True)


def reduces(valuation: Valuation, held: Floats, trades: Floats) -> Bools:
    """Tell where trades (K, m) leave portfolios ``held`` with a smaller requirement, (m,)."""
    return np.asarray(_required(valuation, held + trades) < _required(valuation, held))


def _required(valuation: Valuation, held: Floats, *, initial: bool = False) -> Floats:
    """Return the maintenance or the initial requirement of portfolios (K, m), (m,) USD."""
    notional = np.abs(held) * valuation.notionals[:, None]
    total = portfolio_charge(valuation, held, initial=initial)
    for each in requirements(valuation.schedule, notional, initial=initial):
        total = total + each
    return np.asarray(total)
