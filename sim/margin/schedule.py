"""Requirements as marginal rates on brackets of notional: making them and reading them."""

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Floats, Ints
from sim.margin.charges import ScaledCharge, outright
from sim.roles import Schedule


def marginal_amounts(edges: Floats, rates: Floats) -> Floats:
    r"""Return the amounts that make ``N * rate - amount`` the integral of the marginal rates.

    .. math:: A_0 = 0, \qquad A_k = A_{k-1} + e_k (r_k - r_{k-1})

    Parameters
    ----------
    edges : (B, ...) :math:`e`, lower end of each bracket, USD, the first 0.
    rates : (B, ...) :math:`r`, marginal rates.

    Examples
    --------
    >>> marginal_amounts(np.array([0, 50_000, 250_000.0]), np.array([0.004, 0.005, 0.01]))
    array([   0.,   50., 1300.])
    """
    steps = edges[1:] * np.diff(rates, axis=0)
    return np.concatenate([np.zeros_like(edges[:1]), np.cumsum(steps, axis=0)])


def flat(maintenance: ArrayLike, initial: ArrayLike) -> Schedule:
    """Return a schedule of one bracket.

    Parameters
    ----------
    maintenance, initial : (K,) fraction of notional.
    """
    rates = np.array(maintenance, dtype=np.float64, ndmin=2)
    none = np.zeros_like(rates)
    return Schedule(
        edges=none,
        maintenance=rates,
        initial=np.array(initial, dtype=np.float64, ndmin=2),
        maintenance_amount=none,
        initial_amount=none,
    )


def tiered(
    edges: ArrayLike, maintenance: ArrayLike, initial: ArrayLike, n_instruments: int
) -> Schedule:
    """Return the same marginal brackets for every instrument.

    Parameters
    ----------
    edges : (B,) lower end of each bracket, USD, the first 0.
    maintenance, initial : (B,) marginal rates.
    n_instruments : how many instruments there are.
    """
    ends, rates, initial_rates = (
        np.repeat(np.asarray(column, dtype=np.float64)[:, None], n_instruments, axis=1)
        for column in (edges, maintenance, initial)
    )
    return Schedule(
        edges=ends,
        maintenance=rates,
        initial=initial_rates,
        maintenance_amount=marginal_amounts(ends, rates),
        initial_amount=marginal_amounts(ends, initial_rates),
    )


def at_edges(schedule: Schedule, edges: Floats) -> Schedule:
    """Return the same requirement on brackets with more edges.

    Parameters
    ----------
    schedule : what positions require.
    edges : (B, K) lower ends, USD, first row 0, among them all of the schedule's own.
    """
    where = (schedule.edges[1:, None, :] <= edges[None, :, :]).sum(axis=0)
    column = np.arange(edges.shape[1])
    return Schedule(
        edges=edges,
        maintenance=schedule.maintenance[where, column],
        initial=schedule.initial[where, column],
        maintenance_amount=schedule.maintenance_amount[where, column],
        initial_amount=schedule.initial_amount[where, column],
        charge=schedule.charge,
    )


def scaled(schedule: Schedule, multiplier: float) -> Schedule:
    """Return a schedule that requires ``multiplier`` times as much of everyone."""
    return Schedule(
        edges=schedule.edges,
        maintenance=schedule.maintenance * multiplier,
        initial=schedule.initial * multiplier,
        maintenance_amount=schedule.maintenance_amount * multiplier,
        initial_amount=schedule.initial_amount * multiplier,
        charge=schedule.charge and ScaledCharge(schedule.charge, multiplier),
    )


def at_most(edges: Floats, rates: Floats, amounts: Floats, highest: float) -> tuple[Floats, Floats]:
    """Return rates and amounts of a requirement whose rates are cut at a highest one.

    What exceeds an edge pays the cut rate, and the requirement goes on from where the bracket
    below ended, so that cutting never makes a larger position cheaper. A jump at an edge stays,
    as far as the whole position pays no more than the highest rate.

    Parameters
    ----------
    edges : (B, K) lower end of each bracket, USD, the first row 0.
    rates, amounts : (B, K) the requirement of a notional N is ``N * rate - amount``.
    highest : rate, > 0.

    Examples
    --------
    >>> edges, rates = np.array([[0.0], [100.0]]), np.array([[0.5], [1.5]])
    >>> [each.ravel() for each in at_most(edges, rates, marginal_amounts(edges, rates), 1.0)]
    [array([0.5, 1. ]), array([ 0., 50.])]
    """
    cut = np.minimum(rates, highest)
    if (cut == rates).all():
        return rates, amounts
    below = amounts.copy()
    for k in range(1, len(edges)):
        edge = edges[k]
        jump = edge * (rates[k] - rates[k - 1]) - (amounts[k] - amounts[k - 1])
        room = highest * edge - (edge * cut[k - 1] - below[k - 1])
        below[k] = below[k - 1] + edge * (cut[k] - cut[k - 1]) - np.minimum(jump, room)
    return cut, below


def asked_rates(schedule: Schedule, notional: Floats) -> tuple[Floats, Floats]:
    """Return what a small position in one instrument alone requires, fractions of notional.

    Parameters
    ----------
    schedule : what positions require.
    notional : (K,) USD a contract, > 0.

    Returns
    -------
    Maintenance and initial rates, (K,) each.
    """
    if schedule.charge is None:
        return schedule.maintenance[0], schedule.initial[0]
    charged = outright(schedule.charge, notional)
    initial = schedule.charge.initial_multiple * charged
    return schedule.maintenance[0] + charged, schedule.initial[0] + initial


def brackets(schedule: Schedule, notional: Floats) -> Ints:
    """Return the bracket in which each position lies; an edge belongs to the one below it.

    Parameters
    ----------
    schedule : what positions require.
    notional : (K, m) USD, >= 0.
    """
    above = notional[None, :, :] > schedule.edges[1:, :, None]
    return np.asarray(above.sum(axis=0), dtype=np.int64)


def marginal_rates(schedule: Schedule, notional: Floats) -> Floats:
    """Return the marginal maintenance rate of each position, (K, m), from notionals (K, m), USD."""
    return _at(schedule.maintenance, brackets(schedule, notional))


def requirements(schedule: Schedule, notional: Floats, *, initial: bool = False) -> Floats:
    """Return what each position requires, (K, m) USD.

    Parameters
    ----------
    schedule : what positions require.
    notional : (K, m) USD, >= 0.
    initial : whether to read the initial requirement, not the maintenance one.

    Examples
    --------
    >>> two = tiered([0, 1000], [0.01, 0.02], [0.1, 0.2], n_instruments=1)
    >>> requirements(two, np.array([[500.0, 1000.0, 1500.0]]))
    array([[ 5., 10., 20.]])
    """
    rates = schedule.initial if initial else schedule.maintenance
    amounts = schedule.initial_amount if initial else schedule.maintenance_amount
    where = brackets(schedule, notional)
    return notional * _at(rates, where) - _at(amounts, where)


def _at(column: Floats, where: Ints) -> Floats:
    """Return what each instrument has in the brackets ``where``, (K, m)."""
    return np.asarray(column[where, np.arange(len(where))[:, None]])
