"""How a number differs from trader to trader, drawn by inversion.

A draw turns one uniform number into one value, so that whoever has the same address in the
random streams has the same value, however many others there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, log
from typing import Annotated, Protocol

import numpy as np
from pydantic import BeforeValidator, InstanceOf, PlainSerializer
from scipy.special import ndtr, ndtri

from scenarios.problems import unknown
from sim import elementary
from sim.arrays import Floats
from sim.errors import ConfigError, check


class Shape(Protocol):
    """A distribution on the line, by its quantiles."""

    @property
    def support(self) -> tuple[float, float]:
        """The smallest and the largest value there can be."""
        ...

    def below(self, value: float) -> float:
        """Return the chance of a value not above ``value``."""
        ...

    def quantile(self, uniforms: Floats) -> Floats:
        """Return the values below which a share ``uniforms`` lies, (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same ``value`` for everybody."""

    value: float

    @property
    def support(self) -> tuple[float, float]:
        """The value, twice."""
        return self.value, self.value

    def below(self, value: float) -> float:
        """Return 1 from the value on."""
        return float(value >= self.value)

    def quantile(self, uniforms: Floats) -> Floats:
        """Return the value, (n,)."""
        return np.full(np.shape(uniforms), self.value)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything from ``low`` to ``high``, all alike."""

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse an empty range."""
        check((self.low < self.high, "uniform: [low, high] needs low < high"))

    @property
    def support(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high

    def below(self, value: float) -> float:
        """Return the share of the range below ``value``."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def quantile(self, uniforms: Floats) -> Floats:
        """Return values, (n,)."""
        return np.asarray(self.low + (self.high - self.low) * uniforms)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """The logarithm is normal with standard deviation ``sigma`` about that of ``median``."""

    median: float
    sigma: float

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.median > 0, "lognormal: [median, sigma] needs median > 0"),
            (self.sigma > 0, "lognormal: [median, sigma] needs sigma > 0"),
        )

    @property
    def support(self) -> tuple[float, float]:
        """From nothing to anything."""
        return 0.0, inf

    def below(self, value: float) -> float:
        """Return the chance of a value not above ``value``."""
        if value <= 0:
            return 0.0
        return float(ndtr(log(value / self.median) / self.sigma)) if value < inf else 1.0

    def quantile(self, uniforms: Floats) -> Floats:
        """Return values, (n,)."""
        return np.asarray(self.median * elementary.exp(self.sigma * ndtri(uniforms)))


@dataclass(frozen=True, slots=True)
class Pareto:
    """A power law: the chance of a value above ``x`` is ``(minimum / x) ** tail``."""

    minimum: float
    tail: float

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.minimum > 0, "pareto: [minimum, tail] needs minimum > 0"),
            (self.tail > 0, "pareto: [minimum, tail] needs tail > 0"),
        )

    @property
    def support(self) -> tuple[float, float]:
        """From the minimum to anything."""
        return self.minimum, inf

    def below(self, value: float) -> float:
        """Return the chance of a value not above ``value``."""
        return 1.0 - (self.minimum / value) ** self.tail if value > self.minimum else 0.0

    def quantile(self, uniforms: Floats) -> Floats:
        """Return values, (n,)."""
        return np.asarray(self.minimum * elementary.power(1.0 - uniforms, -1.0 / self.tail))


SHAPES: Mapping[str, type[Fixed | Uniform | LogNormal | Pareto]] = {
    "fixed": Fixed,
    "uniform": Uniform,
    "lognormal": LogNormal,
    "pareto": Pareto,
}
"""Every shape that a scenario can name, with its parameters in the order of the file."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A shape, cut to a range where one is given.

    Parameters
    ----------
    shape : the distribution before it is cut.
    between : smallest and largest value to be drawn, or ``None``.

    Raises
    ------
    ConfigError
        If nothing of the shape lies in the range.

    Examples
    --------
    >>> import numpy as np
    >>> leverage = Distribution(LogNormal(8.0, 0.6), between=(1.0, 50.0))
    >>> leverage.draw(np.array([0.0, 0.5, 1.0])).round(1)
    array([ 1.,  8., 50.])
    """

    shape: Shape
    between: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse a cut that leaves nothing."""
        if self.between is None:
            return
        low, high = self.between
        possible = low < high and self.shape.below(high) > self.shape.below(low)
        check((possible, f"between: [{low:g}, {high:g}] leaves nothing of the distribution"))

    @property
    def support(self) -> tuple[float, float]:
        """The smallest and the largest value there can be."""
        low, high = self.shape.support
        if self.between is None:
            return low, high
        return max(low, self.between[0]), min(high, self.between[1])

    def draw(self, uniforms: Floats) -> Floats:
        """Return one value for each uniform number, (n,)."""
        if self.between is None:
            return self.shape.quantile(uniforms)
        low, high = self.shape.below(self.between[0]), self.shape.below(self.between[1])
        return self.shape.quantile(low + (high - low) * uniforms).clip(*self.between)


def read(given: object) -> Distribution:
    """Return the distribution that a scenario file writes as a number or as ``{shape: [...]}``.

    Raises
    ------
    ValueError
        Saying what would be right.

    Examples
    --------
    >>> read(20).support
    (20.0, 20.0)
    >>> read({"pareto": [100, 1.5], "between": [100, 1e6]}).support
    (100.0, 1000000.0)
    """
    if isinstance(given, Distribution):
        return given
    if _is_number(given):
        return Distribution(Fixed(*_finite([_number(given)])))
    if not isinstance(given, Mapping):
        text = f"must be a number or a distribution such as {_SHAPE_HINT}, not {given!r}"
        raise ValueError(text)  # noqa: TRY004 - pydantic collects value errors
    names = [name for name in given if name != "between"]
    if len(names) != 1:
        raise ValueError(f"must name one distribution, such as {_SHAPE_HINT}")
    if names[0] not in SHAPES:
        raise ValueError(unknown("distribution", names[0], SHAPES))
    kind = SHAPES[names[0]]
    wanted = len(kind.__match_args__)
    numbers = _finite(_numbers(given[names[0]], wanted, names[0]))
    between = _numbers(given["between"], 2, "between") if "between" in given else None
    try:
        return Distribution(kind(*numbers), (between[0], between[1]) if between else None)
    except ConfigError as error:
        raise ValueError(str(error)) from error


def written(distribution: Distribution) -> object:
    """Return a distribution as a scenario file writes it."""
    shape = distribution.shape
    if isinstance(shape, Fixed):
        return shape.value
    kinds = {kind: name for name, kind in SHAPES.items()}
    name = kinds[type(shape)]  # type: ignore[index]  # a Shape made by `read` is one of SHAPES
    numbers = [getattr(shape, each) for each in SHAPES[name].__match_args__]
    cut = {} if distribution.between is None else {"between": list(distribution.between)}
    return {name: numbers} | cut


_SHAPE_HINT = "{lognormal: [median, sigma]}"


def _is_number(given: object) -> bool:
    """Tell whether something is a number; true and false are none."""
    return isinstance(given, int | float) and not isinstance(given, bool)


def _number(given: object) -> float:
    """Return a number as a float."""
    return float(given)  # type: ignore[arg-type]  # asked only of what `_is_number`


def _numbers(given: object, wanted: int, name: str) -> list[float]:
    """Return the parameters of a shape, refusing a wrong count or anything but numbers."""
    listed = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if len(listed) != wanted or not all(_is_number(each) for each in listed):
        names = SHAPES[name].__match_args__ if name in SHAPES else ("low", "high")
        raise ValueError(f"{name} takes [{', '.join(names)}], not {given!r}")
    return [_number(each) for each in listed]


def _finite(numbers: list[float]) -> list[float]:
    """Return numbers that are finite; only the ends of a cut need not be."""
    for each in numbers:
        if not isfinite(each):
            raise ValueError(f"must be a finite number, not {each}")
    return numbers


type DistributionField = Annotated[
    InstanceOf[Distribution], BeforeValidator(read), PlainSerializer(written)
]
"""A distribution as a field of a scenario model."""
