"""The end of a contract that has one: when it is, and at what price it is settled."""

from dataclasses import dataclass
from math import exp, inf, isfinite

from sim.errors import check
from sim.price.moments import read_moment

YEAR_SECONDS = 365.0 * 86400.0
"""A year of contracts, whose rates and volatilities are by the calendar."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    r"""When a contract ends, and what holding the underlying until then costs.

    It is settled in cash at the mean of the published index over the last
    ``settlement_seconds``, which no single false price can move far.

    Parameters
    ----------
    expiry_hours : when it ends, hours from the start of the run, > 0.
    expiry : instead, the time at which it ends, UTC.
    settlement_seconds : over which the settlement price is averaged, >= 0; 0 takes the
        index of the moment.
    carry : what the forward exceeds the index by, continuously, a year: the forward is
        :math:`S e^{cT}`.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.

    Examples
    --------
    >>> Term(expiry_hours=24.0).seconds(start=0.0)
    86400.0
    >>> round(Term(expiry="2026-01-01", carry=0.1).forward(100.0, years=0.5), 3)
    105.127
    """

    expiry_hours: float | None = None
    expiry: str | None = None
    settlement_seconds: float = 0.0
    carry: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        hours = self.expiry_hours
        check(
            (
                (hours is None) != (self.expiry is None),
                "expiry_hours or expiry must say when it ends: one of them, and not both",
            ),
            (hours is None or 0 < hours < inf, "expiry_hours must be > 0 hours and finite"),
            (self.expiry is None or not _wrong(self.expiry), f"expiry: {_wrong(self.expiry)}"),
            (self.settlement_seconds >= 0, "settlement_seconds must be >= 0 seconds"),
            (isfinite(self.carry), "carry must be a number, a fraction a year"),
        )

    def seconds(self, start: float) -> float:
        """Return the seconds from the start of a run, given since 1970, to the end."""
        if self.expiry is not None:
            return read_moment(self.expiry, assume_utc=True) - start
        return 3600.0 * (self.expiry_hours or 0.0)

    def forward(self, index: float, years: float) -> float:
        """Return the price for delivery in so many years, USD."""
        return index * exp(self.carry * years) if self.carry else index


def _wrong(moment: str | None) -> str:
    """Return what is wrong with a time as text, empty where nothing is."""
    try:
        read_moment(moment or "", assume_utc=True)
    except ValueError as error:
        return str(error)
    return ""
