"""Mark prices: at what price a venue values positions, built from index, basis and last trade."""
# ruff: noqa: ARG002 - every method is called alike, and few read all that they are told

import math
from dataclasses import dataclass

from oracles.roles import MarkState
from sim.errors import check
from sim.orders import Quote


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexMark:
    """Mark at the index: the venue's own market has no say."""

    def mark(
        self,
        index: float,
        quote: Quote,
        funding_to_go: float,
        state: MarkState,
        step_seconds: float,
    ) -> float:
        """Return the index, USD."""
        return index


@dataclass(frozen=True, kw_only=True, slots=True)
class TheoreticalMark:
    """Mark at what a contract should cost by the index: for options, whose markets are thin.

    A future is worth the index carried to its end, an option what Black's formula and the
    venue's volatility surface make of that. Where there is no theory it is the index.
    """

    def mark(
        self,
        index: float,
        quote: Quote,
        funding_to_go: float,
        state: MarkState,
        step_seconds: float,
    ) -> float:
        """Return the fair price, which is what methods are given for an index."""
        return index


@dataclass(frozen=True, kw_only=True, slots=True)
class LastMark:
    """Mark at the last trade; at the index while there has been none."""

    def mark(
        self,
        index: float,
        quote: Quote,
        funding_to_go: float,
        state: MarkState,
        step_seconds: float,
    ) -> float:
        """Return the last price, USD."""
        return index if math.isnan(quote.last) else quote.last


@dataclass(frozen=True, kw_only=True, slots=True)
class MidMark:
    """Mark at the middle of bid and ask; at the index where the market has no price."""

    def mark(
        self,
        index: float,
        quote: Quote,
        funding_to_go: float,
        state: MarkState,
        step_seconds: float,
    ) -> float:
        """Return the mid, USD."""
        mid = quote.mid
        return index if math.isnan(mid) else mid


@dataclass(frozen=True, kw_only=True, slots=True)
class MedianOfThree:
    r"""Take the middle of funding-adjusted index, index plus mean basis, and last trade.

    With index :math:`I`, mid :math:`M` and funding still to pay :math:`f`,

    .. math:: \mathrm{median}\{ I (1 + f),\ I + \overline{M - I},\ \mathrm{last} \}

    The mean runs over ``window_seconds``, one value a step; a step in which a side of the book is
    empty has none, so that an old trade does not pass for a market. One bad input of three cannot
    move the mark alone, but a false index is in two of them. While nothing has been traded
    the first takes the place of the last.

    Parameters
    ----------
    window_seconds : length of the mean, seconds, > 0; whole steps, at least one.

    Raises
    ------
    ConfigError
        If the window has no length.

    References
    ----------
    Binance USD-M mark price: 30 s since 2025-09-18, 60 s before.

    Examples
    --------
    >>> quote = Quote(bid=101.0, ask=103.0, last=150.0)
    >>> MedianOfThree().mark(100.0, quote, 0.0001, MarkState(), step_seconds=10.0)
    102.0
    """

    window_seconds: float = 30.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.window_seconds > 0, "median_of_three window_seconds must be > 0 seconds"))

    def mark(
        self,
        index: float,
        quote: Quote,
        funding_to_go: float,
        state: MarkState,
        step_seconds: float,
    ) -> float:
        """Return the median of the three, USD."""
        mid = quote.middle
        recent = state.recent
        if not math.isnan(mid):
            recent.append(mid - index)
            if len(recent) > max(1, round(self.window_seconds / step_seconds)):
                recent.popleft()
        funded = index * (1.0 + funding_to_go)
        shifted = index + (sum(recent) / len(recent) if recent else 0.0)
        last = funded if math.isnan(quote.last) else quote.last
        return max(min(funded, shifted), min(max(funded, shifted), last))


@dataclass(frozen=True, kw_only=True, slots=True)
class EmaBasis:
    r"""Add to the index a slow average of how far the venue's mid is from it.

    The average moves by the fraction :math:`1 - e^{-\Delta/\tau}` of the way in
    :math:`\Delta` seconds. It is held within ``maximum_basis`` of the index, so that the mark
    of an index that jumps back from an absurd value stays positive.

    Parameters
    ----------
    time_constant_seconds : :math:`\tau`, seconds, > 0.
    maximum_basis : fraction of the index, in (0, 1).

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    References
    ----------
    Hyperliquid documentation, Robust price indices: 150 s average of mid less oracle.

    Examples
    --------
    >>> quote, state = Quote(bid=101.0, ask=103.0, last=102.0), MarkState()
    >>> EmaBasis().mark(100.0, quote, 0.0, state, step_seconds=10.0)
    102.0
    """

    time_constant_seconds: float = 150.0
    maximum_basis: float = 0.5

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.time_constant_seconds > 0, "ema_basis time_constant_seconds must be > 0 seconds"),
            (0 < self.maximum_basis < 1, "ema_basis maximum_basis must lie in (0, 1)"),
        )

    def mark(
        self,
        index: float,
        quote: Quote,
        funding_to_go: float,
        state: MarkState,
        step_seconds: float,
    ) -> float:
        """Return index plus average basis, USD."""
        mid = quote.middle
        if not math.isnan(mid):
            if math.isnan(state.basis):
                state.basis = mid - index
            else:
                kept = math.exp(-step_seconds / self.time_constant_seconds)
                state.basis = mid - index + kept * (state.basis - (mid - index))
        if math.isnan(state.basis):
            return index
        limit = self.maximum_basis * index
        return index + min(max(state.basis, -limit), limit)


MARKS = {
    "index": IndexMark,
    "theoretical": TheoreticalMark,
    "median_of_three": MedianOfThree,
    "ema_basis": EmaBasis,
    "last": LastMark,
    "mid": MidMark,
}
"""Every mark price that a scenario can name."""
