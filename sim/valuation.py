"""How a margin engine values accounts: one number an asset, one a contract."""

from dataclasses import dataclass

import numpy as np

from sim.accounts import Accounts
from sim.arrays import Floats, Ints
from sim.kernels.margin import Terms, fill_all, fill_rows
from sim.roles import Schedule


@dataclass(slots=True)
class Valuation:
    """Prices and requirements of one venue at one moment.

    Parameters
    ----------
    settlement : (K,) index of the asset in which each instrument settles.
    values : (K,) worth of one contract at the mark, units of the settlement asset.
    notionals : (K,) exposure of one contract at the mark, USD.
    prices : (n_assets,) oracle prices, USD.
    haircuts : (n_assets,) share of a positive holding that does not count as margin.
    schedule : what positions require.
    """

    settlement: Ints
    values: Floats
    notionals: Floats
    prices: Floats
    haircuts: Floats
    schedule: Schedule


def terms(valuation: Valuation, *, initial: bool = False, haircut: bool = True) -> Terms:
    """Return a valuation in the form that kernels read.

    Parameters
    ----------
    valuation : prices and requirements.
    initial : whether the requirement is the initial one, not the maintenance one.
    haircut : whether positive holdings count after their haircuts.
    """
    schedule, prices = valuation.schedule, valuation.prices
    return Terms(
        settlement=valuation.settlement,
        long_value=valuation.values,
        short_value=valuation.values,
        notional=valuation.notionals,
        held=prices * (1.0 - valuation.haircuts) if haircut else prices,
        owed=prices,
        edges=schedule.edges,
        rates=schedule.initial if initial else schedule.maintenance,
        amounts=schedule.initial_amount if initial else schedule.maintenance_amount,
    )


def _of_rows(accounts: Accounts, counted: Terms, rows: Ints) -> tuple[Floats, Floats]:
    """Return equity and the brackets' requirement of ``rows`` under ``counted``."""
    equity, required = np.empty(len(rows)), np.empty(len(rows))
    fill_rows(accounts.balances, accounts.positions, counted, rows, equity, required)
    return equity, required


def portfolio_charge(valuation: Valuation, positions: Floats, *, initial: bool = False) -> Floats:
    """Return what whole portfolios require on top of the brackets, (n,) USD.

    Parameters
    ----------
    valuation : prices and requirements.
    positions : (K, n) contracts, signed.
    initial : whether to read the initial requirement, not the maintenance one.
    """
    charge = valuation.schedule.charge
    if charge is None or not positions.shape[1]:
        return np.zeros(positions.shape[1])
    required = charge.required(positions)
    return charge.initial_multiple * required if initial else required


def margin(accounts: Accounts, valuation: Valuation, rows: Ints) -> tuple[Floats, Floats]:
    r"""Return margin equity and maintenance requirement of ``rows``, (n,) USD each.

    With the net holding :math:`x_a = b_a + \sum_{j \to a} q_j v_j` of each asset,

    .. math::
        E = \sum_a x_a p_a (1 - h_a [x_a > 0]), \qquad
        R = \sum_j \left( |q_j| n_j \, r_{b(j)} - A_{b(j)} \right)

    where :math:`b(j)` is the bracket of the schedule in which :math:`|q_j| n_j` lies. Where the
    schedule charges whole portfolios, what it charges for all of :math:`q` is added to :math:`R`.

    Parameters
    ----------
    accounts : balances :math:`b`, positions :math:`q`.
    valuation : values :math:`v`, prices :math:`p`, haircuts :math:`h`, notionals :math:`n`,
        rates :math:`r` and amounts :math:`A`.
    rows : (n,) accounts.

    Examples
    --------
    Long ten contracts of 50 000 USD with 40 000 of own money, a twentieth required:

    >>> from sim.margin.schedule import flat
    >>> accounts = Accounts.empty(5, n_assets=1, n_instruments=1)
    >>> accounts.balances[0, 4], accounts.positions[0, 4] = 40_000 - 10 * 50_000, 10
    >>> price = np.array([50_000.0])
    >>> now = Valuation(np.array([0]), price, price, np.ones(1), np.zeros(1), flat([0.05], [0.1]))
    >>> [float(usd[0]) for usd in margin(accounts, now, np.array([4]))]
    [40000.0, 25000.0]
    """
    equity, required = _of_rows(accounts, terms(valuation), rows)
    if valuation.schedule.charge is not None:
        required += portfolio_charge(valuation, accounts.positions[:, rows])
    return equity, required


def margin_all(accounts: Accounts, valuation: Valuation) -> tuple[Floats, Floats]:
    """Return margin equity and maintenance requirement of every account, (n_accounts,) USD each."""
    equity, required = np.empty(accounts.count), np.empty(accounts.count)
    fill_all(accounts.balances, accounts.positions, terms(valuation), equity, required)
    if valuation.schedule.charge is not None:
        required += portfolio_charge(valuation, accounts.positions)
    return equity, required


def initial_requirement(accounts: Accounts, valuation: Valuation, rows: Ints) -> Floats:
    """Return the initial requirement of ``rows``, (n,) USD."""
    _, required = _of_rows(accounts, terms(valuation, initial=True), rows)
    if valuation.schedule.charge is not None:
        required += portfolio_charge(valuation, accounts.positions[:, rows], initial=True)
    return required


def net_equity(accounts: Accounts, valuation: Valuation, rows: Ints) -> Floats:
    """Return what ``rows`` own without any haircut, (n,) USD; below zero they are bankrupt."""
    return _of_rows(accounts, terms(valuation, haircut=False), rows)[0]
