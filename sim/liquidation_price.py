"""The price at which an account with one position is liquidated, or owes more than it has."""

from typing import NamedTuple

import numpy as np

from sim.arrays import Floats
from sim.instruments.inverse_perpetual import InversePerpetual
from sim.instruments.linear_perpetual import LinearPerpetual
from sim.roles import Schedule

type Perpetual = LinearPerpetual | InversePerpetual


class Brackets(NamedTuple):
    """The maintenance requirement of one instrument, continuous in notional.

    Parameters
    ----------
    edges : (B,) lower end of each bracket, USD, first 0.
    rates : (B,) marginal rates, in [0, 1).
    amounts : (B,) USD, so that notional ``N`` needs ``N * rate - amount``.
    """

    edges: Floats
    rates: Floats
    amounts: Floats

    @classmethod
    def flat(cls, rate: float) -> "Brackets":
        """Return one rate for any notional."""
        return cls(np.zeros(1), np.full(1, rate), np.zeros(1))

    @classmethod
    def of(cls, schedule: Schedule, instrument: int) -> "Brackets":
        """Return the maintenance brackets of one instrument of a schedule."""
        return cls(
            schedule.edges[:, instrument],
            schedule.maintenance[:, instrument],
            schedule.maintenance_amount[:, instrument],
        )


def isolated_balance(
    instrument: Perpetual, quantity: Floats, entry: float, leverage: Floats | float
) -> Floats:
    """Return the settlement balance after opening at a leverage, (m,) units of the asset.

    It is the margin put up less what the contracts cost, as every trade here is settled.

    Parameters
    ----------
    instrument : what was traded.
    quantity : (m,) contracts, signed.
    entry : price paid, USD.
    leverage : notional over margin at ``entry``, > 0.
    """
    value = quantity * instrument.value(entry)
    return np.asarray(np.abs(value) / leverage - value)


def liquidation_price(
    instrument: Perpetual,
    balance: Floats,
    quantity: Floats,
    brackets: Brackets,
    charged: Floats | float = 0.0,
) -> Floats:
    r"""Return the price at which equity falls to the maintenance requirement, (m,) USD.

    A long is liquidated below it, a short above it. With :math:`b` the balance, :math:`s`
    the contract size, and :math:`r`, :math:`A` of the bracket in which the position then lies,

    .. math::
        p_{\text{linear}} = \frac{C - (b + A)}{s\,(q - r|q|)}, \qquad
        p_{\text{inverse}} = \frac{s\,(q + r|q|) - A + C}{b} .

    Parameters
    ----------
    instrument : the perpetual that the account holds, and nothing else.
    balance : (m,) units of the settlement asset; falls by the value of what is bought.
    quantity : (m,) contracts, signed, not 0.
    brackets : the maintenance requirement.
    charged : :math:`C`, (m,) USD, what the position is charged as a portfolio, an amount
        that stays until requirements are set anew.

    Returns
    -------
    Linear: 0 for a long that no price liquidates, and for a short that every price does.
    Inverse: ``inf`` for a short that no price liquidates, and for a long that every price does.

    Examples
    --------
    >>> perp = LinearPerpetual(name="P", underlying=1, settlement=0, contract_size=1, tick=1)
    >>> balance = isolated_balance(perp, np.array([1.0, -1.0]), 50_000.0, leverage=10.0)
    >>> liquidation_price(perp, balance, np.array([1.0, -1.0]), Brackets.flat(0.005)).round(2)
    array([45226.13, 54726.37])
    """
    if isinstance(instrument, LinearPerpetual):
        return _linear(instrument.contract_size, balance - charged, quantity, brackets)
    return _inverse(instrument.contract_size, balance, quantity, brackets, charged)


def bankruptcy_price(instrument: Perpetual, balance: Floats, quantity: Floats) -> Floats:
    """Return the price at which nothing is left of the margin, (m,) USD.

    Parameters and limits are those of ``liquidation_price``, with no requirement at all.
    """
    return liquidation_price(instrument, balance, quantity, Brackets.flat(0.0))


def _linear(size: float, balance: Floats, quantity: Floats, brackets: Brackets) -> Floats:
    """Return the liquidation price where value and notional both follow the price.

    Equity less requirement is monotone in the price, so the root lies beyond an edge just
    where the line of the bracket above that edge has its root beyond it too.
    """
    units = np.abs(quantity) * size
    price = np.zeros_like(units)
    for edge, rate, amount in zip(*brackets, strict=True):
        root = -(balance + amount) / (size * quantity - rate * units)
        price = np.where(units * root > edge, root, price)
    return price


def _inverse(
    size: float,
    balance: Floats,
    quantity: Floats,
    brackets: Brackets,
    charged: Floats | float,
) -> Floats:
    """Return the liquidation price where notional is fixed in USD and margin is in coin.

    Equity in USD is ``balance * price - size * quantity``: without coins it does not move.
    """
    notional = np.abs(quantity) * size
    where = np.maximum(np.searchsorted(brackets.edges, notional, side="left") - 1, 0)
    need = size * quantity + notional * brackets.rates[where] - brackets.amounts[where]
    need = need + charged
    crosses = balance * need > 0
    return np.where(crosses, need / np.where(crosses, balance, 1.0), np.inf)
