"""Traders who compare the price with what the thing is worth elsewhere."""

from dataclasses import dataclass
from math import log

import numpy as np

from agents.population import Moment, Population, lognormal
from agents.seats import fair_of, whole
from sim.arrays import Floats
from sim.errors import check
from sim.orders import Orders

THRESHOLD = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """When and how far value traders lean against the price.

    Parameters
    ----------
    checks_per_hour : looks of one trader at the price an hour, > 0.
    threshold : median mispricing that makes a trader act, log units, > 0.
    threshold_sigma : spread of thresholds, standard deviation of their logarithm, >= 0.
    scale : mispricing beyond the threshold at which a position is full, log units, > 0.
    leverage : full position, times equity, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    checks_per_hour: float = 2.0
    threshold: float = 0.005
    threshold_sigma: float = 0.5
    scale: float = 0.02
    leverage: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.checks_per_hour > 0, "checks_per_hour must be > 0 an hour"),
            (self.threshold > 0, "threshold must be > 0"),
            (self.threshold_sigma >= 0, "threshold_sigma must be >= 0"),
            (self.scale > 0, "scale must be > 0"),
            (self.leverage > 0, "leverage must be > 0"),
        )


class ValueTraders(Population[Value]):
    r"""Buy below the outside price, sell above it, get out when the price is right again.

    With mispricing :math:`m = \log(\text{fair} / \text{mid})`, fair by the outside price, and
    threshold :math:`h_i` a trader's position grows to
    :math:`\operatorname{sign}(m)\min(1, (|m| - h_i)^+ / s)` of its limit; it is
    closed once :math:`m` has changed sides, not before, so that a price wandering about the
    threshold does not make it pay the spread again and again.

    References
    ----------
    Brock and Hommes (1998), Heterogeneous beliefs and routes to chaos in a simple asset
    pricing model, JEDC 22: fundamentalists against chartists.
    """

    parameters = Value

    def decide(self, now: Moment) -> Orders | None:
        """Return market orders of the active traders towards the positions they want."""
        mispricing = log(fair_of(now.view, now.seat) / now.price)
        rows = self.active(now, self.settings.checks_per_hour)
        threshold = lognormal(
            now.traits,
            now.seat.numbers(rows),
            self.settings.threshold,
            self.settings.threshold_sigma,
            THRESHOLD,
        )
        held = now.seat.held(now.venue, rows)
        buy, sell = now.seat.room(now.venue, rows, now.exposed, self.settings.leverage)
        full = held + buy if mispricing > 0 else sell - held
        wanted = np.sign(mispricing) * self._fraction(mispricing, threshold) * full
        further = (wanted - held) * np.sign(mispricing) > 0
        over = held * mispricing < 0
        target = np.where(further & (wanted != 0), wanted, np.where(over, 0.0, held))
        quantity = whole((target - held).clip(-sell, buy))
        trading = quantity != 0.0
        rows = rows[trading]
        return Orders.of(
            now.seat.venue,
            rows,
            now.seat.instrument,
            quantity[trading],
            arrival=self.arrivals(now, rows),
        )

    def _fraction(self, mispricing: float, threshold: Floats) -> Floats:
        """Return the share of a full position that each trader wants, (n,)."""
        return ((abs(mispricing) - threshold) / self.settings.scale).clip(0.0, 1.0)
