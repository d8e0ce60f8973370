"""Portfolio files: what one account holds, and the prices and volatilities it is looked at with."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, nan
from pathlib import Path as FilePath
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from scenarios.choices import Registry
from scenarios.problems import Problem, Problems, unknown
from scenarios.reading import read_file
from scenarios.sections import Choice, Section
from scenarios.sifting import sifted
from scenarios.values import Name, NotNegative, Number, Positive
from sim.contracts import ContractKind, Contracts
from sim.surfaces import SURFACES

YEAR_DAYS = 365.0
OPTIONS = ("call", "put")
DATED = ("dated_future", *OPTIONS)
TAKEN = ("scenario", "worst_of", "portfolio")
"""What a table of losses calls columns of its own, beside those of assets and positions."""


class Asset(Section):
    """What contracts are about.

    Parameters
    ----------
    price : now, USD.
    carry : what a forward exceeds the price by, continuously, a year.
    open_interest_usd : in each of its contracts, for policies that look at it, USD.
    """

    price: Positive
    carry: Number = 0.0
    open_interest_usd: NotNegative = 0.0


class Volatilities(Choice):
    """Implied volatilities; parameters are those of ``sim.surfaces.SURFACES[kind]``."""

    what: ClassVar[str] = "volatility surface"
    registry: ClassVar[Registry] = SURFACES

    kind: str = "flat"


class Position(Section):
    """How much of one contract is held.

    Parameters
    ----------
    contract : what it is.
    asset : what it is about.
    quantity : contracts, negative for a short position.
    size : units of the asset a contract; of what is linear in USD and paid in coin, USD a contract.
    strike : of an option, USD.
    days : to the end of what has one.
    settlement : whether premium and profit are paid in USD or in the asset.
    """

    contract: Literal["linear_perpetual", "inverse_perpetual", "dated_future", "call", "put"]
    asset: Name
    quantity: Number
    size: Positive = 1.0
    strike: Positive | None = None
    days: Positive | None = None
    settlement: Literal["USD", "coin"] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse what the contract does not have, and miss what it has."""
        found = [Problem((key,), text) for key, text in _wrong(self)]
        if found:
            raise Problems(found)
        return self

    @property
    def in_coin(self) -> bool:
        """Whether it is paid in the asset; an inverse perpetual always is."""
        return self.settlement == "coin" or self.contract == "inverse_perpetual"

    @property
    def option(self) -> bool:
        """Whether it is an option."""
        return self.contract in OPTIONS

    @property
    def kind(self) -> ContractKind:
        """How its worth follows the asset."""
        if self.option:
            return ContractKind.CALL if self.contract == "call" else ContractKind.PUT
        return ContractKind.INVERSE if self.in_coin else ContractKind.LINEAR

    @property
    def name(self) -> str:
        """The contract in a few words, its size left out."""
        day = "" if self.days is None else f" {self.days:.10g} d"
        strike = "" if self.strike is None else f" {self.strike:,.10g}"
        coin = ", in coin" if self.in_coin and self.contract != "inverse_perpetual" else ""
        return f"{self.asset} {self.contract.replace('_', ' ')}{strike}{day}{coin}"


class Portfolio(Section):
    """One account.

    Parameters
    ----------
    title : what it is.
    assets : by name.
    surfaces : implied volatilities, by asset.
    positions : what is held.
    history : files of closing prices, by asset, for policies that look back; relative to the
        portfolio's own file.
    """

    title: Name
    assets: Annotated[dict[Name, Asset], Field(min_length=1)]
    surfaces: dict[Name, Volatilities] = {}
    positions: tuple[Position, ...]
    history: dict[Name, Name] = {}

    @field_validator("positions", mode="before")
    @classmethod
    def _holds_something(cls, given: object) -> object:
        """Refuse a list without positions, but not one whose positions are all wrong."""
        if given == []:
            raise Problems([Problem((), "must hold at least one position")])
        return given

    @property
    def names(self) -> list[str]:
        """The positions' contracts in words: with their size, where they differ in nothing else."""
        alike = Counter(each.name for each in self.positions)
        return [
            each.name if alike[each.name] == 1 else f"{each.name}, size {each.size:,.10g}"
            for each in self.positions
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """A portfolio ready to be charged.

    Parameters
    ----------
    portfolio : what the file says.
    contracts : one a position.
    quantity : (K,) contracts, signed.
    file : where it is from.
    """

    portfolio: Portfolio
    contracts: Contracts
    quantity: np.ndarray
    file: FilePath

    @property
    def names(self) -> list[str]:
        """The positions' contracts in words."""
        return self.portfolio.names


def read_portfolio(file: FilePath) -> Holdings:
    """Return the portfolio of a YAML file.

    Raises
    ------
    ConfigError
        Naming every mistake with its line, and what would be right.
    """
    data, places = read_file(file)
    portfolio = sifted(Portfolio, data, places, mistakes)
    quantity = np.array([each.quantity for each in portfolio.positions])
    return Holdings(portfolio, contracts_of(portfolio), quantity, file)


def mistakes(portfolio: Portfolio) -> list[Problem]:
    """Return what does not fit together in sections that are sound by themselves."""
    found = [
        Problem((section, name), unknown("asset", name, portfolio.assets), (("assets",),))
        for section in ("surfaces", "history")
        for name in getattr(portfolio, section)
        if name not in portfolio.assets
    ]
    taken = {*TAKEN, *portfolio.names}
    found += [
        Problem(("assets", name), "is what a table calls another column; give another name")
        for name in portfolio.assets
        if name in taken
    ]
    before: dict[str, int] = {}
    for i, (position, name) in enumerate(zip(portfolio.positions, portfolio.names, strict=True)):
        if position.asset not in portfolio.assets:
            text = unknown("asset", position.asset, portfolio.assets)
            found.append(Problem(("positions", i, "asset"), text, (("assets",),)))
        elif position.option and position.asset not in portfolio.surfaces:
            needs = f"needs `surfaces: {{{position.asset}: ...}}`"
            text = f"a {position.contract} on {position.asset} {needs}"
            found.append(Problem(("positions", i, "contract"), text, (("surfaces",),)))
        if name in before:
            text = f"is the contract of positions[{before[name]}]; give one quantity"
            found.append(Problem(("positions", i), text))
        before.setdefault(name, i)
    return found


def _wrong(position: Position) -> list[tuple[str, str]]:
    """Return the keys of a position that do not fit its contract, and why."""
    what, found = position.contract, list[tuple[str, str]]()
    for key, wanted in (("strike", position.option), ("days", what in DATED)):
        has = getattr(position, key) is not None
        if wanted and not has:
            found.append((key, f"is missing; a {what} needs it"))
        if has and not wanted:
            found.append((key, f"{_a(what)} has none"))
    if position.quantity == 0.0:
        found.append(("quantity", "must not be 0"))
    if what == "inverse_perpetual" and position.settlement == "USD":
        found.append(("settlement", "an inverse_perpetual is always paid in coin"))
    if what == "linear_perpetual" and position.settlement == "coin":
        told = "a linear_perpetual is paid in USD; an inverse_perpetual is paid in coin"
        found.append(("settlement", told))
    return found


def _a(what: str) -> str:
    """Return a name with its article."""
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def contracts_of(portfolio: Portfolio) -> Contracts:
    """Return the contracts of a portfolio as they stand, one a position."""
    assets = list(portfolio.assets)
    positions = portfolio.positions
    index = [portfolio.assets[each.asset].price for each in positions]
    years = [inf if each.days is None else each.days / YEAR_DAYS for each in positions]
    forwards = [
        price * exp(portfolio.assets[each.asset].carry * left) if left < inf else price
        for each, price, left in zip(positions, index, years, strict=True)
    ]
    return Contracts(
        kind=np.array([int(each.kind) for each in positions], dtype=np.int8),
        underlying=np.array([1 + assets.index(each.asset) for each in positions]),
        size=np.array([each.size for each in positions]),
        strike=np.array([nan if each.strike is None else each.strike for each in positions]),
        years=np.array(years),
        index=np.array(index),
        forward=np.array(forwards),
        volatility=_volatilities(portfolio, years, forwards),
        in_coin=np.array([each.in_coin for each in positions]),
    )


def _volatilities(
    portfolio: Portfolio, years: Sequence[float], forwards: Sequence[float]
) -> np.ndarray:
    """Return the implied volatility of each position, ``nan`` where it is no option."""
    surfaces = {name: each.build() for name, each in portfolio.surfaces.items()}
    sigma = np.full(len(years), nan)
    for k, position in enumerate(portfolio.positions):
        if position.strike is not None:
            moneyness = np.array([log(position.strike / forwards[k])])
            sigma[k] = surfaces[position.asset].at(moneyness, years[k])[0]
    return sigma
