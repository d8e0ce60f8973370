"""Charges on whole portfolios that are made of other charges."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.contracts import ContractKind, Contracts
from sim.roles import PortfolioCharge


@dataclass(frozen=True, slots=True)
class ScaledCharge:
    """A charge times a factor > 0."""

    charge: PortfolioCharge
    factor: float

    @property
    def initial_multiple(self) -> float:
        """As of the charge itself."""
        return self.charge.initial_multiple

    def required(self, positions: Floats) -> Floats:
        """Return the scaled requirement of portfolios, (n,) USD."""
        return self.factor * self.charge.required(positions)


def outright(charge: PortfolioCharge, notional: Floats) -> Floats:
    """Return what the dearer side of a single contract requires, a fraction of notional, (K,).

    Parameters
    ----------
    charge : what portfolios require.
    notional : (K,) USD a contract, > 0.
    """
    one = np.eye(notional.size)
    dearer = np.maximum(charge.required(one), charge.required(-one))
    return np.asarray(dearer / notional)


def notional_of(contracts: Contracts) -> Floats:
    """Return the exposure of one contract at the index, USD, (K,)."""
    fixed = (contracts.kind == ContractKind.INVERSE) | (contracts.kind == ContractKind.LOAN)
    return np.asarray(contracts.size * np.where(fixed, 1.0, contracts.index))
