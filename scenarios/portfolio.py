"""One portfolio from a file: what it holds, what that is about, and how options are priced."""

from math import inf, nan
from pathlib import Path as FilePath
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from scenarios.problems import Path, Problem, Problems, dotted, from_pydantic, unknown
from scenarios.reading import place_of, read_file
from scenarios.sections import Section
from scenarios.venues import Name, Number, Positive, Surface
from sim.arrays import Floats
from sim.contracts import ContractKind, Contracts
from sim.errors import ConfigError

KINDS = {
    "perpetual": ContractKind.LINEAR,
    "future": ContractKind.LINEAR,
    "inverse": ContractKind.INVERSE,
    "call": ContractKind.CALL,
    "put": ContractKind.PUT,
}
"""What can be held."""
OPTIONS = ("call", "put")
YEAR_DAYS = 365.0


class Underlying(Section):
    """What contracts are about.

    Parameters
    ----------
    price : USD.
    surface : implied volatilities of its options, as of a venue.
    history : CSV file of closing prices, beside the portfolio's, for policies that look back.
    """

    price: Positive
    surface: Surface | None = None
    history: str | None = None


class Position(Section):
    """So many contracts.

    Parameters
    ----------
    kind : one of ``KINDS``.
    underlying : its name.
    quantity : contracts, negative if sold.
    size : units of the underlying a contract; USD of an inverse one.
    days : to expiry; futures and options need it.
    strike : USD, of an option.
    forward : price for its expiry, USD; without it the underlying's.
    in_coin : whether an option is paid in the underlying.
    """

    kind: Literal["perpetual", "future", "inverse", "call", "put"]
    underlying: Name
    quantity: Number
    size: Positive = 1.0
    days: Positive | None = None
    strike: Positive | None = None
    forward: Positive | None = None
    in_coin: bool = False

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        """Refuse terms that its kind lacks or cannot have."""
        option, found = self.kind in OPTIONS, []
        if option and self.strike is None:
            found.append(Problem(("strike",), f"is missing: a {self.kind} has one"))
        if not option and self.strike is not None:
            found.append(Problem(("strike",), f"a {self.kind} has none"))
        if self.kind in (*OPTIONS, "future") and self.days is None:
            found.append(Problem(("days",), f"is missing: a {self.kind} expires"))
        if self.kind == "perpetual" and self.days is not None:
            found.append(Problem(("days",), "a perpetual never expires; did you mean `future`?"))
        if found:
            raise Problems(found)
        return self

    @property
    def label(self) -> str:
        """What tables call it."""
        terms = [f"{self.days:g} days" if self.days else "", f"{self.strike or 0:g}"]
        return " ".join(filter(None, (self.underlying, self.kind, *terms[: 1 + bool(self.strike)])))


class Portfolio(Section):
    """Underlyings by name, and positions."""

    underlyings: dict[Name, Underlying]
    positions: Annotated[list[Position], Field(min_length=1)]

    @model_validator(mode="after")
    def _known(self) -> Self:
        """Refuse positions in what is not there, and options without volatilities."""
        found = []
        for i, each in enumerate(self.positions):
            path: Path = ("positions", i, "underlying")
            about = self.underlyings.get(each.underlying)
            if about is None:
                found.append(
                    Problem(path, unknown("underlying", each.underlying, self.underlyings))
                )
            elif each.kind in OPTIONS and about.surface is None:
                found.append(Problem(path, f"{each.underlying} needs a surface for its options"))
        if found:
            raise Problems(found)
        return self

    @property
    def quantity(self) -> Floats:
        """Contracts held, (K,)."""
        return np.array([each.quantity for each in self.positions])

    def contracts(self) -> Contracts:
        """Return what is held, priced by the surfaces."""
        held, names = self.positions, list(self.underlyings)
        index = np.array([self.underlyings[each.underlying].price for each in held])
        own = [each.forward or p for each, p in zip(held, index.tolist(), strict=True)]
        coin = [each.kind == "inverse" or each.in_coin for each in held]
        return Contracts(
            kind=np.array([int(KINDS[each.kind]) for each in held], dtype=np.int8),
            underlying=np.array([1 + names.index(each.underlying) for each in held]),
            size=np.array([each.size for each in held]),
            strike=np.array([nan if each.strike is None else each.strike for each in held]),
            years=np.array([inf if each.days is None else each.days / YEAR_DAYS for each in held]),
            index=index,
            forward=np.array(own),
            volatility=np.array([self._volatility(e, f) for e, f in zip(held, own, strict=True)]),
            in_coin=np.array(coin),
        )

    def _volatility(self, position: Position, forward: float) -> float:
        """Return the implied volatility of a position, a year; ``nan`` where it has none."""
        surface = self.underlyings[position.underlying].surface
        if position.strike is None or position.days is None or surface is None:
            return nan
        moneyness = np.log(np.array([position.strike / forward]))
        return float(surface.build().at(moneyness, position.days / YEAR_DAYS)[0])


def read_portfolio(path: FilePath) -> Portfolio:
    """Return the portfolio of a YAML file.

    Raises
    ------
    ConfigError
        Naming everything wrong with it, with its line.
    """
    plain, places = read_file(path)
    try:
        return Portfolio.model_validate(plain)
    except ValidationError as error:
        found = [
            f"{place_of(each.path, places)}: {dotted(each.path)}: {each.text}"
            for each in from_pydantic(error)
        ]
    raise ConfigError(*found)
