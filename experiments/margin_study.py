"""Margin policies along recorded prices: their paths over one window, and how it was chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256

import numpy as np

from experiments.margin_path import Counted, margin_path
from experiments.margin_window import first_row, horizon_of, say_row, stress_rows
from experiments.measures.procyclicality import volatility
from scenarios.venues import Margin
from sim import elementary
from sim.arrays import Bools, Floats
from sim.errors import DataError
from sim.price.bars import Times
from sim.price.closes import DAY, Closes

SIDES: Mapping[str, float] = {"long": -1.0, "short": 1.0}
"""By what a log return is multiplied to be the loss of a position."""
CONFIDENCE = 0.99
"""What a policy without a confidence of its own is tested at."""
VOLATILITY_DAYS = 20
"""Days of returns whose root mean square is the realised volatility."""

type Progress = Callable[[str, int, int], None]
"""Called with what is done, how many of it, and how many there are."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is compared with what, apart from policies and prices.

    Parameters
    ----------
    start : first moment at which margin is asked for; as soon as every policy is valid without.
    horizon_hours : margin period, hours; one bar without.
    side : of the position, ``long`` or ``short``.
    stress : first moment and end of a labelled window, UTC.
    baseline : the policy that cost is set against; the first without.
    """

    start: str | None = None
    horizon_hours: float | None = None
    side: str = "long"
    stress: tuple[str, str] | None = None
    baseline: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PolicyPath:
    """One policy over the window.

    Parameters
    ----------
    section : the policy with every parameter.
    confidence : its own, or ``CONFIDENCE``.
    valid : first moment at which it can be asked.
    maintenance, initial : (n,) fractions of notional.
    """

    section: Margin
    confidence: float
    valid: str
    maintenance: Floats
    initial: Floats


@dataclass(frozen=True, eq=False)
class MarginStudy:
    """Policies over the same window of the same prices.

    Parameters
    ----------
    source : what the prices are called.
    closes : all prices, those before the window included.
    first : row of the first margin.
    horizon : margin period, bars.
    side : ``long`` or ``short``.
    stress : first row and end of the labelled window, counted from ``first``.
    baseline : whom cost is set against.
    paths : by the strings that name the policies.
    """

    source: str
    closes: Closes
    first: int
    horizon: int
    side: str
    stress: tuple[int, int] | None
    baseline: str
    paths: Mapping[str, PolicyPath]

    @property
    def time(self) -> Times:
        """Time of each margin, (n,)."""
        return self.closes.time[self.first :]

    @property
    def price(self) -> Floats:
        """Price at each margin, (n,)."""
        return self.closes.price[self.first :]

    @cached_property
    def losses(self) -> Floats:
        """Loss of the margin period that begins at each margin, as far as known, (n - h,)."""
        logs = elementary.log(self.price)
        return np.asarray(SIDES[self.side] * (logs[self.horizon :] - logs[: -self.horizon]))

    @property
    def tested(self) -> slice:
        """The margins whose periods do not overlap: every ``horizon``-th from the first."""
        return slice(None, self.losses.size, self.horizon)

    def breaches(self, policy: str) -> Bools:
        """Return whether margin was too small, of each period that does not overlap."""
        return np.asarray(
            self.losses[self.tested] > self.paths[policy].maintenance[self.tested], dtype=np.bool_
        )

    @cached_property
    def spread(self) -> Floats:
        """Realised volatility of a bar known at each margin, ``nan`` where too little is, (n,)."""
        bars = self.bars_in(VOLATILITY_DAYS) or VOLATILITY_DAYS
        returns = np.diff(elementary.log(self.closes.price))
        found = np.full(len(self.closes), np.nan)
        if returns.size >= bars:
            found[bars:] = volatility(returns, bars)
        return found[self.first :]

    def bars_in(self, days: int) -> int | None:
        """Return how many bars ``days`` days are; ``None`` if not a whole number."""
        bars, rest = divmod(days * DAY, self.closes.interval_seconds)
        return bars if bars and not rest else None

    @cached_property
    def digest(self) -> str:
        """What names the study: its prices, policies and terms, 12 hexadecimal digits."""
        asked = (self.first, self.horizon, self.side, self.stress, self.baseline)
        text = repr(asked) + "".join(
            f"{name}={path.section.model_dump_json()}" for name, path in self.paths.items()
        )
        known = sha256(self.closes.time.tobytes() + self.closes.price.tobytes())
        known.update(text.encode())
        return known.hexdigest()[:12]


def study(
    closes: Closes,
    policies: Mapping[str, Margin],
    terms: Terms | None = None,
    *,
    source: str = "prices",
    progress: Progress | None = None,
) -> MarginStudy:
    """Feed every policy with the same prices over the same window.

    Parameters
    ----------
    closes : the prices.
    policies : sections by what they are called.
    terms : what is compared with what.
    source : what the prices are called.
    progress : called after every update.

    Raises
    ------
    ConfigError, DataError
        Naming everything that is wrong: terms that make no sense, policies that need a longer
        past than there is, and since when each is valid.
    """
    asked = terms or Terms()
    sections = dict(policies)
    problems: list[str] = []
    horizon = horizon_of(closes, asked.horizon_hours, problems)
    first = first_row(closes, sections, asked.start, horizon, problems)
    if asked.side not in SIDES:
        problems.append(f"side must be {' or '.join(SIDES)}, not {asked.side!r}")
    baseline = asked.baseline or next(iter(sections))
    if baseline not in sections:
        problems.append(f"baseline {baseline!r} is none of the policies: {', '.join(sections)}")
    stress = stress_rows(closes, asked.stress, first, problems)
    if problems:
        raise DataError(*problems)
    count = len(closes) - first
    paths = {}
    for place, (name, section) in enumerate(sections.items()):
        done, of = place * count, len(sections) * count
        told = None if progress is None else partial(_tell, progress, done, of)
        paths[name] = _path(closes, section, first, told)
    return MarginStudy(source, closes, first, horizon, asked.side, stress, baseline, paths)


def _tell(progress: Progress, before: int, of: int, done: int, _: int) -> None:
    """Say how many margins of all policies have been worked out."""
    progress("margins", before + done, of)


def _path(closes: Closes, section: Margin, first: int, progress: Counted | None) -> PolicyPath:
    """Return one policy over the window."""
    policy = section.composed()
    found = margin_path(
        policy,
        closes.price,
        closes.interval_seconds,
        first=first,
        progress=progress,
    )
    return PolicyPath(
        section=section,
        confidence=float(getattr(policy.policy, "confidence", CONFIDENCE)),
        valid=say_row(closes, policy.history),
        maintenance=found.maintenance[:, 0],
        initial=found.initial[:, 0],
    )
