"""Traders who follow the trend."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from agents.population import Moment, Population, lognormal
from agents.seats import whole
from sim.errors import check
from sim.orders import Orders

SENSITIVITY = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Momentum:
    """How strongly momentum traders follow the trend.

    Parameters
    ----------
    checks_per_hour : looks of one trader at the trend an hour, > 0.
    sensitivity : median share of a full position for a trend of one log unit, > 0.
    sensitivity_sigma : spread of sensitivities, standard deviation of their logarithm, >= 0.
    threshold : trends below are no trends, log units, >= 0.
    leverage : full position, times equity, > 0.
    deadband : changes below this share of a full position are not worth trading, in [0, 1).

    Raises
    ------
    ConfigError
        Naming every parameter out of range.
    """

    checks_per_hour: float = 2.0
    sensitivity: float = 20.0
    sensitivity_sigma: float = 0.5
    threshold: float = 0.003
    leverage: float = 1.0
    deadband: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.checks_per_hour > 0, "checks_per_hour must be > 0 an hour"),
            (self.sensitivity > 0, "sensitivity must be > 0"),
            (self.sensitivity_sigma >= 0, "sensitivity_sigma must be >= 0"),
            (self.threshold >= 0, "threshold must be >= 0"),
            (self.leverage > 0, "leverage must be > 0"),
            (0 <= self.deadband < 1, "deadband must lie in [0, 1)"),
        )


class MomentumTraders(Population[Momentum]):
    r"""Hold :math:`\operatorname{clip}(k_i\,\text{trend}, \pm 1)` of a full position.

    The trend is the venue's log mid against its own slow mean. Where behaviour is cut there
    is no signal, and nobody wants a position.

    References
    ----------
    Brock and Hommes (1998), Heterogeneous beliefs and routes to chaos in a simple asset
    pricing model, JEDC 22: trend followers.
    """

    parameters = Momentum

    def decide(self, now: Moment) -> Orders | None:
        """Return market orders of the active traders towards the positions they want."""
        signal = self._signal(now)
        rows = self.active(now, self.settings.checks_per_hour)
        sensitivity = lognormal(
            now.traits,
            now.seat.numbers(rows),
            self.settings.sensitivity,
            self.settings.sensitivity_sigma,
            SENSITIVITY,
        )
        held = now.seat.held(now.venue, rows)
        buy, sell = now.seat.room(now.venue, rows, now.exposed, self.settings.leverage)
        full = held + buy if signal > 0 else sell - held
        target = (sensitivity * signal).clip(-1.0, 1.0) * full
        quantity = whole((target - held).clip(-sell, buy))
        trading = (quantity != 0.0) & (np.abs(quantity) >= self.settings.deadband * full)
        rows = rows[trading]
        return Orders.of(
            now.seat.venue,
            rows,
            now.seat.instrument,
            quantity[trading],
            arrival=self.arrivals(now, rows),
        )

    def _signal(self, now: Moment) -> float:
        """Return the trend, log units, 0 where there is none."""
        trend = float(now.venue.trend[now.seat.instrument])
        heard = now.view.behaviour and isfinite(trend) and abs(trend) >= self.settings.threshold
        return trend if heard else 0.0
