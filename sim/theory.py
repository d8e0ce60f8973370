"""What a contract that ends is worth by the price of what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log, nan
from typing import Protocol

import numpy as np

from sim.arrays import Floats
from sim.black76 import delta, premium, vega
from sim.contracts import ContractKind, Contracts
from sim.instruments import (
    CollateralisedLoan,
    DatedFuture,
    EuropeanOption,
    Instrument,
    InversePerpetual,
)
from sim.instruments.term import YEAR_SECONDS

FAST_SECONDS = 3_600.0
SLOW_SECONDS = 86_400.0
"""Half-lives of the realised volatilities whose ratio moves implied ones."""
LEAST_YEARS = 60.0 / YEAR_SECONDS
"""No contract that lives is priced for less than a minute."""
LEAST_PRICE = 1e-3
"""A contract worth nothing is marked at this share of a tick: ratios to a mark must exist."""


class Surface(Protocol):
    """Implied volatilities by moneyness and time."""

    def at(self, log_moneyness: Floats, years: float) -> Floats:
        """Return the volatility, a year, at logarithms of strike over forward."""
        ...


@dataclass(slots=True)
class Smile:
    r"""Implied volatilities of one underlying on one venue, moving with what it realises.

    The surface keeps its shape in moneyness, and its level is multiplied by

    .. math::
        \ell = d \cdot \mathrm{clip}\left((\sigma_{\text{fast}} / \sigma_{\text{slow}})^{\beta},
        \; \tfrac{1}{m}, \; m\right)

    with :math:`\sigma` realised on the published index, over an hour and over a day.

    Parameters
    ----------
    asset : the underlying.
    surface : volatilities at a level of 1.
    response : :math:`\beta`, >= 0; 0 for implied volatilities that do not follow.
    limit : :math:`m`, > 1.
    fast, slow : realised variances, a day; > 0.
    index : the last index price looked at, USD.
    level : :math:`\ell`, as it is now.
    levels : what it was at each step of the run.
    """

    asset: int
    surface: Surface
    response: float
    limit: float
    fast: float
    slow: float
    index: float
    level: float = 1.0
    levels: list[float] = field(default_factory=list)

    def learn(self, index: float, seconds: float, dial: float) -> None:
        """Look at a new index price after ``seconds``; ``dial`` is what shocks multiply by."""
        variance = log(index / self.index) ** 2 * 86400.0 / seconds
        self.index = index
        self.fast += (1.0 - 0.5 ** (seconds / FAST_SECONDS)) * (variance - self.fast)
        self.slow += (1.0 - 0.5 ** (seconds / SLOW_SECONDS)) * (variance - self.slow)
        ratio = (self.fast / self.slow) ** (0.5 * self.response) if self.slow > 0.0 else 1.0
        self.level = dial * min(max(ratio, 1.0 / self.limit), self.limit)
        self.levels.append(self.level)

    def rise_since(self, step: int) -> float:
        """Return the logarithm of the level now over that of an earlier step of the run."""
        return log(self.level / self.levels[step]) if len(self.levels) > step else 0.0

    def volatility(self, forward: float, strike: float, years: float) -> float:
        """Return the implied volatility of a strike now, a year."""
        moneyness = np.array([log(strike / forward)])
        return self.level * float(self.surface.at(moneyness, years)[0])


@dataclass(slots=True)
class Theory:
    """What one contract should cost now.

    Parameters
    ----------
    instrument : the contract.
    expiry_seconds : from the start of the run to its end.
    smile : implied volatilities, for an option.
    years : time left.
    """

    instrument: DatedFuture | EuropeanOption
    expiry_seconds: float
    smile: Smile | None
    years: float = field(init=False)

    def __post_init__(self) -> None:
        """Start at the beginning of the run."""
        self.pass_to(0.0)

    def pass_to(self, seconds: float) -> None:
        """Learn how long the run has lasted."""
        self.years = max((self.expiry_seconds - seconds) / YEAR_SECONDS, LEAST_YEARS)

    def forward(self, index: float) -> float:
        """Return the price of the underlying for its end, USD."""
        return self.instrument.term.forward(index, self.years)

    def volatility(self, index: float) -> float:
        """Return the implied volatility at a price of the underlying, ``nan`` without."""
        if self.smile is None or not isinstance(self.instrument, EuropeanOption):
            return nan
        return self.smile.volatility(self.forward(index), self.instrument.strike, self.years)

    def price(self, index: float) -> float:
        """Return what it should cost at a price of the underlying, in its own money."""
        forward, contract = self.forward(index), self.instrument
        if not isinstance(contract, EuropeanOption):
            return forward
        sigma = self.volatility(index)
        worth = premium(forward, contract.strike, self.years, sigma, call=contract.call)
        return max(worth / forward if contract.in_coin else worth, LEAST_PRICE * contract.tick)

    def delta(self, index: float) -> float:
        """Return the share of its notional by which it moves with the underlying.

        Of what a holder is worth in USD: a premium in coins is worth what the coins are, so
        that its own slope in coins, delta less the premium, comes to delta again.
        """
        contract = self.instrument
        if not isinstance(contract, EuropeanOption):
            return 1.0
        forward, sigma = self.forward(index), self.volatility(index)
        slope = delta(forward, contract.strike, self.years, sigma, call=contract.call)
        return slope if contract.in_coin else slope * forward / index

    def vega(self, index: float) -> float:
        """Return what a unit gains when all volatilities rise by their whole, USD; 0 for a future.

        To first order in a relative change of the smile's level, the way it moves.
        """
        contract = self.instrument
        if not isinstance(contract, EuropeanOption):
            return 0.0
        forward, sigma = self.forward(index), self.volatility(index)
        gain = sigma * vega(forward, contract.strike, self.years, sigma)
        return gain * index / forward if contract.in_coin else gain


def contracts_of(
    instruments: Sequence[Instrument], theories: Sequence[Theory | None], index: Floats
) -> Contracts:
    """Return what the instruments of a venue are, as they stand at prices of their underlyings.

    Parameters
    ----------
    instruments, theories : one an instrument; no theory for what has no end.
    index : (K,) USD.
    """
    prices = index.tolist()
    pairs = list(zip(instruments, theories, prices, strict=True))
    return Contracts(
        kind=np.array([_kind(each) for each in instruments], dtype=np.int8),
        underlying=np.array([each.underlying for each in instruments]),
        size=np.array([each.contract_size for each in instruments]),
        strike=np.array([getattr(each, "strike", nan) for each in instruments]),
        years=np.array([inf if each is None else each.years for each in theories]),
        index=np.array(prices),
        forward=np.array([p if t is None else t.forward(p) for _, t, p in pairs]),
        volatility=np.array([nan if t is None else t.volatility(p) for _, t, p in pairs]),
        in_coin=np.array([each.settlement == each.underlying for each in instruments]),
    )


def _kind(instrument: Instrument) -> int:
    """Return the code of how a contract's worth follows its underlying."""
    if isinstance(instrument, EuropeanOption):
        return int(ContractKind.CALL if instrument.call else ContractKind.PUT)
    if isinstance(instrument, CollateralisedLoan):
        return int(ContractKind.LOAN)
    return int(ContractKind.INVERSE if inverse(instrument) else ContractKind.LINEAR)


def inverse(instrument: Instrument) -> bool:
    """Tell whether a contract is a sum of USD, paid in the coin it is about."""
    if isinstance(instrument, DatedFuture):
        return instrument.in_coin
    return isinstance(instrument, InversePerpetual)
